"""Every stack of an environment for real: validated, planned, applied, planned again without a change, destroyed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tests import secret_scan
from tests.e2e.conftest import CHANGED, UNCHANGED
from tests.harness import ENVIRONMENTS, ROOT
from tools.emulator import deployment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Deployment

pytestmark = pytest.mark.e2e

GOLDEN = ROOT / "tests" / "golden"


def checksum(stack: Path) -> str:
    return hashlib.sha256((stack / "cdk.tf.json").read_bytes()).hexdigest()


def managed(deploying: Deployment, stack: str) -> list[str]:
    """Return the addresses of what a stack's state has."""
    return deploying.run(stack, "state", "list").split()


def secrets_found(deployed: Deployment, stacks: list[str]) -> list[str]:
    """Scan what was synthesized, the states, and each stack's plan."""
    for stack in stacks:
        plan = deployed.planned(stack)
        (deployed.place(stack) / "planned").unlink()
        (deployed.folder / f"{stack}.json").write_text(json.dumps(plan))
    schemas = json.loads(deployed.run(stacks[0], "providers", "schema", "-json"))
    scanned = secret_scan.scan(deployed.folder, sensitive=secret_scan.sensitive_arguments(schemas))
    assert len(list(deployed.folder.rglob("*.tfstate"))) >= len(stacks)
    return [str(finding) for finding in scanned.findings]


@pytest.mark.parametrize(("environment", "envs"), [("dev", ROOT / "envs"), ("serverless", ENVIRONMENTS)])
def test_environment_is_deployed_planned_without_a_change_and_destroyed(
    environment: str, envs: Path, deploying: Callable[[str], Deployment]
) -> None:
    deployed = deploying(environment)
    synthesized = deployed.synthesize(envs)
    stacks = deployed.stacks(envs)
    assert sorted(stacks) == synthesized.stacks
    for stack in stacks:
        deployed.run(stack, "init", "-input=false")
        assert json.loads(deployed.run(stack, "validate", "-json"))["diagnostics"] == []
        deployed.run(stack, "plan", "-detailed-exitcode", expected=CHANGED)
        deployed.apply(stack)
        deployed.run(stack, "plan", "-detailed-exitcode", expected=UNCHANGED)
    assert secrets_found(deployed, stacks) == []
    for stack in reversed(stacks):
        deployed.run(stack, "destroy", "-auto-approve")
        assert managed(deployed, stack) == []
    # What was deployed is what is reviewed, byte for byte.
    assert {stack: checksum(deployed.place(stack)) for stack in stacks} == {
        stack: checksum(GOLDEN / stack) for stack in stacks
    }


def test_parameters_that_leave_the_file_leave_the_group(deploying: Callable[[str], Deployment], tmp_path: Path) -> None:
    """The provider asks RDS to reset them."""
    deployed = deploying("dev")
    stack, group = "dev-database", "aws_rds_cluster_parameter_group.cluster"
    plain = (ROOT / "envs" / "dev.yaml").read_text()
    (tmp_path / "envs").mkdir()
    found = []
    for parameters in ("{work_mem: 8192, random_page_cost: 2}", "{work_mem: 8192}"):
        text = plain.replace("database:\n", f"database:\n  parameters: {parameters}\n", 1)
        (tmp_path / "envs" / "dev.yaml").write_text(text)
        deployed.synthesize(tmp_path / "envs")
        deployed.run(stack, "init", "-input=false")
        deployed.run(stack, "apply", "-auto-approve", f"-target={group}")
        deployed.run(stack, "plan", "-detailed-exitcode", f"-target={group}", expected=UNCHANGED)
        state = json.loads(deployed.run(stack, "show", "-json"))["values"]["root_module"]["resources"]
        (values,) = [one["values"] for one in state if one["address"] == group]
        found.append({one["name"]: one["value"] for one in values["parameter"]})
    before, after = found
    assert before.keys() - after.keys() == {"random_page_cost"}
    assert before["work_mem"] == after["work_mem"] == "8192"


def test_another_account_is_refused(deploying: Callable[[str], Deployment], monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = deploying("dev")
    deployed.synthesize(ROOT / "envs")
    deployed.run("dev-network", "init", "-input=false")
    monkeypatch.setattr(deployment, "account_id", lambda _: "999999999999")
    with pytest.raises(deployment.FailedError, match="AWS account ID not allowed: 999999999999"):
        deployed.apply("dev-network")
