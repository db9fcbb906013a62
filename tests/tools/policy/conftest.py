"""Fixtures: every stack, some weakened and some bad ones, scanned in one run for all test workers."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from tests import supplies
from tests.terraform.terraform_runner import once, shared_folder
from tests.tools.policy import seeds
from tools.policy import scanner
from tools.policy.scanner import Report, Result
from tools.policy.stacks import Stack, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Synthesized


@pytest.fixture(scope="session")
def stacks(shipped: Synthesized, examples: Synthesized) -> list[Stack]:
    """Return every stack of the shipped environments and of the examples."""
    return [*read(shipped.output), *read(examples.output)]


@pytest.fixture(scope="session")
def weakened(stacks: list[Stack]) -> list[Stack]:
    """Return production stacks that lack what makes them pass."""
    by_name: dict[str, dict[str, Any]] = {one.name: copy.deepcopy(dict(one.content)) for one in stacks}
    database, state = by_name["prod-database"]["resource"], by_name["prod-state"]["resource"]
    database["aws_rds_cluster"]["aurora"] |= {"storage_encrypted": False, "deletion_protection": False}
    database["aws_rds_cluster_instance"]["instance_2"]["publicly_accessible"] = True
    database["aws_kms_key"]["data"]["enable_key_rotation"] = False
    for kind in ("aws_s3_bucket_versioning", "aws_s3_bucket_public_access_block"):
        del state[kind]
    return [Stack(f"weakened-{name}", by_name[f"prod-{name}"]) for name in ("database", "state")]


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory, stacks: list[Stack], weakened: list[Stack]) -> Report:
    """Return what the scanner finds in all of them, or skip and say what is missing."""
    _require_scanner()

    def build(folder: Path) -> None:
        report = scanner.scan([*stacks, *weakened, *map(seeds.stack, seeds.SEEDS)])
        (folder / "report.json").write_text(json.dumps(asdict(report)))

    return _report(once(shared_folder(tmp_path_factory) / "policy" / "scanned", build))


@pytest.fixture(scope="session")
def scanned_as_json(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return what the scanner finds in the seeds when it reads cdk.tf.json itself."""
    _require_scanner()

    def build(folder: Path) -> None:
        for name in seeds.SEEDS:
            (folder / name).mkdir()
            (folder / name / "cdk.tf.json").write_text(json.dumps(seeds.stack(name).content, indent=1))
        (folder / "report.json").write_text(json.dumps(asdict(scanner.run(folder, "terraform_json"))))

    return _report(once(shared_folder(tmp_path_factory) / "policy" / "scanned-as-json", build))


def _require_scanner() -> None:
    if scanner.missing() and supplies.wanted():
        supplies.install("scanner")
    reason = scanner.missing()
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def _scanner() -> None:
    """Have the scanner at hand, or skip."""
    _require_scanner()


def _report(folder: Path) -> Report:
    written = json.loads((folder / "report.json").read_text())
    return Report(**{key: tuple(Result(**one) for one in results) for key, results in written.items()})
