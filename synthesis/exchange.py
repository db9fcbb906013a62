"""Exchanges many files at one moment, so that whoever looks sees all of the old ones or all of the new ones.

No system call replaces more than one file. So each file that changes first becomes a link, through ``current``, to a
copy of itself; then one rename turns ``current`` from the old files to the new ones; then the new files take the
places of the links. A process that is killed on the way leaves links that lead either all to old files or all to new
ones, and ``settle`` puts those into their places. Otherwise there are plain files only.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = ".exchange"
"""Folder of an exchange that is under way, below the folder whose files are exchanged."""

OLD, NEW, CURRENT, NEXT = "old", "new", "current", "next"

EMPTY = {"cdk.tf": b"", "cdk.tf.json": b"{}", "metadata.json": b"{}"}
"""What stands, while its folder's other files stay, for a file that comes or goes: a broken link stops Terraform."""


def exchange(folder: Path, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> None:
    """Put ``new`` in the place of ``old``, each file's content by its path in ``folder``; a file that is only old goes.

    What has not changed is not touched. Raises OSError if there is no room or no right to; the old files are seen
    then, unless all of the new ones are.
    """
    changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    if not changed:
        return
    place = folder / PLACE
    try:
        _prepare(place / OLD, changed, old)
        _prepare(place / NEW, changed, new)
        (place / CURRENT).symlink_to(OLD)
        for name in changed:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (place / NEXT).symlink_to(_through_current(name))
            (place / NEXT).replace(folder / name)
        (place / NEXT).symlink_to(NEW)
        (place / NEXT).replace(place / CURRENT)
    except OSError:
        # Without the links' folder nothing would be seen, so it stays where it cannot be settled.
        with contextlib.suppress(OSError):
            settle(folder)
        raise
    settle(folder)


def settle(folder: Path) -> None:
    """Put what is seen through the links of an exchange, if there are any, into its place."""
    place = folder / PLACE
    if not place.is_dir():
        return
    sides = (place / OLD, place / NEW)
    names = {file.relative_to(side).as_posix() for side in sides for file in side.rglob("*") if file.is_file()}
    for name in sorted(names):
        seen, link = place / CURRENT / name, folder / name
        if link.is_symlink() and link.readlink() == _through_current(name):
            if seen.exists() and seen.read_bytes() != EMPTY.get(seen.name):
                seen.replace(link)
            else:
                link.unlink()
        with contextlib.suppress(OSError):
            link.parent.rmdir()  # refused unless it is empty
    shutil.rmtree(place)


def _prepare(side: Path, names: list[str], contents: Mapping[str, bytes]) -> None:
    folders = {Path(name).parent for name in contents}
    for name in names:
        path = Path(name)
        content = contents.get(name, EMPTY.get(path.name) if path.parent in folders else None)
        if content is not None:
            (side / path).parent.mkdir(parents=True, exist_ok=True)
            (side / path).write_bytes(content)


def _through_current(name: str) -> Path:
    """Return where the link in a file's place leads, relative to the link."""
    return Path(*[".."] * name.count("/"), PLACE, CURRENT, name)
