"""What is odd about plans: forgetting in both orders, left-overs, errors, deferral, marks of sensitivity, drift."""

from __future__ import annotations

import json
from typing import Any

import pytest

from review.judge import judge
from review.plan import parsed
from tests.review.corpus import NOW, reviewed
from tests.review.plans_by_hand import CLUSTER, INSTANCE, MEMBER, RUNNING, entry, plan, updated


def said(data: bytes) -> set[tuple[str, str, str]]:
    """Return rule, effect and address of what is above ``none``."""
    return {(one.rule, one.effect, one.address) for one in reviewed(data).open}


@pytest.mark.parametrize("actions", [["create", "forget"], ["forget", "create"]])
def test_a_replacement_that_forgets_is_told_in_both_orders(actions: list[str]) -> None:
    data = plan(entry(CLUSTER, actions, RUNNING, {**RUNNING, "database_name": "other"}))
    assert said(data) == {("abandoned", "forgotten", CLUSTER)}


def test_what_is_forgotten_lives_on() -> None:
    assert said(plan(entry(CLUSTER, ["forget"], RUNNING, None))) == {("forgotten", "forgotten", CLUSTER)}


@pytest.mark.parametrize("actions", [["delete", "forget"], ["teleport"], ["create", "delete", "create"]])
def test_an_unknown_combination_is_taken_for_the_worst(actions: list[str]) -> None:
    found = reviewed(plan(entry(CLUSTER, actions, RUNNING, RUNNING))).open
    assert ("unknown-actions", "replacement", "critical") in {(one.rule, one.effect, one.severity) for one in found}


def test_a_left_over_is_told_from_the_resource() -> None:
    data = plan(
        entry(CLUSTER, ["no-op"], RUNNING, RUNNING), entry(CLUSTER, ["delete"], RUNNING, None, deposed="a1b2c3d4")
    )
    assert said(data) == {("deposed", "deletion", CLUSTER)}


def test_an_errored_plan_is_a_finding_and_its_changes_too() -> None:
    data = plan(updated(CLUSTER, RUNNING, port=6432), errored=True)
    assert {rule for rule, _, _ in said(data)} == {"plan-errored", "rds_cluster.port"}


def test_a_refresh_only_plan_has_no_changes_and_is_harmless() -> None:
    import json  # noqa: PLC0415 - here only

    data = json.dumps({"format_version": "1.2", "planned_values": {}, "resource_drift": []}).encode()
    assert parsed(data, "plan").refresh_only
    assert said(data) == set()


def test_what_is_left_out_is_said() -> None:
    deferred = {"reason": "instance_count_unknown", "resource_change": entry(INSTANCE, ["create"], None, MEMBER)}
    data = plan(complete=False, deferred_changes=[deferred], deferred_action_invocations=[{}])
    assert said(data) == {
        ("plan-incomplete", "deferred", ""),
        ("change-deferred", "deferred", INSTANCE),
        ("action-deferred", "deferred", ""),
    }


def test_an_action_that_reboots_is_no_less_than_a_reboot() -> None:
    invocation = {
        "address": "action.aws_rds_cluster_instance_reboot.one",
        "type": "aws_rds_cluster_instance_reboot",
        "lifecycle_action_trigger": {"triggering_resource_address": CLUSTER, "action_trigger_event": "after_update"},
    }
    assert said(plan(action_invocations=[invocation])) == {("action-invoked", "reboot", invocation["address"])}


def test_a_failing_check_is_said() -> None:
    checks = [{"address": {"to_display": "check.health"}, "status": "fail"}, {"status": "pass"}]
    assert said(plan(checks=checks)) == {("check-failed", "none", "")}


def test_a_move_alone_is_no_change() -> None:
    data = plan(entry(CLUSTER, ["no-op"], RUNNING, RUNNING, previous_address="aws_rds_cluster.old"))
    assert said(data) == set()
    (found,) = reviewed(data).findings
    assert (found.effect, found.severity) == ("moved", "none")


def test_an_import_that_replaces_is_a_replacement() -> None:
    data = plan(
        entry(
            CLUSTER,
            ["delete", "create"],
            {**RUNNING, "skip_final_snapshot": True, "delete_automated_backups": True, "deletion_protection": False},
            {**RUNNING, "database_name": "other"},
            change={"importing": {"id": "acme"}, "replace_paths": [["database_name"]]},
        )
    )
    assert {effect for _, effect, _ in said(data)} == {"replacement", "data-loss"}


def test_a_plan_that_takes_a_cluster_over_may_take_nothing_away() -> None:
    taken = entry(
        CLUSTER, ["update"], {**RUNNING, "skip_final_snapshot": True}, RUNNING, change={"importing": {"id": "a"}}
    )
    group = {"name": "acme", "description": "old", "vpc_id": "vpc-1"}
    replaced = entry(
        "aws_security_group.database",
        ["delete", "create"],
        group,
        group | {"description": "new"},
        change={"replace_paths": [["description"]]},
    )
    assert "adoption-takes-away" not in {rule for rule, *_ in said(plan(taken))}
    (found,) = [one for one in reviewed(plan(taken, replaced)).findings if one.rule == "adoption-takes-away"]
    assert (found.severity, found.effect) == ("high", "replacement")
    assert "aws_security_group.database" in found.because
    # Without a cluster that is taken over it is a replacement like any other.
    assert "adoption-takes-away" not in {rule for rule, *_ in said(plan(replaced))}


def test_the_first_plan_after_an_import_has_to_set_the_guards() -> None:
    before = {**RUNNING, "skip_final_snapshot": True, "delete_automated_backups": True}
    left = plan(entry(CLUSTER, ["no-op"], before, before, change={"importing": {"id": "acme"}}))
    assert said(left) == {("import-unguarded", "guard-removed", CLUSTER)}
    mended = entry(CLUSTER, ["update"], before, RUNNING, change={"importing": {"id": "acme"}})
    assert said(plan(mended)) == set()


def test_an_import_without_an_id_cannot_be_reviewed() -> None:
    data = plan(entry(INSTANCE, ["no-op"], None, None, change={"importing": {"unknown": True}}))
    assert said(data) == {("imported-unknown", "deferred", INSTANCE)}


def drifted(*entries: dict[str, Any]) -> bytes:
    return plan(entry(CLUSTER, ["no-op"], RUNNING, RUNNING), resource_drift=list(entries))


def test_what_a_refresh_fills_in_is_no_drift() -> None:
    group: dict[str, Any] = {"id": "sg-1", "name": "database", "tags": None, "ingress": []}
    data = drifted(
        entry(
            CLUSTER,
            ["update"],
            {**RUNNING, "cluster_members": [], "tags": None, "domain": None},
            {**RUNNING, "cluster_members": ["acme-one"], "tags": {}, "domain": ""},
        ),
        entry(
            "aws_security_group.database", ["update"], group, {**group, "tags": {}, "ingress": [{"from_port": 5432}]}
        ),
        entry("aws_iam_role.app", ["update"], {"managed_policy_arns": []}, {"managed_policy_arns": ["arn"]}),
    )
    assert said(data) == set()


def test_what_somebody_changed_is_drift() -> None:
    data = drifted(updated(CLUSTER, RUNNING, deletion_protection=False, engine_version_actual="15.12"))
    found = {(one.rule, one.severity, one.argument) for one in reviewed(data).open}
    assert found == {("drift", "medium", "deletion_protection"), ("drift", "low", "engine_version_actual")}


OPENED = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})

CLOSED = OPENED.replace('"*"', '"arn:aws:iam::111111111111:root"', 1)


@pytest.mark.parametrize(
    "kind", ["aws_kms_key", "aws_s3_bucket", "aws_secretsmanager_secret", "aws_sns_topic", "aws_sqs_queue"]
)
def test_a_policy_that_a_resource_of_its_own_says_is_no_drift_of_what_has_it(kind: str) -> None:
    opened = entry(f"{kind}.it", ["update"], {"policy": CLOSED}, {"policy": OPENED})
    filled = entry(f"{kind}.it", ["update"], {"policy": ""}, {"policy": OPENED})
    own = entry(f"{kind}_policy.it", ["no-op"], {"policy": OPENED}, {"policy": OPENED})
    beside = entry(CLUSTER, ["no-op"], RUNNING, RUNNING)
    assert said(plan(beside, own, resource_drift=[opened])) == set()
    assert said(plan(beside, resource_drift=[filled])) == set()
    assert {rule for rule, *_ in said(plan(beside, resource_drift=[opened]))} == {"drift"}


def test_what_somebody_deleted_is_drift() -> None:
    assert said(drifted(entry(INSTANCE, ["delete"], MEMBER, None))) == {("drift-deleted", "drift", INSTANCE)}


@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
def test_a_sensitive_value_is_shown_of_neither_side(side: str) -> None:
    changed = entry(
        CLUSTER,
        ["update"],
        {**RUNNING, "master_password": "former-one"},
        {**RUNNING, "master_password": "latter-one"},
        change={side: {"master_password": True}},
    )
    (found,) = [one for one in reviewed(plan(changed)).findings if one.effect == "connections-drop"]
    assert "(sensitive)" in found.because
    assert "former-one" not in repr(reviewed(plan(changed)).findings)
    assert "latter-one" not in repr(reviewed(plan(changed)).findings)


def test_a_resource_that_is_sensitive_as_a_whole_shows_nothing() -> None:
    changed = entry(
        "aws_rds_cluster_parameter_group.main",
        ["update"],
        {"name": "acme", "family": "aurora-postgresql15", "parameter": [{"name": "work_mem", "value": "4096"}]},
        {"name": "acme", "family": "aurora-postgresql15", "parameter": [{"name": "work_mem", "value": "8192"}]},
        change={"before_sensitive": True, "after_sensitive": {}},
    )
    findings = reviewed(plan(changed)).findings
    assert findings
    assert "4096" not in repr(findings)
    assert "8192" not in repr(findings)


def test_other_engines_and_other_clouds_are_left_alone() -> None:
    mysql = {**RUNNING, "engine": "aurora-mysql"}
    data = plan(
        updated(CLUSTER, mysql, port=3307, deletion_protection=False),
        entry("module.a.google_sql_database_instance.x", ["delete"], {"name": "x"}, None),
        entry(
            "aws_db_parameter_group.mysql",
            ["update"],
            {"family": "mysql8.0", "parameter": []},
            {"family": "mysql8.0", "parameter": [{"name": "port", "value": "1"}]},
        ),
    )
    assert said(data) == set()


def test_another_plan_that_is_reviewed_with_it_still_uses_what_goes() -> None:
    group = {"id": "sg-0a1b2c3d4e5f60718", "name": "endpoints"}
    user = {"id": "f", "function_name": "f", "vpc_config": [{"security_group_ids": [group["id"]]}]}
    network = parsed(plan(entry("aws_security_group.endpoints", ["delete"], group, None)), "network")
    access = parsed(plan(entry("aws_lambda_function.f", ["no-op"], user, user)), "access")
    found = {(one.rule, one.address) for one in judge([network, access], now=NOW).open}
    assert ("still-in-use", "aws_security_group.endpoints") in found
    alone = {(one.rule, one.address) for one in judge([network], now=NOW).open}
    assert ("still-in-use", "aws_security_group.endpoints") not in alone


def test_the_window_that_opens_while_it_is_applied_interrupts() -> None:
    now = updated(CLUSTER, RUNNING, preferred_maintenance_window="thu:11:30-thu:12:30")
    later = updated(CLUSTER, RUNNING, preferred_maintenance_window="sat:11:30-sat:12:30")
    assert said(plan(now)) == {("window-moves", "outage", CLUSTER)}
    assert said(plan(later)) == set()


def test_a_guard_that_comes_in_the_same_plan_comes_too_late() -> None:
    before = {**RUNNING, "deletion_protection": False, "skip_final_snapshot": True, "delete_automated_backups": True}
    data = plan(
        entry(
            CLUSTER,
            ["delete", "create"],
            before,
            {**RUNNING, "database_name": "other"},
            change={"replace_paths": [["database_name"]]},
        )
    )
    assert {rule for rule, _, _ in said(data)} == {"replacement", "no-final-snapshot", "backups-go-too"}


def test_an_instance_whose_role_is_not_told_names_the_command_that_does() -> None:
    member = {key: value for key, value in MEMBER.items() if key != "writer"}
    other = {**member, "id": "acme-two", "identifier": "acme-two"}
    data = plan(
        entry(CLUSTER, ["no-op"], RUNNING, RUNNING),
        entry(INSTANCE, ["delete"], member, None),
        entry("aws_rds_cluster_instance.two", ["no-op"], other, other),
    )
    (found,) = [one for one in reviewed(data).open if one.rule == "instance-goes"]
    assert "does not tell" in found.because
    assert "aws rds describe-db-clusters --db-cluster-identifier acme" in found.remedy


def test_a_name_in_a_command_to_copy_is_one_word() -> None:
    member = {**MEMBER, "cluster_identifier": "a; rm -rf ~", "writer": None}
    (found,) = [
        one for one in reviewed(plan(entry(INSTANCE, ["delete"], member, None))).open if one.rule == "instance-goes"
    ]
    assert "'a; rm -rf ~'" in found.remedy
