"""The state backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import regions
from checks.finding import error, warning
from findings.rule import Rule
from settings import tiers
from settings.state import LocalState, S3State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding
    from settings.model import Environment
    from settings.names import Names


def state_backend(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse S3 options that contradict each other."""
    state = environment.state
    if not isinstance(state, S3State):
        return
    if state.manage_bucket and state.kms_key_arn:
        yield error(
            ("state", "kms_key_arn"),
            "is not needed: a managed bucket encrypts with a key of its own; give a key only with manage_bucket: false",
        )
    if state.kms_key_arn and state.kms_key_arn.split(":")[3] != state.region:
        yield error(("state", "kms_key_arn"), f"is a key of another region than the bucket's, {state.region}")
    region = regions.find(state.region)
    role = state.assume_role
    arns = {("state", "kms_key_arn"): state.kms_key_arn, ("state", "assume_role", "role_arn"): role and role.role_arn}
    for path, arn in arns.items():
        if arn and region and arn.split(":")[1] != region.partition:
            yield error(path, f"is of partition {arn.split(':')[1]}; {state.region} is in {region.partition}")
    if state.manage_bucket and "." in state.bucket:
        yield error(
            ("state", "bucket"),
            "has a dot, so that its certificate does not fit its name; a managed bucket is named without, and one that "
            "exists is used with manage_bucket: false",
        )
    home = regions.find(environment.aws.region)
    if region and home and region.partition != home.partition and not state.manage_bucket:
        yield error(
            ("state", "region"),
            f"{state.region} is in {region.partition}, and {home.name} in {home.partition}: the same credentials reach "
            "only one of the two",
        )
    if not state.protected and not state.manage_bucket:
        yield error(("state", "protected"), "is of no effect: the bucket is managed elsewhere")
    if state.migrated and not state.manage_bucket:
        yield error(("state", "migrated"), "is of no effect: without manage_bucket there is no state stack to migrate")
    if state.manage_bucket and state.region != environment.aws.region:
        yield error(
            ("state", "region"),
            f"{state.region} is not the environment's region {environment.aws.region}, in which a managed bucket is "
            "created; use that region, or manage_bucket: false for a bucket elsewhere",
        )


def local_state(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a state that one person has, and say it louder where much depends on it."""
    if not isinstance(environment.state, LocalState):
        return
    if environment.protected and "state" not in tiers.column(tiers.DEFAULTS, environment.tier):
        yield warning(
            "protected-local-state",
            ("state", "backend"),
            "local keeps the state on one disk, without a lock for others; who loses it cannot change the database by "
            "Terraform any more",
        )
    else:
        yield warning(
            "local-state",
            ("state",),
            "is a local file, and so one person's: in every other clone a plan wants to create all of it again; name a "
            "backend that others reach, such as s3, or accept it",
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "state-backend",
        "error",
        "Options of the state that contradict each other",
        "Terraform would look for the state where it is not.",
        "Keep the option that the message favours.",
    ),
    Rule(
        "local-state",
        "warning",
        "A state that is a file of one clone",
        "A second person, or a second clone, plans everything anew, and AWS refuses the names that are taken.",
        "Name a backend that others reach, such as s3; docs/state.md moves what is deployed. Accept it for what one "
        "person tries out.",
    ),
    Rule(
        "protected-local-state",
        "warning",
        "A protected environment whose state is a local file",
        "A disk fails, and two people deploy at once.",
        "Name a backend that others reach, such as s3.",
    ),
)
