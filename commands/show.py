"""``main.py show``."""

from __future__ import annotations

import typer

from commands.common import ENVS, Envs, Name, load
from operations import cost
from settings.bill import bill
from synthesis import explain


def show(name: Name, envs: Envs = ENVS) -> None:
    """Print an environment's complete configuration and where each value comes from.

    Each value is the file's (with its line), the tier's default or the project's. Instances, parameters, the
    memory plan, the places of the states and what it costs follow.

    Example: python main.py show prod
    """
    loaded = load(envs, [name])[0]
    for line in explain.explained(loaded):
        typer.echo(line)
    typer.echo(f"\nCost\n  {cost.summary(bill(loaded))}; `main.py cost {loaded.name}` says what for")
