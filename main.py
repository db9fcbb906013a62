"""Synthesizes the Terraform JSON of every environment in ``envs/``; without a command it is the cdktf app."""

from __future__ import annotations

import gc
import os

if os.environ.get("AURORA_STOCK_BINDINGS") != "1":
    # The process lives for a second and keeps what it makes: collecting would only cost time, in the imports too.
    gc.disable()

import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from catalog import age
from settings import loader
from settings.findings import InvalidEnvironmentsError
from settings.loaded import STACKS, Loaded

ROOT = Path(__file__).resolve().parent

INVALID = 2
"""Exit code for wrong input: nothing was written."""


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


app = typer.Typer(
    help="Terraform JSON for Aurora PostgreSQL, from one small file per environment.\n\n"
    "Without a command every environment is synthesized, which is what `cdktf` runs.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Environments = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ENVIRONMENT]...", help="Names of files in envs/; all if left out."),
]
Envs = Annotated[Path, typer.Option("--envs", help="Folder of the environment files.", show_default="envs")]
Output = Annotated[
    Path | None,
    typer.Option("--output", envvar="CDKTF_OUTDIR", help="Folder to write to.", show_default="cdktf.out"),
]
Style = Annotated[Format, typer.Option("--format", help="For people, for machines, or for code hosts.")]


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Run the command, or synthesize everything if there is none."""
    if context.invoked_subcommand is None:
        synth()


@app.command()
def synth(names: Environments = None, envs: Envs = ROOT / "envs", output: Output = None) -> None:
    """Write the Terraform JSON of the environments and print one line per stack.

    Everything is checked first; if anything is wrong, every error is printed, nothing is written and the exit
    code is 2. Needs no AWS account, no credentials and no Terraform.

    Example: python main.py synth dev
    """
    loaded = _load(envs, names)
    _remind(_today())
    # Bound late: whatever imports cdktf starts Node, which `check` and `show` do without.
    import bindings  # noqa: PLC0415

    bindings.prepare()
    from synthesis import output as place  # noqa: PLC0415
    from synthesis import summary  # noqa: PLC0415
    from synthesis.app import synthesize  # noqa: PLC0415

    target = (output or Path(os.environ.get("CDKTF_OUTDIR", ROOT / "cdktf.out"))).absolute()
    left = set(loader.files(envs)) - {one.name for one in loaded}
    kept = {f"{name}-{kind}" for name in left for kind in STACKS}
    try:
        place.replace(
            target,
            kept=kept.__contains__,
            locks=ROOT / "locks",
            synthesize=lambda outdir: synthesize(loaded, outdir),
        )
    except OSError as error:
        typer.echo(f"{error.filename or target}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    for line in summary.synthesized(loaded, target, os.path.relpath(target)):
        typer.echo(line)
    # The process ends here: spare it the collection of a million objects on the way out (0.1 s).
    gc.freeze()


@app.command()
def check(names: Environments = None, envs: Envs = ROOT / "envs", style: Style = Format.TEXT) -> None:
    """Check the environments without writing anything.

    Prints every error of every file as `file:line: key: what is wrong, what is allowed`; exit code 2 if there
    is one. Warnings do not change the exit code. As json or sarif, everything that was found goes to standard
    output, accepted warnings too.

    Example: python main.py check --format sarif > findings.sarif
    """
    _remind(_today())
    if style is Format.TEXT:
        loaded = _load(envs, names)
        typer.echo(f"{len(loaded)} environment{'s are' if len(loaded) != 1 else ' is'} valid")
        return
    from settings import reports  # noqa: PLC0415 - only machines need it

    rendered = {Format.JSON: reports.as_json, Format.SARIF: reports.as_sarif}[style]
    inspection = loader.inspect(envs, names or None, today=_today())
    typer.echo(rendered(inspection, reports.place_in_repository(envs)))
    if inspection.errors:
        raise typer.Exit(INVALID)


@app.command()
def show(name: Annotated[str, typer.Argument(help="Name of a file in envs/.")], envs: Envs = ROOT / "envs") -> None:
    """Print an environment's complete configuration and where each value comes from.

    Each value is the file's (with its line), the tier's default or the project's. Instances, parameters, the
    memory plan and the places of the states follow.

    Example: python main.py show prod
    """
    from synthesis import explain  # noqa: PLC0415 - only this command needs it

    for line in explain.explained(_load(envs, [name])[0]):
        typer.echo(line)


@app.command()
def stacks(name: Annotated[str, typer.Argument(help="Name of a file in envs/.")], envs: Envs = ROOT / "envs") -> None:
    """Print the stacks of an environment, in the order in which they are deployed.

    Example: python main.py stacks prod
    """
    (loaded,) = _load(envs, [name])
    for kind in loaded.stacks:
        typer.echo(loaded.names.stack(kind))


@app.command()
def schema() -> None:
    """Print the JSON Schema of environment files, as kept in envs/environment.schema.json."""
    from settings.schema import rendered  # noqa: PLC0415 - only this command needs it

    typer.echo(rendered(), nl=False)


@app.command()
def rules() -> None:
    """Print every rule that `check` knows, why it is one and how to mend what breaks it, as kept in docs/rules.md."""
    from settings.reports import reference  # noqa: PLC0415 - only this command needs it

    typer.echo(reference(), nl=False)


def _today() -> date:
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


def _remind(today: date) -> None:
    reminder = age.reminder(today)
    if reminder:
        typer.echo(reminder, err=True)


def _load(envs: Path, names: list[str] | None) -> list[Loaded]:
    try:
        loaded = loader.load(envs, names or None, today=_today())
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


if __name__ == "__main__":
    sys.exit(app())
