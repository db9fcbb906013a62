"""Stacks that an environment's file no longer has: the code by which Terraform takes away what they made.

It is a stack with nothing in it, with the backend and the provider of the environment's other stacks: what its state
has is deleted when it is applied. It stands beside the synthesized stacks, as deep, so that local states are found.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from settings.loaded import STACKS

if TYPE_CHECKING:
    from pathlib import Path

    from settings.loaded import Loaded

FOLDER = "gone"
"""Below the output, beside ``stacks``."""

KEYS_OF_KEPT_LOGS = {"network": "flow_logs", "access": "access"}
"""By kind of stack, the key that encrypts log groups which outlive a protected environment, and so has to."""


def gone(loaded: Loaded) -> list[str]:
    """Return the kinds of stacks that an environment could have and has not; a bucket of states is never one.

    Nor is a database's: its end is said in the file, with what is left of it.
    """
    return [kind for kind in STACKS if kind not in ("state", "database", *loaded.stacks)]


def write(loaded: Loaded, output: Path) -> list[str]:
    """Write the code of every stack that is not in the file, and return the stacks' names.

    The environment has to be synthesized. Raises OSError if it cannot be written.
    """
    sibling = json.loads((output / "stacks" / loaded.names.stack(loaded.names.database) / "cdk.tf.json").read_text())
    names = []
    for kind in gone(loaded):
        name = loaded.names.stack(kind)
        place = output / FOLDER / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "cdk.tf.json").write_text(json.dumps(_emptied(loaded, kind, sibling), indent=2) + "\n")
        names.append(name)
    return names


def _emptied(loaded: Loaded, kind: str, sibling: dict[str, Any]) -> dict[str, Any]:
    terraform = sibling["terraform"]
    before, after = (
        loaded.state_of(each).arguments(loaded.names.state_key(each)) for each in (loaded.names.database, kind)
    )
    # Only what tells one state from another; the rest of a backend is as it is written for the sibling.
    own = {name: value for name, value in after.items() if value != before[name]}
    backend = loaded.state_of(kind).backend
    # HCP Terraform is no backend among the others to Terraform, but a block of its own.
    placed = (
        {"cloud": terraform["cloud"] | own}
        if backend == "cloud"
        else {"backend": {backend: terraform["backend"][backend] | own}}
    )
    code: dict[str, Any] = {
        "terraform": terraform | placed,
        "provider": sibling["provider"],
    }
    key = KEYS_OF_KEPT_LOGS.get(kind)
    if key and loaded.environment.protected:
        code["removed"] = [{"from": f"aws_kms_key.{key}", "lifecycle": {"destroy": False}}]
    return code
