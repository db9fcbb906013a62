"""Golden files: what must never change unseen. A moved address in a review of these files is a replacement.

``make golden`` writes them anew.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.harness import ENVIRONMENTS, ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Synthesized

GOLDEN = ROOT / "tests" / "golden"

STACKS = {
    "shipped": (
        *("dev-network", "dev-database", "dev-access", "dev-monitoring"),
        *("staging-state", "staging-network", "staging-database", "staging-access", "staging-monitoring"),
        *("prod-state", "prod-network", "prod-database", "prod-access", "prod-monitoring"),
    ),
    "examples": (
        *("serverless-network", "serverless-database", "serverless-monitoring"),
        *("existing-vpc-database", "existing-vpc-access", "existing-vpc-monitoring"),
        *("maximal-state", "maximal-network", "maximal-database", "maximal-access", "maximal-monitoring"),
        *("adopted-database", "adopted-monitoring", "restored-network", "restored-database", "restored-monitoring"),
        *("grown-network", "grown-database", "grown-access", "grown-monitoring"),
        *("replaced-network", "replaced-database", "replaced-database-two", "replaced-access", "replaced-monitoring"),
    ),
}


@pytest.mark.parametrize(("fixture", "stack"), [(fixture, stack) for fixture, all_ in STACKS.items() for stack in all_])
def test_synthesized_json_is_the_golden_file(fixture: str, stack: str, request: pytest.FixtureRequest) -> None:
    synthesized: Synthesized = request.getfixturevalue(fixture)
    fresh = (synthesized.output / "stacks" / stack / "cdk.tf.json").read_text()
    golden = GOLDEN / stack / "cdk.tf.json"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(fresh)
    assert fresh == golden.read_text()


@pytest.mark.parametrize(("fixture", "envs"), [("shipped", ROOT / "envs"), ("examples", ENVIRONMENTS)])
@pytest.mark.long
def test_what_is_left_alone_and_what_is_made_afresh_are_the_same(
    fixture: str, envs: Path, request: pytest.FixtureRequest
) -> None:
    output = request.getfixturevalue(fixture).output
    made = _contents(output)
    for options in ([], ["--fresh"]):
        again = run("synth", *options, "--envs", str(envs), "--output", str(output))
        assert again.returncode == 0, again.stderr
        assert _contents(output) == made


def _contents(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in sorted(output.rglob("*")) if path.is_file()}


def test_every_stack_has_a_golden_file_and_no_other(shipped: Synthesized, examples: Synthesized) -> None:
    assert sorted([*shipped.stacks, *examples.stacks]) == sorted(path.name for path in GOLDEN.iterdir())
