"""The real cdktf command line on the project: the same bytes, the same stacks, and HCL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Synthesized
    from tests.terraform.terraform_runner import Terraform
    from tests.tools.delivery.conftest import Project

pytestmark = [pytest.mark.cdktf_cli, pytest.mark.long]


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def _files(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*.json")}


def test_synth_writes_the_same_bytes(with_cdktf: Project, shipped: Synthesized) -> None:
    result = with_cdktf.cdktf("synth")
    assert result.returncode == 0, result.stdout + result.stderr
    assert _files(with_cdktf.root / "cdktf.out") == _files(shipped.output)


def test_list_names_every_stack(with_cdktf: Project, shipped: Synthesized) -> None:
    result = with_cdktf.cdktf("list")
    assert result.returncode == 0, result.stdout + result.stderr
    listed = re.findall(r"^(\S+)\s+cdktf\.out/stacks/\1\s*$", _plain(result.stdout), re.MULTILINE)
    assert sorted(listed) == shipped.stacks


@pytest.mark.terraform
def test_hcl_is_valid_and_keeps_what_the_json_says(with_cdktf: Project, terraform: Terraform, tmp_path: Path) -> None:
    result = with_cdktf.cdktf("synth", "--hcl", "--output", tmp_path / "hcl")
    assert result.returncode == 0, result.stdout + result.stderr
    stacks = tmp_path / "hcl" / "stacks"
    for name in ("prod-access", "prod-database", "prod-monitoring", "prod-network", "prod-state"):
        folder = stacks / name
        for arguments in (("init", "-backend=false", "-input=false"), ("validate", "-json")):
            done = terraform.run(folder, *arguments)
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    code = re.sub(r" +", " ", (stacks / "prod-database" / "cdk.tf").read_text())
    assert 'version = ">= 5.100.0, < 7.0.0"' in code
    assert 'required_version = ">= 1.11.0"' in code
    assert "use_lockfile = true" in code
    assert code.count("prevent_destroy = true") >= 4
    assert '"aws_cloudwatch_log_group.postgresql"' in code
