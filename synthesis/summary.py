"""What a synth prints: one line per stack, and what waits for a reboot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from settings import parameters

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
    """Yield a line per stack: its file, how many resources it has, where its state is.

    A line per environment follows with the parameters whose changes wait until the instances are rebooted.
    """
    rows, rebooting = [], []
    for loaded in environments:
        for kind in loaded.stacks:
            folder = output / "stacks" / loaded.names.stack(kind)
            file = next(name for name in ("cdk.tf.json", "cdk.tf") if (folder / name).exists())
            count = f"{_resources(folder / file)} resources"
            rows.append((f"{shown_as}/stacks/{folder.name}/{file}", count, loaded.identity(kind)))
        effective = parameters.effective(loaded.environment)
        static = [setting.name for setting in effective if setting.static and not setting.dropped]
        rebooting.append((f"{loaded.name}:", f"needs a reboot when changed: {', '.join(static)}"))
    yield from table(rows)
    yield from table(rebooting)


def _resources(file: Path) -> int:
    text = file.read_text()
    if file.suffix == ".tf":
        return sum(line.startswith('resource "') for line in text.splitlines())
    return sum(len(addresses) for addresses in json.loads(text).get("resource", {}).values())


def stacks(output: Path) -> set[str]:
    """Return the names of the stacks that an output folder holds."""
    folder = output / "stacks"
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()


def vanished(names: set[str]) -> list[str]:
    """Return a line for each stack that was synthesized before and is in no file any more: what it made lives on."""
    lines = []
    for name in sorted(names):
        environment, _, kind = name.rpartition("-")
        lines.append(
            f"note: {name} is in no file any more, so its code is gone; if it was deployed, all that it made is still "
            f"there: put it back into the file, make destroy ENV={environment} STACK={kind}, then take it out again"
        )
    return lines
