"""``main.py stacks``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from commands.common import ENVS, ROOT, Envs, Name, load
from synthesis import remains

Gone = Annotated[
    bool, typer.Option("--gone", help="Print those that the file could have and has not; write how they are removed.")
]

Output = Annotated[
    Path | None,
    typer.Option("--output", envvar="CDKTF_OUTDIR", help="Folder that was synthesized to.", show_default="cdktf.out"),
]


def stacks(name: Name, envs: Envs = ENVS, gone: Gone = False, output: Output = None) -> None:
    """Print the stacks of an environment, in the order in which they are deployed.

    Example: python main.py stacks prod
    """
    (loaded,) = load(envs, [name])
    if not gone:
        for kind in loaded.stacks:
            typer.echo(loaded.names.stack(kind))
        return
    target = (output or Path(os.environ.get("CDKTF_OUTDIR", ROOT / "cdktf.out"))).absolute()
    try:
        for stack in remains.write(loaded, target):
            typer.echo(stack)
    except OSError as error:
        typer.echo(f"{error.filename or target}: synthesize {name} first: {error.strerror}", err=True)
        raise typer.Exit(1) from None
