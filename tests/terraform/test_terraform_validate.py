"""Terraform and the provider's own schema accept every stack, without a single warning."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness import ROOT, synthesized
from tests.reading.strategies import environments, valid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.harness import Synthesized
    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.terraform

STACKS = sorted(path.name for path in (ROOT / "tests" / "golden").iterdir())

FIRST = {
    "prod-state",
    "maximal-network",
    "maximal-database",
    "maximal-access",
    "maximal-monitoring",
    "restored-database",
}
"""Stacks that have nearly every argument that any stack has: the others are validated by ``make test-long``."""

SAMPLE = 3
"""Environments made up to be validated: each has two or three stacks, of a second each."""

RANGE = ">= 5.100.0, < 7.0.0"
"""From the oldest provider that knows every argument to the last before a major version nobody has seen."""

RANGES = {"maximal-database": ">= 6.10.0, < 7.0.0"}
"""Where a setting needs a newer one: advanced Database Insights."""


def validated(terraform: Terraform, folder: Path) -> dict[str, Any]:
    """Return what ``terraform validate`` says, without the places in the file."""
    report = json.loads(terraform.run(folder, "validate", "-json").stdout)
    return {
        "valid": report["valid"],
        "diagnostics": [
            {key: found.get(key) for key in ("severity", "summary", "detail", "address")}
            for found in report["diagnostics"]
        ],
    }


@pytest.mark.parametrize(
    "stack", [stack if stack in FIRST else pytest.param(stack, marks=pytest.mark.long) for stack in STACKS]
)
def test_stack_is_valid_without_warnings(
    stack: str, terraform: Terraform, stack_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    shutil.copyfile(stack_folder(stack) / "cdk.tf.json", tmp_path / "cdk.tf.json")
    assert validated(terraform, tmp_path) == {"valid": True, "diagnostics": []}


@pytest.mark.parametrize("stack", STACKS)
def test_stack_asks_for_the_provider_range_and_for_nothing_else(
    stack: str, stack_folder: Callable[[str], Path]
) -> None:
    parsed = json.loads((stack_folder(stack) / "cdk.tf.json").read_text())
    assert parsed["terraform"]["required_providers"] == {
        "aws": {"source": "hashicorp/aws", "version": RANGES.get(stack, RANGE)}
    }
    assert list(parsed["provider"]) == ["aws"]


@pytest.mark.long
def test_environments_that_are_made_up_and_pass_are_valid_without_warnings(
    terraform: Terraform, tmp_path: Path
) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    for name, text in richest(SAMPLE).items():
        (envs / f"{name}.yaml").write_text(text, encoding="utf-8")
    output = synthesized(envs, tmp_path / "out")
    assert len(output.stacks) > SAMPLE
    for stack in output.stacks:
        folder = tmp_path / stack
        folder.mkdir()
        shutil.copyfile(output.output / "stacks" / stack / "cdk.tf.json", folder / "cdk.tf.json")
        assert validated(terraform, folder) == {"valid": True, "diagnostics": []}, (folder / "cdk.tf.json").read_text()


def test_a_formula_with_a_dollar_is_no_reference_of_terraforms(
    terraform: Terraform, synthesize: Callable[..., Synthesized], tmp_path: Path
) -> None:
    output = synthesize(database={"parameters": {"max_worker_processes": "GREATEST(${DBInstanceVCPU*4},8)"}})
    folder = tmp_path / "validated"
    folder.mkdir()
    shutil.copyfile(output.output / "stacks" / "test-database" / "cdk.tf.json", folder / "cdk.tf.json")
    assert validated(terraform, folder) == {"valid": True, "diagnostics": []}


def richest(count: int) -> dict[str, str]:
    """Return the longest of the files made up that pass, by names for their environments: the same each time."""
    passed = []

    @settings(max_examples=8, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(*(environments(number) for number in range(count))))
    def look(made_up: Sequence[Any]) -> None:
        texts = valid(made_up)
        if len(texts) == count:
            passed.append(texts)

    look()
    return max(passed, key=lambda texts: sum(map(len, texts.values())))


def test_init_finds_a_provider_in_the_range(
    terraform: Terraform, stack_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    shutil.copyfile(stack_folder("dev-database") / "cdk.tf.json", tmp_path / "cdk.tf.json")
    result = terraform.detached().run(tmp_path, "init", "-backend=false", "-no-color")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / ".terraform.lock.hcl").is_file()


def test_an_unknown_and_a_deprecated_argument_would_be_noticed(
    terraform: Terraform, stack_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    stack = json.loads((stack_folder("prod-state") / "cdk.tf.json").read_text())
    stack["resource"]["aws_s3_bucket"]["state"]["acl"] = "private"
    stack["resource"]["aws_kms_key"]["state"]["key_spec"] = "RSA_2048"
    (tmp_path / "cdk.tf.json").write_text(json.dumps(stack))
    report = validated(terraform, tmp_path)
    assert not report["valid"]
    assert {(found["severity"], found["summary"]) for found in report["diagnostics"]} >= {
        ("error", "Extraneous JSON object property"),
        ("warning", "Argument is deprecated"),
    }
