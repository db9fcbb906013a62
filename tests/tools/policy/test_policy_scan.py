"""Every stack passes the policy scanner but for its waivers, and the scanner sees what it has to see."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.harness import PATIENCE, ROOT
from tests.tools.policy import seeds
from tools.policy import judgement, scanner
from tools.policy.waivers import WAIVERS

if TYPE_CHECKING:
    from pathlib import Path

    from tools.policy.scanner import Report
    from tools.policy.stacks import Stack

pytestmark = pytest.mark.long

EVALUATED = {
    # What production is expected to be checked for: a check that cannot decide leaves no trace in the report.
    "prod-database": {
        *("CKV_AWS_7", "CKV_AWS_17", "CKV_AWS_23", "CKV_AWS_33", "CKV_AWS_60", "CKV_AWS_66", "CKV_AWS_96"),
        *("CKV_AWS_118", "CKV_AWS_133", "CKV_AWS_139", "CKV_AWS_158", "CKV_AWS_162", "CKV_AWS_274", "CKV_AWS_304"),
        *("CKV_AWS_313", "CKV_AWS_324", "CKV_AWS_327", "CKV_AWS_338", "CKV_AWS_353", "CKV_AWS_354"),
        *("CKV2_AWS_5", "CKV2_AWS_27", "CKV2_AWS_64"),
    },
    "prod-network": {
        *("CKV_AWS_7", "CKV_AWS_33", "CKV_AWS_130", "CKV_AWS_158", "CKV_AWS_338"),
        *("CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_288", "CKV_AWS_289", "CKV_AWS_290", "CKV_AWS_355"),
        *("CKV2_AWS_11", "CKV2_AWS_12", "CKV2_AWS_40"),
    },
    "prod-state": {
        *("CKV_AWS_7", "CKV_AWS_21", "CKV_AWS_33", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"),
        *("CKV_AWS_70", "CKV_AWS_145", "CKV_AWS_300", "CKV2_AWS_6", "CKV2_AWS_61", "CKV2_AWS_65"),
    },
}


def of(stacks: list[Stack], report: Report) -> list[scanner.Result]:
    """Return the failed checks of these stacks."""
    names = {one.name for one in stacks}
    return [result for result in report.failed if result.stack in names]


def test_every_stack_passes_but_for_its_waivers(stacks: list[Stack], scanned: Report) -> None:
    assert judgement.problems(of(stacks, scanned), stacks, WAIVERS, judgement.today()) == []


@pytest.mark.parametrize("stack", EVALUATED)
def test_production_is_checked_for_what_matters(stack: str, scanned: Report) -> None:
    passed = {result.check for result in scanned.passed if result.stack == stack}
    assert EVALUATED[stack] <= passed, sorted(EVALUATED[stack] - passed)


@pytest.mark.parametrize("name", seeds.SEEDS)
def test_a_bad_policy_is_seen(name: str, scanned: Report) -> None:
    seed = seeds.SEEDS[name]
    found = {result.check for result in scanned.failed if (result.stack, result.address) == (name, seed.address)}
    assert seed.checks <= found, sorted(seed.checks - found)


@pytest.mark.parametrize("name", [name for name, seed in seeds.SEEDS.items() if seed.unseen])
def test_it_would_not_be_seen_in_json(name: str, scanned_as_json: Report) -> None:
    found = {result.check for result in scanned_as_json.failed if result.stack == name}
    assert not seeds.SEEDS[name].unseen & found, "the scanner reads policies in JSON now: is the twin still needed?"


def test_no_waiver_covers_a_weakened_production(weakened: list[Stack], scanned: Report) -> None:
    problems = judgement.problems(of(weakened, scanned), weakened, WAIVERS, judgement.today())
    open_ = {tuple(line.split(": ")[:3]) for line in problems if not line.startswith(judgement.PLACE)}
    assert open_ == {
        ("weakened-database", "aws_rds_cluster.aurora", "CKV_AWS_96"),
        ("weakened-database", "aws_rds_cluster.aurora", "CKV_AWS_139"),
        ("weakened-database", "aws_rds_cluster_instance.instance_2", "CKV_AWS_17"),
        ("weakened-database", "aws_kms_key.data", "CKV_AWS_7"),
        # The same bucket is versioned and private in three other stacks, which does not count here.
        ("weakened-state", "aws_s3_bucket.state", "CKV_AWS_21"),
        ("weakened-state", "aws_s3_bucket.state", "CKV2_AWS_6"),
    }


@pytest.mark.usefixtures("_scanner")
def test_the_command_fails_when_a_review_is_due() -> None:
    due = max(waiver.review for waiver in WAIVERS)
    epoch = (due - date(1970, 1, 1)).days * 86_400 + 86_400
    done = subprocess.run(
        [sys.executable, "-m", "tools.policy"],
        cwd=ROOT,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    # A year ahead, old versions and an old catalogue are warned of as well.
    lines = [line for line in done.stderr.splitlines() if line.startswith(f"{judgement.PLACE}: ")]
    assert len(lines) == len(WAIVERS)
    assert all("the waiver of " in line and "to be reviewed by" in line for line in lines)
    assert done.stdout.splitlines()[-1] == f"{len(WAIVERS)} problems"
    assert [line.split(":")[0] for line in done.stdout.splitlines()[:3]] == ["dev", "prod", "staging"]


def test_a_missing_scanner_is_an_error_with_the_command_that_supplies_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(scanner, "PYTHON", tmp_path / "python")
    with pytest.raises(scanner.ScannerError, match=r"sh tools/environment\.sh scanner"):
        scanner.run(tmp_path, "terraform")


@pytest.mark.usefixtures("_scanner")
def test_what_the_scanner_cannot_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_kms_key" {{{\n')
    with pytest.raises(scanner.ScannerError, match=r"could not read .*main\.tf"):
        scanner.run(tmp_path, "terraform")
