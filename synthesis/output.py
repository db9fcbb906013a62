"""Puts synthesized stacks where Terraform works, without disturbing what it keeps there.

A stack's folder is also Terraform's working folder: ``.terraform``, the provider lock, perhaps a running
apply. So folders stay, and once everything has been synthesized in a temporary place, the files of all stacks
are exchanged at one moment; until then the earlier output stands as it was.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis import exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Set

SYNTHESIZED = ("cdk.tf.json", "cdk.tf", "metadata.json")
"""Files that synthesis owns in a stack's folder; ``cdktf synth --hcl`` writes the last two."""

PROVIDER_LOCK = ".terraform.lock.hcl"
"""Terraform's dependency lock file."""

PENDING = ".pending"
"""Where synthesis happens, below the output folder and so on the same file system."""

MANIFEST = "manifest.json"


@contextlib.contextmanager
def held(output: Path) -> Iterator[None]:
    """Wait until no other synthesis works on this output, and keep others waiting.

    A folder that was made for it goes again if nothing came into it. Raises OSError if it cannot be made.
    """
    existed = output.is_dir()
    output.mkdir(parents=True, exist_ok=True)
    folder = os.open(output, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
        for made in () if existed else (output / "stacks", output):
            with contextlib.suppress(OSError):
                made.rmdir()


def holds(output: Path, stacks: Set[str], *, kept: Callable[[str], bool]) -> bool:
    """Whether an output that is ``held`` has these stacks, others only to be ``kept``, and nothing left by a death."""
    try:
        listed = set(json.loads((output / MANIFEST).read_text())["stacks"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    settled = not any((output / name).exists() for name in (PENDING, exchange.PLACE))
    return settled and stacks <= listed and all(map(kept, listed - stacks)) and not _orphans(output, listed)


def replace(output: Path, *, kept: Callable[[str], bool], locks: Path, synthesize: Callable[[Path], None]) -> None:
    """Synthesize in a temporary place and put the result into ``output``, which is ``held``.

    ``kept`` says of a stack that was synthesized before, and is not now, whether it stays. Provider locks in
    ``locks`` take their places beside their stacks. Files that have not changed are not touched. Killed at any
    moment it leaves the earlier output or the new one, and what it left behind goes with the next synthesis.
    Raises OSError, which names the output or a file of it, if that cannot be written; the earlier output then
    stands, unless it was only what it left behind that could not be removed.
    """
    pending = output / PENDING
    try:
        exchange.settle(output)
        shutil.rmtree(pending, ignore_errors=True)
        pending.mkdir()
        synthesize(pending)
        _put_in_place(pending, output, kept, locks)
    except OSError as error:
        named = Path(str(error.filename))
        if not named.is_absolute() or {pending, output / exchange.PLACE} & {named, *named.parents}:
            error.filename = str(output)
        raise
    finally:
        shutil.rmtree(pending, ignore_errors=True)


def _put_in_place(pending: Path, output: Path, kept: Callable[[str], bool], locks: Path) -> None:
    manifest = json.loads((pending / MANIFEST).read_text())
    fresh = list(manifest["stacks"])
    manifest["stacks"] = dict(sorted((_earlier(output, kept) | manifest["stacks"]).items()))
    exchanged = [*fresh, *_orphans(output, manifest["stacks"])]
    names = [MANIFEST, *(f"stacks/{stack}/{name}" for stack in exchanged for name in SYNTHESIZED)]
    old, new = _contents(output, names), _contents(pending, names)
    new[MANIFEST] = (json.dumps(manifest, indent=2) + "\n").encode()
    for stack in fresh:
        lock = locks / f"{stack}{PROVIDER_LOCK}"
        if lock.is_file():
            name = f"stacks/{stack}/{PROVIDER_LOCK}"
            old |= _contents(output, [name])
            new[name] = lock.read_bytes()
    with _uninterrupted():
        exchange.exchange(output, old, new)
        for stack in _orphans(output, manifest["stacks"]):
            shutil.rmtree(output / "stacks" / stack)


def _orphans(output: Path, stacks: Container[str]) -> list[str]:
    folder = output / "stacks"
    found = folder.iterdir() if folder.is_dir() else ()
    return [path.name for path in found if path.is_dir() and path.name not in stacks]


def _contents(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let an interrupt wait for the few milliseconds in which files are exchanged."""
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _earlier(output: Path, kept: Callable[[str], bool]) -> dict[str, Any]:
    try:
        stacks: dict[str, Any] = json.loads((output / MANIFEST).read_text())["stacks"]
    except (OSError, ValueError, KeyError):
        return {}
    return {stack: entry for stack, entry in stacks.items() if kept(stack)}
