"""``main.py show``."""

from __future__ import annotations

import typer

from commands.common import ENVS, Envs, Name, load
from synthesis import explain


def show(name: Name, envs: Envs = ENVS) -> None:
    """Print an environment's complete configuration and where each value comes from.

    Each value is the file's (with its line), the tier's default or the project's. Instances, parameters, the
    memory plan and the places of the states follow.

    Example: python main.py show prod
    """
    for line in explain.explained(load(envs, [name])[0]):
        typer.echo(line)
