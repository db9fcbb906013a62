"""Names the commands; without one it is the cdktf app, which synthesizes every environment in ``envs/``."""

from __future__ import annotations

import gc
import os

if os.environ.get("AURORA_STOCK_BINDINGS") != "1":
    # The process lives for a second and keeps what it makes: collecting would only cost time, in the imports too.
    gc.disable()

import sys
from typing import Annotated, Final

if __name__ == "__main__":
    from synthesis import ahead

    ahead.begin(sys.argv[1:])

import typer

from commands.group import group_of

COMMANDS: Final = (
    *("synth", "check", "show", "stacks", "schema", "rules", "configuration", "review", "effects"),
    *("diff", "compare", "ci"),
    *("adopt", "clone", "runbook", "cost", "diagram", "deployer"),
)
"""Each is a file in ``commands/``, imported when it is called."""

app = typer.Typer(
    cls=group_of(COMMANDS),
    help="Terraform JSON for Aurora PostgreSQL, from one small file per environment.\n\n"
    "Without a command every environment is synthesized, which is what `cdktf` runs.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


Version = Annotated[bool, typer.Option("--version", help="Print the version and end.", is_eager=True)]


@app.callback(invoke_without_command=True)
def main(context: typer.Context, version: Version = False) -> None:
    """Run the command, or synthesize everything if there is none."""
    if version:
        from commands.common import version as printed  # noqa: PLC0415 - as the commands

        typer.echo(printed())
    elif context.invoked_subcommand is None:
        from commands.synth import synth  # noqa: PLC0415 - commands are imported when they are called

        synth()


if __name__ == "__main__":
    sys.exit(app())
