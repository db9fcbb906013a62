"""``main.py ci``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commands.common import ENVS, INVALID, ROOT, Envs, load
from operations import pipelines


class Host(StrEnum):
    """Whose pipelines there are."""

    GITHUB = "github"
    GITLAB = "gitlab"
    ATLANTIS = "atlantis"
    HCP = "hcp"


Hosted = Annotated[Host, typer.Argument(help="Who runs the pipeline.")]
Root = Annotated[Path, typer.Option("--root", help="Root of the repository.", show_default="this project's folder")]


def ci(host: Hosted, envs: Envs = ENVS, root: Root = ROOT) -> None:
    """Write a pipeline: check, what a pull request changes, plan with review, deployment behind approval.

    Environments whose state is a local file are checked and not deployed: the file would be gone with the runner. Those
    whose state is at HCP Terraform belong to its own pipeline, hcp. A pipeline that somebody else wrote is left alone,
    with exit code 2.

    Example: python main.py ci github
    """
    loaded = load(envs, None)
    file = root / pipelines.PLACES[host.value]
    try:
        if file.exists() and not file.read_text(encoding="utf-8", errors="replace").startswith(pipelines.HEAD):
            typer.echo(f"{file}: is another pipeline; move it away, or take in what is missing by hand", err=True)
            raise typer.Exit(INVALID)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(pipelines.rendered(host.value, loaded), encoding="utf-8")
    except OSError as error:
        typer.echo(f"{file}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    names = [one.name for one in pipelines.deployable(host.value, loaded)]
    typer.echo(f"{file}: checks every environment, plans and deploys {', '.join(names) or 'none'}")
    for one in loaded:
        if one.name not in names:
            typer.echo(f"  {one.name} is checked alone: its state is {one.environment.state.backend}, see docs/ci.md")
