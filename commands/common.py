"""What commands share: the options that several take, the day, and loading with every error printed."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from catalog import age
from findings import terminal
from findings.finding import InvalidEnvironmentsError
from reading import loader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from findings.finding import Located
    from settings.loaded import Loaded

ROOT: Final = Path(__file__).resolve().parents[1]

TAKING_AWAY: Final = "AURORA_TAKING_AWAY"
"""Set to 1 by make destroy: what depends on the day, such as an expiry, does not keep an environment from going."""

INVALID: Final = 2
"""Exit code for wrong input: nothing was written."""

ENVS: Final = ROOT / "envs"


def _known(context: typer.Context, incomplete: str) -> list[str]:
    """Return the environments that complete what has been typed, for the shell."""
    folder = Path(context.params.get("envs") or ENVS)
    return [name for name in loader.files(folder) if name.startswith(incomplete)]


Environments = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ENVIRONMENT]...", help="Names of files in envs/; all if left out.", autocompletion=_known),
]
Name = Annotated[str, typer.Argument(help="Name of a file in envs/.", autocompletion=_known)]
Envs = Annotated[Path, typer.Option("--envs", help="Folder of the environment files.", show_default="envs")]


def version() -> str:
    """Return the project's name and version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['name']} {project['version']}"


def today() -> date:
    """Return the day (UTC) that warnings about time go by; nothing that is written depends on it."""
    return now().date()


def now() -> datetime:
    """Return the moment (UTC) that windows and approvals are held against.

    SOURCE_DATE_EPOCH gives it in seconds since 1970, as for other tools (reproducible-builds.org); else the clock.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        wanted = "whole seconds since 1970-01-01 00:00 UTC, or nothing"
        typer.echo(f"SOURCE_DATE_EPOCH: {given!r} is not a day; it takes {wanted}", err=True)
        raise typer.Exit(INVALID) from None


def reckoning() -> date | None:
    """Return the day that files are checked by; none while an environment is taken away, which may have expired."""
    return None if os.environ.get(TAKING_AWAY) == "1" else today()


def remind() -> None:
    """Say once the catalogue is old, on standard error."""
    reminder = age.reminder(today())
    if reminder:
        typer.echo(reminder, err=True)


def load(envs: Path, names: list[str] | None) -> list[Loaded]:
    """Return the environments, all or those named; if anything is wrong, print every error and end with code 2."""
    try:
        loaded = loader.load(envs, names or None, today=reckoning())
    except InvalidEnvironmentsError as error:
        tell(error.findings, envs)
        if error.awaited:
            some = ", ".join(error.awaited[:3]) + (" and others" if len(error.awaited) > 3 else "")  # noqa: PLR2004
            typer.echo(f"more may follow: what depends on {some} is checked once the file has it right", err=True)
        count = len(error.findings)
        typer.echo(f"{count} error{'s' if count != 1 else ''}; nothing was written", err=True)
        raise typer.Exit(INVALID) from None
    tell([finding for one in loaded for finding in sorted((*one.warnings, *one.notes))], envs)
    return loaded


def width() -> int | None:
    """Return the columns of the terminal that standard output is, or None if it is none."""
    return shutil.get_terminal_size().columns if terminal.is_terminal(sys.stdout) else None


def show_lines(lines: Iterable[str]) -> None:
    """Print lines; at a terminal with colours headings, which are not indented, stand out."""
    bold = width() is not None and terminal.wants_colour()
    for line in lines:
        heading = bold and line != "" and not line.startswith(" ")
        typer.secho(line, bold=True, color=True) if heading else typer.echo(line)


def tell(findings: Sequence[Located], envs: Path) -> None:
    """Print findings on standard error: a line each, or at a terminal with the line of the file that is meant."""
    if not terminal.is_terminal(sys.stderr):
        for finding in findings:
            typer.echo(str(finding), err=True)
        return
    for line in terminal.rendered(findings, source=_line_of(envs), colour=terminal.wants_colour()):
        typer.echo(line, err=True, color=True)


def _line_of(envs: Path) -> Callable[[str, int], str | None]:
    """Return what reads a line of one of the folder's files, as findings name them."""

    def line(file: str, number: int) -> str | None:
        try:
            text = (envs / file.rpartition("/")[2]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return dict(enumerate(text.splitlines(), 1)).get(number)

    return line
