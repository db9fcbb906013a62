"""The cluster and its instances: what is never said, what is always said, and what consumers get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis.variants import chosen, cluster, everything, instances, leaves, resources, variants

if TYPE_CHECKING:
    from tests.harness import Synthesized

CONTRACT = {
    "writer-endpoint": "${aws_rds_cluster.aurora.endpoint}",
    "reader-endpoint": "${aws_rds_cluster.aurora.reader_endpoint}",
    "port": "5432",
    "name": "experimentation",
    "secret-arn": "${aws_rds_cluster.aurora.master_user_secret[0].secret_arn}",
    "cluster-arn": "${aws_rds_cluster.aurora.arn}",
    "cluster-resource-id": "${aws_rds_cluster.aurora.cluster_resource_id}",
    "security-group-id": "${aws_security_group.database.id}",
    "engine-version": "${aws_rds_cluster.aurora.engine_version_actual}",
    "ssl-mode": "verify-full",
    "ca-bundle-url": "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
}

NEVER = {
    # Fewer than Aurora's three replace the cluster on every plan.
    "aws_rds_cluster": {
        *("availability_zones", "master_password", "master_password_wo", "snapshot_identifier", "iam_roles"),
        *("cluster_identifier_prefix", "global_cluster_identifier", "replication_source_identifier"),
        *("restore_to_point_in_time", "scaling_configuration", "backtrack_window"),
    },
    # Inconsistent plans during upgrades; the subnet group and the backup window are the cluster's.
    "aws_rds_cluster_instance": {
        *("engine_version", "identifier_prefix", "db_subnet_group_name", "preferred_backup_window", "force_destroy"),
    },
    # Rules are resources of their own.
    "aws_security_group": {"ingress", "egress", "name_prefix"},
    "aws_default_security_group": {"ingress", "egress"},
    # It would take over parameters that are someone else's.
    "aws_ssm_parameter": {"overwrite", "insecure_value", "key_id"},
    "aws_rds_cluster_parameter_group": {"name_prefix"},
    "aws_db_parameter_group": {"name_prefix"},
    "aws_kms_key": {"is_enabled", "bypass_policy_lockout_safety_check"},
}


def databases(*outputs: Synthesized) -> dict[str, dict[str, Any]]:
    """Return every database stack by name."""
    return {name: parsed for name, parsed in everything(*outputs).items() if name.endswith("-database")}


def test_what_causes_harm_is_never_said(shipped: Synthesized, examples: Synthesized) -> None:
    found = {
        f"{stack}: {address}.{argument}"
        for stack, parsed in everything(shipped, examples).items()
        for kind, arguments in NEVER.items()
        for address, given in resources(parsed, kind).items()
        for argument in arguments & given.keys()
    }
    # Where a cluster came from is said once, and then ignored: removed, it would replace the cluster.
    assert found == {
        "restored-database: aws_rds_cluster.aurora.restore_to_point_in_time",
        "replaced-database-two: aws_rds_cluster.aurora.restore_to_point_in_time",
    }
    restored = cluster(everything(shipped, examples)["restored-database"])
    assert {"restore_to_point_in_time", "snapshot_identifier"} <= {*restored["lifecycle"]["ignore_changes"]}


OTHERS = {
    # What RDS Proxy is called follows its subnets, so who watches it is told.
    "grown-monitoring": ["access", "database"],
    "maximal-monitoring": ["access", "database"],
    # Both generations are let in, and the one that serves is watched.
    "replaced-access": ["database", "database_two", "network"],
    "replaced-database-two": ["network"],
    "replaced-monitoring": ["access", "database_two"],
}
"""Stacks that read other states than those of their kind."""


def test_no_data_source_but_the_upstream_state(shipped: Synthesized, examples: Synthesized) -> None:
    for name, parsed in everything(shipped, examples).items():
        read = {"access": ["database", "network"], "database": ["network"], "monitoring": ["database"]}
        upstream = OTHERS.get(name, read.get(name.rpartition("-")[2], []))
        if name.startswith(("existing-vpc", "adopted")):
            upstream = [kind for kind in upstream if kind != "network"]
        found = {kind: sorted(states) for kind, states in parsed.get("data", {}).items()}
        # A role for S3 brings AWS's own list of S3's addresses.
        found.pop("aws_ec2_managed_prefix_list", None)
        assert found == ({"terraform_remote_state": upstream} if upstream else {})


def test_password_is_managed_by_rds_and_known_to_nobody(shipped: Synthesized, examples: Synthesized) -> None:
    for name, parsed in databases(shipped, examples).items():
        found = {path[-1]: value for path, value in leaves(parsed) if "password" in path[-1]}
        # Of a password that is kept elsewhere AWS is told nothing.
        kept_elsewhere = name == "adopted-database"
        assert (name, found) == (name, {} if kept_elsewhere else {"manage_master_user_password": True})
        key = None if kept_elsewhere else "${aws_kms_key.secrets.arn}"
        assert (name, cluster(parsed).get("master_user_secret_kms_key_id")) == (name, key)
        assert cluster(parsed)["iam_database_authentication_enabled"] is True


@pytest.mark.parametrize(("days", "rate"), [(1, "rate(1 day)"), (30, "rate(30 days)"), (365, "rate(365 days)")])
def test_secret_rotates_on_schedule_and_not_at_once(days: int, rate: str) -> None:
    output = variants(
        **{f"rotate{number}": {"database": {"master_user": {"rotation_days": number}}} for number in (1, 30, 365)}
    )
    assert resources(output.stack(f"rotate{days}-database"), "aws_secretsmanager_secret_rotation") == {
        "aws_secretsmanager_secret_rotation.master": {
            "rotate_immediately": False,
            "rotation_rules": {"schedule_expression": rate},
            "secret_id": "${aws_rds_cluster.aurora.master_user_secret[0].secret_arn}",
        }
    }


@pytest.mark.parametrize(("version", "automatic"), [("15.10", False), ("16.8", False), ("15", True), ("17", True)])
def test_exact_versions_stay_and_major_versions_follow_minors(version: str, automatic: bool) -> None:
    output = variants(
        **{
            f"v{number.replace('.', '-')}": {"database": {"engine_version": number, "instances": 2}}
            for number in ("15.10", "16.8", "15", "17")
        }
    )
    stack = output.stack(f"v{version.replace('.', '-')}-database")
    assert cluster(stack)["engine_version"] == {"15": "15.19", "17": "17.11"}.get(version, version)
    assert "engine_version" in cluster(stack)["lifecycle"]["ignore_changes"]
    assert chosen(instances(stack), "auto_minor_version_upgrade", "engine_version") == {
        f"aws_rds_cluster_instance.instance_{key}": {"auto_minor_version_upgrade": automatic} for key in (1, 2)
    }


def test_major_upgrade_goes_in_one_plan() -> None:
    settings = {"engine_version": "16.8", "changes_apply": "in_window"}
    output = variants(
        upgrading={"database": {**settings, "allow_major_version_upgrade": True}}, usual={"database": settings}
    )
    names = ("allow_major_version_upgrade", "apply_immediately", "db_instance_parameter_group_name")
    assert chosen({name: cluster(output.stack(f"{name}-database")) for name in ("upgrading", "usual")}, *names) == {
        "upgrading": {
            "allow_major_version_upgrade": True,
            "apply_immediately": True,
            "db_instance_parameter_group_name": "${aws_db_parameter_group.instance.name}",
        },
        "usual": {"apply_immediately": False},
    }


@pytest.mark.parametrize(
    ("insights", "retention"),
    [("standard", 7), ("advanced", 465)],
)
def test_insights_are_the_same_on_the_cluster_and_on_every_instance(insights: str, retention: int) -> None:
    output = variants(
        **{
            mode: {"database": {"instances": 3, "monitoring": {"interval_seconds": 30, "insights": mode}}}
            for mode in ("standard", "advanced")
        }
    )
    stack = output.stack(f"{insights}-database")
    performance = {
        "performance_insights_enabled": True,
        "performance_insights_kms_key_id": "${aws_kms_key.data.arn}",
        "performance_insights_retention_period": retention,
    }
    monitoring = {"monitoring_interval": 30, "monitoring_role_arn": "${aws_iam_role.monitoring.arn}"}
    names = (*performance, *monitoring, "database_insights_mode")
    assert chosen({"cluster": cluster(stack)} | instances(stack), *names) == {
        "cluster": performance | monitoring | {"database_insights_mode": insights},
    } | {f"aws_rds_cluster_instance.instance_{key}": performance | monitoring for key in (1, 2, 3)}


def test_monitoring_off_leaves_no_role() -> None:
    stack = variants(quiet={"database": {"monitoring": {"interval_seconds": 0}}}).stack("quiet-database")
    assert chosen(instances(stack), "monitoring_interval", "monitoring_role_arn") == {
        "aws_rds_cluster_instance.instance_1": {"monitoring_interval": 0}
    }
    # Said, not left out: the cluster would keep the interval that it once had, and the role that is deleted.
    assert (cluster(stack)["monitoring_interval"], cluster(stack).get("monitoring_role_arn")) == (0, None)
    assert resources(stack, "aws_iam_role", "aws_iam_role_policy_attachment") == {}


def test_nothing_is_left_to_a_default_that_drifts(shipped: Synthesized, examples: Synthesized) -> None:
    storage = {"maximal-database": "aurora-iopt1"}
    for name, parsed in databases(shipped, examples).items():
        arguments = cluster(parsed)
        assert (name, arguments["storage_type"]) == (name, storage.get(name, "aurora"))
        assert arguments["storage_encrypted"] is True
        given = "arn:aws:kms:eu-west-1:777777777777:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        assert arguments["kms_key_id"] == (given if name == "adopted-database" else "${aws_kms_key.data.arn}")
        assert arguments["copy_tags_to_snapshot"] is True
        assert arguments["engine_lifecycle_support"] == "open-source-rds-extended-support-disabled"
        assert "engine_lifecycle_support" in arguments["lifecycle"]["ignore_changes"]
        assert chosen(instances(parsed), "publicly_accessible", "copy_tags_to_snapshot") == {
            address: {"publicly_accessible": False, "copy_tags_to_snapshot": True} for address in instances(parsed)
        }


def test_cluster_waits_for_its_log_groups(shipped: Synthesized, examples: Synthesized) -> None:
    for parsed in databases(shipped, examples).values():
        groups = resources(parsed, "aws_cloudwatch_log_group")
        identifier = cluster(parsed)["cluster_identifier"]
        assert {*groups} <= {*cluster(parsed)["depends_on"]}
        assert sorted(group["name"] for group in groups.values()) == sorted(
            f"/aws/rds/cluster/{identifier}/{kind}" for kind in cluster(parsed)["enabled_cloudwatch_logs_exports"]
        )


def test_only_a_cluster_that_may_pause_says_after_how_long() -> None:
    def capacity(**limits: float) -> dict[str, Any]:
        return {"database": {"engine_version": "16.8", "instance_class": "serverless", "capacity": limits}}

    output = variants(
        pausing=capacity(minimum=0, maximum=8),
        slow=capacity(minimum=0, maximum=8, pause_after_seconds=3600),
        awake=capacity(minimum=0.5, maximum=8),
    )
    blocks = {
        name: cluster(output.stack(f"{name}-database"))["serverlessv2_scaling_configuration"]
        for name in ("pausing", "slow", "awake")
    }
    assert blocks == {
        "pausing": {"min_capacity": 0, "max_capacity": 8, "seconds_until_auto_pause": 300},
        "slow": {"min_capacity": 0, "max_capacity": 8, "seconds_until_auto_pause": 3600},
        "awake": {"min_capacity": 0.5, "max_capacity": 8},
    }


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_contract_is_exactly_these_parameters(environment: str, shipped: Synthesized) -> None:
    found = resources(shipped.stack(f"{environment}-database"), "aws_ssm_parameter").values()
    assert {parameter["name"]: parameter["value"] for parameter in found} == {
        f"/experimentation/{environment}/database/{name}": value for name, value in CONTRACT.items()
    }
    assert {parameter["type"] for parameter in found} == {"String"}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_contract_is_exactly_these_outputs(environment: str, shipped: Synthesized) -> None:
    outputs = shipped.stack(f"{environment}-database")["output"]
    assert {name: output["value"] for name, output in outputs.items()} == {
        name.replace("-", "_"): value for name, value in CONTRACT.items()
    }
    assert not [name for name, output in outputs.items() if output.get("sensitive")]
