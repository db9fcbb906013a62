"""Somebody else's Aurora: applied to the emulator, changed in a hundred ways, and each plan reviewed.

``UPDATE_PLANS=1`` keeps the plans, trimmed, for the tests that need neither Terraform nor an emulator.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.review_scenarios import ACCOUNT, HARMLESS, MODULE, RISKY, ROOT, Scenario
from tests.harness import ROOT as PROJECT
from tests.harness import merged
from tests.review.corpus import mistakes, slug
from tests.review.trimming import kept
from tools.emulator import deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.e2e_wide

APPLIED = "applied"
"""The module that is applied; every scenario starts from its state."""

PLANS = PROJECT / "tests" / "review" / "plans" / "foreign"


def write(folder: Path, scenarios: Mapping[str, Scenario]) -> None:
    """Write a configuration of which each scenario is a module, changed as it says."""
    root = {key: ROOT[key] for key in ("terraform", "provider")}
    root["module"] = {name: {"source": f"./{name}"} for name in scenarios}
    (folder / "main.tf.json").write_text(json.dumps(root))
    own = {key: value for key, value in ROOT.items() if key not in root or key == "module"}
    for name, scenario in scenarios.items():
        (folder / name / "aurora").mkdir(parents=True, exist_ok=True)
        (folder / name / "main.tf.json").write_text(configuration(own, scenario.root))
        (folder / name / "aurora" / "main.tf.json").write_text(configuration(MODULE, scenario.module))


def configuration(base: dict[str, Any], changes: dict[str, Any]) -> str:
    """Return a configuration with changes; a type of which nothing is left goes, for Terraform wants a name there."""
    changed = merged(base, changes)
    changed["resource"] = {kind: named for kind, named in changed["resource"].items() if named}
    return json.dumps({key: value for key, value in changed.items() if value})


def states(applied: dict[str, Any], scenarios: Mapping[str, Scenario]) -> dict[str, Any]:
    """Return the state of what was applied once, again for each scenario, changed as it says."""
    resources = []
    for name, scenario in scenarios.items():
        left = dict(scenario.state)
        for resource in copy.deepcopy(applied["resources"]):
            inner = resource["module"].removeprefix(f"module.{APPLIED}").removeprefix(".")
            resource["module"] = f"module.{name}.{inner}" if inner else f"module.{name}"
            for one in resource["instances"]:
                one["dependencies"] = []
                key = one.get("index_key")
                index = "" if key is None else f"[{json.dumps(key)}]"
                address = f"{inner}." * bool(inner) + f"{resource['type']}.{resource['name']}{index}"
                one["attributes"].update(left.pop(address, {}))
            resources.append(resource)
        assert left == {}, scenario.title
    return {**applied, "resources": resources, "outputs": {}}


def of_scenario(plan: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what a plan has of one scenario, as if it had been planned alone."""
    prefix = f"module.{name}."
    alone = {key: plan[key] for key in ("format_version", "terraform_version", "complete", "applyable") if key in plan}
    alone["resource_changes"] = [
        {
            key: value.removeprefix(prefix) if key in ("address", "previous_address") else value
            for key, value in entry.items()
            if key != "module_address"
        }
        for entry in plan["resource_changes"]
        if entry["address"].startswith(prefix)
    ]
    return alone


def test_the_review_names_every_danger_and_nothing_else(
    terraform: Terraform, emulator: str, report: Callable[[str], None], tmp_path: Path
) -> None:
    account = deployment.variables(emulator, ACCOUNT)
    variables = deployment.surroundings() | account | {"TF_CLI_CONFIG_FILE": str(terraform.configuration)}

    def run(*arguments: str) -> str:
        report(arguments[0])
        done = subprocess.run(
            [terraform.executable, *arguments], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
        return done.stdout

    write(tmp_path, {APPLIED: Scenario("applied")})
    run("init", "-input=false")
    run("apply", "-auto-approve", "-input=false")
    applied = json.loads((tmp_path / "terraform.tfstate").read_text())
    scenarios = {f"s{number:03}": scenario for number, scenario in enumerate((*RISKY, *HARMLESS))}
    write(tmp_path, scenarios)
    (tmp_path / "terraform.tfstate").write_text(json.dumps(states(applied, scenarios)))
    # One plan of all of them: reading the provider's schema is most of what a plan costs.
    run("init", "-input=false")
    run("plan", "-out=planned", "-lock=false", "-refresh=false", "-input=false")
    whole = json.loads(run("show", "-json", "planned"))
    wrong = []
    for name, scenario in scenarios.items():
        plan = kept(of_scenario(whole, name))
        if os.environ.get("UPDATE_PLANS") == "1":
            PLANS.mkdir(parents=True, exist_ok=True)
            (PLANS / f"{slug(scenario.title)}.json").write_text(plan)
        wrong += [f"{scenario.title}: {one}" for one in mistakes(plan.encode(), scenario.expected)]
    assert wrong == []
