"""``main.py clone``."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from commands.common import ENVS, INVALID, Envs, load, today
from operations import preview
from reading import document, loader

Source = Annotated[str, typer.Argument(help="Name of the environment to clone.")]
New = Annotated[str, typer.Argument(help="Name of the environment to write, such as pr-1234.")]
Days = Annotated[int, typer.Option(min=1, max=365, help="Days until it ends.")]


def clone(source: Source, name: New, days: Days = 14, envs: Envs = ENVS) -> None:
    """Write the environment file of a preview: a clone of another environment's database, with an expiry.

    A clone is made in minutes and shares its source's storage; only pages that either changes, and its instance, are
    paid for. `make deploy` makes it, `make destroy` takes it away whole.

    Example: python main.py clone staging pr-1234
    """
    target = envs / f"{name}.yaml"
    if not name:
        _refuse(f"the preview has no name: make clone ENV={source or 'staging'} AS=pr-1234")
    if not loader.NAME.fullmatch(name):
        _refuse(f"{name!r} cannot be an environment's name: up to 30 lower-case letters, digits and single hyphens")
    if target.exists():
        _refuse(f"{envs.name}/{target.name}: exists already; choose another name")
    (loaded,) = load(envs, [source])
    said = document.read(envs / f"{source}.yaml", loaded.file).data
    target.write_text(preview.written(loaded.serving, said, expires=today() + timedelta(days=days)), encoding="utf-8")
    typer.echo(f"{envs.name}/{target.name} is a clone of {source} for {days} days")
    typer.echo(f"  make it: make deploy ENV={name}   take it away: make destroy ENV={name}, then remove the file")


def _refuse(message: str) -> None:
    typer.echo(f"{message}; nothing was written", err=True)
    raise typer.Exit(INVALID)
