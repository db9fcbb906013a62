"""What the synthesized code says that no plan does, and code compared without a plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading.revision import stacks_at
from review.code import compared, read
from review.judge import judge
from tests.harness import ROOT, run
from tests.review.corpus import NOW
from tests.review.plans_by_hand import CLUSTER, RUNNING, entry, plan

if TYPE_CHECKING:
    from pathlib import Path

PROTECTED = {"resource": {"aws_rds_cluster": {"main": {"lifecycle": {"prevent_destroy": True}}}}}
BARE: dict[str, Any] = {"resource": {"aws_rds_cluster": {"main": {}}}}


def stack(folder: Path, document: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    (folder / "cdk.tf.json").write_text(json.dumps(document))
    return folder


def rules(folder: Path, *arguments: str) -> dict[str, str]:
    done = run("review", "--format", "json", "plan.json", *arguments, cwd=folder)
    assert done.returncode in (0, 3), done.stderr
    answer = json.loads(done.stdout)["plans"][0]
    findings = [one for change in answer["changes"] for one in change["findings"]] + answer["findings"]
    return {one["rule"]: one["severity"] for one in findings}


def test_prevent_destroy_that_goes_from_the_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(plan(entry(CLUSTER, ["no-op"], RUNNING, RUNNING)))
    stack(tmp_path / "before" / "prod", PROTECTED)
    after = stack(tmp_path / "after" / "prod", BARE)
    assert rules(tmp_path) == {}
    assert rules(tmp_path, "--stack", str(after), "--before", "before") == {"prevent-destroy-gone": "high"}


def test_prevent_destroy_that_goes_with_its_resource_is_worse(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(plan(entry(CLUSTER, ["delete"], RUNNING, None)))
    stack(tmp_path / "before" / "prod", PROTECTED)
    after = stack(tmp_path / "after" / "prod", {})
    found = rules(tmp_path, "--stack", str(after), "--before", "before")
    assert found["prevent-destroy-gone"] == "critical"


def test_prevent_destroy_that_stays_or_moves_is_no_news(tmp_path: Path) -> None:
    moved = entry("aws_rds_cluster.new", ["no-op"], RUNNING, RUNNING, previous_address=CLUSTER)
    (tmp_path / "plan.json").write_bytes(plan(moved))
    stack(tmp_path / "before" / "prod", PROTECTED)
    new = {"resource": {"aws_rds_cluster": {"new": {"lifecycle": {"prevent_destroy": True}}}}}
    after = stack(tmp_path / "after" / "prod", new)
    assert rules(tmp_path, "--stack", str(after), "--before", "before") == {"moved": "none"}


def test_the_code_of_a_commit_is_synthesized_as_it_was(tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert run("synth", "prod", "--output", str(output)).returncode == 0
    (tmp_path / "plan.json").write_bytes(plan())
    done = run(
        "review",
        str(tmp_path / "plan.json"),
        "--env",
        "prod",
        "--stack",
        str(output / "stacks" / "prod-database"),
        "--before",
        "no-such-branch",
    )
    assert (done.returncode, done.stderr) == (2, "--before: 'no-such-branch' is no commit of this repository\n")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository: there is no commit to compare with")
def test_the_code_of_a_commit_is_held_against_what_was_planned() -> None:
    stacks = stacks_at(ROOT, "HEAD", "prod")
    assert "prod-database" in stacks
    assert "aws_rds_cluster.aurora" in read(stacks["prod-database"]).protected
    assert stacks_at(ROOT, "HEAD", "no-such-environment") == {}


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one.rule, one.effect) for one in judge([compared(before, after, "prod")], now=NOW).open}


def one(**arguments: Any) -> dict[str, Any]:
    return {"resource": {"aws_rds_cluster": {"main": {"engine": "aurora-postgresql", **arguments}}}}


def test_code_is_compared_by_the_same_rules_without_a_plan() -> None:
    assert changed(one(port=5432), one(port=6432)) == {("rds_cluster.port", "outage")}
    assert changed(one(backup_retention_period=7), one(backup_retention_period=14)) == set()
    replaced = {rule for rule, _ in changed(one(database_name="a"), one(database_name="b"))}
    assert "replacement" in replaced
    assert changed(one(port=5432), one(port=5432, tags={"a": "b"})) == set()
