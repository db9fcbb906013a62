"""A second opinion on our own stacks: of each tier, the plan that creates it, that of nothing, and that of a danger."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import ROOT, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Deployment

pytestmark = pytest.mark.e2e_wide

DANGERS = {
    "port": ("database:\n", "database:\n  port: 6432\n", "outage"),
    "protection": ("tier: production\n", "tier: production\nprotected: false\n", "guard-removed"),
}


def reviewed(deployed: Deployment, envs: Path, *stacks: str) -> tuple[int, dict[str, Any]]:
    """Plan stacks that were deployed before, and review the plans together, held against the file."""
    files = []
    for stack in stacks:
        plan = deployed.planned(stack)
        (deployed.place(stack) / "planned").unlink()
        file = deployed.folder / f"{stack}.json"
        file.write_text(json.dumps(plan))
        files += [str(file), "--stack", str(deployed.place(stack))]
    done = run("review", *files, "--env", deployed.environment, "--envs", str(envs), "--format", "json")
    assert done.returncode in (0, 3), done.stderr
    return done.returncode, json.loads(done.stdout)


def findings(review: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return severity, effect and rule of what is above ``none``."""
    found = [*review.get("findings", ())]
    for plan in review["plans"]:
        found += plan["findings"]
        for change in plan["changes"]:
            found += change["findings"]
    return [(one["severity"], one["effect"], one["rule"]) for one in found if one["severity"] != "none"]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_a_tier_is_born_at_rest_and_in_danger(
    environment: str, deploying: Callable[[str], Deployment], tmp_path: Path
) -> None:
    envs = tmp_path / "envs"
    shutil.copytree(ROOT / "envs", envs)
    deployed = deploying(environment)
    deployed.synthesize(envs)
    stacks = deployed.stacks(envs)
    for stack in stacks:
        deployed.run(stack, "init", "-input=false")
        code, review = reviewed(deployed, envs, stack)
        said = [one for one in findings(review) if one[0] != "low"]
        # Whoever is let in is worth a look, the function of access too, and in production an approval.
        assert set(said) <= {("medium", "access-widened", "ingress-widened")}, stack
        assert code == 0 or (said and environment == "prod"), stack
        deployed.apply(stack)
    # What a refresh fills in right after an apply is no drift.
    code, review = reviewed(deployed, envs, *stacks)
    assert (code, findings(review)) == (0, [])
    database = f"{environment}-database"
    file = envs / f"{environment}.yaml"
    before = file.read_text()
    for name, (old, new, effect) in DANGERS.items():
        if old not in before:
            continue
        file.write_text(before.replace(old, new, 1))
        deployed.synthesize(envs)
        code, review = reviewed(deployed, envs, database)
        assert effect in {one[1] for one in findings(review)}, (name, findings(review))
        assert code == 3 or environment == "dev", (name, findings(review))
