"""Brings an output folder up to date with environments, making only what has to be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settings.loaded import parts_of
from synthesis import bindings
from synthesis import output as place
from synthesis.reuse import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from settings.loaded import Loaded


def bring_up_to_date(
    environments: Sequence[Loaded],
    output: Path,
    *,
    left: Iterable[str],
    locks: Path,
    afresh: bool,
    files: Mapping[str, Path],
) -> dict[str, int]:
    """Synthesize into ``output`` what is not there as it would be made again, or everything if ``afresh``.

    Stacks of the environments in ``left``, which are not synthesized now, stay; stacks of none go. ``files`` are those
    of environments, by name. Returns how many resources each stack of the environments has. Raises OSError if the
    output cannot be written, NoSuchCdkError if there is nothing to make it with.
    """
    others = {*left}

    def stays(stack: str) -> bool:
        return parts_of(stack)[0] in others

    with place.held(output):
        record = Record(output, locks=locks)
        stacks = {loaded.names.stack(kind) for loaded in environments for kind in loaded.stacks}
        usable = not afresh and place.holds(output, stacks, kept=stays)
        stale = [loaded for loaded in environments if not (usable and record.is_current(loaded))]
        if stale:
            made = {loaded.names.stack(kind) for loaded in stale for kind in loaded.stacks}
            _make(stale, output, kept=lambda stack: stays(stack) or stack in stacks - made, locks=locks)
        names = [loaded.name for loaded in environments]
        record.keep(stale, {*others, *names}, {name: files[name] for name in names if name in files})
        return record.resources(names)


def _make(environments: Sequence[Loaded], output: Path, *, kept: Callable[[str], bool], locks: Path) -> None:
    bindings.begin()
    # Bound late: whatever imports cdktf starts Node, which an output that is up to date does without.
    from synthesis.app import synthesize  # noqa: PLC0415

    def made(folder: Path) -> None:
        synthesize(environments, folder)
        bindings.end()

    place.replace(output, kept=kept, locks=locks, synthesize=made)
