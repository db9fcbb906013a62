"""What is printed: escaped for where it is printed, cut below the host's limit, the same each time."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from review.judge import RULES
from review.reference import BEGIN, reference
from review.rendering.markdown import LIMIT, as_markdown, marker
from review.rendering.text import as_text
from tests.harness import ROOT, run
from tests.review.corpus import reviewed
from tests.review.plans_by_hand import CLUSTER, INSTANCE, MEMBER, RUNNING, entry, plan, updated

if TYPE_CHECKING:
    from pathlib import Path

PLANS = ROOT / "tests" / "review" / "plans"
GOLDEN = ROOT / "tests" / "review" / "golden"

EVIL = (
    "x`](https://evil.example) <img src=x onerror=alert(1)> @team #1 | **b**\n::error file=a::b%0A\n"
    "\x1b[31mred\x1b[0m \u202eevil\u200b \ud800 \x00 <!-- --> </details>"
)
"""Markdown, HTML, a mention, a workflow command, colours, a mark of direction, half a character, NUL."""


def evil_plan() -> bytes:
    rename = f'aws_rds_cluster.main["{EVIL}"]'
    return plan(
        {**updated(CLUSTER, RUNNING, port=EVIL), "address": rename},
        entry("aws_security_group.a", ["delete"], {"id": EVIL, "name": EVIL}, None, action_reason=EVIL),
        {**entry(INSTANCE, ["delete"], {**MEMBER, "cluster_identifier": EVIL}, None)},
    )


@pytest.mark.parametrize("style", ["text", "markdown", "json", "sarif", "github"])
def test_what_a_plan_says_never_becomes_a_command(style: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(evil_plan())
    done = run("review", "--format", style, "plan.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert "\x1b" not in done.stdout
    assert "\x00" not in done.stdout
    assert "\u202e" not in done.stdout
    assert not any(line.startswith("::error file=a") for line in done.stdout.splitlines())
    if style == "github":
        assert all(re.match(r"::(error|warning|notice) ", line) for line in done.stdout.splitlines())
        assert "%0A" not in done.stdout.replace("%250A", "")
    if style == "markdown":
        outside = re.sub(r"(`+).*?\1", "", done.stdout, flags=re.DOTALL)
        assert "evil" not in outside
        assert "<img" not in outside
        assert "@team" not in outside


def test_the_json_is_as_its_schema_says() -> None:
    schema = json.loads((ROOT / "docs" / "review.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    done = run("review", "--format", "json", str(PLANS / "changes" / "a-new-major-version.database.json"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(done.stdout))


def many(count: int) -> bytes:
    member = {**MEMBER, "id": "a" * 60}
    return plan(
        *(
            updated(f'module.m["{number}"].aws_rds_cluster_instance.x', member, instance_class="db.r6g.xlarge")
            for number in range(count)
        )
    )


def test_a_comment_is_cut_below_the_limit_and_says_so() -> None:
    text = as_markdown(reviewed(many(400)), "medium", "by default", name="prod")
    assert len(text) < LIMIT
    assert text.startswith(marker("prod"))
    assert "This is not all of it" in text
    assert text.count("<details>") == text.count("</details>")
    short = as_markdown(reviewed(many(5)), "medium", "by default", name="prod")
    assert "This is not all of it" not in short


def test_a_marker_closes_no_comment() -> None:
    assert marker("a --> b") == "<!-- aurora-plan-review a -- b -->"


def test_colours_are_for_terminals_only() -> None:
    review = reviewed(many(1))
    assert "\x1b[" in as_text(review, "medium", "by default", colour=True)
    assert "\x1b[" not in as_text(review, "medium", "by default", colour=False)
    painted = re.sub(r"\x1b\[[0-9;]*m", "", as_text(review, "medium", "by default", colour=True))
    assert painted == as_text(review, "medium", "by default", colour=False)


def test_annotations_are_as_many_as_the_host_shows(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(many(40))
    lines = run("review", "--format", "github", "plan.json", cwd=tmp_path).stdout.splitlines()
    assert len([line for line in lines if line.startswith("::error ")]) == 10
    assert "31 more are in the whole review" in lines[-1]


def test_sarif_points_at_the_line_of_the_environment_file(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(plan(updated("aws_rds_cluster.aurora", RUNNING, backup_retention_period=7)))
    log: dict[str, Any] = json.loads(
        run("review", "--format", "sarif", "--env", "prod", str(tmp_path / "plan.json")).stdout
    )
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    line = (ROOT / "envs" / "prod.yaml").read_text().splitlines()[place["region"]["startLine"] - 1]
    assert place["artifactLocation"]["uri"] == "envs/prod.yaml"
    assert "retention_days" in line
    assert result["ruleId"] == "rds_cluster.backup_retention_period"
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize("name", ["a-new-major-version.database", "one-instance-less.database", "no-op.database"])
def test_the_comment_is_the_golden_one(name: str) -> None:
    text = as_markdown(reviewed((PLANS / "changes" / f"{name}.json").read_bytes()), "medium", "by default", name="prod")
    golden = GOLDEN / f"{name}.md"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()


def test_the_document_has_every_rule_and_argument() -> None:
    kept = (ROOT / "docs" / "review.md").read_text()
    assert BEGIN + kept.partition(BEGIN)[2] == reference()


def test_no_rule_is_named_twice() -> None:
    names = [rule.identifier for rule in RULES]
    assert len(names) == len(set(names))
