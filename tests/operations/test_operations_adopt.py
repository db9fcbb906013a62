"""``main.py adopt`` without an AWS: what is given in, the file out, and what is refused with what to do."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.harness import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

ZONES = ("eu-west-1a", "eu-west-1b")

KEY = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"

CLUSTER: dict[str, Any] = {
    "DBClusterArn": "arn:aws:rds:eu-west-1:111111111111:cluster:orders",
    "DBClusterIdentifier": "orders",
    "Engine": "aurora-postgresql",
    "EngineVersion": "15.10",
    "DatabaseName": "Orders",
    "MasterUsername": "postgres_admin",
    "StorageEncrypted": True,
    "KmsKeyId": KEY,
    "DBSubnetGroup": "databases",
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-0a1b2c3d"}],
    "BackupRetentionPeriod": 14,
}

INSTANCES = [
    {
        "DBInstanceIdentifier": f"orders-{number}",
        "DBClusterIdentifier": "orders",
        "DBInstanceClass": "db.r6g.large",
        "AvailabilityZone": zone,
        "PromotionTier": 1,
    }
    for number, zone in enumerate(ZONES)
]

GROUP = {
    "DBSubnetGroupName": "databases",
    "VpcId": "vpc-0a1b2c3d",
    "Subnets": [
        {"SubnetIdentifier": f"subnet-0000000{number}", "SubnetAvailabilityZone": {"Name": zone}}
        for number, zone in enumerate(ZONES)
    ],
}


def answers(**changes: Any) -> dict[str, Any]:
    """Return AWS's answers about a cluster with changes; None takes an argument away."""
    cluster = {key: value for key, value in (CLUSTER | changes).items() if value is not None}
    return {
        "DBClusters": [cluster],
        "DBInstances": INSTANCES,
        "DBSubnetGroups": [GROUP],
        "Vpcs": [{"VpcId": "vpc-0a1b2c3d", "CidrBlock": "10.10.0.0/16"}],
    }


def adopt(folder: Path, document: Any, *options: str) -> Any:
    """Run the command on a document."""
    given = folder / "given.json"
    given.write_text(document if isinstance(document, str) else json.dumps(document))
    return run("adopt", "live", "--from", str(given), "--envs", str(folder), *options)


def test_the_file_has_what_the_cluster_has_and_checks(tmp_path: Path) -> None:
    result = adopt(tmp_path, answers(EnabledCloudwatchLogsExports=["postgresql"]))
    assert result.returncode == 0, result.stderr
    file = yaml.safe_load((tmp_path / "live.yaml").read_text())
    assert file["names"] == {"cluster": "orders", "instances": {"1": "orders-0", "2": "orders-1"}}
    assert file["encryption"] == {"data": KEY}
    assert file["network"]["existing"]["subnet_group"] == "databases"
    database = file["database"]
    assert database["exists"] is True
    assert database["name"] == "Orders"
    assert database["master_user"] == {"name": "postgres_admin", "password": "elsewhere"}
    assert database["access"] == {"attached": ["sg-0a1b2c3d"]}
    assert [one["zone"] for one in database["instances"].values()] == list(ZONES)
    assert database["backup"] == {"retention_days": 14}
    assert file["adopt"] == {"instances": ["1", "2"], "log_groups": ["postgresql"]}
    assert run("check", "--envs", str(tmp_path)).returncode == 0


def test_what_a_cluster_has_grown_by_is_said(tmp_path: Path) -> None:
    document = answers(HttpEndpointEnabled=True, NetworkType="DUAL", ActivityStreamStatus="started")
    associated = {"State": "associated"}
    document["Vpcs"][0] |= {
        "CidrBlockAssociationSet": [
            {"CidrBlock": "10.10.0.0/16", "CidrBlockState": associated},
            {"CidrBlock": "100.64.0.0/16", "CidrBlockState": associated},
            {"CidrBlock": "100.65.0.0/16", "CidrBlockState": {"State": "disassociated"}},
        ],
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1:2a00::/56", "Ipv6CidrBlockState": associated}],
    }
    result = adopt(tmp_path, document)
    assert result.returncode == 0, result.stderr
    file = yaml.safe_load((tmp_path / "live.yaml").read_text())
    existing = file["network"]["existing"]
    assert existing["cidrs"] == ["10.10.0.0/16", "100.64.0.0/16", "2001:db8:1:2a00::/56"]
    assert (existing["ip"], "cidr" in existing) == ("dual", False)
    assert file["database"]["data_api"] is True
    assert "the activity stream: starting and stopping one restarts the cluster" in result.stdout
    assert run("check", "--envs", str(tmp_path)).returncode == 0


def test_a_parameter_that_cannot_be_kept_is_told_and_the_rest_is(tmp_path: Path) -> None:
    parameters = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user"}
        for name, value in {"rds.force_ssl": "0", "log_min_duration_statement": "250", "no_such": "1"}.items()
    ]
    result = adopt(tmp_path, answers() | {"Parameters": parameters})
    assert result.returncode == 0, result.stderr
    assert "parameter rds.force_ssl = 0: it is always 1 here" in result.stdout
    assert "parameter no_such = 1" in result.stdout
    assert yaml.safe_load((tmp_path / "live.yaml").read_text())["database"]["parameters"] == {
        "log_min_duration_statement": 250
    }


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unencrypted": ({"StorageEncrypted": False, "KmsKeyId": None}, "unencrypted storage"),
    "key of AWS": ({"KmsKeyId": None}, "storage encrypted by a key that AWS owns"),
    "MySQL": ({"Engine": "aurora-mysql"}, "engine aurora-mysql"),
    "Serverless v1": ({"EngineMode": "serverless"}, "engine mode serverless"),
    "global": ({"GlobalClusterIdentifier": "world"}, "membership in a global database (world)"),
    "replica": ({"ReplicationSourceIdentifier": "arn:x"}, "replication from another cluster"),
    "old major": ({"EngineVersion": "11.9"}, "database.engine_version"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_adopted_is_refused_and_nothing_is_written(case: str, tmp_path: Path) -> None:
    changes, message = REFUSED[case]
    result = adopt(tmp_path, answers(**changes))
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "live.yaml").exists()


UNREADABLE: dict[str, tuple[Any, str]] = {
    "no JSON": ("x", "is not JSON"),
    "a list": ([], "is none of what is understood"),
    "something else": ({"Buckets": []}, "is none of what is understood"),
    "no cluster": ({"DBClusters": []}, "there is no cluster in it"),
    "two clusters": (
        {"DBClusters": [CLUSTER, CLUSTER | {"DBClusterIdentifier": "other"}]},
        "there are 2 clusters; say which: CLUSTER=orders, or other",
    ),
    "no VPC": ({**answers(), "Vpcs": []}, "add the JSON of aws ec2 describe-vpcs --vpc-ids vpc-0a1b2c3d"),
    "no instances": ({**answers(), "DBInstances": []}, "add the JSON of aws rds describe-db-instances"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_missing_is_asked_for(case: str, tmp_path: Path) -> None:
    document, message = UNREADABLE[case]
    result = adopt(tmp_path, document)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "live.yaml").exists()


def test_a_file_that_exists_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "live.yaml").write_text("mine")
    result = adopt(tmp_path, answers())
    assert result.returncode == 2
    assert (tmp_path / "live.yaml").read_text() == "mine"


def test_a_clone_is_a_file_that_checks_and_ends(tmp_path: Path) -> None:
    source = {
        "tier": "production",
        "project": "shop",
        "aws": {"account_id": "111111111111", "region": "eu-west-1"},
        "network": {"create": {"cidr": "10.10.0.0/16"}},
        "tags": {"owner": "Yes"},
        "ignore_tags": {"key_prefixes": ["cost:"]},
        # Much of it needs more than one instance, or a class that no other tier has.
        "database": {
            # A version that nobody can create any more, and windows that were chosen for one another.
            "exists": True,
            "engine_version": "15.8",
            "backup": {"retention_days": 35, "copies": {}, "window": "04:00-05:00"},
            "maintenance": {"window": "sun:01:00-sun:02:00"},
            "instances": {
                "writer": {"zone": "eu-west-1a"},
                "reports": {"zone": "eu-west-1b", "instance_class": "serverless"},
            },
            "capacity": {"minimum": 2, "maximum": 16},
            "readers": {"minimum": 1, "maximum": 4, "cpu_percent": 60},
            "endpoints": {"analytics": {"instances": ["reports"]}},
            "data_api": True,
            "parameters": {"maintenance_work_mem": 524288},
        },
        "monitoring": {"notify": {"page": {"email": {"on-call": "on-call@example.com"}}}},
        "state": {"backend": "s3", "bucket": "shop-terraform-state", "region": "eu-west-1"},
    }
    (tmp_path / "live.yaml").write_text(json.dumps(source))
    day, later = "1795348800", "1795694400"
    result = run("clone", "live", "pr-1", "--days", "3", "--envs", str(tmp_path), SOURCE_DATE_EPOCH=day)
    assert result.returncode == 0, result.stderr
    file = yaml.safe_load((tmp_path / "pr-1.yaml").read_text())
    assert file["database"]["origin"] == {"cluster": "shop-live", "clone": True}
    assert file["expires"] == "2026-11-25"
    assert file["tier"] == "staging"
    assert file["database"]["instances"] == {"writer": {"zone": "eu-west-1a"}}
    assert file["database"]["instance_class"] == "db.r5.large"
    assert file["database"]["backup"] == {"window": "04:00-05:00"}
    assert (file["tags"], file["ignore_tags"]) == (source["tags"], source["ignore_tags"])
    # Nobody is woken by a preview.
    assert "monitoring" not in file
    assert file["state"]["manage_bucket"] is False
    assert run("check", "--envs", str(tmp_path), SOURCE_DATE_EPOCH=day).returncode == 0
    refused = run("check", "--envs", str(tmp_path), SOURCE_DATE_EPOCH=later)
    assert refused.returncode == 2
    assert "expires: ended on 2026-11-25" in refused.stderr
    # It can be taken away all the same.
    assert (
        run("stacks", "pr-1", "--envs", str(tmp_path), AURORA_TAKING_AWAY="1", SOURCE_DATE_EPOCH=later).returncode == 0
    )


@pytest.mark.parametrize("said", [[], ["AS="]])
def test_a_clone_without_a_name_is_not_named_after_the_assembler(said: list[str]) -> None:
    done = subprocess.run(
        ["make", "clone", "ENV=staging", *said],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "the preview has no name: make clone ENV=staging AS=pr-1234; nothing was written" in done.stderr
