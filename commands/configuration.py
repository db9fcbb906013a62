"""``main.py configuration``."""

from __future__ import annotations

import typer

from operations.configuration import rendered
from reading.schema import schema


def configuration() -> None:
    """Print the reference of every key of an environment file, as kept in docs/configuration.md."""
    typer.echo(rendered(schema()), nl=False)
