"""Columns of text, as wide as they come or fitted to a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

GAP: Final = "  "

NARROWEST: Final = 8
"""Columns that give way get no narrower than this."""

LEAST: Final = 20
"""Columns for a sentence, however narrow the terminal."""

HANGING: Final = 4
"""Indentation of what has no room beside the columns before it."""


def table(rows: Iterable[tuple[str, ...]], width: int | None = None, *, right: Collection[int] = ()) -> Iterator[str]:
    """Align rows in columns; those of the indexes in ``right`` to the right.

    Within a ``width`` the widest columns give way: their cells are wrapped between words, and what cannot be wrapped,
    such as an ARN, stays whole on a line of its own.
    """
    listed = list(rows)
    if not listed:
        return
    widths = [max(len(row[index]) for row in listed) for index in range(len(listed[0]))]
    if width is not None:
        widths = _fitted(widths, width)
    for row in listed:
        cells = zip(row, widths, strict=True)
        aligned = [cell.rjust(wide) if at in right else cell for at, (cell, wide) in enumerate(cells)]
        yield from _laid_out(aligned, widths, width)


def prose(text: str, width: int | None, *, indent: str = "") -> list[str]:
    """Return a sentence on as many lines as it takes; the further ones are indented."""
    if width is None:
        return [indent + text]
    return textwrap.wrap(
        text,
        max(width, LEAST),
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _fitted(widths: Sequence[int], width: int) -> list[int]:
    """Take from the widest columns until all fit, or none can give way any more."""
    fitted = list(widths)
    while sum(fitted) + len(GAP) * (len(fitted) - 1) > width:
        widest = max(range(len(fitted)), key=fitted.__getitem__)
        if fitted[widest] <= NARROWEST:
            break
        fitted[widest] -= 1
    return fitted


def _laid_out(cells: Sequence[str], widths: Sequence[int], width: int | None) -> Iterator[str]:
    """Yield the lines of a row: side by side what fits its column, and below it what does not."""
    lines: list[str] = []
    below: list[str] = []
    top = start = 0
    for cell, wide in zip(cells, widths, strict=True):
        parts = [cell] if width is None else _wrapped(cell, wide)
        if max(map(len, parts)) <= wide:
            for at, part in enumerate(parts, top):
                lines += [""] * (at + 1 - len(lines))
                lines[at] = f"{lines[at]:<{start}}{part}"
        elif start == 0:
            lines, top = parts, len(parts)
        else:
            lead = " " * HANGING
            below += _wrapped(f"{lead}{cell.strip()}", width or wide, further=lead)
        start += wide + len(GAP)
    yield from (line.rstrip() for line in (*lines, *below))


def _wrapped(cell: str, wide: int, further: str | None = None) -> list[str]:
    """Wrap between words; further lines are a little to the right of the first, or indented as given."""
    text = cell.lstrip()
    lead = cell[: len(cell) - len(text)]
    return textwrap.wrap(
        text,
        max(wide, NARROWEST),
        initial_indent=lead,
        subsequent_indent=f"{lead}  " if further is None else further,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [cell]
