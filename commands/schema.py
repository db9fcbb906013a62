"""``main.py schema``."""

from __future__ import annotations

import typer

from reading.schema import rendered


def schema() -> None:
    """Print the JSON Schema of environment files, as kept in envs/environment.schema.json."""
    typer.echo(rendered(), nl=False)
