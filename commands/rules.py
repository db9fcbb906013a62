"""``main.py rules``."""

from __future__ import annotations

import typer

from checks.reference import reference


def rules() -> None:
    """Print every rule that `check` knows, why it is one and how to mend what breaks it, as kept in docs/rules.md."""
    typer.echo(reference(), nl=False)
