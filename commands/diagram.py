"""``main.py diagram``."""

from __future__ import annotations

import typer

from commands.common import ENVS, ROOT, Envs, Name, load
from commands.making import told
from operations.diagram import drawing, model
from synthesis.documents import synthesized


def diagram(name: Name, envs: Envs = ENVS) -> None:
    """Print a picture of an environment as SVG, drawn from its synthesized stacks.

    Network, zones, instances, keys, functions, proxy, alarms, and who may talk to whom; the same stacks give the same
    picture, on light and on dark pages.

    Example: python main.py diagram prod > prod.svg
    """
    loaded = load(envs, [name])[0]
    with told("the stacks"):
        documents = synthesized([loaded], locks=ROOT / "locks")[loaded.name]
    typer.echo(drawing.svg(model.read(loaded.name, loaded.names.prefix, documents)), nl=False)
