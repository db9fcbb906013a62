"""Takes what is no YAML out of a text, so that the rest of it can be read.

Lines are counted from 0 here. What is taken out leaves empty lines, so every other line keeps its number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KEY: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?::|[=\s]|$)")

_QUOTED: Final = re.compile(r"[^\"'#]*[:\-\[,]\s*([\"'])")

_NOTHING: Final = re.compile(r"\s*(?:#.*)?")


def without(lines: list[str], taken: Iterable[int]) -> list[str]:
    """Return the lines with some of them empty."""
    gone = {*taken}
    return ["" if number in gone else line for number, line in enumerate(lines)]


def indentation(line: str) -> int:
    """Return how far a line is indented, a tab as two."""
    return len(line[: len(line) - len(line.lstrip())].expandtabs(2))


def key(line: str) -> str | None:
    """Return the key that a line most likely gives a value to."""
    found = _KEY.match(line)
    return found[1] if found else None


def unclosed(lines: list[str], last: int) -> int | None:
    """Return the nearest line, up to one, whose value begins with a quote that the line does not close."""
    for number in range(min(last, len(lines) - 1), -1, -1):
        found = _QUOTED.match(lines[number])
        if found and lines[number].count(found[1]) % 2:
            return number
    return None


def moved(lines: list[str], marks: Iterable[int]) -> Iterator[list[str]]:
    """Yield texts in which one of some lines, with all that stands below it, is indented like lines above it."""
    for mark in _written(lines, marks):
        above = [line for line in lines[:mark] if not _NOTHING.fullmatch(line)]
        block, own = _block(lines, mark), indentation(lines[mark])
        levels = sorted({indentation(line) for line in above}, key=lambda level: (abs(level - own), level))
        if above and above[-1].rstrip().endswith(":"):
            levels.insert(0, indentation(above[-1]) + 2)
        for level in dict.fromkeys(levels):
            if level != own or "\t" in lines[mark][:own]:  # a tab is no indentation at all
                yield [_shifted(line, level - own) if number in block else line for number, line in enumerate(lines)]


def _shifted(line: str, by: int) -> str:
    return " " * max(indentation(line) + by, 0) + line.lstrip()


def places(lines: list[str], marks: Iterable[int]) -> Iterator[list[int]]:
    """Yield what may be taken out to mend a break near some lines, the least first."""
    written = _written(lines, marks)
    for mark in written:
        yield [mark]
    for mark in written:
        yield _block(lines, mark)
    for mark in written:
        top = mark
        while top > 0 and (indentation(lines[top]) > 0 or _NOTHING.fullmatch(lines[top])):
            top -= 1
        yield _block(lines, top)


def _written(lines: list[str], marks: Iterable[int]) -> list[int]:
    """Return lines that say something: some, and the one before each."""
    near = [mark for mark in dict.fromkeys(marks) if 0 <= mark < len(lines)]
    written = [mark for mark in near if not _NOTHING.fullmatch(lines[mark])]
    for mark in near:
        before = mark - 1
        while before >= 0 and _NOTHING.fullmatch(lines[before]):
            before -= 1
        if before >= 0:
            written.append(before)
    return written


def _block(lines: list[str], first: int) -> list[int]:
    """Return a line and all that stands below it."""
    own, last = indentation(lines[first]), first
    for number in range(first + 1, len(lines)):
        if _NOTHING.fullmatch(lines[number]):
            continue
        listed = lines[number].lstrip().startswith("- ") and indentation(lines[number]) == own
        if indentation(lines[number]) <= own and not listed:
            break
        last = number
    return [*range(first, last + 1)]
