"""A database made of a snapshot and a clone: twice applied, then left alone by whatever its origin says; refreshed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.e2e.conftest import CHANGED, UNCHANGED
from tests.harness import BASE, merged
from tools.emulator import gaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Deployment

pytestmark = pytest.mark.e2e_wide

ACCOUNT = "999999999999"


def source(emulator: str) -> dict[str, Any]:
    """Make a cluster with a snapshot, and return the network that an environment beside it says."""
    session: Any = boto3.Session(f"{gaps.ACCESS_KEY}{ACCOUNT}", "none", region_name="eu-west-1")
    rds, ec2 = session.client("rds", endpoint_url=emulator), session.client("ec2", endpoint_url=emulator)
    vpc = ec2.create_vpc(CidrBlock="10.70.0.0/16")["Vpc"]["VpcId"]
    subnets = {
        zone: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.70.{number}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate(("eu-west-1a", "eu-west-1b"))
    }
    rds.create_db_cluster(
        DBClusterIdentifier="source",
        Engine="aurora-postgresql",
        EngineVersion="15.10",
        DatabaseName="experimentation",
        MasterUsername="clusteradmin",
        ManageMasterUserPassword=True,
        StorageEncrypted=True,
    )
    rds.create_db_cluster_snapshot(DBClusterIdentifier="source", DBClusterSnapshotIdentifier="before")
    return {"create": None, "existing": {"vpc_id": vpc, "cidr": "10.70.0.0/16", "database_subnets": subnets}}


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
