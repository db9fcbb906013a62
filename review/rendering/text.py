"""The review for terminals."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final, TypeAlias

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


def as_text(review: Review, threshold: Severity, because: str, *, colour: bool) -> str:
    """Return the review as lines of text, with ANSI colours or without."""
    paint = _paint(colour=colour)
    lines = [paint(line(review, threshold, because), VERDICTS[verdict(review, threshold)])]
    for judged in review.plans:
        lines += ["", *_plan(judged, paint)]
    return "\n".join(lines) + "\n"


def painted(text: str, codes: str, *, colour: bool) -> str:
    """Return text in a colour, where there are any."""
    return _paint(colour=colour)(text, codes)


def findings(judged: Judged, *, colour: bool) -> Iterator[str]:
    """Yield the lines of one plan: its name, and what is found in it."""
    yield from _findings(judged, _paint(colour=colour))


def _paint(*, colour: bool) -> Paint:
    return _painted if colour else _unpainted


def _painted(text: str, codes: str) -> str:
    return f"\x1b[{codes}m{text}\x1b[0m"


def _unpainted(text: str, _: str) -> str:
    return text


def _plan(judged: Judged, paint: Paint) -> Iterator[str]:
    yield from _findings(judged, paint)
    quiet = rest(judged)
    if quiet or not judged.findings:
        yield ""
        yield f"  The rest: {', '.join(f'{number} {what}' for what, number in quiet) or 'no change'}"


def _findings(judged: Judged, paint: Paint) -> Iterator[str]:
    yield paint(clean(judged.plan.source), "1")
    for group, findings in grouped(judged):
        yield ""
        yield f"  {paint(group.title, '1')}"
        for found in findings:
            yield from _finding(found, paint)


def _finding(found: Found, paint: Paint) -> Iterator[str]:
    where = clean(found.address) or "the plan"
    approved = f" [let through: {clean(found.approved, 400)}]" if found.approved else ""
    yield f"    {paint(f'{found.severity:<8}', COLOURS[found.severity])} {where}: {found.effect}{approved}"
    yield from _wrapped("when", plain(found.when.text))
    yield from _wrapped("why", plain(found.because))
    if found.affected:
        yield from _wrapped("felt by", ", ".join(clean(one) for one in found.affected))
    if found.remedy:
        yield from _wrapped("remedy", plain(found.remedy))
    if found.place:
        yield f"{'said in':>20}: {found.place[0]}:{found.place[1]}"
    yield f"{'rule':>20}: {found.rule} ({found.certainty}: {found.source}), fingerprint {found.fingerprint}"


def _wrapped(label: str, text: str) -> Iterator[str]:
    wrapped = textwrap.wrap(text, WIDTH - 22, break_on_hyphens=False, break_long_words=False) or [""]
    yield f"{label:>20}: {wrapped[0]}"
    for further in wrapped[1:]:
        yield " " * 22 + further
