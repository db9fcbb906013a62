"""``main.py compare``."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from commands.common import ENVS, Envs, Name, load, show_lines, width
from synthesis import comparison


class Format(StrEnum):
    """How a comparison is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


Style = Annotated[Format, typer.Option("--format", help="For people, documents or machines.")]


def compare(one: Name, other: Name, envs: Envs = ENVS, style: Style = Format.TEXT) -> None:
    """Say where two environments differ, and which line of a file, tier or default is the reason.

    Settings come first, then what follows from them: stacks, instances, and what the parameters come to. Exit code 0
    whether they differ or not, 2 if a file is wrong.

    Example: python main.py compare staging prod
    """
    found = {loaded.name: loaded for loaded in load(envs, [one, other])}
    first, second = found[one], found[other]
    if style is Format.JSON:
        parts = comparison.compared(first, second)
        differences = {part: [row.as_data for row in listed] for part, listed in parts.items()}
        document = {"format": 1, "environments": [one, other], **differences}
        typer.echo(json.dumps(document, indent=2))
        return
    if style is Format.MARKDOWN:
        for line in comparison.markdown(first, second):
            typer.echo(line)
    else:
        show_lines(comparison.lines(first, second, width()))
