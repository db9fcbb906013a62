"""Clusters made by plain HCL of several shapes, each taken over by the command alone: nothing destroyed or replaced."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests import harness
from tests.e2e.conftest import UNCHANGED, Deployment
from tools.emulator import deployment, gaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.e2e_wide

ACCOUNT = "222222222222"

ESTATE = harness.ROOT / "tests" / "e2e" / "estate"

ADOPTED = (
    *("counted-db", "each", "orders", "single", "serverless", "nameless"),
    *("groups", "insights", "watched", "exported", "optimized", "numbered"),
)


STOPPED = 3
"""Exit code of a review that needs a person, as every adoption does."""

AT_ONCE = 4
"""Deployments at a time."""


@dataclass(frozen=True)
class Estate:
    """What other people deployed: their state, and where it is."""

    state: Path
    shown: Path
    address: str

    def client(self, service: str) -> Any:
        """Return a client of the account that has it."""
        session: Any = boto3.Session(f"{gaps.ACCESS_KEY}{ACCOUNT}", "none", region_name="eu-west-1")
        return session.client(service, endpoint_url=self.address)


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory, terraform: Terraform, emulator: str) -> Estate:
    """Deploy what other people made, once for each worker."""
    folder = tmp_path_factory.mktemp("estate")
    shutil.copytree(ESTATE, folder, dirs_exist_ok=True)
    variables = (
        deployment.surroundings()
        | deployment.variables(emulator, ACCOUNT)
        | {"TF_CLI_CONFIG_FILE": str(terraform.configuration)}
    )

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [terraform.executable, *arguments], cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    run("init", "-input=false")
    run("apply", "-auto-approve", "-input=false")
    (folder / "shown.json").write_text(run("show", "-json"))
    return Estate(folder / "terraform.tfstate", folder / "shown.json", emulator)


def answers(estate: Estate, folder: Path) -> Path:
    """Write what AWS's command line would answer of everything, one file each."""
    folder.mkdir()
    rds = estate.client("rds")
    asked = {
        "clusters": rds.describe_db_clusters(),
        "instances": rds.describe_db_instances(),
        "groups": rds.describe_db_subnet_groups(),
        "vpcs": estate.client("ec2").describe_vpcs(),
        "logs": estate.client("logs").describe_log_groups(),
    }
    for name, answer in asked.items():
        answer.pop("ResponseMetadata", None)
        (folder / f"{name}.json").write_text(json.dumps(answer, default=str))
    return folder


def source(estate: Estate, folder: Path, identifier: str) -> list[str]:
    """Return what the command is given, in turn a state, what Terraform shows of it, AWS's answers, and AWS itself."""
    kinds: tuple[Callable[[], Path | str], ...] = (
        lambda: estate.state,
        lambda: estate.shown,
        lambda: answers(estate, folder / "answers"),
        lambda: f"aws:{identifier}",
    )
    return ["--from", str(kinds[ADOPTED.index(identifier) % len(kinds)]())]


def changes(plan: dict[str, Any]) -> tuple[set[str], dict[str, list[str]]]:
    """Return the addresses that a plan imports, and the actions by address of what is not left alone."""
    found = {one["address"]: one["change"] for one in plan["resource_changes"]}
    imported = {address for address, change in found.items() if change.get("importing")}
    return imported, {address: change["actions"] for address, change in found.items()}


@dataclass(frozen=True)
class Taken:
    """A cluster that was taken over: its file, and the first plan."""

    deployed: Deployment
    text: str
    plan: dict[str, Any]


def take(identifier: str, estate: Estate, deployed: Deployment) -> Taken:
    """Adopt one cluster by the command alone, and apply the plan."""
    envs = deployed.folder / "envs"
    envs.mkdir()
    written = harness.run(
        *("adopt", "taken", "--envs", str(envs), "--cluster", identifier, "--project", identifier[:10]),
        *source(estate, deployed.folder, identifier),
        AWS_ENDPOINT_URL=estate.address,
        AWS_ACCESS_KEY_ID=f"{gaps.ACCESS_KEY}{ACCOUNT}",
        AWS_SECRET_ACCESS_KEY="none",  # noqa: S106 - of the emulator
        AWS_REGION="eu-west-1",
    )
    assert written.returncode == 0, written.stderr
    deployed.synthesize(envs)
    deployed.run("taken-database", "init", "-input=false")
    plan = deployed.planned("taken-database")
    deployed.run("taken-database", "apply", "-auto-approve", "planned")
    return Taken(deployed, (envs / "taken.yaml").read_text(), plan)


@pytest.fixture(scope="session")
def taken(
    tmp_path_factory: pytest.TempPathFactory, estate: Estate, terraform: Terraform, emulator: str
) -> Callable[[str], Taken]:
    """Take every cluster over, several at a time, for the provider waits half a minute for each change."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {
            identifier: pool.submit(
                take,
                identifier,
                estate,
                Deployment("taken", tmp_path_factory.mktemp("taken"), terraform, emulator, lambda _: None),
            )
            for identifier in ADOPTED
        }
    return lambda identifier: futures[identifier].result()


def reviewed(one: Taken) -> set[str]:
    """Review the plan by the command; return the rules by which it takes something away, or leaves it unguarded."""
    (one.deployed.folder / "plan.json").write_text(json.dumps(one.plan))
    result = harness.run("review", "--format", "json", str(one.deployed.folder / "plan.json"))
    assert result.returncode in (0, STOPPED), result.stderr
    rules = set(re.findall(r'"rule": "([^"]+)"', result.stdout))
    assert "imported" in rules
    return rules & {"adoption-takes-away", "import-unguarded", "imported-unknown", "replaced"}


@pytest.mark.parametrize("identifier", ADOPTED)
@pytest.mark.xdist_group("adoption")
def test_a_running_cluster_is_taken_over(identifier: str, estate: Estate, taken: Callable[[str], Taken]) -> None:
    one = taken(identifier)
    imported, actions = changes(one.plan)
    assert "aws_rds_cluster.aurora" in imported
    instances = estate.client("rds").describe_db_instances()["DBInstances"]
    members = [each for each in instances if each["DBClusterIdentifier"] == identifier]
    assert len([address for address in imported if address.startswith("aws_rds_cluster_instance.")]) == len(members)
    assert {address: each for address, each in actions.items() if "delete" in each} == {}
    # The imported state would let a destroy take the backups along: the first apply arms it again.
    assert reviewed(one) == set()
    after = {each["address"]: each["change"]["after"] for each in one.plan["resource_changes"]}
    assert not after["aws_rds_cluster.aurora"]["skip_final_snapshot"]
    assert not after["aws_rds_cluster.aurora"]["delete_automated_backups"]
    one.deployed.run("taken-database", "plan", "-detailed-exitcode", expected=UNCHANGED)
    one.deployed.run("taken-database", "plan", "-destroy", expected=1)


def test_what_cannot_be_adopted_is_refused_with_what_to_do(estate: Estate, tmp_path: Path) -> None:
    result = harness.run(
        "adopt", "taken", "--envs", str(tmp_path), "--cluster", "unencrypted", "--from", str(estate.state)
    )
    assert result.returncode == 2
    assert "unencrypted storage" in result.stderr
    assert "database.origin" in result.stderr
    assert list(tmp_path.glob("*.yaml")) == []
