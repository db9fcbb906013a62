"""``main.py synth``."""

from __future__ import annotations

import gc
import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commands.common import ENVS, INVALID, ROOT, Environments, Envs, load, remind, width
from commands.making import told
from reading import loader
from synthesis import summary
from synthesis.run import bring_up_to_date

Output = Annotated[
    Path | None,
    typer.Option("--output", envvar="CDKTF_OUTDIR", help="Folder to write to.", show_default="cdktf.out"),
]


Fresh = Annotated[bool, typer.Option("--fresh", help="Make everything again, even what is as it would be made.")]


class Format(StrEnum):
    """How it is told what was written."""

    TEXT = "text"
    JSON = "json"


Style = Annotated[Format, typer.Option("--format", help="For people or machines.")]


def synth(
    names: Environments = None,
    envs: Envs = ENVS,
    output: Output = None,
    fresh: Fresh = False,
    style: Style = Format.TEXT,
) -> None:
    """Write the Terraform JSON of the environments and print one line per stack.

    Everything is checked first; if anything is wrong, every error is printed, nothing is written and the exit
    code is 2. What is there already as it would be made again is left alone. Needs no AWS account, no
    credentials and no Terraform.

    Example: python main.py synth dev
    """
    loaded = load(envs, names)
    remind()
    target = (output or Path(os.environ.get("CDKTF_OUTDIR", ROOT / "cdktf.out"))).absolute()
    if not target.name:
        typer.echo(f"--output: {target} is the root of the file system; it takes a folder of its own", err=True)
        raise typer.Exit(INVALID)
    files = loader.files(envs)
    left = set(files) - {one.name for one in loaded}
    before = summary.stacks(target)
    with told(target):
        resources = bring_up_to_date(loaded, target, left=left, locks=ROOT / "locks", afresh=fresh, files=files)
    shown_as = os.path.relpath(target)
    if style is Format.JSON:
        typer.echo(json.dumps(summary.as_data(loaded, target, shown_as, resources), indent=2))
    else:
        for line in summary.synthesized(loaded, target, shown_as, resources, width()):
            typer.echo(line)
    for line in summary.vanished(before - summary.stacks(target)):
        typer.echo(line, err=True)
    # The process ends here: spare it the collection of a million objects on the way out (0.1 s).
    gc.freeze()
