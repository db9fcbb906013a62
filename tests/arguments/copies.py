"""The rows of copies by AWS Backup, of the activity stream, and of tags that are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.arguments.rows import PREVENT_DESTROY, Row, Said, Such, protected, rows

if TYPE_CHECKING:
    from settings.copies import Copies
    from tests.arguments.rows import Where

ELSEWHERE: Final = ("aws.copies", "In the other region, under the same name")


def _copies(where: Where) -> Copies:
    assert where.database.backup.copies
    return where.database.backup.copies


def _named(text: str) -> Such:
    return Such(lambda value: text in value)


ROWS: tuple[Row, ...] = (
    *rows(
        "aws_backup_vault.*",
        ("name", Said(lambda w: w.names.backup), "Found beside the other names"),
        ("kms_key_arn", "${aws_kms_key.<*>.arn}", "A key of its own: the database's may be gone when it is needed"),
        ("force_destroy", Said(lambda w: not w.protected), "Copies outlive a protected database"),
    ),
    Row("aws_backup_vault.*", *PREVENT_DESTROY, protected),
    *rows(
        "aws_backup_vault_lock_configuration.*",
        ("backup_vault_name", "${aws_backup_vault.<*>.name}", "Made after the vault, gone before it"),
        ("min_retention_days", Said(lambda w: _copies(w).lock and _copies(w).lock.minimum_days), "As the file says"),  # type: ignore[union-attr] # there is one
        ("max_retention_days", Said(lambda w: _copies(w).lock and _copies(w).lock.maximum_days), "As the file says"),  # type: ignore[union-attr] # there is one
    ),
    *(
        Row(f"{kind}.copies_elsewhere", "provider", *ELSEWHERE)
        for kind in ("aws_backup_vault", "aws_backup_vault_lock_configuration", "aws_kms_alias", "aws_kms_key")
    ),
    *rows(
        "aws_kms_key.copies|copies_elsewhere|activity",
        ("description", Such(bool), "Who is about to delete a key reads what it is for"),
    ),
    *rows(
        "aws_iam_role.copies",
        ("name", Said(lambda w: w.names.backup), "The keys' policies name it"),
        ("description", "AWS Backup copies Aurora PostgreSQL", "Who reviews roles knows what it is for"),
        ("assume_role_policy", _named("backup.amazonaws.com"), "AWS Backup works in it"),
    ),
    *rows(
        "aws_iam_role_policy_attachment.copies",
        ("role", "${aws_iam_role.copies.name}", "The role of AWS Backup"),
        (
            "policy_arn",
            "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
            "What AWS Backup needs, kept up to date by AWS",
        ),
    ),
    *rows(
        "aws_backup_plan.copies",
        ("name", Said(lambda w: w.names.backup), "Found beside the other names"),
        ("rule[].rule_name", Such(bool), "The rule's name in the file; tests/synthesis/test_synthesis_copies.py"),
        ("rule[].schedule", Such(lambda value: value.startswith("cron(")), "As the file says; the same test"),
        ("rule[].schedule_expression_timezone", Such(bool), "A night is a night in summer, too; the same test"),
        ("rule[].target_vault_name", "${aws_backup_vault.copies.name}", "The environment's own vault"),
        ("rule[].lifecycle.delete_after", Such(bool), "As the file says; the same test"),
        ("rule[].copy_action[].destination_vault_arn", Such(bool), "Where else copies go; the same test"),
        ("rule[].copy_action[].lifecycle.delete_after", Such(bool), "As long as here; the same test"),
    ),
    *rows(
        "aws_backup_selection.copies",
        ("name", Said(lambda w: w.names.backup), "Found beside the other names"),
        ("plan_id", "${aws_backup_plan.copies.id}", "This plan"),
        ("iam_role_arn", "${aws_iam_role.copies.arn}", "The role of AWS Backup"),
        ("resources", ["${aws_rds_cluster.aurora.arn}"], "This cluster and nothing else"),
        ("depends_on", ["aws_iam_role_policy_attachment.copies"], "Without its policy the first copy fails"),
    ),
    *rows(
        "aws_rds_cluster_activity_stream.activity",
        ("resource_arn", "${aws_rds_cluster.aurora.arn}", "This cluster"),
        (
            "mode",
            Said(lambda w: w.database.activity_stream and w.database.activity_stream.mode),
            "Whether sessions wait for their record",
        ),
        ("kms_key_id", "${aws_kms_key.activity.arn}", "A key of its own, for who reads records need not read storage"),
        ("engine_native_audit_fields_included", False, "A field of Oracle and SQL Server"),
        (
            "depends_on",
            Such(lambda value: all(each.startswith("aws_rds_cluster_instance.") for each in value)),
            "Without an instance AWS refuses to start it",
        ),
    ),
    *(
        Row(
            f"{kind}.activity_stream",
            "value",
            "${aws_rds_cluster_activity_stream.activity.kinesis_stream_name}",
            "Where auditors read",
        )
        for kind in ("aws_ssm_parameter", "output")
    ),
    *(
        Row(
            "provider.aws",
            f"[].ignore_tags[].{key}",
            Said(lambda w, key=key: getattr(w.environment.ignore_tags, key)),  # type: ignore[misc] # bound now
            "What something else writes is not taken away",
            lambda w, key=key: bool(getattr(w.environment.ignore_tags, key)),  # type: ignore[misc] # bound now
        )
        for key in ("keys", "key_prefixes")
    ),
)
