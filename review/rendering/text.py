"""The review for terminals."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final, TypeAlias

from findings.layout import prose
from review.rendering.groups import grouped, line, rest, verdict
from review.words import clean, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catalog.effects import Severity
    from review.finding import Found
    from review.judge import Judged, Review

COLOURS: Final = {"critical": "1;31", "high": "31", "medium": "33", "low": "36", "none": "2"}
VERDICTS: Final = {"stop": "1;31", "look": "1;33", "harmless": "1;32"}

Paint: TypeAlias = "Callable[[str, str], str]"

WIDTH: Final = 110
"""Columns where there is no terminal."""

LEAST: Final = 20
"""Columns for sentences, however narrow the terminal."""


def as_text(review: Review, threshold: Severity, because: str, *, colour: bool, width: int | None = None) -> str:
    """Return the review as lines of text, with ANSI colours or without, fitted to a terminal's width if it has one."""
    paint = _paint(colour=colour)
    mark = VERDICTS[verdict(review, threshold)]
    lines = [paint(part, mark) for part in prose(line(review, threshold, because), width)]
    for judged in review.plans:
        lines += ["", *_plan(judged, paint, width)]
    return "\n".join(lines) + "\n"


def painted(text: str, codes: str, *, colour: bool) -> str:
    """Return text in a colour, where there are any."""
    return _paint(colour=colour)(text, codes)


def findings(judged: Judged, *, colour: bool, width: int | None = None) -> Iterator[str]:
    """Yield the lines of one plan: its name, and what is found in it."""
    yield from _findings(judged, _paint(colour=colour), width)


def _paint(*, colour: bool) -> Paint:
    return _painted if colour else _unpainted


def _painted(text: str, codes: str) -> str:
    return f"\x1b[{codes}m{text}\x1b[0m"


def _unpainted(text: str, _: str) -> str:
    return text


def _plan(judged: Judged, paint: Paint, width: int | None) -> Iterator[str]:
    yield from _findings(judged, paint, width)
    quiet = rest(judged)
    if quiet or not judged.findings:
        yield ""
        counted = ", ".join(f"{number} {what}" for what, number in quiet) or "no change"
        yield from prose(f"The rest: {counted}", width, indent="  ")


def _findings(judged: Judged, paint: Paint, width: int | None) -> Iterator[str]:
    yield paint(clean(judged.plan.source), "1")
    for group, findings in grouped(judged):
        yield ""
        yield f"  {paint(group.title, '1')}"
        for found in findings:
            yield from _finding(found, paint, width)


def _finding(found: Found, paint: Paint, width: int | None) -> Iterator[str]:
    where = clean(found.address) or "the plan"
    approved = f" [let through: {clean(found.approved, 400)}]" if found.approved else ""
    first, *further = prose(f"{where}: {found.effect}{approved}", None if width is None else width - 13)
    yield f"    {paint(f'{found.severity:<8}', COLOURS[found.severity])} {first}"
    yield from (f"{'':13}{part}" for part in further)
    columns = WIDTH if width is None else width
    yield from _wrapped("when", plain(found.when.text), columns)
    yield from _wrapped("why", plain(found.because), columns)
    if found.affected:
        yield from _wrapped("felt by", ", ".join(clean(one) for one in found.affected), columns)
    if found.remedy:
        yield from _wrapped("remedy", plain(found.remedy), columns)
    if found.place:
        yield f"{'said in':>20}: {found.place[0]}:{found.place[1]}"
    rule = f"{found.rule} ({found.certainty}: {found.source}), fingerprint {found.fingerprint}"
    if width is None:
        yield f"{'rule':>20}: {rule}"
    else:
        yield from _wrapped("rule", rule, width)


def _wrapped(label: str, text: str, columns: int) -> Iterator[str]:
    room = max(LEAST, columns - 22)
    wrapped = textwrap.wrap(text, room, break_on_hyphens=False, break_long_words=False) or [""]
    yield f"{label:>20}: {wrapped[0]}"
    for further in wrapped[1:]:
        yield " " * 22 + further
