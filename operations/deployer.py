"""IAM policies for the two roles of an environment: one plans, one applies; each may do what was seen to be needed.

Limits: AWS Identity and Access Management User Guide, "IAM and AWS STS quotas" (read November 2026): a managed policy
has 6,144 characters at most, white space not counted, and a role takes ten of them unless more were asked for.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from catalog import deployer, regions
from catalog.deployer import EVERYWHERE, OURS
from settings.state import S3State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from catalog.deployer import Permission, Role
    from settings.loaded import Loaded

MARK: Final = "<!-- Written by `make permissions`, as are all lines below. -->"

POLICY_CHARACTERS: Final = 6144
"""Size of a managed policy, white space not counted."""

ACCOUNT_WIDE: Final = frozenset({"iam", "s3", "route53"})
"""Services whose ARNs name no Region."""

Policy = dict[str, Any]

Condition = tuple[tuple[str, str], ...]


def policies(
    loaded: Loaded, stacks: Mapping[str, Mapping[str, Any]], role: Role, *, everything: bool = False
) -> dict[str, Policy]:
    """Return a role's managed policies by name, for what the synthesized stacks have.

    ``everything`` allows what any environment could have: for a role that takes features away again.
    """
    present = None if everything else types(stacks)
    chosen = [one for one in deployer.permissions() if _needed(one, role, present)]
    return {
        f"{loaded.names.prefix}-deployer-{role}-{number}": {"Version": "2012-10-17", "Statement": statements}
        for number, statements in enumerate(_packed(list(_statements(chosen, loaded))), 1)
    }


def types(stacks: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the types of what synthesized stacks have; data sources begin with ``data.``."""
    found = {deployer.PROVIDER, deployer.BACKEND, deployer.LOCK}
    for stack in stacks.values():
        found |= set(stack.get("resource", {})) | {f"data.{kind}" for kind in stack.get("data", {})}
    return frozenset(found)


def _needed(permission: Permission, role: Role, present: frozenset[str] | None) -> bool:
    # Whoever applies plans first.
    roles: tuple[Role, ...] = ("plan",) if role == "plan" else ("plan", "apply")
    asking = frozenset[str]().union(*(permission.types[one] for one in roles))
    return bool(asking if present is None else asking & present)


def _statements(permissions: Iterable[Permission], loaded: Loaded) -> Iterator[Policy]:
    """Yield one statement for each service, condition, and whether it is about the environment's own resources."""
    arns = resources(loaded)
    tagged = tuple(
        (f"aws:ResourceTag/{key}", value)
        for key, value in (("environment", loaded.name), ("project", loaded.names.project))
    )
    groups: dict[tuple[str, Condition, tuple[str, ...]], set[str]] = defaultdict(set)
    for action, on in _joined(permissions).items():
        for condition in {condition for _, condition in on}:
            kinds = {kind for kind, its in on if its == condition}
            plain = {kind for kind in kinds if not kind.endswith(OURS)}
            for some, more in ((plain, ()), (kinds - plain, tagged)):
                named = {one for kind in some for one in arns[kind.removesuffix(OURS)]}
                if named:
                    key = (action.partition(":")[0], _placed(condition, loaded) + more, tuple(sorted(named)))
                    groups[key].add(action)
    for (_, condition, resources_named), actions in sorted(groups.items()):
        statement: Policy = {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources_named)}
        if condition:
            statement["Condition"] = {"StringEquals": _values(condition)}
        yield statement


def _joined(permissions: Iterable[Permission]) -> dict[str, set[tuple[str, Condition]]]:
    """Return the kinds and conditions of each action; where it is allowed everywhere, that is all."""
    found: dict[str, set[tuple[str, Condition]]] = defaultdict(set)
    for one in permissions:
        found[one.action] |= {(kind, one.condition) for kind in one.kinds}
    return {action: {(EVERYWHERE, ())} if (EVERYWHERE, ()) in on else on for action, on in found.items()}


def _placed(condition: Condition, loaded: Loaded) -> Condition:
    """Return a condition with the environment's Regions in it."""
    state = loaded.environment.state
    region = loaded.environment.aws.region
    of_state = state.region if isinstance(state, S3State) else region
    return tuple(
        (key, value.replace("{region}", region).replace("{state_region}", of_state)) for key, value in condition
    )


def _values(condition: Condition) -> dict[str, str | list[str]]:
    """Return what each key may equal: one value, or one of several that are joined by ``|``."""
    split = {key: value.split("|") for key, value in condition}
    return {key: values[0] if len(values) == 1 else values for key, values in split.items()}


def _packed(statements: list[Policy]) -> Iterator[list[Policy]]:
    """Yield the statements in as few documents as hold them in their order."""
    packed: list[Policy] = []
    for statement in statements:
        if packed and size({"Version": "2012-10-17", "Statement": [*packed, statement]}) > POLICY_CHARACTERS:
            yield packed
            packed = []
        packed.append(statement)
    if packed:
        yield packed


def size(policy: Policy) -> int:
    """Return how much of AWS's limit a policy takes."""
    return len("".join(json.dumps(policy, separators=(",", ":")).split()))


def resources(loaded: Loaded) -> dict[str, list[str]]:
    """Return the ARNs of an environment by ``service:kind``, with wildcards where there are several or no names."""
    names, environment = loaded.names, loaded.environment
    state = environment.state if isinstance(environment.state, S3State) else None
    key = f"{f'{state.prefix}/' if state and state.prefix else ''}{names.project}/{names.environment}"
    below: dict[str, list[str]] = {
        "rds:cluster": [f"cluster:{names.cluster}"],
        "rds:db": [f"db:{names.cluster}-*", *(f"db:{name}" for name in names.given.instances.values())],
        "rds:cluster-pg": [
            f"cluster-pg:{name}" for name in _groups(names.prefix, "cluster", names.given.cluster_parameter_group)
        ],
        "rds:pg": [f"pg:{name}" for name in _groups(names.prefix, "instance", names.given.instance_parameter_group)],
        "rds:subgrp": [f"subgrp:{names.subnet_group}"],
        "rds:cluster-endpoint": [f"cluster-endpoint:{names.cluster}-*"],
        "rds:cluster-snapshot": [f"cluster-snapshot:{names.cluster}-*"],
        "rds:es": [f"es:{names.prefix}-*"],
        "rds:og": ["og:default:*"],
        # AWS chooses their ids.
        "rds:proxy": ["db-proxy:*"],
        "rds:target-group": ["target-group:*"],
        "kms:key": ["key/*"],
        "kms:alias": [f"alias/{names.prefix}-*"],
        "iam:role": [f"role/{names.prefix}-*"],
        "iam:policy": [f"policy/{names.prefix}-*"],
        "logs:log-group": [
            f"log-group:{names.log_group('*')}",
            f"log-group:{names.flow_log_group}*",
            f"log-group:{names.log_group_of(names.prefix)}-*",
            f"log-group:{names.proxy_log_group}*",
        ],
        "lambda:function": [f"function:{names.prefix}-*"],
        "sqs:queue": [f"{names.prefix}-*"],
        "sns:topic": [f"{names.prefix}-*"],
        "events:rule": [f"rule/{names.prefix}-*"],
        "ssm:parameter": [f"parameter{names.contract}/*"],
        "secretsmanager:secret": ["secret:rds!cluster-*"],
        "cloudwatch:alarm": [f"alarm:{names.prefix}-*"],
        "application-autoscaling:scalable-target": ["scalable-target/*"],
        "cloudformation:stack": [f"stack/{names.proxy}/*"],
        "backup:vault": [f"backup-vault:{names.prefix}-*"],
        # AWS chooses its id.
        "backup:plan": ["backup-plan:*"],
    }
    region, account = environment.aws.region, environment.aws.account_id
    found_region = regions.find(region)
    partition = found_region.partition if found_region else "aws"

    def arn(kind: str, rest: str) -> str:
        service = kind.partition(":")[0]
        return f"arn:{partition}:{service}:{'' if service in ACCOUNT_WIDE else region}:{account}:{rest}"

    found = {EVERYWHERE: ["*"]}
    found |= {kind: [arn(kind, rest) for rest in named] for kind, named in below.items()}
    found |= {f"ec2:{kind}": [arn("ec2:", f"{kind}/*")] for kind in EC2_KINDS}
    found["ec2:prefix-list"] = [f"arn:{partition}:ec2:{region}:aws:prefix-list/*"]
    found["cloudwatch:dashboard"] = [f"arn:{partition}:cloudwatch::{account}:dashboard/{names.prefix}-*"]
    found["chatbot:configuration"] = [
        f"arn:{partition}:chatbot::{account}:chat-configuration/slack-channel/{names.prefix}-*"
    ]
    found["cloudwatch:target-tracking"] = [arn("cloudwatch:", f"alarm:TargetTracking-cluster:{names.cluster}-*")]
    found["iam:service-linked"] = [arn("iam:", "role/aws-service-role/*")]
    found["iam:given"] = sorted({*environment.database.roles.model_dump(exclude_none=True).values()})
    found["rds:origin"] = _origin(loaded, arn)
    found["s3:bucket"] = [f"arn:{partition}:s3:::{state.bucket}"] if state else []
    found["s3:state"] = [f"arn:{partition}:s3:::{state.bucket}/{key}/*"] if state else []
    found["s3:lock"] = [f"arn:{partition}:s3:::{state.bucket}/{key}/*.tflock"] if state else []
    return found


EC2_KINDS: Final = (
    *(
        "egress-only-internet-gateway",
        "elastic-ip",
        "internet-gateway",
        "natgateway",
        "network-interface",
        "route-table",
        "security-group",
    ),
    *("security-group-rule", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log"),
)
"""Kinds of EC2's resources that environments have; AWS chooses their ids."""


def _origin(loaded: Loaded, arn: Callable[[str, str], str]) -> list[str]:
    """Return the snapshot or cluster that the environment's is made of."""
    origin = loaded.environment.database.origin
    said = [(origin.snapshot, "cluster-snapshot"), (origin.cluster, "cluster")] if origin else []
    return [one if one.startswith("arn:") else arn("rds:", f"{kind}:{one}") for one, kind in said if one]


def _groups(prefix: str, purpose: str, given: str | None) -> list[str]:
    return [f"{prefix}-{purpose}-*", *([given] if given else [])]


def reference() -> str:
    """Return the tables at the end of docs/deployer-policy.md: every action, and what is allowed unrecorded."""
    recorded: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for one in deployer.permissions():
        if not one.reason:
            planning, applying, kinds = recorded.setdefault(one.action, (set(), set(), set()))
            planning |= one.types["plan"]
            applying |= one.types["apply"]
            kinds |= {kind.partition(":")[2] for kind in one.kinds if kind != EVERYWHERE}
    lines = [
        MARK,
        "",
        "## Recorded",
        "",
        "| action | on | to plan | to apply |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{action}` | {', '.join(sorted(kinds)) or 'the account'} | {_cell(planning)} | {_cell(applying)} |"
            for action, (planning, applying, kinds) in sorted(recorded.items())
        ),
        "",
        "## Allowed without having been recorded",
        "",
        "| action | for | why | source |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{one.action}`{_said(one)} | {_cell(one.types['plan'] | one.types['apply'])} | {one.reason} "
            f"| {one.source} |"
            for one in sorted(deployer.additions(), key=lambda one: (one.action, one.condition, one.reason))
        ),
    ]
    return "\n".join(lines) + "\n"


def _cell(types: Iterable[str]) -> str:
    return ", ".join(kind.removeprefix("aws_") for kind in sorted(types)) or "-"


def _said(permission: Permission) -> str:
    """Return the condition as a cell says it."""
    return "".join(f", `{key}` {value.replace('|', ' or ')}" for key, value in permission.condition)
