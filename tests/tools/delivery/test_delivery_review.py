"""``make review``: plans with Terraform, says what the plans mean, and leaves nothing behind."""

from __future__ import annotations

import json
import shutil
import stat
from typing import TYPE_CHECKING

import pytest

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
  show) cat '{shown}' ;;
esac
"""
"""Stands in for Terraform: what it was asked, it answers from a file."""


@pytest.fixture
def reviewing(project: Project) -> Project:
    (project.root / "node_modules").mkdir()
    shutil.copy(project.root / "package-lock.json", project.root / "node_modules" / ".locked")
    return project


def terraform(folder: Path, plan: str) -> str:
    script = folder / "terraform"
    script.write_text(TERRAFORM.format(plan=plan, shown=PLAN))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def test_a_plan_is_made_and_reviewed_and_goes(reviewing: Project, tmp_path: Path) -> None:
    answer = reviewing.make(
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


def test_a_plan_that_fails_is_no_reason_to_go_on(reviewing: Project, tmp_path: Path) -> None:
    answer = reviewing.make(
        "review",
        *("ENV=dev", "STACK=database"),
        TERRAFORM_BINARY_NAME=terraform(tmp_path, "echo 'Error: no credentials' >&2; exit 1"),
    )
    assert answer.returncode != 0
    assert "Error: no credentials" in answer.stderr
    assert "Stop: planning dev-database fails" in answer.stdout
    assert "Error 3" in answer.stderr
