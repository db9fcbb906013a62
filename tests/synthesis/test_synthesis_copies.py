"""Copies by AWS Backup, the activity stream and ignored tags, as Terraform reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness import Synthesized

STACK = "grown-database"

ELSEWHERE = "${aws_backup_vault.copies_elsewhere.arn}"

OTHERS = "arn:aws:backup:eu-central-1:444444444444:backup-vault:copies-of-others"


def statements(key: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the statements of a key's policy by their identifiers."""
    return {one["Sid"]: one for one in json.loads(key["policy"])["Statement"]}


def test_each_rule_copies_by_the_clock_and_keeps_as_long_everywhere(examples: Synthesized) -> None:
    plan = examples.resource(STACK, "aws_backup_plan.copies")
    assert [
        (
            rule["rule_name"],
            rule["schedule"],
            rule["schedule_expression_timezone"],
            rule["lifecycle"]["delete_after"],
            {copy["destination_vault_arn"]: copy["lifecycle"]["delete_after"] for copy in rule["copy_action"]},
        )
        for rule in plan["rule"]
    ] == [
        ("daily", "cron(0 5 ? * * *)", "UTC", 35, {ELSEWHERE: 35, OTHERS: 35}),
        ("monthly", "cron(0 6 1 * ? *)", "Europe/Berlin", 2555, {ELSEWHERE: 2555, OTHERS: 2555}),
    ]
    # Continuous backups would have AWS Backup set what the cluster's arguments say.
    assert all("enable_continuous_backup" not in rule for rule in plan["rule"])
    assert examples.resource(STACK, "aws_rds_cluster.aurora")["backup_retention_period"] == 7


def test_the_other_region_has_a_provider_of_the_same_account_and_tags(examples: Synthesized) -> None:
    own, copies = examples.stack(STACK)["provider"]["aws"]
    assert (own["region"], copies["region"]) == ("eu-central-1", "eu-west-1")
    same = ("allowed_account_ids", "default_tags", "ignore_tags")
    assert {key: own[key] for key in same} == {key: copies[key] for key in same}
    assert own["ignore_tags"] == [{"keys": ["LastScanned"], "key_prefixes": ["cost:"]}]
    there = {
        (kind, name)
        for kind, by_name in examples.stack(STACK)["resource"].items()
        for name, arguments in by_name.items()
        if arguments.get("provider") == "aws.copies"
    }
    assert there == {
        (kind, "copies_elsewhere")
        for kind in ("aws_backup_vault", "aws_backup_vault_lock_configuration", "aws_kms_alias", "aws_kms_key")
    }


def test_keys_admit_the_role_that_copies_and_the_account_that_is_copied_to(examples: Synthesized) -> None:
    role = {"aws:PrincipalArn": "arn:aws:iam::555555555555:role/experimentation-grown-copies"}
    for key in ("data", "copies", "copies_elsewhere"):
        said = statements(examples.resource(STACK, f"aws_kms_key.{key}"))
        assert said["RoleUsesKey"]["Condition"] == {"ArnEquals": role}
        others = "AccountOfCopiesUsesKey" in said
        assert others is (key == "data")
    said = statements(examples.resource(STACK, "aws_kms_key.data"))
    assert said["AccountOfCopiesUsesKey"]["Principal"] == {"AWS": "arn:aws:iam::444444444444:root"}
    assert said["AccountOfCopiesGrantsToServices"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_somebody_hears_of_a_copy_that_fails(examples: Synthesized) -> None:
    rules = examples.stack("grown-monitoring")["locals"]["event_rules"]
    for key, kind in (("backup_fails", "Backup Job State Change"), ("copy_fails", "Copy Job State Change")):
        assert json.loads(rules[key]["pattern"])["detail-type"] == [kind]
        assert rules[key]["topic"] == "${aws_sns_topic.ticket.arn}"


def test_a_protected_vault_is_kept_and_another_goes_with_its_copies(
    examples: Synthesized, synthesize: Callable[..., Synthesized]
) -> None:
    vault = examples.resource(STACK, "aws_backup_vault.copies")
    assert (vault["force_destroy"], vault["lifecycle"]) == (False, {"prevent_destroy": True})
    output = synthesize(database={"backup": {"copies": {}}})
    vault = output.resource("test-database", "aws_backup_vault.copies")
    assert (vault["force_destroy"], vault.get("lifecycle")) == (True, None)
    (rule,) = output.resource("test-database", "aws_backup_plan.copies")["rule"]
    assert "copy_action" not in rule
    assert "aws_backup_vault_lock_configuration" not in output.stack("test-database")["resource"]
    assert len(output.stack("test-database")["provider"]["aws"]) == 1


def test_a_lock_becomes_final_only_where_the_file_says_when(synthesize: Callable[..., Synthesized]) -> None:
    lock = {"minimum_days": 7, "final_after_days": 14}
    output = synthesize(database={"backup": {"copies": {"lock": lock}}})
    assert output.resource("test-database", "aws_backup_vault_lock_configuration.copies") == {
        "backup_vault_name": "${aws_backup_vault.copies.name}",
        "min_retention_days": 7,
        "changeable_for_days": 14,
    }


def test_who_reads_the_stream_of_activity_decrypts_it_by_its_cluster_alone(examples: Synthesized) -> None:
    stream = examples.resource(STACK, "aws_rds_cluster_activity_stream.activity")
    assert (stream["mode"], stream["kms_key_id"]) == ("async", "${aws_kms_key.activity.arn}")
    reading = statements(examples.resource(STACK, "aws_kms_key.activity"))["ReadActivity"]
    assert reading["Condition"] == {"Null": {"kms:EncryptionContext:aws:rds:dbc-id": "false"}}
    contract = examples.resource(STACK, "aws_ssm_parameter.activity_stream")
    assert contract["name"] == "/experimentation/grown/database/activity-stream"
