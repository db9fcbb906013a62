"""Approvals: one very change, once, until a day; and what is wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import run
from tests.review.plans_by_hand import CLUSTER, RUNNING, plan, updated

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

MOMENT = "1795694400"
"""2026-11-26 12:00 UTC."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.json").write_bytes(plan(updated(CLUSTER, RUNNING, port=6432)))
    return tmp_path


def review(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("review", "--format", "json", "plan.json", *arguments, cwd=folder, SOURCE_DATE_EPOCH=MOMENT)


def finding(folder: Path) -> dict[str, Any]:
    (change,) = json.loads(review(folder).stdout)["plans"][0]["changes"]
    (found,) = change["findings"]
    return dict(found)


def approve(folder: Path, **changes: str) -> Path:
    found = finding(folder)
    approval = {
        "rule": found["rule"],
        "address": found["address"],
        "fingerprint": found["fingerprint"],
        "reason": "Agreed with everybody who connects",
        "who": "ada@example.com",
        "expires": "2026-11-26",
        **changes,
    }
    (folder / "approvals").mkdir(exist_ok=True)
    file = folder / "approvals" / "prod.yaml"
    file.write_text(json.dumps({"approvals": [{key: value for key, value in approval.items() if value}]}))
    return file


def test_an_approval_lets_the_very_change_through(folder: Path) -> None:
    assert review(folder).returncode == 3
    done = review(folder, "--approvals", str(approve(folder)))
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["verdict"] == "harmless"
    assert answer["plans"][0]["changes"][0]["findings"][0]["approved"].startswith("ada@example.com: ")


def test_another_value_is_another_change(folder: Path) -> None:
    file = approve(folder)
    (folder / "plan.json").write_bytes(plan(updated(CLUSTER, RUNNING, port=6433)))
    done = review(folder, "--approvals", str(file))
    assert done.returncode == 2
    assert "approves another change than this plan's" in done.stderr
    assert finding(folder)["fingerprint"] in done.stderr


def test_one_that_was_applied_is_unused(folder: Path) -> None:
    file = approve(folder)
    (folder / "plan.json").write_bytes(plan())
    done = review(folder, "--approvals", str(file))
    assert done.returncode == 2
    assert done.stderr.startswith("approvals/prod.yaml:1: ")
    assert "take it out" in done.stderr


def test_one_that_has_expired_counts_no_more(folder: Path) -> None:
    done = review(folder, "--approvals", str(approve(folder, expires="2026-11-25")))
    assert done.returncode == 2
    assert "expired on 2026-11-25" in done.stderr


def test_the_same_change_of_tags_is_no_other_change(folder: Path) -> None:
    file = approve(folder)
    (folder / "plan.json").write_bytes(
        plan(updated(CLUSTER, {**RUNNING, "tags": {"a": "b"}}, port=6432, tags={"a": "c"}))
    )
    assert review(folder, "--approvals", str(file)).returncode == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": "because"}, "is no reason"),
        ({"expires": "soon"}, "is not a day"),
        ({"expires": "2026-02-30"}, "is not a day"),
        ({"fingerprint": "abc"}, "is not 16 hexadecimal digits"),
        ({"who": ""}, "who: is missing"),
        ({"until": "2026-12-01"}, "until: is not known"),
    ],
)
def test_a_wrong_approval_is_said_with_its_place(folder: Path, changes: dict[str, str], said: str) -> None:
    done = review(folder, "--approvals", str(approve(folder, **changes)))
    assert (done.returncode, done.stdout) == (2, "")
    assert "approvals/prod.yaml:1: approvals[0]" in done.stderr
    assert said in done.stderr
