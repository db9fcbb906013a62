"""The emulator refuses versions as RDS does, and takes parameters back."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.emulator import process
from tools.emulator.gaps import ACCESS_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def rds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with process.running(tmp_path_factory.mktemp("emulator") / "log") as address:
        session = boto3.Session(f"{ACCESS_KEY}121212121212", "none", region_name="eu-west-1")
        yield session.client("rds", endpoint_url=address, config=Config(proxies={}))


@pytest.fixture
def cluster(rds: Any) -> Iterator[str]:
    name = f"upgraded-{uuid.uuid4()}"
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        EngineVersion="15.10",
        MasterUsername="a",
        MasterUserPassword="a-password",
    )
    yield name
    rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


def version(rds: Any, cluster: str) -> str:
    return str(rds.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"][0]["EngineVersion"])


@pytest.mark.parametrize(
    ("wanted", "flag", "said"),
    [
        ("16.8", {}, "AllowMajorVersionUpgrade flag must be present"),
        ("16.8", {"AllowMajorVersionUpgrade": False}, "AllowMajorVersionUpgrade flag must be present"),
        ("15.4", {}, "Cannot upgrade aurora-postgresql from 15.10 to 15.4"),
        ("14.18", {"AllowMajorVersionUpgrade": True}, "Cannot upgrade aurora-postgresql from 15.10 to 14.18"),
    ],
)
def test_what_rds_refuses_changes_nothing(
    rds: Any, cluster: str, wanted: str, flag: dict[str, bool], said: str
) -> None:
    with pytest.raises(ClientError, match=said):
        rds.modify_db_cluster(DBClusterIdentifier=cluster, EngineVersion=wanted, ApplyImmediately=True, **flag)
    assert version(rds, cluster) == "15.10"


@pytest.mark.parametrize(
    ("wanted", "flag"), [("15.12", {}), ("16.8", {"AllowMajorVersionUpgrade": True}), ("15.10", {})]
)
def test_what_rds_takes_is_done(rds: Any, cluster: str, wanted: str, flag: dict[str, bool]) -> None:
    rds.modify_db_cluster(DBClusterIdentifier=cluster, EngineVersion=wanted, ApplyImmediately=True, **flag)
    assert version(rds, cluster) == wanted


def test_parameters_of_both_kinds_of_group_are_taken_back(rds: Any) -> None:
    family = "aurora-postgresql15"
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="a", DBParameterGroupFamily=family, Description="a"
    )
    rds.create_db_parameter_group(DBParameterGroupName="b", DBParameterGroupFamily=family, Description="b")
    kept, gone = (
        {"ParameterName": name, "ParameterValue": "1", "ApplyMethod": "immediate"} for name in ("work_mem", "jit")
    )
    back = {"ParameterName": "jit", "ApplyMethod": "immediate"}

    def names(answer: Any) -> set[str]:
        return {one["ParameterName"] for one in answer["Parameters"] if one.get("ParameterValue")}

    rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName="a", Parameters=[kept, gone])
    rds.reset_db_cluster_parameter_group(DBClusterParameterGroupName="a", Parameters=[back])
    assert names(rds.describe_db_cluster_parameters(DBClusterParameterGroupName="a")) == {"work_mem"}
    rds.reset_db_cluster_parameter_group(DBClusterParameterGroupName="a", ResetAllParameters=True)
    assert names(rds.describe_db_cluster_parameters(DBClusterParameterGroupName="a")) == set()

    rds.modify_db_parameter_group(DBParameterGroupName="b", Parameters=[kept, gone])
    rds.reset_db_parameter_group(DBParameterGroupName="b", Parameters=[back])
    assert names(rds.describe_db_parameters(DBParameterGroupName="b")) == {"work_mem"}
    with pytest.raises(ClientError, match="NotFound"):
        rds.reset_db_cluster_parameter_group(DBClusterParameterGroupName="none", ResetAllParameters=True)
    with pytest.raises(ClientError, match="NotFound"):
        rds.reset_db_parameter_group(DBParameterGroupName="none", ResetAllParameters=True)
