"""``make plan``: Terraform itself, two stacks at once, shown in their order and ended with their user."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.harness import BASE, PATIENCE, eventually, sampled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.terraform.terraform_runner import Terraform
    from tests.tools.delivery.conftest import Project

OFFLINE = {
    "terraform": {"backend": {"local": {"path": "offline.tfstate"}}},
    "provider": {
        "aws": [
            {
                "access_key": "none",
                "secret_key": "none",
                "allowed_account_ids": None,
                "skip_credentials_validation": True,
                "skip_metadata_api_check": "true",
                "skip_region_validation": True,
                "skip_requesting_account_id": True,
            }
        ]
    },
}
"""What lets the AWS provider plan a creation without AWS."""

ACCEPTED = [{"warning": "local-state", "reason": "a test's own"}]

STAND_IN = """#!/bin/sh
notes='{notes}'
folder="${{1#-chdir=}}"
stack=$(basename "$folder")
echo "$stack $2" >> "$notes/calls"
case "$stack $2" in
  *" init") cp "$folder/.terraform.lock.hcl" "$notes/$stack.before" 2>/dev/null
    [ -e "$folder/.terraform.lock.hcl" ] || echo "chosen for $stack" > "$folder/.terraform.lock.hcl"
    mkdir -p "$folder/.terraform" && touch "$folder/.terraform/terraform.tfstate" ;;
  *" output") echo '{outputs}' ;;
  {cases}
  *" plan") echo "plan of $stack: $*"; touch "$notes/$stack.planned" ;;
esac
"""
"""Stands in for Terraform and notes what it was asked."""


def stand_in(notes: Path, cases: str = "", outputs: str = '{"one": {"value": 1, "sensitive": false}}') -> str:
    script = notes / "terraform"
    script.write_text(STAND_IN.format(notes=notes, cases=cases, outputs=outputs))
    script.chmod(0o755)
    return str(script)


def planned(project: Project, terraform: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return project.make("plan", *(arguments or ("ENV=dev",)), TERRAFORM_BINARY_NAME=terraform)


@pytest.fixture
def without_function(project: Project) -> Project:
    """Return the project with a dev of two stacks, its network and its database, that need no archive."""
    text = json.dumps(BASE | {"monitoring": {"enabled": False}, "accept": ACCEPTED})
    (project.root / "envs" / "dev.yaml").write_text(text)
    return project


def test_two_stacks_are_planned_at_once_and_shown_in_order(without_function: Project, tmp_path: Path) -> None:
    waits = f'"dev-network plan") while [ ! -e "{tmp_path}/dev-database.planned" ]; do sleep 0.05; done; echo first ;;'
    result = planned(without_function, stand_in(tmp_path, waits))
    assert result.returncode == 0, result.stderr
    assert result.stdout.index("\ndev-network\n\nfirst") < result.stdout.index("\ndev-database\n\nplan of dev-database")
    assert {"planning dev-network", "planning dev-database"} <= set(result.stderr.splitlines())


@pytest.mark.long
def test_what_is_piped_has_no_colours(without_function: Project, tmp_path: Path) -> None:
    result = planned(without_function, stand_in(tmp_path), "ENV=dev", "STACK=database")
    assert re.search(r"plan of dev-database: -chdir=.*/dev-database plan -input=false -no-color\n", result.stdout)


@pytest.mark.long
def test_all_stacks_take_the_provider_of_the_first(without_function: Project, tmp_path: Path) -> None:
    result = planned(without_function, stand_in(tmp_path))
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "dev-network.before").exists()
    assert (tmp_path / "dev-database.before").read_text() == "chosen for dev-network\n"
    # And keep the one they have.
    lock = without_function.stacks / "dev-database" / ".terraform.lock.hcl"
    lock.write_text("its own\n")
    planned(without_function, stand_in(tmp_path))
    assert lock.read_text() == "its own\n"


INITIALIZED_AT_ONCE = """
"dev-network init") while [ ! -e '{notes}/dev-database.begun' ]; do sleep 0.05; done; touch '{notes}/together' ;;
"dev-database init") touch '{notes}/dev-database.begun' ;;
"""


def test_nobody_waits_for_a_first_stack_that_has_its_provider(without_function: Project, tmp_path: Path) -> None:
    assert planned(without_function, stand_in(tmp_path)).returncode == 0
    network = without_function.stacks / "dev-network"
    providers = network / ".terraform" / "providers" / "registry.terraform.io" / "hashicorp" / "aws"
    (providers / "5.100.0").mkdir(parents=True)
    platform = providers / "5.100.0" / "linux_amd64"
    platform.symlink_to(tmp_path)
    for stack in ("dev-network", "dev-database"):
        (without_function.stacks / stack / ".terraform.lock.hcl").write_text('  version     = "5.100.0"\n')
    waiting = stand_in(tmp_path, 'esac\ncase "$stack $2" in' + INITIALIZED_AT_ONCE.format(notes=tmp_path))
    assert planned(without_function, waiting).returncode == 0
    assert (tmp_path / "together").exists()
    # Of a version that was chosen since, and of a link to what has gone, there is nothing yet.
    for harm in ("version", "link"):
        (tmp_path / "calls").unlink()
        (tmp_path / "dev-database.before").unlink(missing_ok=True)
        if harm == "version":
            for stack in ("dev-network", "dev-database"):
                (without_function.stacks / stack / ".terraform.lock.hcl").write_text('  version     = "6.0.0"\n')
        else:
            platform.unlink()
            platform.symlink_to(tmp_path / "gone")
        alone = 'esac\ncase "$stack $2" in\n' + f'*" init") sleep 0.3; echo "$stack ended" >> \'{tmp_path}/calls\' ;;'
        assert planned(without_function, stand_in(tmp_path, alone)).returncode == 0
        calls = (tmp_path / "calls").read_text().splitlines()
        assert calls.index("dev-network ended") < calls.index("dev-database init"), harm


def test_what_a_stack_has_is_asked_once(without_function: Project, tmp_path: Path) -> None:
    (without_function.root / "envs" / "dev.yaml").write_text(json.dumps(BASE | {"accept": ACCEPTED}))
    assert planned(without_function, stand_in(tmp_path)).returncode == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert {name: calls.count(name) for name in calls if name.endswith(" output")} == {
        "dev-network output": 1,
        "dev-database output": 1,
    }


@pytest.mark.long
def test_what_can_be_planned_is_shown_before_what_cannot(without_function: Project, tmp_path: Path) -> None:
    result = planned(without_function, stand_in(tmp_path, outputs="{}"))
    assert result.returncode != 0
    assert "plan of dev-network" in result.stdout
    assert "plan of dev-database" not in result.stdout
    assert result.stderr.splitlines()[-2] == (
        "dev-database cannot be planned yet because it reads the outputs of dev-network: "
        "deploy dev-network first, with `make deploy ENV=dev STACK=network`"
    )


def test_a_plan_that_fails_ends_the_command_with_what_terraform_says(without_function: Project, tmp_path: Path) -> None:
    fails = '"dev-network plan") echo "Error: no such bucket" >&2; exit 1 ;;'
    result = planned(without_function, stand_in(tmp_path, fails))
    assert result.returncode != 0
    assert "\ndev-network\n\nError: no such bucket" in result.stdout
    assert "plan of dev-database" not in result.stdout


@pytest.mark.parametrize(
    "number", sampled((signal.SIGHUP, signal.SIGTERM), signal.SIGHUP), ids=lambda number: number.name
)
def test_a_signal_ends_every_plan_that_runs_and_none_begins(
    without_function: Project, tmp_path: Path, number: signal.Signals
) -> None:
    held = f'"{tmp_path}/$stack.pid"'
    trapped = f"trap 'rm {held}; exit 1' TERM"
    holds = f'"dev-network plan"|"dev-database plan") echo $$ > {held}; {trapped}; while :; do sleep 0.05; done ;;'
    root = without_function.root
    variables = os.environ | {"ENV": "dev", "STACK": "", "TERRAFORM_BINARY_NAME": stand_in(tmp_path, holds)}
    command = [sys.executable, "-m", "tools.delivery", "plan"]
    with subprocess.Popen(command, cwd=root, env=variables, stdout=subprocess.DEVNULL) as process:
        eventually(lambda: len([*tmp_path.glob("*.pid")]) == 2 or process.poll() is not None)
        process.send_signal(number)
        code = process.wait(timeout=PATIENCE)
    assert code == 128 + number
    assert not [*tmp_path.glob("*.pid")]
    assert (tmp_path / "calls").read_text().split("\n").count("dev-network plan") == 1


@pytest.mark.terraform
@pytest.mark.long
def test_a_first_stack_is_planned_by_the_real_terraform(
    with_terraform: Project, terraform: Terraform, tmp_path: Path
) -> None:
    folder = with_terraform.stacks / "dev-network"
    folder.mkdir(parents=True)
    (folder / "offline_override.tf.json").write_text(json.dumps(OFFLINE))
    result = with_terraform.make(
        "plan", "ENV=dev", "STACK=network", TF_CLI_CONFIG_FILE=str(terraform.configuration), HOME=str(tmp_path)
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"Plan: [1-9]\d* to add, 0 to change, 0 to destroy", result.stdout)
    assert "\x1b" not in result.stdout
    assert (folder / "offline_override.tf.json").exists()
