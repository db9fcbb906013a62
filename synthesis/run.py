"""Brings an output folder up to date with environments, making only what has to be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settings.loaded import parts_of
from synthesis import bindings
from synthesis import output as place
from synthesis.reuse import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from settings.loaded import Loaded


def bring_up_to_date(
    environments: Sequence[Loaded], output: Path, *, left: Iterable[str], locks: Path, afresh: bool
) -> None:
    """Synthesize into ``output`` what is not there as it would be made again, or everything if ``afresh``.

    Stacks of the environments in ``left``, which are not synthesized now, stay; stacks of none go. Node is started
    only if there is something to make. Raises OSError if the output cannot be written,
    NoSuchCdkError if there is nothing to make it with.
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
        names = {*others, *(loaded.name for loaded in environments)}
        record.keep(stale, names)


def _make(environments: Sequence[Loaded], output: Path, *, kept: Callable[[str], bool], locks: Path) -> None:
    bindings.begin()
    # Bound late: whatever imports cdktf starts Node, which an output that is up to date does without.
    from synthesis.app import synthesize  # noqa: PLC0415

    place.replace(
        output,
        kept=kept,
        locks=locks,
        synthesize=lambda folder: synthesize(environments, folder),
    )
