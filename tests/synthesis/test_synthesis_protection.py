"""One switch protects an environment: all of what it stands for is there, or none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis.variants import chosen, cluster, resources, variants

if TYPE_CHECKING:
    from tests.harness import Synthesized

DEPLOYED = ("network", "database", "access")
"""Stacks under the switch; the state stack has one of its own."""

KEYS = {
    "network": ["aws_kms_key.flow_logs"],
    "database": ["aws_kms_key.data", "aws_kms_key.logs", "aws_kms_key.secrets"],
    "access": ["aws_kms_key.access"],
}

LOG_GROUPS = {
    "network": ["aws_cloudwatch_log_group.flow_logs"],
    "database": [
        "aws_cloudwatch_log_group.iam_db_auth_error",
        "aws_cloudwatch_log_group.instance",
        "aws_cloudwatch_log_group.postgresql",
    ],
    "access": ["aws_cloudwatch_log_group.function", "aws_cloudwatch_log_group.owner"],
}

SUBNETS = sorted(f"aws_subnet.{kind}_{letter}" for kind in ("private", "isolated") for letter in "abc")

CLUSTER_ARGUMENTS = (
    "delete_automated_backups",
    "deletion_protection",
    "final_snapshot_identifier",
    "skip_final_snapshot",
)


def never_destroyed(stack: dict[str, Any]) -> list[str]:
    """Return the addresses with prevent_destroy, sorted."""
    return sorted(
        address
        for address, arguments in resources(stack).items()
        if arguments.get("lifecycle", {}).get("prevent_destroy")
    )


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        ("network", [*SUBNETS, "aws_vpc.main"]),
        (
            "database",
            ["aws_rds_cluster.aurora", "aws_rds_cluster_instance.instance_1", "aws_rds_cluster_instance.instance_2"],
        ),
    ],
)
def test_production_refuses_to_destroy_keys_network_cluster_and_every_instance(
    kind: str, others: list[str], shipped: Synthesized
) -> None:
    assert never_destroyed(shipped.stack(f"prod-{kind}")) == KEYS[kind] + others


def test_production_cluster_outlives_mistakes(shipped: Synthesized) -> None:
    arguments = cluster(shipped.stack("prod-database"))
    assert {name: arguments[name] for name in CLUSTER_ARGUMENTS} == {
        "delete_automated_backups": False,
        "deletion_protection": True,
        "final_snapshot_identifier": "experimentation-prod-final-${terraform_data.incarnation.id}",
        "skip_final_snapshot": False,
    }


def test_final_snapshot_gets_a_new_name_whenever_the_cluster_is_replaced(shipped: Synthesized) -> None:
    stack = shipped.stack("prod-database")
    arguments = cluster(stack)
    (incarnation,) = resources(stack, "terraform_data").values()
    assert incarnation["triggers_replace"] == {
        "data_key_arn": arguments["kms_key_id"],
        "database_name": arguments["database_name"],
        "identifier": arguments["cluster_identifier"],
        "master_username": arguments["master_username"],
    }


@pytest.mark.parametrize("kind", DEPLOYED)
def test_production_keeps_logs_and_waits_longest_for_keys(kind: str, shipped: Synthesized) -> None:
    stack = shipped.stack(f"prod-{kind}")
    assert chosen(resources(stack, "aws_cloudwatch_log_group"), "skip_destroy") == {
        address: {"skip_destroy": True} for address in LOG_GROUPS[kind]
    }
    assert chosen(resources(stack, "aws_kms_key"), "deletion_window_in_days") == {
        address: {"deletion_window_in_days": 30} for address in KEYS[kind]
    }


@pytest.mark.parametrize("kind", DEPLOYED)
def test_development_can_be_destroyed_and_leaves_nothing(kind: str, shipped: Synthesized) -> None:
    stack = shipped.stack(f"dev-{kind}")
    assert never_destroyed(stack) == []
    assert chosen(resources(stack, "aws_cloudwatch_log_group"), "skip_destroy") == {
        address: {"skip_destroy": False} for address in LOG_GROUPS[kind]
    }
    assert chosen(resources(stack, "aws_kms_key"), "deletion_window_in_days") == {
        address: {"deletion_window_in_days": 7} for address in KEYS[kind]
    }


def test_development_cluster_can_be_deleted(shipped: Synthesized) -> None:
    arguments = cluster(shipped.stack("dev-database"))
    assert {name: arguments[name] for name in CLUSTER_ARGUMENTS if name in arguments} == {
        "delete_automated_backups": True,
        "deletion_protection": False,
        "skip_final_snapshot": True,
    }


def test_the_switch_is_the_files_and_not_the_tiers(shipped: Synthesized) -> None:
    output = variants(
        guarded={"protected": True},
        open={"tier": "production", "protected": False, "state": {"backend": "local"}},
    )
    guarded, opened = output.stack("guarded-database"), output.stack("open-database")
    assert never_destroyed(guarded) == [
        *KEYS["database"],
        "aws_rds_cluster.aurora",
        "aws_rds_cluster_instance.instance_1",
    ]
    assert never_destroyed(output.stack("guarded-network")) == [*KEYS["network"], *SUBNETS, "aws_vpc.main"]
    assert [never_destroyed(opened), never_destroyed(output.stack("open-network"))] == [[], []]
    like_prod, like_dev = (cluster(shipped.stack(f"{name}-database")) for name in ("prod", "dev"))
    for arguments, model in ((cluster(guarded), like_prod), (cluster(opened), like_dev)):
        values = {name: str(arguments.get(name)).replace("-guarded-", "-prod-") for name in CLUSTER_ARGUMENTS}
        assert values == {name: str(model.get(name)) for name in CLUSTER_ARGUMENTS}


def test_state_is_protected_by_its_own_switch() -> None:
    state = {"backend": "s3", "region": "eu-west-1"}
    output = variants(
        kept={"state": {**state, "bucket": "kept-terraform-state"}},
        disposable={"protected": True, "state": {**state, "bucket": "other-terraform-state", "protected": False}},
    )
    assert never_destroyed(output.stack("kept-state")) == ["aws_kms_key.state", "aws_s3_bucket.state"]
    assert never_destroyed(output.stack("kept-database")) == []
    assert never_destroyed(output.stack("disposable-state")) == []
    buckets = [resources(output.stack(f"{name}-state"), "aws_s3_bucket") for name in ("kept", "disposable")]
    assert [bucket["aws_s3_bucket.state"]["force_destroy"] for bucket in buckets] == [False, False]
