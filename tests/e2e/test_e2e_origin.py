"""A database made of a snapshot, a clone, a point in time, or a deleted cluster: twice applied, then left alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.e2e.conftest import CHANGED, UNCHANGED
from tests.e2e.test_e2e_delivery import Delivery, delivering
from tests.harness import BASE, merged
from tests.tools.delivery.conftest import project, with_terraform
from tools.emulator import gaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Deployment

__all__ = ["delivering", "project", "with_terraform"]

pytestmark = pytest.mark.e2e_wide

ACCOUNT = "999999999999"


def source(emulator: str, name: str = "", block: str = "10.70.0.0/16") -> dict[str, Any]:
    """Make a cluster with a snapshot, each with a name behind its own; return what an environment beside it says."""
    behind = f"-{name}" if name else ""
    session: Any = boto3.Session(f"{gaps.ACCESS_KEY}{ACCOUNT}", "none", region_name="eu-west-1")
    rds, ec2 = session.client("rds", endpoint_url=emulator), session.client("ec2", endpoint_url=emulator)
    vpc = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    subnets = {
        zone: ec2.create_subnet(VpcId=vpc, CidrBlock=f"{block[:5]}.{number}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate(("eu-west-1a", "eu-west-1b"))
    }
    rds.create_db_cluster(
        DBClusterIdentifier=f"source{behind}",
        Engine="aurora-postgresql",
        EngineVersion="15.10",
        DatabaseName="experimentation",
        MasterUsername="clusteradmin",
        ManageMasterUserPassword=True,
        StorageEncrypted=True,
    )
    rds.create_db_cluster_snapshot(DBClusterIdentifier=f"source{behind}", DBClusterSnapshotIdentifier=f"before{behind}")
    return {"create": None, "existing": {"vpc_id": vpc, "cidr": block, "database_subnets": subnets}}


def buried(emulator: str) -> str:
    """Make a cluster and delete it; return the resource id under which its backups are retained."""
    session: Any = boto3.Session(f"{gaps.ACCESS_KEY}{ACCOUNT}", "none", region_name="eu-west-1")
    rds = session.client("rds", endpoint_url=emulator)
    made = rds.create_db_cluster(
        DBClusterIdentifier="buried",
        Engine="aurora-postgresql",
        EngineVersion="15.10",
        DatabaseName="experimentation",
        MasterUsername="clusteradmin",
        ManageMasterUserPassword=True,
        StorageEncrypted=True,
    )
    rds.delete_db_cluster(DBClusterIdentifier="buried", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    return str(made["DBCluster"]["DbClusterResourceId"])


def written(deployed: Deployment, data: dict[str, Any]) -> None:
    """Write the environment's file and synthesize it."""
    envs = deployed.folder / "envs"
    envs.mkdir(exist_ok=True)
    (envs / f"{deployed.environment}.yaml").write_text(json.dumps(data))
    deployed.synthesize(envs)


def lived(deployed: Deployment, data: dict[str, Any], origin: dict[str, Any]) -> list[str]:
    """Make a database, change and take away its origin, then ask for it anew; return what the first plans change."""
    stack = f"{deployed.environment}-database"

    def say(said: dict[str, Any] | None) -> None:
        written(deployed, merged(data, {"database": {"origin": said}}))

    say(origin)
    deployed.run(stack, "init", "-input=false")
    deployed.run(stack, "apply", "-auto-approve")
    second = deployed.planned(stack)
    first = [each["address"] for each in second["resource_changes"] if each["change"]["actions"] != ["no-op"]]
    assert not [each for each in second["resource_changes"] if "delete" in each["change"]["actions"]]
    deployed.run(stack, "apply", "-auto-approve", "planned")
    deployed.run(stack, "plan", "-detailed-exitcode", expected=UNCHANGED)
    for said in ({"snapshot": "another"}, {"cluster": "another", "latest": True}, None):
        say(said)
        deployed.run(stack, "plan", "-detailed-exitcode", expected=UNCHANGED)
    say(origin | {"refresh": "once more"})
    deployed.run(stack, "plan", "-detailed-exitcode", "-out=planned", expected=CHANGED)
    anew = json.loads(deployed.run(stack, "show", "-json", "planned"))["resource_changes"]
    replaced = {each["address"] for each in anew if {"delete", "create"} <= {*each["change"]["actions"]}}
    assert "aws_rds_cluster.aurora" in replaced
    (cluster,) = [each["change"]["after"] for each in anew if each["address"] == "aws_rds_cluster.aurora"]
    assert cluster["snapshot_identifier"] == origin.get("snapshot")
    return first


def test_a_restored_database_is_applied_twice_and_then_left_alone(
    emulator: str, deploying: Callable[[str], Deployment], tmp_path: Path
) -> None:
    network = source(emulator)
    data = merged(BASE, {"aws": {"account_id": ACCOUNT}, "network": network, "database": {"engine_version": "15.10"}})
    origins: dict[str, dict[str, Any]] = {
        "restored": {"snapshot": "before"},
        "cloned": {"cluster": "source", "clone": True},
        "timed": {"cluster": "source", "time": "2026-11-25T03:00:00Z"},
        "dug-up": {"resource_id": buried(emulator), "latest": True},
    }
    deployments = {}
    for name in origins:
        (tmp_path / name).mkdir()
        one = deploying(name)
        deployments[name] = type(one)(name, tmp_path / name, one.terraform, one.emulator, one.report)
    with ThreadPoolExecutor(len(origins)) as pool:
        lives = {name: pool.submit(lived, deployments[name], data, origin) for name, origin in origins.items()}
    for life in lives.values():
        # IAM authentication, by which applications log in, comes with the second apply.
        assert "aws_rds_cluster.aurora" in life.result()


def test_make_deploy_applies_a_copy_twice_says_so_and_destroy_takes_what_scaling_made(
    emulator: str, delivering: Callable[[str, str], Delivery]
) -> None:
    dev = delivering("dev", ACCOUNT)
    data = merged(
        BASE,
        {
            "aws": {"account_id": ACCOUNT},
            "network": source(emulator, "of-make", "10.71.0.0/16"),
            "database": {
                "engine_version": "15.10",
                "instance_class": "db.r6g.large",
                "origin": {"snapshot": "before-of-make"},
                "readers": {"minimum": 0, "maximum": 2, "cpu_percent": 60},
            },
            "monitoring": {"enabled": False},
        },
    )
    file = dev.project.root / "envs" / "dev.yaml"
    file.write_text(json.dumps(data, indent=1))
    said = dev.make("deploy")
    assert "applying a second time, for nobody gets in before" in said
    dev.terraform("dev-database", "plan", "-detailed-exitcode", expected=UNCHANGED)
    session: Any = boto3.Session(f"{gaps.ACCESS_KEY}{ACCOUNT}", "none", region_name="eu-west-1")
    rds = session.client("rds", endpoint_url=emulator)
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier="experimentation-dev")["DBClusters"]
    assert cluster["IAMDatabaseAuthenticationEnabled"]
    assert cluster["BackupRetentionPeriod"] == 7

    rds.create_db_instance(
        DBInstanceIdentifier="application-autoscaling-1234",
        DBClusterIdentifier="experimentation-dev",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    file.write_text(json.dumps(merged(data, {"database": {"readers": None}}), indent=1))
    refused = dev.make("deploy", expected=2)
    assert "application-autoscaling-1234 were made by Application Auto Scaling and would stay for ever" in refused
    file.write_text(json.dumps(data, indent=1))
    gone = dev.make("destroy")
    assert "Application Auto Scaling made application-autoscaling-1234; lowering its bounds" in gone
    assert "experimentation-dev" not in {one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]}
    assert not list((dev.project.stacks / "dev-database").glob("*override*"))
