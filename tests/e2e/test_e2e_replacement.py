"""Production restored to yesterday and back in service: step by step, each gone back from, each plan reviewed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

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
        self.said = harness.run(
            *("review", "--env", "prod", "--envs", str(self.deployed.folder / "envs"), "--format", "json"),
            *("--stack", str(self.deployed.place(stack)), str(self.deployed.folder / "plan.json")),
        )
        self.deployed.report(f"{stack}: {done} review {self.said.returncode}")
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


def test_production_is_restored_to_yesterday_and_back_in_service(
    emulator: str, deploying: Callable[[str], Deployment]
) -> None:
    story = Story(deploying("prod"), emulator)
    story.say(None)
    story.apply("prod-network", "prod-database", "prod-access", "prod-monitoring")
    before = story.contract

    story.say(BESIDE)
    for stack in ("prod-database", "prod-access", "prod-monitoring"):
        assert story.plan(stack) == {}
    assert {*story.apply("prod-database-two", twice=True)["prod-database-two"]} == {"create"}
    assert story.contract == before

    story.say(RUNS)
    done = story.apply(*STACKS)
    print(done)
    assert done["prod-database"] == done["prod-database-two"] == {}
    assert harmless(done)
    assert story.contract == before

    for said, cluster in (
        (SERVES, "experimentation-prod-two"),
        (RUNS, "experimentation-prod"),
        (SERVES, "experimentation-prod-two"),
    ):
        story.say(said)
        done = story.apply(*STACKS)
        print(done)
        assert harmless(done)
        assert story.contract["cluster-arn"].endswith(f":cluster:{cluster}")
        assert story.contract.keys() == before.keys()

    story.say(SERVES | {"ended": {"generation": "one", "how": "destroyed"}})
    story.deployed.run("prod-database", "plan", expected=1)
    story.say(SERVES | {"ended": {"generation": "one", "how": "forgotten"}})
    assert {*story.plan("prod-database")} == {"forget"}
    story.say(SERVES | {"ended": {"generation": "one", "how": "released"}})
    done = story.apply(*STACKS)
    print(done)
    story.say(SERVES)
    done = story.apply(*STACKS)
    print(done)
    story.say(SERVES | {"ended": {"generation": "one", "how": "released"}})
    story.apply(*STACKS)
    story.say(SERVES | {"ended": {"generation": "one", "how": "destroyed"}})
    done = story.apply(*STACKS)
    print(done)
    assert story.clusters == {"experimentation-prod-two"}
    print(story.rds.describe_db_cluster_snapshots()["DBClusterSnapshots"])
    story.say(None, generation="two", origin=BESIDE["origin"])
    assert {stack: story.plan(stack) for stack in STACKS[1:]} == {stack: {} for stack in STACKS[1:]}
