"""``main.py deployer``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from catalog.deployer import ROLES
from commands.common import ENVS, INVALID, ROOT, Envs, load
from commands.making import told
from operations import deployer as documents

Output = Annotated[
    Path | None, typer.Option("--output", help="Write a file for each policy into this folder, instead of printing.")
]
Everything = Annotated[
    bool, typer.Option("--everything", help="What any environment could have, to take features away again too.")
]
Reference = Annotated[
    bool, typer.Option("--reference", help="Print every action, and why it is allowed, as kept in the documentation.")
]
Named = Annotated[str | None, typer.Argument(help="Name of a file in envs/.")]


def deployer(
    name: Named = None,
    envs: Envs = ENVS,
    output: Output = None,
    everything: Everything = False,
    reference: Reference = False,
) -> None:
    """Print the IAM policies of an environment's two roles: one that plans, one that applies.

    They allow what the provider was recorded to ask for what the environment has, on the environment's own names, and
    what AWS wants to see beside it. docs/deployer-policy.md has every action, and how to use them.

    Example: python main.py deployer prod --output deployer
    """
    if reference:
        typer.echo(documents.reference(), nl=False)
        return
    if name is None:
        typer.echo("the environment is missing: python main.py deployer NAME, or --reference", err=True)
        raise typer.Exit(INVALID)
    loaded = load(envs, [name])[0]
    from synthesis.documents import synthesized  # noqa: PLC0415 - after everything was read, which may end it

    with told("the policies"):
        stacks = synthesized([loaded], locks=ROOT / "locks")[name]
        found = {role: documents.policies(loaded, stacks, role, everything=everything) for role in ROLES}
        if output is None:
            typer.echo(json.dumps(found, indent=2))
            return
        output.mkdir(parents=True, exist_ok=True)
        for policies in found.values():
            for title, policy in policies.items():
                (output / f"{title}.json").write_text(json.dumps(policy, indent=2) + "\n", encoding="utf-8")
    for role, policies in found.items():
        typer.echo(f"{output}: {len(policies)} policies of the {role} role")
