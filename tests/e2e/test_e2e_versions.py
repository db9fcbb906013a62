"""What the real provider asks of AWS when a file changes: of versions above all, and in pairs of changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.e2e.conftest import UNCHANGED, Deployment
from tests.e2e.recorder import recording
from tests.harness import BASE, merged
from tools.emulator import deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.recorder import Recorder, Request
    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.e2e_wide

PROJECT, ACCOUNT, REGION = "experimentation", "111111111111", "eu-west-1"
"""As in the least environment, which these are."""

OLDEST = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.100.0"}}}}

COMMON = {"Action", "Version", "ApplyImmediately", "DBClusterIdentifier"}
"""Parameters of every ModifyDBCluster."""


class Running:
    """A deployed environment whose file can be changed and deployed again."""

    def __init__(self, deployed: Deployment, recorder: Recorder, folder: Path) -> None:
        self._deployed, self._recorder, self._folder = deployed, recorder, folder
        self._name, self._stack = deployed.environment, f"{deployed.environment}-database"
        self._number = 0

    def synthesize(self, database: dict[str, Any], tags: dict[str, str]) -> None:
        """Write the stacks of a changed file."""
        self._number += 1
        envs = self._folder / f"envs{self._number}"
        envs.mkdir()
        changes = {
            "tags": tags,
            "aws": {"zones": ["eu-west-1a", "eu-west-1b"]},
            "database": {"engine_version": "15.10", "changes_apply": "at_once", "exists": self._number > 1} | database,
        }
        (envs / f"{self._name}.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))
        self._deployed.synthesize(envs)
        # What the oldest release sends is asked here also where the stack would ask for a newer one.
        (self._deployed.place(self._stack) / "oldest_override.tf.json").write_text(json.dumps(OLDEST))

    def create(self, **database: Any) -> None:
        """Deploy for the first time."""
        self.synthesize(database, {})
        for stack in (f"{self._name}-network", self._stack):
            self._deployed.run(stack, "init", "-input=false")
            self._deployed.apply(stack)

    def change(self, *, tags: dict[str, str] | None = None, **database: Any) -> list[Request]:
        """Deploy a changed file, see that nothing is left to do, and return what was asked of the cluster."""
        self.synthesize(database, tags or {})
        self._recorder.taken("ModifyDBCluster")
        self._deployed.apply(self._stack)
        asked = self._recorder.taken("ModifyDBCluster")
        self._deployed.run(self._stack, "plan", "-detailed-exitcode", expected=UNCHANGED)
        return asked

    def warned(self) -> str:
        """Return what a plan says that has nothing to change."""
        return " ".join(
            self._deployed.run(self._stack, "plan", "-no-color", "-detailed-exitcode").replace("│", " ").split()
        )

    def output(self, name: str) -> str:
        """Return one value of the connection contract."""
        return str(json.loads(self._deployed.run(self._stack, "output", "-json", name)))

    def upgraded_by_aws(self, version: str) -> None:
        """Raise the version as AWS does, past Terraform."""
        credentials = deployment.variables(self._recorder.emulator.geturl(), ACCOUNT)
        client = boto3.client(
            "rds",
            region_name=REGION,
            endpoint_url=credentials["AWS_ENDPOINT_URL"],
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        )
        client.modify_db_cluster(
            DBClusterIdentifier=f"{PROJECT}-{self._name}", EngineVersion=version, ApplyImmediately=True
        )


@pytest.fixture
def running(
    request: pytest.FixtureRequest, terraform: Terraform, emulator: str, report: Callable[[str], None], tmp_path: Path
) -> Iterator[Running]:
    """Yield an environment to deploy, whose requests are kept; each test has one of its own name."""
    with recording(emulator) as recorder:
        deployed = Deployment(request.param, tmp_path, terraform, recorder.address, report)
        yield Running(deployed, recorder, tmp_path)


def arguments(asked: list[Request]) -> set[str]:
    """Return what one change of the cluster said."""
    assert len(asked) == 1, asked
    return set(asked[0]) - COMMON


def retention(days: int) -> dict[str, Any]:
    return {"backup": {"retention_days": days}}


@pytest.mark.parametrize("running", ["exact"], indirect=True)
def test_an_exact_version_moves_when_the_file_says_so_and_never_else(running: Running) -> None:
    running.create()
    # AWS upgrades by itself: the next change asks for nothing else, and the plan says what to write.
    running.upgraded_by_aws("15.13")
    assert arguments(running.change(**retention(8))) == {"BackupRetentionPeriod"}
    assert "15.13 runs, the file says 15.10" in running.warned()
    assert running.output("engine_version") == "15.13"
    # A version in the file alone moves nothing; with the switch it does, also beside a tag of the contract.
    assert running.change(engine_version="15.14", **retention(8)) == []
    asked = running.change(engine_version="15.14", upgrade=True, tags={"owner": "growth"}, **retention(9))
    assert asked[0]["EngineVersion"] == "15.14"
    assert arguments(asked) == {"EngineVersion", "BackupRetentionPeriod"}
    assert running.output("engine_version") == "15.14"
    assert running.change(engine_version="15.14", tags={"owner": "growth"}, **retention(9)) == []


@pytest.mark.parametrize("running", ["major"], indirect=True)
def test_a_bare_major_is_never_asked_for_and_the_next_one_is_reached_exactly(running: Running) -> None:
    running.create(engine_version="15")
    running.upgraded_by_aws("15.20")
    assert arguments(running.change(engine_version="15", tags={"owner": "growth"}, **retention(8))) == {
        "BackupRetentionPeriod"
    }
    # A new major version, beside a tag; afterwards no empty group name is sent.
    major = {"engine_version": "16.8", "allow_major_version_upgrade": True}
    assert running.change(**major, tags={"owner": "data"}, **retention(8))[0]["EngineVersion"] == "16.8"
    assert running.output("engine_version") == "16.8"
    asked = running.change(engine_version="16.8", tags={"owner": "data"}, **retention(9))
    assert asked[0].get("DBInstanceParameterGroupName") != ""
    assert "EngineVersion" not in asked[0]


@pytest.mark.parametrize("running", ["capacity"], indirect=True)
def test_a_capacity_that_is_taken_away_is_not_sent_as_nothing(running: Running) -> None:
    serverless = {"instance_class": "serverless", "capacity": {"minimum": 1, "maximum": 4}}
    running.create(**serverless)
    assert arguments(running.change(instance_class="db.r5.large", **retention(8))) == {"BackupRetentionPeriod"}
    asked = running.change(instance_class="serverless", capacity={"minimum": 2, "maximum": 8}, **retention(8))
    assert asked[0]["ServerlessV2ScalingConfiguration.MinCapacity"] == "2"


@pytest.mark.parametrize("running", ["insights"], indirect=True)
def test_the_monitoring_of_the_cluster_follows_that_of_its_instances(running: Running) -> None:
    running.create(monitoring={"insights": "advanced", "interval_seconds": 15})
    asked = running.change(monitoring={"insights": "standard", "interval_seconds": 30})
    assert asked[0]["MonitoringInterval"] == "30"
    assert asked[0]["DatabaseInsightsMode"] == "standard"
    asked = running.change(monitoring={"insights": "standard", "interval_seconds": 0})
    assert asked[0]["MonitoringInterval"] == "0"
