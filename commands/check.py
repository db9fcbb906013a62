"""``main.py check``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from commands.common import ENVS, INVALID, Environments, Envs, load, remind, today


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


Style = Annotated[Format, typer.Option("--format", help="For people, for machines, or for code hosts.")]


def check(names: Environments = None, envs: Envs = ENVS, style: Style = Format.TEXT) -> None:
    """Check the environments without writing anything.

    Prints every error of every file as `file:line: key: what is wrong, what is allowed`; exit code 2 if there
    is one. Warnings do not change the exit code. As json or sarif, everything that was found goes to standard
    output, accepted warnings too.

    Example: python main.py check --format sarif > findings.sarif
    """
    remind()
    if style is Format.TEXT:
        loaded = load(envs, names)
        typer.echo(f"{len(loaded)} environment{'s are' if len(loaded) != 1 else ' is'} valid")
        return
    from checks.rules import RULES  # noqa: PLC0415 - only machines need it
    from findings import reports  # noqa: PLC0415 - only machines need it
    from reading import loader  # noqa: PLC0415 - only machines need it

    inspection = loader.inspect(envs, names or None, today=today())
    place = reports.place_in_repository(envs)
    if style is Format.JSON:
        environments = [loaded.name for loaded in inspection.environments]
        typer.echo(reports.as_json(inspection.findings, environments, place))
    else:
        typer.echo(reports.as_sarif(inspection.findings, RULES, place))
    if inspection.errors:
        raise typer.Exit(INVALID)
