"""Findings for people at a terminal: what is wrong first, then the line of the file with the wrong part marked."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from findings.finding import Located, Severity

COLOURS: Final[dict[Severity, str]] = {"error": "31", "warning": "33", "note": "36"}
"""Select Graphic Rendition codes of ECMA-48: red, yellow, cyan."""

BOLD, DIM = "1", "2"

NARROWEST: Final = 40
"""Columns below which text would be cut into single words."""


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at what is written there."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def wants_colour() -> bool:
    """Whether the person has not said otherwise (no-color.org)."""
    return not os.environ.get("NO_COLOR")


def rendered(
    findings: Iterable[Located], *, source: Callable[[str, int], str | None], colour: bool, width: int | None = None
) -> Iterator[str]:
    """Yield the lines of each finding: the first says what is wrong, the others what is allowed, and where.

    ``source`` returns a line of a file, or None if it cannot be shown. Text is wrapped at ``width``, by default the
    terminal's.
    """
    columns = max(NARROWEST, width or shutil.get_terminal_size().columns)
    for finding in findings:
        wrong, *rest = finding.message.split("; ")
        code = COLOURS[finding.severity]
        label = finding.severity if finding.severity == "error" else f"{finding.severity} {finding.rule}"
        key = f"{finding.key}: " if finding.key else ""
        place = _styled(f"{finding.file}:{finding.line}:", BOLD, colour=colour)
        yield f"{place} {_styled(f'{label}:', code, colour=colour)} {key}{wrong}"
        for clause in rest:
            yield from textwrap.wrap(
                clause, columns, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False
            )
        line = source(finding.file, finding.line)
        if line is not None:
            yield from _marked(finding, line, columns, colour=colour)


def _marked(finding: Located, line: str, columns: int, *, colour: bool) -> Iterator[str]:
    """Yield the line of the file, and a mark below the value, or below all of it if its column is unknown."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line.rstrip("\n"))
    start, end = _meant(finding, text)
    margin = f"{finding.line:>6} | "
    room = columns - len(margin)
    # Of a line that is too long, the part from the mark on is what has to be seen.
    first = max(0, min(start, len(text) - room))
    yield _styled(margin, DIM, colour=colour) + text[first : first + room]
    mark = "^" * max(1, min(end - start, room - (start - first)))
    lead = " " * (len(margin) - 2) + "| " + " " * (start - first)
    yield _styled(lead, DIM, colour=colour) + _styled(mark, COLOURS[finding.severity], colour=colour)


def _meant(finding: Located, text: str) -> tuple[int, int]:
    """Return where the wrong part of a line begins and ends: the key's value if it stands there, else the rest."""
    start = len(text) - len(text.lstrip()) if finding.column == 0 else min(finding.column - 1, len(text))
    end = len(text.rstrip())
    name = finding.key.rpartition(".")[2].partition("[")[0]
    found = re.compile(rf"[\"']?{re.escape(name)}[\"']?:\s+").match(text, start) if name else None
    if found and found.end() < end:
        start = found.end()
        if text.count("{", 0, start) > text.count("}", 0, start):
            end = min(
                [position for position in (text.find(",", start), text.find("}", start), end) if position > start]
            )
    return start, end


def _styled(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
