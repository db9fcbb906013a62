"""What a synth prints: one line per stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from settings.loaded import Loaded


def table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Align rows in columns."""
    listed = list(rows)
    if not listed:
        return
    widths = [max(len(row[index]) for row in listed) for index in range(len(listed[0]))]
    for row in listed:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def synthesized(environments: Iterable[Loaded], output: Path, shown_as: str) -> Iterator[str]:
    """Yield a line per stack: its file, how many resources it has, where its state is."""
    rows = []
    for loaded in environments:
        for kind in loaded.stacks:
            folder = output / "stacks" / loaded.names.stack(kind)
            file = next(name for name in ("cdk.tf.json", "cdk.tf") if (folder / name).exists())
            count = f"{_resources(folder / file)} resources"
            rows.append((f"{shown_as}/stacks/{folder.name}/{file}", count, loaded.identity(kind)))
    yield from table(rows)


def _resources(file: Path) -> int:
    text = file.read_text()
    if file.suffix == ".tf":
        return sum(line.startswith('resource "') for line in text.splitlines())
    return sum(len(addresses) for addresses in json.loads(text).get("resource", {}).values())
