"""What Terraform asked of the emulator: which request, for which type of resource, to plan or to apply.

The emulator writes down the requests; the provider's log says for each of them, by the same id, what it was doing.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from catalog import deployer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ENTRY: Final = re.compile(r"^\d{4}-\d\d-\d\dT", re.MULTILINE)
"""Begins an entry of the provider's log, which may have several lines."""

NAMING: Final[dict[tuple[str, str], str]] = {
    ("cloudformation", "StackName"): "stack/{}/",
    ("cloudwatch", "AlarmName"): "alarm:{}",
    ("cloudwatch", "AlarmNames"): "alarm:{}",
    ("cloudwatch", "DashboardName"): "dashboard/{}",
    ("cloudwatch", "DashboardNames"): "dashboard/{}",
    ("events", "Rule"): "rule/{}",
    ("iam", "RoleName"): "role/{}",
    ("kms", "AliasName"): "{}",
    ("lambda", "FunctionName"): "function:{}",
    ("logs", "logGroupName"): "log-group:{}",
    ("rds", "DBClusterIdentifier"): "cluster:{}",
    ("rds", "DBClusterParameterGroupName"): "cluster-pg:{}",
    ("rds", "DBInstanceIdentifier"): "db:{}",
    ("rds", "DBParameterGroupName"): "pg:{}",
    ("rds", "DBSubnetGroupName"): "subgrp:{}",
    ("rds", "FinalDBSnapshotIdentifier"): "cluster-snapshot:{}",
    ("rds", "SubscriptionName"): "es:{}",
    ("sqs", "QueueName"): "{}",
}
"""How a parameter's value ends the ARN of what it names."""

NAME_OF: Final = {
    ("events", "PutRule"): "rule/{}",
    ("events", "DescribeRule"): "rule/{}",
    ("events", "DeleteRule"): "rule/{}",
    ("iam", "CreatePolicy"): "policy/{}",
    ("sns", "CreateTopic"): "{}",
}
"""The same for parameters that are merely called a name, by request."""


@dataclass
class Asked:
    """Types of resources that made a request, by role, and what they named."""

    types: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    named: set[str] = field(default_factory=set)


def asked(requests: Iterable[Path], logs: Iterable[Path]) -> dict[tuple[str, str], Asked]:
    """Return everything that Terraform asked, by service and operation."""
    doing = {invocation: what for log in logs for invocation, what in _doing(log)}
    found: dict[tuple[str, str], Asked] = defaultdict(Asked)
    for file in requests:
        for one in map(json.loads, file.read_text().splitlines()):
            if "Terraform/" not in one["agent"]:
                continue
            # The log cuts long lines, such as a function's code, and with them their ids.
            said = doing.get(one["invocation"])
            if not said and "terraform-provider-aws/" in one["agent"]:
                said = doing.get(one["operation"])
            role, kind = said or _terraform_itself(one)
            entry = found[one["service"], one["operation"]]
            entry.types[role].add(kind)
            entry.named |= set(named(one))
    return found


def not_allowed(requests: Iterable[Path]) -> list[str]:
    """Return what Terraform asked and no deployer is allowed, by what it was run for."""
    allowed = {
        role: {
            *((one.service, one.operation) for one in deployer.requests() if one.types["plan"] or one.types[role]),
            *(tuple(one.action.split(":")) for one in deployer.additions() if one.types["plan"] or one.types[role]),
        }
        for role in deployer.ROLES
    }
    return sorted(
        {
            f"{service}:{operation} to {role}"
            for (service, operation), one in asked(requests, []).items()
            for role in one.types
            if (service, operation) not in allowed[deployer.ROLES[role == "apply"]]
        }
    )


def _doing(log: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each of the provider's requests, and the role and type of resource that it was made for.

    A request is named by its id where it is sent, and by its operation where it is answered.
    """
    names = "amz_sdk_invocation_id|rpc.method|tf_rpc|tf_resource_type|tf_data_source_type"
    for entry in ENTRY.split(log.read_text(errors="replace")):
        if "HTTP Request Sent" in entry or "HTTP Response Received" in entry:
            values = dict(re.findall(rf"\b({names})=(\S+)", entry))
            data = values.get("tf_data_source_type")
            kind = values.get("tf_resource_type") or (f"data.{data}" if data else deployer.PROVIDER)
            what = ("apply" if values.get("tf_rpc") == "ApplyResourceChange" else "plan", kind)
            if "amz_sdk_invocation_id" in values:
                yield values["amz_sdk_invocation_id"], what
            elif "HTTP Response Received" in entry and "rpc.method" in values:
                yield values["rpc.method"], what


def _terraform_itself(one: dict[str, Any]) -> tuple[str, str]:
    """Return the role and, instead of a type, who: Terraform keeps the state itself."""
    command = re.search(r"\bcommand/(\w+)", one["agent"])
    planning = command is not None and command[1] not in ("apply", "destroy")
    return "plan" if planning else "apply", deployer.LOCK if one["parameters"].get("Key", "").endswith(
        ".tflock"
    ) else deployer.BACKEND


def named(one: dict[str, Any]) -> Iterator[str]:
    """Yield what a request names of its own service: ``service:`` and how the ARN ends, after Region and account."""
    service, parameters = one["service"], one["parameters"]
    if service == "s3":
        key = parameters.get("Key")
        yield f"s3:{parameters['Bucket']}/{key}" if key else f"s3:{parameters['Bucket']}"
        return
    for name, value in parameters.items():
        template = NAMING.get((service, name)) or (NAME_OF.get((service, one["operation"])) if name == "Name" else None)
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(text, str):
                continue
            if text.startswith("arn:"):
                _, _, owner, _, account, rest = text.split(":", 5)
                if owner == service and account == one["account"]:
                    yield f"{service}:{rest}"
            elif template:
                yield f"{service}:{template.format(text)}"
            elif service == "ssm" and text.startswith("/"):
                yield f"ssm:parameter{text}"
            elif service == "sqs" and name == "QueueUrl":
                yield f"sqs:{text.rpartition('/')[2]}"


def table(found: dict[tuple[str, str], Asked]) -> str:
    """Return the rows of ``catalog/data/deployer_requests.tsv``."""
    return "".join(
        "\t".join(
            (
                *request,
                *(" ".join(sorted(one.types[role])) or "-" for role in deployer.ROLES),
                " ".join(sorted(one.named)) or "-",
            )
        )
        + "\n"
        for request, one in sorted(found.items())
    )
