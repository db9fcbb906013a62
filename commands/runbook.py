"""``main.py runbook``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from commands.common import ENVS, Envs, Name, load
from operations.runbook.rendering import as_html, as_markdown, page


class Format(StrEnum):
    """What the page is written as."""

    MARKDOWN = "markdown"
    HTML = "html"


Style = Annotated[Format, typer.Option("--format", help="For repositories and terminals, or for a browser.")]


def runbook(name: Name, envs: Envs = ENVS, style: Style = Format.MARKDOWN) -> None:
    """Print what to do about each alarm of an environment, and now and then, with its own names and commands.

    Example: python main.py runbook prod --format html > runbook.html
    """
    written = page(load(envs, [name])[0].serving)
    typer.echo(as_html(written) if style is Format.HTML else as_markdown(written), nl=False)
