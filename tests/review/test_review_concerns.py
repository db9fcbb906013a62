"""What the emulator has no resource for, and combinations: each by a plan in a few words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.review.corpus import reviewed
from tests.review.plans_by_hand import CLUSTER, INSTANCE, MEMBER, RUNNING, entry, plan, updated


def template(**properties: Any) -> str:
    return json.dumps({"Resources": {"Proxy": {"Type": "AWS::RDS::DBProxy", "Properties": properties}}})


PROXY: dict[str, Any] = {
    "name": "acme",
    "engine_family": "POSTGRESQL",
    "require_tls": True,
    "debug_logging": False,
    "idle_client_timeout": 1800,
    "role_arn": "arn:aws:iam::444444444444:role/proxy",
    "auth": [{"auth_scheme": "SECRETS", "iam_auth": "REQUIRED", "description": "app", "secret_arn": "arn:a"}],
    "vpc_security_group_ids": ["sg-1", "sg-2"],
}
GLOBAL = {"global_cluster_identifier": "acme", "engine": "aurora-postgresql", "engine_version": "15.10"}
STACK = {"name": "acme-proxy", "template_body": template(RequireTLS=True, IdleClientTimeout=1800)}
GROUP = {"id": "sg-1", "name": "web"}

CASES: tuple[tuple[str, list[dict[str, Any]], set[tuple[str, str]]], ...] = (
    (
        "windows that overlap",
        [
            updated(
                CLUSTER, {**RUNNING, "preferred_backup_window": "01:00-02:00"}, preferred_backup_window="03:00-04:00"
            )
        ],
        {("windows-overlap", "refused")},
    ),
    (
        "a port that is none",
        [updated(CLUSTER, RUNNING, port=80)],
        {("port-refused", "refused"), ("rds_cluster.port", "outage")},
    ),
    (
        "a log group that outlives its resource",
        [entry("aws_cloudwatch_log_group.a", ["delete"], {"name": "a", "skip_destroy": True}, None)],
        {("forgotten", "forgotten")},
    ),
    (
        "a log group that does not",
        [entry("aws_cloudwatch_log_group.a", ["delete"], {"name": "a", "skip_destroy": False}, None)],
        {("deletion", "data-loss")},
    ),
    (
        "a proxy without TLS",
        [updated("aws_db_proxy.a", PROXY, require_tls=False)],
        {("db_proxy.require_tls", "access-widened")},
    ),
    (
        "a proxy with another way to log in",
        [updated("aws_db_proxy.a", PROXY, auth=[{**PROXY["auth"][0], "iam_auth": "DISABLED"}])],
        {("db_proxy.auth", "connections-drop")},
    ),
    (
        "a proxy that is described",
        [updated("aws_db_proxy.a", PROXY, auth=[{**PROXY["auth"][0], "description": "the application"}])],
        set(),
    ),
    (
        "a proxy with another group",
        [updated("aws_db_proxy.a", PROXY, vpc_security_group_ids=["sg-2", "sg-3"])],
        {
            ("db_proxy.vpc_security_group_ids", "connections-drop"),
            ("db_proxy.vpc_security_group_ids", "access-widened"),
        },
    ),
    (
        "a proxy that goes",
        [entry("aws_db_proxy.a", ["delete"], PROXY, None)],
        {("deletion", "connections-drop")},
    ),
    (
        "a proxy in a template, without TLS",
        [updated("aws_cloudformation_stack.proxy", STACK, template_body=template(RequireTLS=False))],
        {("template-changed", "connections-drop")},
    ),
    (
        "a template in another spelling",
        [
            updated(
                "aws_cloudformation_stack.proxy",
                STACK,
                template_body=json.dumps(json.loads(STACK["template_body"]), indent=2),
            )
        ],
        set(),
    ),
    (
        "a template whose proxy goes",
        [entry("aws_cloudformation_stack.proxy", ["delete"], STACK, None)],
        {("proxy-goes", "connections-drop"), ("deletion", "deletion")},
    ),
    (
        "a global database on another version",
        [updated("aws_rds_global_cluster.a", GLOBAL, engine_version="16.8")],
        {("rds_global_cluster.engine_version", "outage")},
    ),
    (
        "a web server's group",
        [
            entry(CLUSTER, ["no-op"], {**RUNNING, "vpc_security_group_ids": ["sg-9"]}, RUNNING),
            entry("aws_security_group.web", ["no-op"], GROUP, GROUP),
            entry(
                "aws_vpc_security_group_ingress_rule.web",
                ["create"],
                None,
                {"security_group_id": "sg-1", "cidr_ipv4": "0.0.0.0/0", "from_port": 443, "to_port": 443},
            ),
        ],
        set(),
    ),
    (
        "rules inside of a group",
        [
            updated(
                "aws_security_group.db",
                {**GROUP, "ingress": [{"cidr_blocks": ["10.0.0.0/24"], "from_port": 5432, "to_port": 5432}]},
                ingress=[{"cidr_blocks": ["10.0.0.0/16"], "from_port": 5432, "to_port": 5432, "self": False}],
            )
        ],
        {("ingress-widened", "access-widened")},
    ),
    (
        "rules inside of a group that are known later",
        [
            entry(
                "aws_security_group.db",
                ["update"],
                {**GROUP, "ingress": [{"cidr_blocks": ["10.0.0.0/24"], "from_port": 5432, "to_port": 5432}]},
                {**GROUP},
                change={"after_unknown": {"ingress": True}},
            )
        ],
        set(),
    ),
    (
        "a port that the rules follow",
        [
            updated(CLUSTER, RUNNING, port=6432),
            updated(
                "aws_vpc_security_group_ingress_rule.a",
                {"security_group_id": "sg-1", "cidr_ipv4": "10.0.0.0/24", "from_port": 5432, "to_port": 5432},
                from_port=6432,
                to_port=6432,
            ),
        ],
        {("rds_cluster.port", "outage")},
    ),
    (
        "an instance renamed without moved",
        [
            entry(CLUSTER, ["no-op"], RUNNING, RUNNING),
            entry(INSTANCE, ["delete"], MEMBER, None),
            entry("aws_rds_cluster_instance.first", ["create"], None, {**MEMBER, "writer": None}),
        ],
        {("rename-lost-moved", "replacement")},
    ),
    (
        "a new instance with a public address",
        [
            entry(CLUSTER, ["no-op"], RUNNING, RUNNING),
            entry("aws_rds_cluster_instance.two", ["create"], None, {**MEMBER, "publicly_accessible": True}),
        ],
        {("public-instance", "access-widened")},
    ),
    (
        "an access key of a user",
        [entry("aws_iam_access_key.a", ["create"], None, {"user": "app"})],
        {("secret-in-plain-text", "secret-exposed")},
    ),
    (
        "a function that everybody may call",
        [entry("aws_lambda_function_url.a", ["create"], None, {"authorization_type": "NONE"})],
        {("open-to-the-internet", "access-widened")},
    ),
    (
        "an access key in a plain argument",
        [updated("aws_lambda_function.f", {"function_name": "f"}, description="AKIAIOSFODNN7EXAMPLE")],
        {("secret-in-plain-text", "secret-exposed")},
    ),
    (
        "an address with a password",
        [updated("aws_ssm_parameter.u", {"name": "/u"}, insecure_value="postgres://app:hunter2@db:5432/app")],
        {("secret-in-plain-text", "secret-exposed")},
    ),
    (
        "where a secret is, is none",
        [
            updated(
                "aws_lambda_function.f",
                {"function_name": "f"},
                environment=[
                    {"variables": {"DB_PASSWORD": "arn:aws:secretsmanager:eu-west-1:1:secret:x", "TOKEN": ""}}
                ],
            )
        ],
        set(),
    ),
    (
        "an argument that nobody knows",
        [updated(CLUSTER, RUNNING, colour="red")],
        {("unknown-argument", "none")},
    ),
    (
        "insights without what they need",
        [updated(CLUSTER, {**RUNNING, "database_insights_mode": "standard"}, database_insights_mode="advanced")],
        {("insights-incomplete", "refused")},
    ),
)


@pytest.mark.parametrize(("entries", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_said(entries: list[dict[str, Any]], expected: set[tuple[str, str]]) -> None:
    assert {(one.rule, one.effect) for one in reviewed(plan(*entries)).open} == expected


def test_what_waits_for_a_window_says_so_without_alarm() -> None:
    off = {**RUNNING, "iam_database_authentication_enabled": False}
    waiting = updated(CLUSTER, off, iam_database_authentication_enabled=True)
    (found,) = reviewed(plan(waiting)).findings
    assert (found.effect, found.severity, found.when.when) == ("waits-for-window", "none", "window")
    at_once = updated(CLUSTER, {**off, "apply_immediately": True}, iam_database_authentication_enabled=True)
    assert {one.effect for one in reviewed(plan(at_once)).findings} == {"none"}


def test_a_template_is_compared_by_key() -> None:
    changed = updated("aws_cloudformation_stack.proxy", STACK, template_body=template(RequireTLS=True))
    (found,) = reviewed(plan(changed)).findings
    assert "template_body.Resources.Proxy.Properties.IdleClientTimeout\ue001: \ue0001800" in found.because


def test_parameters_are_said_by_name_and_with_units() -> None:
    group = {"name": "acme", "family": "aurora-postgresql15"}
    before = [{"name": "work_mem", "value": "4096", "apply_method": "immediate"}]
    after = [{"name": "work_mem", "value": "65536", "apply_method": "immediate"}]
    changed = updated("aws_rds_cluster_parameter_group.a", {**group, "parameter": before}, parameter=after)
    (found,) = reviewed(plan(changed)).findings
    assert "4096 kB" in found.because
    assert "65536 kB" in found.because


@pytest.mark.parametrize(
    ("before", "after", "effects"),
    [
        ({"ArnLike": {"aws:SourceArn": ["a"]}}, {"ArnLike": {"aws:SourceArn": ["a", "b"]}}, {"access-widened"}),
        ({"ArnLike": {"aws:SourceArn": ["a", "b"]}}, {"ArnLike": {"aws:SourceArn": "a"}}, {"connections-drop"}),
        ({"ArnLike": {"aws:SourceArn": "a"}}, {}, {"access-widened"}),
        ({}, {"ArnLike": {"aws:SourceArn": "a"}}, {"connections-drop"}),
        ({"StringNotLike": {"k": ["a"]}}, {"StringNotLike": {"k": ["a", "b"]}}, {"connections-drop"}),
        ({"Bool": {"k": "true"}}, {"Bool": {"k": ["true"]}}, set()),
        ({"ArnLike": {"k": "a"}}, {"ArnLike": {"k": "b"}}, {"access-widened", "connections-drop"}),
    ],
)
def test_a_condition_that_admits_more_widens_and_one_that_asks_more_narrows(
    before: dict[str, Any], after: dict[str, Any], effects: set[str]
) -> None:
    def trust(condition: dict[str, Any]) -> str:
        principal = {"Service": "rds.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
        return json.dumps({"Statement": statement})

    role = {"name": "a", "assume_role_policy": trust(before)}
    found = reviewed(plan(updated("aws_iam_role.a", role, assume_role_policy=trust(after)))).open
    assert {one.effect for one in found} == effects


def test_a_policy_is_said_by_what_it_gains() -> None:
    def policy(*actions: str) -> str:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        return json.dumps({"Statement": [statement]})

    changed = updated(
        "aws_iam_policy.a", {"name": "a", "policy": policy("s3:Get*")}, policy=policy("s3:Get*", "s3:Put*")
    )
    (found,) = reviewed(plan(changed)).open
    assert "s3:put*" in found.because
    assert "s3:get*" not in found.because
