"""The documented ways with `make`, and with the cdktf command line alone: a first deployment to taking down."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.conftest import CHANGED, UNCHANGED
from tests.harness import PATIENCE, ROOT
from tests.tools.delivery.conftest import Project, _node_modules, project, with_cdktf, with_terraform
from tools.emulator import deployment

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.terraform.terraform_runner import Terraform

__all__ = ["_node_modules", "project", "with_cdktf", "with_terraform"]

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Delivery:
    """A copy of the project, and the emulator's account that it delivers an environment to."""

    project: Project
    environment: str
    variables: dict[str, str]
    report: Callable[[str], None]

    def make(self, target: str, *arguments: str, expected: int = 0) -> str:
        """Run make without asking; return what was printed, without colours."""
        self.report(" ".join(["make", target, *arguments]))
        done = self.project.make(
            target,
            *arguments,
            f"ENV={self.environment}",
            "AUTO_APPROVE=1",
            **self.variables,
        )
        return self._checked(done, expected)

    def cdktf(self, *arguments: str) -> str:
        """Run the cdktf command line itself."""
        self.report(" ".join(["cdktf", *arguments]))
        return self._checked(self.project.cdktf(*arguments, **self.variables), 0)

    def terraform(self, stack: str, *arguments: str, expected: int = 0) -> str:
        """Run Terraform alone in a stack's folder."""
        self.report(f"{stack}: terraform {arguments[0]}")
        done = self.project.run("terraform", f"-chdir={self.project.stacks / stack}", *arguments, **self.variables)
        return self._checked(done, expected)

    def stacks(self) -> list[str]:
        """Return the environment's stacks in the order in which they are deployed."""
        return self.project.run(sys.executable, "main.py", "stacks", self.environment).stdout.split()

    def edit(self, old: str, new: str) -> None:
        """Change the environment's file."""
        file = self.project.root / "envs" / f"{self.environment}.yaml"
        text = file.read_text()
        assert text.count(old) == 1
        file.write_text(text.replace(old, new))

    def actions(self, stack: str) -> dict[str, list[str]]:
        """Plan a stack; return what would happen to each resource that is touched."""
        self.terraform(stack, "plan", "-out=planned")
        shown: dict[str, Any] = json.loads(self.terraform(stack, "show", "-json", "planned"))
        (self.project.stacks / stack / "planned").unlink()
        return {
            change["address"]: change["change"]["actions"]
            for change in shown["resource_changes"]
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    def github(self, job: str, name: str, expected: int = 0) -> str:
        """Run a step of the generated pipeline as GitHub's runner does; return its summary, or what it printed."""
        self.report(f"GitHub: {job}: {name}")
        root = self.project.root
        written = self.project.run(sys.executable, "main.py", "ci", "github")
        assert written.returncode == 0, written.stderr
        workflow = yaml.safe_load((root / ".github" / "workflows" / "aurora.yml").read_text())
        (step,) = [one for one in workflow["jobs"][job]["steps"] if one.get("name") == name]
        plain = {variable: value for variable, value in step["env"].items() if "${{" not in value}
        summary, script = root.parent / "summary.md", root.parent / "step.sh"
        summary.unlink(missing_ok=True)
        script.write_text(step["run"])
        done = self.project.run(
            *("bash", "--noprofile", "--norc", "-eo", "pipefail", script),
            **plain | {"ENV": self.environment, "GITHUB_STEP_SUMMARY": str(summary)} | self.variables,
        )
        printed = self._checked(done, expected)
        return summary.read_text() if summary.exists() else printed

    @staticmethod
    def _checked(done: subprocess.CompletedProcess[str], expected: int) -> str:
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", done.stdout + done.stderr)
        assert done.returncode == expected, text
        return text


@pytest.fixture
def delivering(
    with_terraform: Project, terraform: Terraform, emulator: str, report: Callable[[str], None]
) -> Callable[[str, str], Delivery]:
    """Return a function that prepares an environment's delivery."""

    def one(environment: str, account: str) -> Delivery:
        variables = deployment.variables(emulator, account)
        variables |= {"TF_CLI_CONFIG_FILE": str(terraform.configuration)}
        deployment.lend_archives(ROOT, with_terraform.root)
        return Delivery(dataclasses.replace(with_terraform, timeout=PATIENCE), environment, variables, report)

    return one


def test_production_from_the_first_deployment_to_the_last_step_of_its_teardown(
    delivering: Callable[[str, str], Delivery],
) -> None:
    prod = delivering("prod", "333333333333")
    states = prod.project.root / "terraform-state" / "experimentation" / "prod"

    # A first deployment, from zero.
    assert "make deploy ENV=prod STACK=state" in prod.make("plan", expected=2)
    prod.make("deploy", "STACK=state")
    before = json.loads((states / "state.tfstate").read_text())
    prod.edit("state:\n", "state:\n  migrated: true\n")
    prod.make("migrate-state")
    (states / "state.tfstate").unlink()
    assert "No changes" in prod.make("plan", "STACK=state")
    moved = json.loads(prod.terraform("prod-state", "state", "pull"))
    assert moved["resources"] == before["resources"]
    # By the pipeline that `make ci` writes, whose reviews and deployments come of the same project.
    prod.github("deploy", "Deploy")
    assert not list(states.glob("*"))
    harmless = prod.github("plan", "Plan and review")
    assert harmless.startswith("<!-- aurora-plan-review prod -->\n"), harmless
    assert "Harmless: nothing that needs a person" in harmless, harmless
    stacks = prod.stacks()
    assert stacks[0] == "prod-state"
    for stack in stacks:
        prod.terraform(stack, "plan", "-detailed-exitcode", expected=UNCHANGED)

    # Protected: nothing goes.
    refused = prod.make("destroy", expected=2)
    assert "prod-network is protected, so that Terraform refuses to destroy it" in refused, refused
    assert "`protected: false` in envs/prod.yaml" in refused
    assert "prevent_destroy" in prod.terraform("prod-database", "plan", "-destroy", expected=1)
    prod.terraform("prod-database", "plan", "-detailed-exitcode", expected=UNCHANGED)

    # The two steps: the first takes the protection away and touches nothing else.
    prod.edit("tier: production\n", "tier: production\nprotected: false\n")
    prod.project.run("make", "synth")
    touched = {stack: prod.actions(stack) for stack in stacks}
    assert {tuple(actions) for one in touched.values() for actions in one.values()} == {("update",)}
    assert touched["prod-state"] == {}
    prod.make("deploy")
    prod.make("destroy")
    for stack in stacks[1:]:
        assert prod.terraform(stack, "state", "list") == ""
    # The bucket has a switch of its own.
    prod.terraform("prod-state", "plan", "-detailed-exitcode", expected=UNCHANGED)


@pytest.mark.usefixtures("with_cdktf")
def test_development_with_the_cdktf_command_line_alone(delivering: Callable[[str, str], Delivery]) -> None:
    dev = delivering("dev", "111111111111")
    stacks = dev.stacks()
    dev.cdktf("synth")
    listed = dev.cdktf("list")
    assert all(stack in listed for stack in stacks)
    first = dev.cdktf("diff", stacks[0], "--skip-provider-lock")
    assert re.search(r"Plan: [1-9]\d* to add, 0 to change, 0 to destroy", first)
    dev.cdktf("deploy", *stacks, "--auto-approve", "--skip-provider-lock")
    for stack in stacks:
        assert "No changes" in dev.cdktf("diff", stack, "--skip-provider-lock")
    contract = dev.cdktf("output", *stacks, "--skip-provider-lock")
    assert "verify-full" in contract
    assert "experimentation-dev.cluster-" in contract
    # `make` does the same, and finds nothing to do.
    assert dev.make("plan").count("No changes") == len(stacks)
    assert "verify-full" in dev.make("output")
    dev.terraform("dev-network", "plan", "-destroy", "-detailed-exitcode", expected=CHANGED)
    dev.cdktf("destroy", *stacks, "--auto-approve", "--skip-provider-lock")
    for stack in stacks:
        assert dev.terraform(stack, "state", "list") == ""
