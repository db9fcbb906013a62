"""``main.py runbook``."""

from __future__ import annotations

import typer

from commands.common import ENVS, Envs, Name, load
from operations.runbook import rendered


def runbook(name: Name, envs: Envs = ENVS) -> None:
    """Print what to do about each alarm of an environment, as Markdown, with its own names.

    Example: python main.py runbook prod
    """
    typer.echo(rendered(load(envs, [name])[0]), nl=False)
