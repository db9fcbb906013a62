"""What the provider asks of AWS when an environment is created, changed and taken away: renewed by ``make requests``.

The environment has everything that the emulator can hold; its states are in its own bucket, as those of teams are.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from catalog import deployer, tables
from tests import harness
from tests.e2e.asked import asked, table
from tools.emulator import deployment, process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Deployment
    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.e2e_wide

ENVIRONMENT = "everything"

FILES = [harness.ROOT / "tests" / "e2e" / "recorded" / one for one in ("first", "changed")]
"""Folders of the environment's file: as it is created, and as it is changed."""

HEAD = """\
# What hashicorp/aws 5.100.0 asks of AWS for each type of an Aurora environment's resources, Terraform for its state:
# recorded by make requests since 2026-11, never written by hand. Columns plan and apply: the types for which it was
# asked while Terraform read and planned, and while it created, changed or deleted; named: what it named of its service.
service\toperation\tplan\tapply\tnamed
"""


def prepared(deployed: Deployment, envs: Path) -> list[str]:
    """Write the stacks and return their names in their order; the states are in the bucket, but for its own."""
    output = deployed.folder / "cdktf.out"
    harness.synthesized(envs, output, ENVIRONMENT)
    deployment.lend_archives(harness.ROOT, deployed.folder)
    state, *others = deployed.stacks(envs)
    deployment.keep_state_at_hand(deployed.place(state), ENVIRONMENT)
    return [state, *others]


def attempted(deployed: Deployment, stack: str, *arguments: str) -> None:
    """Run Terraform on a stack; what the emulator does not have fails, having been asked."""
    deployed.report(f"{stack}: {arguments[0]}")
    subprocess.run(
        [deployed.terraform.executable, *arguments],
        cwd=deployed.place(stack),
        env=deployed.variables(stack) | deployment.saying(arguments[0]),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def test_what_is_asked_is_recorded(
    deploying: Callable[[str], Deployment], terraform: Terraform, report: Callable[[str], None], tmp_path: Path
) -> None:
    del terraform, report
    requests, log = tmp_path / "requests.jsonl", tmp_path / "provider.log"
    with process.running(tmp_path / "log", requests=requests) as address:
        # What the emulator does not have is asked twice, not for minutes.
        more = {"AWS_MAX_ATTEMPTS": "2", "TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": str(log)}
        deployed = dataclasses.replace(deploying(ENVIRONMENT), emulator=address, more=more)
        for envs in FILES:
            stacks = prepared(deployed, envs)
            for stack in stacks:
                attempted(deployed, stack, "init", "-input=false", "-reconfigure")
                attempted(deployed, stack, "apply", "-auto-approve")
                attempted(deployed, stack, "plan")
        for stack in reversed(stacks):
            attempted(deployed, stack, "destroy", "-auto-approve")
    found = asked([requests], [log])
    recorded = tables.path("deployer_requests")
    if os.environ.get("UPDATE_REQUESTS") == "1":
        recorded.write_text(HEAD + table(found))
        deployer.requests.cache_clear()
    known = {(one.service, one.operation): one for one in deployer.requests()}
    new = [
        f"{service}:{operation} by {kind} to {role}"
        for (service, operation), one in found.items()
        for role in deployer.ROLES
        for kind in one.types[role]
        if (service, operation) not in known or kind not in known[service, operation].types[role]
    ]
    assert new == [], "\n".join(["not in catalog/data/deployer_requests.tsv:", *new])
