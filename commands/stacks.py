"""``main.py stacks``."""

from __future__ import annotations

import typer

from commands.common import ENVS, Envs, Name, load


def stacks(name: Name, envs: Envs = ENVS) -> None:
    """Print the stacks of an environment, in the order in which they are deployed.

    Example: python main.py stacks prod
    """
    (loaded,) = load(envs, [name])
    for kind in loaded.stacks:
        typer.echo(loaded.names.stack(kind))
