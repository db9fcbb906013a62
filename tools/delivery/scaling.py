"""Readers that Application Auto Scaling made: in no state, so that a destroy of their cluster would end half way.

AWS takes them away by itself once the bounds of the scaling are those of the file's own readers, which this sets by
Terraform alone, and then waits.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from tools.delivery import stacks, terraform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TARGET: Final = "aws_appautoscaling_target.readers"

CLUSTER: Final = "aws_rds_cluster.aurora"

OVERRIDE: Final = "scaling_override.tf.json"
"""Terraform merges files that end in ``_override`` over all others."""

STEP_SECONDS: Final = 15

PATIENCE_SECONDS: Final = 3600
"""How long to wait: AWS takes readers away one after the other, each in some minutes."""


class ScalingError(Exception):
    """The readers could not be taken away; the message says what to do."""


def scales(stack: Path) -> bool:
    """Whether the code of a stack in a folder scales readers."""
    code = stacks.code(stack)
    return "readers" in code.get("resource", {}).get("aws_appautoscaling_target", {})


def has_cluster(stack: Path) -> bool:
    """Whether the code of a stack in a folder has a cluster."""
    return "aws_rds_cluster" in stacks.code(stack).get("resource", {})


def strangers(stack: Path) -> list[str]:
    """Return the identifiers of the cluster's instances that are in no state, as AWS says now."""
    planned = _planned(stack, "-refresh-only", f"-target={CLUSTER}")
    known = _resources(planned, "prior_state", "values") + _resources(planned, "planned_values")
    members = {
        member
        for one in known
        if one["type"] == "aws_rds_cluster"
        for member in one["values"].get("cluster_members") or ()
    }
    own = set(_own(stack))
    return sorted(members - own)


def end(stack: Path) -> None:
    """Have AWS take away what scaling added; nothing else is changed. Raises ScalingError if that cannot be."""
    added = strangers(stack)
    if not added:
        return
    print(
        f"{stack.name}: Application Auto Scaling made {', '.join(added)}; lowering its bounds to have them go",
        flush=True,
    )
    code = stacks.code(stack)["resource"]
    fixed = len(code["aws_rds_cluster_instance"]) - 1
    bounds = {"min_capacity": fixed, "max_capacity": fixed}
    override = stack / OVERRIDE
    override.write_text(json.dumps({"resource": {"aws_appautoscaling_target": {"readers": bounds}}}))
    try:
        planned = _planned(stack, f"-target={TARGET}", kept="scaling.tfplan")
        touched = [
            one["address"]
            for one in planned.get("resource_changes", ())
            if one["change"]["actions"] not in (["no-op"], ["read"]) and one["address"] != TARGET
        ]
        if touched:
            changed = ", ".join(touched)
            message = f"{stack.name} has changes that are not deployed, of {changed}: deploy them, or undo them, first"
            raise ScalingError(message)
        _run(stack, "apply", "-input=false", "scaling.tfplan")
    finally:
        override.unlink(missing_ok=True)
        (stack / "scaling.tfplan").unlink(missing_ok=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while added := strangers(stack):
        if time.monotonic() > deadline:
            message = (
                f"{', '.join(added)} are still there: delete them with `aws rds delete-db-instance "
                "--db-instance-identifier …`, then do this again"
            )
            raise ScalingError(message)
        print(f"{stack.name}: waiting for {', '.join(added)} to go", flush=True)
        time.sleep(STEP_SECONDS)


def _own(stack: Path) -> list[str]:
    shown = json.loads(_run(stack, "show", "-json"))
    instances = (one for one in _resources(shown, "values") if one["type"] == "aws_rds_cluster_instance")
    return [one["values"]["identifier"] for one in instances]


def _resources(shown: Mapping[str, Any], *path: str) -> list[dict[str, Any]]:
    for key in path:
        shown = shown.get(key, {})
    found: list[dict[str, Any]] = shown.get("root_module", {}).get("resources", [])
    return found


def _planned(stack: Path, *options: str, kept: str = "") -> dict[str, Any]:
    """Plan, and return the plan; its file stays only if it has a name."""
    file = kept or "members.tfplan"
    try:
        _run(stack, "plan", "-input=false", f"-out={file}", *options)
        planned: dict[str, Any] = json.loads(_run(stack, "show", "-json", file))
    finally:
        if not kept:
            (stack / file).unlink(missing_ok=True)
    return planned


def _run(stack: Path, *arguments: str) -> str:
    done = terraform.ask(stack, *arguments)
    if done.returncode != 0:
        raise ScalingError(done.stderr or done.stdout)
    return done.stdout
