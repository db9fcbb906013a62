"""Production restored to yesterday and back in service: step by step, each gone back from, each plan reviewed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from commands.review import STOPPED
from tests import harness
from tests.e2e.conftest import UNCHANGED
from tests.e2e.test_e2e_origin import written
from tools.emulator import gaps

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Deployment

pytestmark = pytest.mark.e2e_wide

ACCOUNT = "333333333333"

STACKS = ("prod-database", "prod-database-two", "prod-access", "prod-monitoring")
"""In the order in which they are deployed; the network is left alone by all of it."""

PROD: dict[str, Any] = {
    **harness.BASE,
    "tier": "production",
    "aws": {"account_id": ACCOUNT, "region": "eu-west-1"},
    "network": {"create": {"cidr": "10.30.0.0/16", "interface_endpoints": ["secretsmanager", "ssm"]}},
    "database": {"engine_version": "15.10", "exists": True, "access": {"cidrs": {"private": "10.30.0.0/18"}}},
    "access": {},
    "state": {"backend": "local"},
}

BESIDE = {"generation": "two", "origin": {"cluster": "experimentation-prod", "time": "2026-11-25T03:00:00Z"}}
RUNS = {**BESIDE, "exists": True}
SERVES = {**RUNS, "serves": True}


OF_THE_DATABASE = (
    *("writer-endpoint", "reader-endpoint", "port", "name", "secret-arn", "cluster-arn"),
    *("cluster-resource-id", "security-group-id", "engine-version", "ssl-mode", "ca-bundle-url"),
)
"""Parameters of the contract that a database publishes."""

OF_THE_OTHER = ("aws_vpc_security_group_", "aws_cloudwatch_log_metric_filter.line")
"""What leads applications and counts of lines to the cluster that ends."""


class Story:
    """An environment whose file changes, and what each of its plans does."""

    def __init__(self, deployed: Deployment, emulator: str) -> None:
        self.deployed = deployed
        session: Any = boto3.Session(f"{gaps.ACCESS_KEY}{ACCOUNT}", "none", region_name="eu-west-1")
        self.rds, self.ssm = (session.client(name, endpoint_url=emulator) for name in ("rds", "ssm"))

    def say(self, successor: dict[str, Any] | None, **database: Any) -> None:
        """Write the file."""
        written(self.deployed, harness.merged(PROD, {"database": {**database, "successor": successor}}))

    def plan(self, stack: str) -> dict[str, set[str]]:
        """Plan and review a stack; return the addresses of what changes by what is done to them."""
        self.deployed.run(stack, "init", "-input=false")
        plan = self.deployed.planned(stack)
        done: dict[str, set[str]] = {}
        for each in plan["resource_changes"]:
            action = "+".join(each["change"]["actions"])
            if each["change"].get("importing"):
                action = f"import+{action}"
            if action != "no-op" and each["mode"] == "managed":
                done.setdefault(action, set()).add(each["address"])
        (self.deployed.folder / "plan.json").write_text(json.dumps(plan))
        said = harness.run(
            *("review", "--env", "prod", "--envs", str(self.deployed.folder / "envs"), "--format", "json"),
            *("--stack", str(self.deployed.place(stack)), str(self.deployed.folder / "plan.json")),
        )
        assert said.returncode in (0, STOPPED), said.stderr
        self.stopped = said.returncode == STOPPED
        self.deployed.report(f"{stack}: {', '.join(done) or 'nothing'}{', for a person' if self.stopped else ''}")
        return done

    def apply(self, *stacks: str, twice: bool = False) -> dict[str, dict[str, set[str]]]:
        """Plan and apply stacks one after the other, and see that nothing is left to be done; return what was done."""
        done = {}
        for stack in stacks:
            done[stack] = self.plan(stack)
            if done[stack]:
                self.deployed.run(stack, "apply", "-auto-approve", "planned")
            if twice:
                self.deployed.run(stack, "apply", "-auto-approve")
        for stack in stacks:
            if done[stack]:
                self.deployed.run(stack, "plan", "-detailed-exitcode", expected=UNCHANGED)
        return done

    @property
    def contract(self) -> dict[str, str]:
        """What applications read."""
        found = self.ssm.get_parameters_by_path(Path="/experimentation/prod/database", MaxResults=10)
        more = self.ssm.get_parameters_by_path(
            Path="/experimentation/prod/database", MaxResults=10, NextToken=found["NextToken"]
        )
        return {each["Name"].rpartition("/")[2]: each["Value"] for each in [*found["Parameters"], *more["Parameters"]]}

    @property
    def clusters(self) -> set[str]:
        """The clusters that there are."""
        return {each["DBClusterIdentifier"] for each in self.rds.describe_db_clusters()["DBClusters"]}


def harmless(done: dict[str, dict[str, set[str]]]) -> bool:
    """Whether nothing is destroyed and nothing replaced."""
    return not [action for one in done.values() for action in one if "delete" in action]


def ending(how: str) -> dict[str, Any]:
    """Return the successor that serves while the other one ends."""
    return SERVES | {"ended": {"generation": "one", "how": how}}


def test_production_is_restored_to_yesterday_and_back_in_service(
    emulator: str, deploying: Callable[[str], Deployment]
) -> None:
    story = Story(deploying("prod"), emulator)
    story.say(None)
    story.apply("prod-network", "prod-database", "prod-access", "prod-monitoring")
    before = story.contract
    contract = {f"aws_ssm_parameter.{name.replace('-', '_')}" for name in OF_THE_DATABASE}

    story.say(BESIDE)
    for stack in ("prod-database", "prod-access", "prod-monitoring"):
        assert story.plan(stack) == {}
    assert {*story.apply("prod-database-two", twice=True)["prod-database-two"]} == {"create"}
    assert story.contract == before

    story.say(RUNS)
    done = story.apply(*STACKS)
    assert done["prod-database"] == done["prod-database-two"] == {}
    assert {*done["prod-access"], *done["prod-monitoring"]} == {"create", "update"}
    assert story.contract == before

    for said, serving, other in (
        (SERVES, "prod-database-two", "prod-database"),
        (RUNS, "prod-database", "prod-database-two"),
        (SERVES, "prod-database-two", "prod-database"),
    ):
        story.say(said)
        done = story.apply(*STACKS)
        assert done[other] == {"forget": contract}
        assert {address for those in done[serving].values() for address in those} == contract
        assert {*done[serving]} <= {"import+update", "import+no-op"}
        assert harmless(done)
        assert story.contract.keys() == before.keys()
        cluster = serving.replace("prod-database", "experimentation-prod")
        assert story.contract["cluster-arn"].endswith(f":cluster:{cluster}")

    story.say(ending("destroyed"))
    refused = story.deployed.run("prod-database", "plan", "-json", expected=1)
    assert "is still protected" in refused
    story.say(ending("forgotten"))
    assert {*story.plan("prod-database")} == {"forget"}
    assert story.stopped
    for said, protected in ((ending("released"), False), (SERVES, True), (ending("released"), False)):
        story.say(said)
        done = story.apply(*STACKS)
        assert done["prod-database"] == {"update": {"aws_rds_cluster.aurora"}}
        assert done["prod-database-two"] == {}
        (found,) = story.rds.describe_db_clusters(DBClusterIdentifier="experimentation-prod")["DBClusters"]
        assert found["DeletionProtection"] is protected
        gone = {address for one in done.values() for address in one.get("delete", ())}
        assert all(address.startswith(OF_THE_OTHER) and "two" not in address for address in gone)

    story.say(ending("destroyed"))
    done = story.apply(*STACKS)
    assert {*done["prod-database"]} == {"delete", "forget"}
    assert all(done[stack] == {} for stack in STACKS[1:])
    assert story.clusters == {"experimentation-prod-two"}
    left = [
        each["DBClusterSnapshotIdentifier"] for each in story.rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]
    ]
    assert len([name for name in left if name.startswith("experimentation-prod-final-")]) == 1

    story.say(None, generation="two", origin=BESIDE["origin"])
    assert [story.plan(stack) for stack in STACKS[1:]] == [{}, {}, {}]
