"""Who may do what: key policies, roles, security groups."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis.variants import everything, policy, resources, variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Synthesized

CRYPTOGRAPHIC = ("Decrypt", "Encrypt", "GenerateDataKey", "GenerateMac", "ReEncrypt", "Sign", "Verify", "CreateGrant")

THROUGH = {
    "data": ["rds"],
    "secrets": ["secretsmanager", "rds"],
    "state": ["s3"],
}
"""Services that each key may be used through."""

LOG_KEYS = ("aws_kms_key.logs", "aws_kms_key.flow_logs", "aws_kms_key.access")
"""Keys that encrypt log groups, each those of its own stack."""


def keys(*outputs: Synthesized) -> Iterator[tuple[str, str, dict[str, Any], dict[str, dict[str, Any]]]]:
    """Yield stack, key, the provider's arguments and the policy's statements."""
    for stack, parsed in everything(*outputs).items():
        for address, arguments in resources(parsed, "aws_kms_key").items():
            yield stack, address.removeprefix("aws_kms_key."), parsed["provider"]["aws"][0], policy(arguments)


def as_list(value: str | list[str]) -> list[str]:
    """Return a policy's one or many as a list."""
    return [value] if isinstance(value, str) else value


def covers(action: str, operation: str) -> bool:
    """Whether a policy's action, perhaps with a wild card, allows an operation of KMS."""
    name = action.removeprefix("kms:")
    return operation.startswith(name[:-1]) if name.endswith("*") else name.startswith(operation)


def test_no_key_is_open_to_everybody(shipped: Synthesized, examples: Synthesized) -> None:
    principals = {
        json.dumps(statement["Principal"])
        for *_, statements in keys(shipped, examples)
        for statement in statements.values()
    }
    assert not [principal for principal in principals if "*" in principal]
    assert {name for principal in principals for name in json.loads(principal)} == {"AWS", "Service"}


def test_administrators_of_a_key_cannot_use_it(shipped: Synthesized, examples: Synthesized) -> None:
    for stack, key, _, statements in keys(shipped, examples):
        actions = as_list(statements["AccountAdministersKey"]["Action"])
        use = [action for action in actions for operation in CRYPTOGRAPHIC if covers(action, operation)]
        assert (stack, key, use) == (stack, key, [])
        assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"} <= {*actions}
        assert "kms:*" not in actions


def test_keys_are_used_only_through_their_services_and_in_their_account(
    shipped: Synthesized, examples: Synthesized
) -> None:
    seen = set()
    for stack, key, provider, statements in keys(shipped, examples):
        if key not in THROUGH:
            continue
        seen.add(key)
        condition = {
            "kms:CallerAccount": provider["allowed_account_ids"][0],
            "kms:ViaService": [f"{service}.{provider['region']}.amazonaws.com" for service in THROUGH[key]],
        }
        # S3 makes no grants.
        grants = {"GrantToServices"} if key != "state" else set()
        # Copies of backups are made by a role of their own, and taken by the account that keeps them.
        copied = {one for one in statements if one.startswith(("RoleUses", "RoleGrants", "AccountOfCopies"))}
        assert not copied or stack == "grown-database", (stack, key)
        assert statements.keys() - copied == {"AccountAdministersKey", "UseThroughServices", *grants}, (stack, key)
        assert statements["UseThroughServices"]["Condition"] == {"StringEquals": condition}
        for sid in grants:
            grantable = {"StringEquals": condition, "Bool": {"kms:GrantIsForAWSResource": "true"}}
            assert statements[sid]["Condition"] == grantable
    assert seen == {*THROUGH}


def named(parsed: dict[str, Any], log_group: str) -> list[str]:
    """Return what a log group may be called: that of RDS Proxy follows the proxy's name."""
    if "${" not in log_group:
        return [log_group]
    path, choices = log_group.split("${", maxsplit=1)[0], parsed["locals"]
    return [f"{path}{name}" for name in (choices["proxy_usual"], choices["proxy_elsewhere"].split("$")[0] + "????")]


def test_logs_use_their_key_for_exactly_their_groups(shipped: Synthesized, examples: Synthesized) -> None:
    for stack, parsed in everything(shipped, examples).items():
        provider = parsed["provider"]["aws"][0]
        region, (account,) = provider["region"], provider["allowed_account_ids"]
        groups = resources(parsed, "aws_cloudwatch_log_group").values()
        names = {name for group in groups for name in named(parsed, group["name"])}
        wanted = [f"arn:aws:logs:{region}:{account}:log-group:{name}" for name in names]
        for address, arguments in resources(parsed, "aws_kms_key").items():
            statement = policy(arguments).get("LogGroupsUseKey")
            assert (statement is not None) == (address in LOG_KEYS)
            if statement:
                assert statement["Principal"] == {"Service": f"logs.{region}.amazonaws.com"}
                (condition,) = statement["Condition"].values()
                assert sorted(condition["kms:EncryptionContext:aws:logs:arn"]) == sorted(wanted), stack
                assert {group["kms_key_id"] for group in groups} == {f"${{{address}.arn}}"}


def test_every_key_rotates_and_has_an_alias(shipped: Synthesized, examples: Synthesized) -> None:
    for parsed in everything(shipped, examples).values():
        found = resources(parsed, "aws_kms_key")
        assert {key["enable_key_rotation"] for key in found.values()} == {True}
        aliased = {alias["target_key_id"] for alias in resources(parsed, "aws_kms_alias").values()}
        assert aliased == {f"${{{address}.arn}}" for address in found}


@pytest.mark.parametrize(
    ("kind", "role", "service", "source"),
    [
        (
            "database",
            "monitoring",
            "monitoring.rds.amazonaws.com",
            [
                "rds:eu-west-1:333333333333:db:experimentation-prod-*",
                "rds:eu-west-1:333333333333:cluster:experimentation-prod",
            ],
        ),
        ("network", "flow_logs", "vpc-flow-logs.amazonaws.com", ["ec2:eu-west-1:333333333333:vpc-flow-log/*"]),
    ],
)
def test_services_assume_roles_only_for_this_accounts_resources(
    kind: str, role: str, service: str, source: list[str], shipped: Synthesized
) -> None:
    found = resources(shipped.stack(f"prod-{kind}"), "aws_iam_role")
    assert list(found) == [f"aws_iam_role.{role}"]
    (statement,) = policy(found[f"aws_iam_role.{role}"], "assume_role_policy").values()
    sources = [f"arn:aws:{one}" for one in source]
    assert statement["Principal"] == {"Service": service}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "333333333333"},
        "ArnLike": {"aws:SourceArn": sources if len(sources) > 1 else sources[0]},
    }


def test_flow_logs_role_writes_its_group_and_nothing_else(shipped: Synthesized) -> None:
    (attached,) = resources(shipped.stack("prod-network"), "aws_iam_role_policy").values()
    (statement,) = policy(attached).values()
    group = "arn:aws:logs:eu-west-1:333333333333:log-group:/aws/vpc/experimentation-prod/flow-logs"
    assert statement["Resource"] == [group, f"{group}:log-stream:*"]


def test_only_configured_sources_may_connect(examples: Synthesized) -> None:
    rules = resources(examples.stack("maximal-database"), "aws_vpc_security_group_ingress_rule").values()
    sources = {rule.get("cidr_ipv4") or rule.get("referenced_security_group_id") for rule in rules}
    assert sources == {"10.60.0.0/18", "10.60.128.0/24", "sg-0a1b2c3d4e5f60718"}
    assert {(rule["ip_protocol"], rule["from_port"], rule["to_port"]) for rule in rules} == {("tcp", 6432, 6432)}
    assert {rule["security_group_id"] for rule in rules} == {"${aws_security_group.database.id}"}


def test_without_sources_nobody_may_connect() -> None:
    stack = variants(closed={}).stack("closed-database")
    assert resources(stack, "aws_vpc_security_group_ingress_rule") == {}
    assert list(resources(stack, "aws_security_group")) == ["aws_security_group.database"]


def test_nothing_in_the_vpc_opens_a_way_out_or_is_public(shipped: Synthesized, examples: Synthesized) -> None:
    for name, parsed in everything(shipped, examples).items():
        # A gateway that lets IPv6 out is a way for those only who have a route to it.
        assert [address for address in resources(parsed, "aws_route") if "isolated" in address] == []
        opening = ("aws_security_group_rule.", "aws_vpc_security_group_egress_rule.")
        rules = [address for address in resources(parsed) if address.startswith(opening)]
        # What calls the database has to reach it; test_synthesis_consumers says exactly what.
        # And a role of the cluster's own brings the way that it needs; test_synthesis_growth says exactly which.
        has_roles = bool(resources(parsed, "aws_rds_cluster_role_association"))
        assert (name, rules) == (name, []) or name.endswith("-access") or has_roles
        ways = resources(parsed, "aws_vpc_security_group_egress_rule").values() if has_roles else ()
        assert "0.0.0.0/0" not in {way.get("cidr_ipv4") for way in ways}
        assert {subnet["map_public_ip_on_launch"] for subnet in resources(parsed, "aws_subnet").values()} <= {False}
        ingress = resources(parsed, "aws_vpc_security_group_ingress_rule").values()
        assert "0.0.0.0/0" not in {rule.get("cidr_ipv4") for rule in ingress}


def test_state_bucket_is_private_versioned_encrypted_and_tls_only(shipped: Synthesized, examples: Synthesized) -> None:
    for name, parsed in everything(shipped, examples).items():
        if not name.endswith("-state"):
            continue
        found = resources(parsed)
        bucket = found["aws_s3_bucket.state"]["bucket"]
        statements = policy(found["aws_s3_bucket_policy.state"])
        assert statements["RefuseWithoutTls"]["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        assert {statement["Effect"] for statement in statements.values()} == {"Deny"}
        public = found["aws_s3_bucket_public_access_block.state"]
        assert {value for argument, value in public.items() if argument != "bucket"} == {True}
        versioning = found["aws_s3_bucket_versioning.state"]["versioning_configuration"]
        assert versioning["status"] == "Enabled"
        (rule,) = found["aws_s3_bucket_server_side_encryption_configuration.state"]["rule"]
        assert rule["apply_server_side_encryption_by_default"] == {
            "kms_master_key_id": "${aws_kms_key.state.arn}",
            "sse_algorithm": "aws:kms",
        }
