"""What only shows when all environments are seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.finding import error
from findings.rule import Rule
from settings.state import S3State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from findings.finding import Finding
    from settings.loaded import Loaded


def check_together(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    """Yield, by environment, what two would share: a state, a managed state bucket, the names in an account."""
    for check in (_states, _names, _identifiers, _buckets):
        for name, finding in check(environments):
            yield name, replace(finding, rule="shared")


def _states(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    owners: dict[str, tuple[str, str]] = {}
    for name, loaded in environments.items():
        for kind in loaded.stacks:
            identity, stack = loaded.identity(kind), loaded.names.stack(kind)
            if identity in owners:
                other, other_stack = owners[identity]
                shared = f"stack {stack} would share its state ({identity}) with {other_stack} of environment {other}"
                yield name, error(("state",), f"{shared}; each would destroy what the other made")
            owners.setdefault(identity, (name, stack))


def _names(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    owners: dict[tuple[str, str], str] = {}
    for name, loaded in environments.items():
        place = (loaded.environment.aws.account_id, loaded.names.prefix)
        if place in owners:
            same = f"every name would begin with {loaded.names.prefix}, as in environment {owners[place]}"
            yield name, error(("project",), f"{same} of the same account; choose another project or file name")
        owners.setdefault(place, name)


def _identifiers(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    """Yield identifiers that two environments would have; only given ones can, for prefixes differ."""
    owners: dict[tuple[str, str, str, str], tuple[str, str]] = {}
    for name, loaded in environments.items():
        aws, names = loaded.environment.aws, loaded.names
        identifiers = [("cluster", names.cluster, "cluster")]
        identifiers += [
            ("instance", names.instance(key), f"instances.{key}") for key in loaded.environment.database.instances
        ]
        for kind, identifier, key in identifiers:
            place = (aws.account_id, aws.region, kind, identifier)
            other, prefix = owners.setdefault(place, (name, names.prefix))
            if other != name and prefix != names.prefix:  # where those are alike, that alone is the mistake
                shared = f"{identifier} is the {kind} of environment {other} of the same account and region"
                yield name, error(("names", *key.split(".")), shared)


def _buckets(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    owners: dict[str, str] = {}
    for name, loaded in environments.items():
        state = loaded.environment.state
        if isinstance(state, S3State) and state.manage_bucket:
            if state.bucket in owners:
                managed = f"{state.bucket} is managed by environment {owners[state.bucket]} already"
                remedy = "choose another name, or say manage_bucket: false here to share it"
                yield name, error(("state", "bucket"), f"{managed}; {remedy}")
            owners.setdefault(state.bucket, name)


RULES: tuple[Rule, ...] = (
    Rule(
        "shared",
        "error",
        "A state, a bucket or every name that two environments would share",
        "Each would destroy what the other made.",
        "Choose another project, file name, prefix or bucket.",
    ),
)
