"""``main.py synth``."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Annotated

import typer

from commands.common import ENVS, ROOT, Environments, Envs, load, remind
from reading import loader
from settings.loaded import STACKS

Output = Annotated[
    Path | None,
    typer.Option("--output", envvar="CDKTF_OUTDIR", help="Folder to write to.", show_default="cdktf.out"),
]


def synth(names: Environments = None, envs: Envs = ENVS, output: Output = None) -> None:
    """Write the Terraform JSON of the environments and print one line per stack.

    Everything is checked first; if anything is wrong, every error is printed, nothing is written and the exit
    code is 2. Needs no AWS account, no credentials and no Terraform.

    Example: python main.py synth dev
    """
    loaded = load(envs, names)
    remind()
    # Bound late: whatever imports cdktf starts Node, which wrong files do without.
    from synthesis import bindings  # noqa: PLC0415

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
