"""``make migrate-state``: the state stack's own state, into the bucket that it has created."""

from __future__ import annotations

import json

from tools.delivery import stacks, terraform
from tools.delivery.given import StoppedError, approved


def migrate_state() -> None:
    """Move the state stack's own state into the bucket that it has created."""
    selection = stacks.select()
    terraform.program()
    stack, environment = selection.state, selection.environment
    if stack not in selection.stacks:
        message = f"{environment} has no state stack: its state is not in a bucket that the project creates"
        raise StoppedError(message)
    stacks.synthesize(environment)
    place = stacks.folder(stack)
    if "local" in stacks.code(place)["terraform"]["backend"]:
        message = f"set `migrated: true` under `state:` in envs/{environment}.yaml, then run this again"
        raise StoppedError(message)
    initialized = place / ".terraform" / "terraform.tfstate"
    before = json.loads(initialized.read_text())["backend"]["type"] if initialized.exists() else None
    if before != "local":
        # Terraform knows the former place from its working folder alone; without it the state would seem empty.
        message = (
            f"the state of {stack} has been moved already"
            if before
            else f"Terraform does not know here where the state of {stack} has been: take `migrated: true` out of "
            f"envs/{environment}.yaml, run `make plan ENV={environment} STACK=state` where "
            "the state file is, and begin again"
        )
        raise StoppedError(message)
    terraform.act(place, "init", "-migrate-state", *(["-force-copy"] if approved() else []))
    print(
        "The state is in the bucket; check with make plan, then delete the local file and commit the change of envs/."
    )
