"""What leaves an environment: resources that the code of a stack no longer has, and stacks that its file no longer has.

Growing goes downstream, for a consumer needs what it reads. Shrinking goes upstream: AWS deletes no subnet and no
security group that something still stands on. So a stack that others stand on is applied twice when something leaves
it, first without deleting, and once more after its consumers. Within a stack Terraform keeps the order itself.
"""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tools.delivery import stacks, terraform

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tools.delivery.stacks import Selection

STOOD_ON = frozenset({"network"})
"""Kinds of stacks of which other stacks' resources hold something: of the others, nothing that can leave is held."""

ADDRESS = re.compile(r"[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+")
"""A managed resource of a stack, without the key of one of several."""


def kept(stack: Path) -> list[str]:
    """Return the addresses of the managed resources in the code of a stack in a folder."""
    return [f"{kind}.{name}" for kind, named in stacks.code(stack).get("resource", {}).items() for name in named]


def forgotten(stack: Path) -> set[str]:
    """Return the addresses that the code of a stack gives up without deleting what is there."""
    return {block["from"] for block in stacks.code(stack).get("removed", []) if not block["lifecycle"]["destroy"]}


def standing(stack: Path) -> list[str] | None:
    """Return the addresses of the managed resources in a stack's state; None if there is none that can be read."""
    commands = [["state", "list"]]
    if not (stack / ".terraform").is_dir():
        commands.insert(0, ["init", "-input=false"])
    for arguments in commands:
        done = terraform.ask(stack, *arguments)
        if done.returncode != 0:
            return None
    found = (ADDRESS.match(line) for line in done.stdout.splitlines() if not line.startswith("data."))
    return list(dict.fromkeys(match[0] for match in found if match))


def leaving(stack: Path) -> list[str]:
    """Return the addresses that a stack's state has and its code has not."""
    stays = {*kept(stack), *forgotten(stack)}
    return [address for address in standing(stack) or () if address not in stays]


def left_behind(environment: str) -> list[str]:
    """Return the stacks that the environment's file no longer has and that are still deployed."""
    places = stacks.gone(environment)
    with ThreadPoolExecutor() as pool:
        found = pool.map(standing, places.values())
    return [name for name, addresses in zip(places, found, strict=True) if addresses]


def remind(selection: Selection, behind: Iterable[str]) -> None:
    """Say what is deployed and in no file any more."""
    for stack in behind:
        print(
            f"note: {stack} is still deployed and no longer in envs/{selection.environment}.yaml: "
            f"make destroy ENV={selection.environment} STACK={selection.kind(stack)} removes it",
            file=sys.stderr,
        )
