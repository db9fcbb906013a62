"""``make review``: plans with Terraform, says what the plans mean, and leaves nothing behind."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

from tests.harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tools.delivery.conftest import Project

PLAN = ROOT / "tests" / "review" / "plans" / "foreign" / "port.json"

TERRAFORM = """#!/bin/sh
for last; do :; done
case "$2" in
  init) ;;
  output) echo '{{"vpc_id": {{}}}}' ;;
  plan) {plan} ;;
  show) {show} ;;
esac
"""
"""Stands in for Terraform: what it was asked, it answers from a file."""


def terraform(folder: Path, plan: str, show: str = f"cat '{PLAN}'") -> str:
    script = folder / "terraform"
    script.write_text(TERRAFORM.format(plan=plan, show=show))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def test_a_plan_is_made_and_reviewed_and_goes(project: Project, tmp_path: Path) -> None:
    answer = project.make(
        "review",
        *("ENV=dev", "STACK=database", "FORMAT=json"),
        TERRAFORM_BINARY_NAME=terraform(tmp_path, 'touch "${last#-out=}"'),
        TMPDIR=str(tmp_path),
    )
    assert "planning dev-database" in answer.stderr
    assert answer.returncode == 0, answer.stderr
    review = json.loads(answer.stdout)
    assert review["plans"][0]["source"] == "dev-database.json"
    assert (review["environment"], review["threshold"]) == ("dev", "critical")
    assert not list(tmp_path.glob("aurora-review-*"))


def test_a_plan_that_fails_is_no_reason_to_go_on(project: Project, tmp_path: Path) -> None:
    answer = project.make(
        "review",
        *("ENV=dev", "STACK=database"),
        TERRAFORM_BINARY_NAME=terraform(tmp_path, "echo 'Error: no credentials' >&2; exit 1"),
    )
    assert answer.returncode != 0
    assert "Error: no credentials" in answer.stderr
    assert "Stop: planning dev-database fails" in answer.stdout
    assert "Error 3" in answer.stderr


def test_a_plan_that_cannot_be_shown_is_no_reason_to_go_on(project: Project, tmp_path: Path) -> None:
    answer = project.make(
        "review",
        *("ENV=dev", "STACK=database"),
        TERRAFORM_BINARY_NAME=terraform(tmp_path, 'touch "${last#-out=}"', "echo 'Error: no such plan' >&2; exit 1"),
        TMPDIR=str(tmp_path),
    )
    assert answer.returncode != 0
    assert "Error: no such plan" in answer.stderr
    assert "the plan of dev-database cannot be shown as JSON" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not list(tmp_path.glob("aurora-review-*"))
