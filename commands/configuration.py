"""``main.py configuration``."""

from __future__ import annotations

import typer

from operations.configuration import rendered, titles
from reading import examples, foreign
from reading.schema import schema


def configuration() -> None:
    """Print the reference of every key of an environment file, as kept in docs/configuration.md."""
    whole = schema()
    shown = {title: examples.of(path, kind) for title, path, kind in titles(whole) if path}
    typer.echo(rendered(whole, shown, foreign.words()), nl=False)
