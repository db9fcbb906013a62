"""The rows of what every stack has: keys, the contract, outputs, provider, backend, other stacks' outputs."""

from __future__ import annotations

from typing import Any

from catalog import limits
from settings.state import S3State
from tests.arguments.rows import PREVENT_DESTROY, Row, Said, Such, Where, rows


def _kept(where: Where) -> bool:
    """Whether a key is protected: the state's has a switch of its own."""
    state = where.environment.state
    return state.protected if where.kind == "state" and isinstance(state, S3State) else where.protected


RUNNING = "${aws_rds_cluster.aurora.engine_version_actual}"


def _moving(where: Where) -> bool:
    """Whether a deployment may change the version at once, so that what it will be is said."""
    database = where.database
    return (database.upgrade and database.changes_apply == "at_once") or database.allow_major_version_upgrade


CONTRACT = {
    "ca_bundle_url": Said(lambda w: limits.ca_bundle_url(w.environment.aws.region)),
    "cluster_arn": "${aws_rds_cluster.aurora.arn}",
    "cluster_resource_id": "${aws_rds_cluster.aurora.cluster_resource_id}",
    "engine_version": Said(lambda w: w.database.engine_version if _moving(w) else RUNNING),
    "name": Said(lambda w: w.database.name),
    "port": Said(lambda w: str(w.database.port)),
    "reader_endpoint": "${aws_rds_cluster.aurora.reader_endpoint}",
    "writer_endpoint": "${aws_rds_cluster.aurora.endpoint}",
    "secret_arn": Said(
        lambda w: w.database.master_user.secret_arn or "${aws_rds_cluster.aurora.master_user_secret[0].secret_arn}"
    ),
    "security_group_id": "${aws_security_group.database.id}",
    "ssl_mode": "verify-full",
    "policies_*": "${aws_iam_policy.<*>.arn}",
    "proxy_endpoint": "${aws_cloudformation_stack.proxy.outputs.Endpoint}",
    "proxy_reader_endpoint": "${aws_cloudformation_stack.proxy.outputs.ReaderEndpoint}",
    "query_enabled": Said(lambda w: str(w.access.query).lower()),
}
"""What consumers rely on, as a parameter and as an output."""

OUTPUTS: dict[str, Any] = {
    "bucket_name": "${aws_s3_bucket.state.bucket}",
    "key_arn": "${aws_kms_key.state.arn}",
    "secrets_key_arn": "${aws_kms_key.secrets.arn}",
    "vpc_id": "${aws_vpc.main.id}",
    "endpoints_security_group_id": "${aws_security_group.endpoints.id}",
    "private_subnet_ids": Said(lambda w: _subnets(w, "private")),
    "database_subnet_ids": Said(lambda w: _subnets(w, w.created.database_subnets)),
    "function_alias_arn": "${aws_lambda_alias.live.arn}",
    "owner_function_alias_arn": "${aws_lambda_alias.live_owner.arn}",
}


def _subnets(where: Where, kind: str) -> list[str]:
    letters = [zone[-1] for zone in where.environment.aws.zones or ["a", "b", "c"]]
    return [f"${{aws_subnet.{kind}_{letter}.id}}" for letter in sorted(letters)]


def _advanced(where: Where) -> bool:
    return where.database.monitoring.insights == "advanced"


def _parameter(where: Where) -> str:
    name = where.name.replace("policies_", "policies/") if where.name.startswith("policies_") else where.name
    return f"/<project>/<environment>/database/{name.replace('_', '-')}"


def _copied_elsewhere(where: Where) -> bool:
    copies = where.database.backup.copies
    return where.kind == "database" and copies is not None and copies.region is not None


def _tag(name: str) -> Row:
    return Row(
        "provider.aws",
        f"[].default_tags[].tags.{name}",
        Said(lambda w: w.environment.tags[name]),
        "What the file says of its own",
        lambda w: name in w.environment.tags,
    )


RELIED_ON = "Consumers connect by it; changing it breaks them"

ROWS: tuple[Row, ...] = (
    *rows(
        "aws_kms_key.*",
        ("enable_key_rotation", True, "AWS makes new key material each year"),
        ("deletion_window_in_days", Said(lambda w: 30 if _kept(w) else 7), "Time to notice that a key is still needed"),
        (
            "policy",
            Such(lambda text: "kms:CancelKeyDeletion" in text),
            "Without administrators in it nobody can ever change it; tests/synthesis hold each statement",
        ),
    ),
    Row("aws_kms_key.*", *PREVENT_DESTROY, _kept),
    *rows(
        "aws_kms_alias.*",
        (
            "name",
            Said(lambda w: f"alias/{w.names.of_generation if w.kind.startswith('database') else w.names.prefix}-<-*>"),
            "People find the key by it",
        ),
        ("target_key_id", "${aws_kms_key.<*>.arn}", "The key of the same name"),
    ),
    *rows(
        "aws_ssm_parameter.*",
        ("name", Said(_parameter), RELIED_ON),
        ("type", "String", "None of it is secret, and reading a SecureString needs a key"),
        ("description", Such(bool), "Who browses the parameters reads what each is"),
    ),
    Row(
        "aws_ssm_parameter.engine_version",
        "depends_on",
        ["aws_rds_cluster.aurora"],
        "A version that will be is told when it is",
        _moving,
    ),
    *(Row(f"aws_ssm_parameter.{name}", "value", value, RELIED_ON) for name, value in CONTRACT.items()),
    *(Row(f"output.{name}", "value", value, RELIED_ON) for name, value in CONTRACT.items()),
    *(Row(f"output.{name}", "value", value, "Other stacks, and people, read it") for name, value in OUTPUTS.items()),
    Row("output.*", "description", Such(bool), "Who reads the outputs learns what each is"),
    *rows(
        "provider.aws",
        ("[].allowed_account_ids", ["<account>"], "Terraform refuses any other account's credentials"),
        ("[].default_tags[].tags.project", "<project>", "Costs are found by it"),
        ("[].default_tags[].tags.environment", "<environment>", "Costs are found by it"),
        ("[].default_tags[].tags.tier", Said(lambda w: w.environment.tier), "Rules of others ask for it"),
        ("[].default_tags[].tags.stack", "<kind>", "Whose state it is in"),
        ("[].default_tags[].tags.managed-by", "terraform", "Nobody changes it by hand"),
    ),
    *rows(
        "provider.aws",
        ("[].region", "<region>", "The region that the file says, whatever the shell's is"),
        when=lambda w: not _copied_elsewhere(w),
    ),
    *rows(
        "provider.aws",
        ("[].region", Such(bool), "The file's, and that of its copies; tests/synthesis/test_synthesis_copies.py"),
        ("[].alias", "copies", "The provider of the region that copies go to"),
        when=_copied_elsewhere,
    ),
    *(_tag(name) for name in ("owner", "cost-center")),
    *rows(
        "terraform.required_providers",
        ("aws.source", "hashicorp/aws", "The provider that all of this is written for"),
        (
            "aws.version",
            Said(lambda w: ">= 6.10.0, < 7.0.0" if w.kind == "database" and _advanced(w) else ">= 5.100.0, < 7.0.0"),
            "Tests hold all that is emitted against both majors; the advanced insights need a release that was mended",
        ),
    ),
    Row("terraform.required_version", "", ">= 1.11.0", "The first release in which S3's own lock is stable"),
    *rows(
        "terraform.backend",
        (
            "s3.bucket",
            Said(lambda w: w.environment.state.model_dump()["bucket"]),
            "Another bucket has another state, and everything would be made again",
        ),
        (
            "s3.key",
            Said(lambda w: w.loaded.state_of(w.kind).identity(w.names.state_key(w.kind)).split("/", 1)[1]),
            "Another key has another state, and everything would be made again",
        ),
        ("s3.region", Said(lambda w: w.environment.state.model_dump()["region"]), "Where the bucket is"),
        ("s3.use_lockfile", True, "Two applies at once lose each other's resources"),
        when=lambda w: w.loaded.state_of(w.kind).backend == "s3",
    ),
    *rows(
        "terraform.backend",
        ("s3.encrypt", True, "Under the key that the file names"),
        ("s3.kms_key_id", Said(lambda w: w.environment.state.model_dump()["kms_key_arn"]), "As the file says"),
        when=lambda w: w.loaded.state_of(w.kind).model_dump().get("kms_key_arn") is not None,
    ),
    Row(
        "terraform.backend",
        "s3.assume_role.role_arn",
        Said(lambda w: w.environment.state.model_dump()["assume_role"]["role_arn"]),
        "Who may change states is decided by this role",
        lambda w: bool(w.loaded.state_of(w.kind).model_dump().get("assume_role")),
    ),
    Row(
        "terraform.backend",
        "local.path",
        Said(lambda w: f"../../../terraform-state/{w.names.state_key(w.kind)}.tfstate"),
        "Beside the output, which may be removed; the state may not",
        lambda w: w.loaded.state_of(w.kind).backend == "local",
    ),
    *rows(
        "terraform.cloud",
        ("organization", Said(lambda w: w.environment.state.model_dump()["organization"]), "As the file says"),
        ("workspaces.name", "<prefix>-<kind>", "Another workspace has another state"),
    ),
    *rows(
        "data_terraform_remote_state.*",
        ("backend", Such(lambda kind: kind in {"local", "s3", "remote"}), "As the other stack's own backend"),
    ),
    *rows(
        "data_terraform_remote_state.*",
        (
            "config.bucket",
            Said(lambda w: w.environment.state.model_dump()["bucket"]),
            "Where the other stack's state is",
        ),
        (
            "config.key",
            Said(
                lambda w: (
                    w.loaded.state_of(w.part).identity(w.names.state_key(w.part.replace("_", "-"))).split("/", 1)[1]
                )
            ),
            "The other stack's state",
        ),
        ("config.region", Said(lambda w: w.environment.state.model_dump()["region"]), "Where the bucket is"),
        when=lambda w: w.environment.state.backend == "s3",
    ),
    Row(
        "data_terraform_remote_state.*",
        "config.assume_role.role_arn",
        Said(lambda w: w.environment.state.model_dump()["assume_role"]["role_arn"]),
        "Who may read states is decided by this role",
        lambda w: bool(w.environment.state.model_dump().get("assume_role")),
    ),
    Row(
        "data_terraform_remote_state.*",
        "config.path",
        Said(lambda w: f"../../../terraform-state/{w.names.state_key(w.part.replace('_', '-'))}.tfstate"),
        "The other stack's state",
        lambda w: w.environment.state.backend == "local",
    ),
    *rows(
        "data_terraform_remote_state.*",
        ("config.organization", Said(lambda w: w.environment.state.model_dump()["organization"]), "As the file says"),
        ("config.workspaces.name", "<prefix>-<-*>", "The other stack's workspace"),
        when=lambda w: w.environment.state.backend == "cloud",
    ),
)
