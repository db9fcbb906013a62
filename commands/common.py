"""What commands share: the options that several take, the day, and loading with every error printed."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from catalog import age
from findings.finding import InvalidEnvironmentsError
from reading import loader

if TYPE_CHECKING:
    from settings.loaded import Loaded

ROOT: Final = Path(__file__).resolve().parents[1]

INVALID: Final = 2
"""Exit code for wrong input: nothing was written."""

Environments = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ENVIRONMENT]...", help="Names of files in envs/; all if left out."),
]
Name = Annotated[str, typer.Argument(help="Name of a file in envs/.")]
Envs = Annotated[Path, typer.Option("--envs", help="Folder of the environment files.", show_default="envs")]

ENVS: Final = ROOT / "envs"


def today() -> date:
    """Return the day (UTC) that warnings about time go by; nothing that is written depends on it.

    SOURCE_DATE_EPOCH gives it in seconds since 1970, as for other tools (reproducible-builds.org); else the clock.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(given), UTC).date()
    except (ValueError, OverflowError, OSError):
        wanted = "whole seconds since 1970-01-01 00:00 UTC, or nothing"
        typer.echo(f"SOURCE_DATE_EPOCH: {given!r} is not a day; it takes {wanted}", err=True)
        raise typer.Exit(INVALID) from None


def remind() -> None:
    """Say once the catalogue is old, on standard error."""
    reminder = age.reminder(today())
    if reminder:
        typer.echo(reminder, err=True)


def load(envs: Path, names: list[str] | None) -> list[Loaded]:
    """Return the environments, all or those named; if anything is wrong, print every error and end with code 2."""
    try:
        loaded = loader.load(envs, names or None, today=today())
    except InvalidEnvironmentsError as error:
        for finding in error.findings:
            typer.echo(str(finding), err=True)
        count = len(error.findings)
        typer.echo(f"{count} error{'s' if count != 1 else ''}; nothing was written", err=True)
        raise typer.Exit(INVALID) from None
    for one in loaded:
        for finding in sorted((*one.warnings, *one.notes)):
            typer.echo(str(finding), err=True)
    return loaded
