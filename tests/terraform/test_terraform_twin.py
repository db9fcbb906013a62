"""The HCL that the policy scanner reads is what Terraform reads in the JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.harness import ROOT
from tools.policy import twin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.terraform

STACKS = sorted(path.name for path in (ROOT / "tests" / "golden").iterdir())


@pytest.mark.long
@pytest.mark.parametrize("stack", STACKS)
def test_terraform_and_the_provider_accept_the_twin(
    stack: str, terraform: Terraform, stack_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    content = json.loads((stack_folder(stack) / "cdk.tf.json").read_text())
    (tmp_path / "main.tf").write_text(twin.hcl(content))
    report = json.loads(terraform.run(tmp_path, "validate", "-json").stdout)
    assert report["diagnostics"] == []
    assert report["valid"]


def test_blocks_attributes_and_references_are_told_apart() -> None:
    text = twin.hcl(
        {
            "terraform": {"backend": {"local": {"path": "a.tfstate"}}, "required_version": ">= 1.11.0"},
            "resource": {
                "aws_vpc": {
                    "main": {
                        "//": {"metadata": {"path": "not for Terraform"}},
                        "cidr_block": "10.0.0.0/16",
                        "tags": {"Name": 'a "name" of ${var.one} and $${two}'},
                        "depends_on": ["aws_kms_key.data"],
                        "lifecycle": {"ignore_changes": ["cidr_block"], "prevent_destroy": True},
                    }
                },
                "aws_rds_cluster_parameter_group": {
                    "cluster": {"parameter": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}
                },
            },
            "data": {"terraform_remote_state": {"network": {"backend": "local", "config": {"path": "b.tfstate"}}}},
            "output": {"id": {"value": "${aws_vpc.main.id}"}},
        }
    )
    assert text.splitlines() == [
        "terraform {",
        'backend "local" {',
        'path = "a.tfstate"',
        "}",
        'required_version = ">= 1.11.0"',
        "}",
        'resource "aws_vpc" "main" {',
        'cidr_block = "10.0.0.0/16"',
        'tags = {"Name" = "a \\"name\\" of ${var.one} and $${two}"}',
        "depends_on = [aws_kms_key.data]",
        "lifecycle {",
        "ignore_changes = [cidr_block]",
        "prevent_destroy = true",
        "}",
        "}",
        'resource "aws_rds_cluster_parameter_group" "cluster" {',
        "parameter {",
        'name = "a"',
        'value = "1"',
        "}",
        "parameter {",
        'name = "b"',
        'value = "2"',
        "}",
        "}",
        'data "terraform_remote_state" "network" {',
        'backend = "local"',
        'config = {"path" = "b.tfstate"}',
        "}",
        'output "id" {',
        'value = "${aws_vpc.main.id}"',
        "}",
    ]


def test_what_it_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="no HCL is written for ephemeral, moved"):
        twin.hcl({"terraform": {}, "moved": [], "ephemeral": {}})
