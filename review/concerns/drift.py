"""What somebody changed outside of Terraform, told from what only looks like it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from findings.rule import Rule
from review.concerns.arguments import CORE
from review.context import foreign
from review.finding import NOW, Found
from review.words import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change, Difference
    from review.context import Context

NOISE: Final[dict[str, frozenset[str]]] = {
    "aws_rds_cluster": frozenset(
        {
            *("cluster_members", "iam_roles", "master_user_secret", "ca_certificate_valid_till"),
            *("hosted_zone_id", "endpoint", "reader_endpoint", "cluster_resource_id"),
        }
    ),
    "aws_rds_cluster_instance": frozenset({"writer", "endpoint", "kms_key_id", "storage_encrypted", "network_type"}),
    "aws_rds_global_cluster": frozenset({"global_cluster_members"}),
    "aws_iam_role": frozenset({"managed_policy_arns", "inline_policy", "unique_id"}),
    "aws_iam_policy": frozenset({"attachment_count"}),
    "aws_security_group": frozenset({"ingress", "egress"}),
    "aws_default_security_group": frozenset({"ingress", "egress"}),
    "aws_route_table": frozenset({"route", "propagating_vgws"}),
    "aws_vpc": frozenset({"default_security_group_id", "main_route_table_id"}),
    "aws_vpc_endpoint": frozenset({"route_table_ids", "subnet_ids", "network_interface_ids", "dns_entry", "policy"}),
    "aws_s3_bucket": frozenset(
        {
            *("versioning", "server_side_encryption_configuration", "lifecycle_rule", "logging", "grant"),
            *("replication_configuration", "object_lock_configuration", "object_lock_enabled", "acl", "website"),
            *("acceleration_status", "cors_rule", "request_payer"),
        }
    ),
    "aws_lambda_function": frozenset({"qualified_arn", "version", "last_modified", "qualified_invoke_arn"}),
    "aws_secretsmanager_secret": frozenset({"replica"}),
    "aws_ssm_parameter": frozenset({"version"}),
    "aws_eip": frozenset(
        {"allocation_id", "association_id", "instance", "network_interface", "private_dns", "private_ip", "public_dns"}
    ),
    "aws_s3_bucket_lifecycle_configuration": frozenset({"transition_default_minimum_object_size"}),
    "aws_db_subnet_group": frozenset({"supported_network_types"}),
    "aws_db_proxy": frozenset({"updated_date"}),
}
"""What a refresh fills in, or what other resources of the same configuration say: no drift of this resource."""

POLICIES: Final = {
    "aws_kms_key": "aws_kms_key_policy",
    "aws_s3_bucket": "aws_s3_bucket_policy",
    "aws_secretsmanager_secret": "aws_secretsmanager_secret_policy",
    "aws_sns_topic": "aws_sns_topic_policy",
    "aws_sqs_queue": "aws_sqs_queue_policy",
}
"""What has a policy that another resource can say: where there is such a one, drift of the policy is its own."""

VERSION: Final = frozenset({"engine_version", "engine_version_actual"})


def drift(context: Context) -> Iterator[Found]:
    """Yield what is really otherwise than the last apply left it."""
    undone = {change.address: change for change in context.changes if change.kind in ("update", "replace", "create")}
    types = {change.type for change in context.changes}
    for change in context.plan.drift:
        if foreign(change) or change.deposed is not None or not effects.known(change.type):
            continue
        if change.kind == "delete":
            again = change.address in undone and undone[change.address].kind == "create"
            yield _found(
                change,
                "drift-deleted",
                "high",
                "it exists no longer: somebody deleted it outside of Terraform"
                + (", and this plan makes it anew" if again else ""),
                remedy="Find out who deleted it, and why, before this makes it anew.",
            )
            continue
        for difference in real(change):
            if not _said_elsewhere(change, difference, types):
                yield _argument(change, difference, undone.get(change.address))


def _said_elsewhere(change: Change, one: Difference, types: set[str]) -> bool:
    """Whether another resource of the plan says this policy, or nobody does and AWS has filled it in."""
    if one.path != "policy" or change.type not in POLICIES:
        return False
    # A plan without resource changes, of a refresh alone, names nothing that could say it.
    return not one.before or not types or POLICIES[change.type] in types


def real(change: Change) -> list[Difference]:
    """Return the differences of a drifted resource that are none of the provider's making."""
    noise = NOISE.get(change.type, frozenset())
    return [
        one
        for one in change.differences
        if one.path.partition(".")[0] not in noise
        and one.after is not effects.UNKNOWN
        and not _same_json(one)
        # Of these types every argument has a row: what has none is an attribute that AWS fills in.
        and (change.type not in CORE or one.path in VERSION or effects.rows(change.type, one.path) is not None)
    ]


def _same_json(one: Difference) -> bool:
    """Whether two texts are the same JSON, or two unset things in different words."""
    if one.before in (None, False, 0, "") and one.after in (None, False, 0, ""):
        return True
    if not isinstance(one.before, str) or not isinstance(one.after, str):
        return False
    try:
        return bool(json.loads(one.before) == json.loads(one.after))
    except (ValueError, RecursionError):
        return False


def _argument(change: Change, difference: Difference, plan: Change | None) -> Found:
    root = difference.path.partition(".")[0]
    rows = effects.of_change(change.type, difference.path, difference.before, difference.after) or ()
    lost = any(row.effect in ("guard-removed", "access-widened") for row in rows)
    if change.type == "aws_rds_cluster" and root in VERSION:
        then = "AWS, or somebody, has changed the running version"
    else:
        then = "somebody changed it outside of Terraform"
    back = plan is not None and plan.differs(root)
    severity: Any = "medium" if lost else "low"
    return _found(
        change,
        "drift",
        severity,
        f"{difference.said}: {then}; this plan {'undoes it' if back else 'leaves it as it is now'}",
        remedy="Bring the configuration and what runs together, one way or the other.",
        argument=difference.path,
    )


def _found(
    change: Change, rule: str, severity: effects.Severity, because: str, *, remedy: str, argument: str = ""
) -> Found:
    return Found(
        rule=rule,
        severity=severity,
        effect="drift",
        when=NOW,
        because=because,
        remedy=remedy,
        source=effects.source("terraform"),
        address=change.address,
        argument=argument,
    )


def moves(context: Context) -> Iterator[Found]:
    """Yield where a resource has another address, and nothing else."""
    for change in context.changes:
        if change.moved:
            yield Found(
                rule="moved",
                severity="none",
                effect="moved",
                when=NOW,
                because=f"it was {code(change.previous_address)}; it is the same resource",
                source=effects.source("terraform"),
                address=change.address,
            )


RULES: Final = (
    Rule(
        "drift",
        "note",
        "Something that was changed outside of Terraform",
        "The configuration no longer says what runs. What a refresh fills in is left out.",
        "Bring both together.",
    ),
    Rule(
        "drift-deleted",
        "error",
        "Something that was deleted outside of Terraform",
        "A plan would make it anew, empty.",
        "Find out who deleted it, and why.",
    ),
    Rule(
        "moved",
        "note",
        "A resource that has another address",
        "It is the same resource.",
        "Nothing has to be done.",
    ),
)
