"""``main.py effects``."""

from __future__ import annotations

import typer

from review.reference import reference


def effects() -> None:
    """Print what the review knows: effects, rules, arguments and removals, as kept at the end of docs/review.md."""
    typer.echo(reference(), nl=False)
