"""Fixtures: an emulator of its own for each test worker, environments deployed to it, and progress on the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests import harness
from tests.e2e.asked import not_allowed
from tests.terraform import terraform_runner
from tools.emulator import deployment, process, service_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.harness import Synthesized
    from tests.terraform.terraform_runner import Terraform

UNCHANGED, CHANGED = 0, 2
"""What ``terraform plan -detailed-exitcode`` answers."""


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Return Terraform, which starts a provider for each command: each has its own account to configure it for."""
    return terraform_runner.initialized(tmp_path_factory)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an emulator.

    In the end, all that it was asked is as the AWS SDK's service models say, and allowed to a deployer.
    """
    folder = tmp_path_factory.mktemp("emulator")
    requests = folder / "requests.jsonl"
    with process.running(folder / "log", requests=requests) as address:
        yield address
    assert service_models.recorded(requests.read_text().splitlines() if requests.exists() else []) == []
    refused = not_allowed([requests] if requests.exists() else [])
    assert refused == [], "\n".join(["a deployer may not ask this; see catalog/deployer.py:", *refused])


@pytest.fixture
def report(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Return a function that says on the terminal how far a test is, whatever pytest captures."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    began = time.monotonic()

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"[{time.monotonic() - began:4.0f} s] {line}", file=sys.stderr, flush=True)

    return say


@dataclass(frozen=True)
class Deployment:
    """An environment and the Terraform and emulator that it is deployed with."""

    environment: str
    folder: Path
    terraform: Terraform
    emulator: str
    report: Callable[[str], None]
    more: Mapping[str, str] = field(default_factory=dict)
    """Further variables of Terraform's process."""

    def synthesize(self, envs: Path) -> Synthesized:
        """Write the environment's stacks below the folder; states that would be elsewhere are kept in local files."""
        synthesized = harness.synthesized(envs, self.folder / "cdktf.out", self.environment)
        deployment.lend_archives(harness.ROOT, self.folder)
        for stack in synthesized.stacks:
            deployment.keep_state_at_hand(self.place(stack), self.environment)
        return synthesized

    def stacks(self, envs: Path) -> list[str]:
        """Return the environment's stacks in the order in which they are deployed."""
        return harness.run("stacks", self.environment, "--envs", str(envs)).stdout.split()

    def place(self, stack: str) -> Path:
        """Return the folder of a stack."""
        return self.folder / "cdktf.out" / "stacks" / stack

    def variables(self, stack: str) -> dict[str, str]:
        """Return the process environment of a stack's Terraform."""
        return (
            deployment.surroundings()
            | deployment.variables(self.emulator, deployment.account_id(self.place(stack)))
            | {"TF_CLI_CONFIG_FILE": str(self.terraform.configuration)}
            | dict(self.more)
        )

    def run(self, stack: str, *arguments: str, expected: int = 0) -> str:
        """Run Terraform on a stack and return what it printed; any other exit code than expected fails the test."""
        self.report(f"{stack}: {arguments[0]}")
        done = subprocess.run(
            [self.terraform.executable, *arguments],
            cwd=self.place(stack),
            env=self.variables(stack) | deployment.saying(arguments[0]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expected, f"{stack}: {arguments[0]}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def apply(self, stack: str) -> list[dict[str, Any]]:
        """Apply a stack and return Terraform's messages."""
        self.report(f"{stack}: apply")
        return deployment.applied(self.terraform.executable, self.place(stack), self.variables(stack), self.report)

    def planned(self, stack: str, *options: str) -> dict[str, Any]:
        """Plan a stack and return the plan."""
        self.run(stack, "plan", "-out=planned", "-lock=false", *options)
        shown: dict[str, Any] = json.loads(self.run(stack, "show", "-json", "planned"))
        return shown


@pytest.fixture
def deploying(
    terraform: Terraform, emulator: str, report: Callable[[str], None], tmp_path: Path
) -> Callable[[str], Deployment]:
    """Return a function that prepares an environment's deployment."""

    def one(environment: str) -> Deployment:
        return Deployment(environment, tmp_path, terraform, emulator, report)

    return one


@pytest.fixture(scope="session", autouse=True)
def _no_aws_of_the_user() -> None:
    """Keep what the user has set for AWS and Terraform away from every process that a test starts."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "TF_"))]:
        if name != "TF_PLUGIN_CACHE_DIR":
            del os.environ[name]
