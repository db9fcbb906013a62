"""What make says where Terraform says it late, often or not at all: credentials, lost states, protection, mirrors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import boto3
import pytest

from tools.emulator import deployment, process

if TYPE_CHECKING:
    from pathlib import Path

    from tests.terraform.terraform_runner import Terraform
    from tests.tools.delivery.conftest import Project

NO_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}

EMULATED = {"AWS_ACCESS_KEY_ID": "111111111111", "AWS_SECRET_ACCESS_KEY": "none"}


def _terraform(folder: Path, says: str) -> str:
    """Return a Terraform that answers everything alike."""
    script = folder / "terraform"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\n")
    script.chmod(0o755)
    return str(script)


def test_missing_credentials_name_the_account_and_the_places_once(project: Project) -> None:
    result = project.make("plan", "ENV=staging", "STACK=network", TERRAFORM_BINARY_NAME="false", **NO_CREDENTIALS)
    assert result.returncode != 0
    assert result.stderr.count("222222222222") == 1
    said = next(line for line in result.stderr.splitlines() if line.startswith("No AWS credentials were found."))
    assert "account 222222222222 (aws.account_id of envs/staging.yaml)" in said
    assert all(place in said for place in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "aws sso login"))


@pytest.mark.long
def test_credentials_that_are_there_are_not_asked_for(project: Project) -> None:
    result = project.make("plan", "ENV=staging", "STACK=network", TERRAFORM_BINARY_NAME="false", **EMULATED)
    assert result.returncode != 0
    assert "No AWS credentials" not in result.stderr


@pytest.mark.long
def test_a_protected_environment_is_not_destroyed_by_halves(project: Project, tmp_path: Path) -> None:
    deployed = _terraform(tmp_path, '{"port": {"value": 5432}}')
    result = project.make("destroy", "ENV=prod", "AUTO_APPROVE=1", TERRAFORM_BINARY_NAME=deployed)
    assert result.returncode != 0
    first = result.stderr.splitlines()[0]
    assert first.startswith("prod-network is protected, so that Terraform refuses to destroy it (prevent_destroy).")
    assert "`protected: false` in envs/prod.yaml and `make deploy ENV=prod STACK=network`" in first
    result = project.make("destroy", "ENV=prod", "STACK=state", "AUTO_APPROVE=1", TERRAFORM_BINARY_NAME=deployed)
    assert "`protected: false under state:` in envs/prod.yaml" in result.stderr


@pytest.mark.terraform
@pytest.mark.long
def test_a_state_that_somebody_else_has_is_missed(project: Project, tmp_path: Path, terraform: Terraform) -> None:
    with process.running(tmp_path / "log") as address:
        variables = deployment.variables(address, "111111111111")
        variables |= {"TF_CLI_CONFIG_FILE": str(terraform.configuration)}
        before = project.make("plan", "ENV=dev", "STACK=database", **variables)
        boto3.client(
            "rds",
            endpoint_url=address,
            region_name="eu-west-1",
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        ).create_db_cluster(
            DBClusterIdentifier="experimentation-dev",
            Engine="aurora-postgresql",
            MasterUsername="master",
            ManageMasterUserPassword=True,
        )
        missing = project.make("plan", "ENV=dev", "STACK=database", **variables)
        state = project.root / "terraform-state" / "experimentation" / "dev" / "database.tfstate"
        state.parent.mkdir(parents=True)
        state.write_text("{}")
        there = project.make("plan", "ENV=dev", "STACK=database", **variables)
    said = (
        "The cluster experimentation-dev exists in AWS, but its state file is missing here: "
        "terraform-state/experimentation/dev/database.tfstate."
    )
    assert said in missing.stderr
    assert said not in before.stderr + there.stderr


@pytest.mark.parametrize(
    ("method", "flag"),
    [
        ('filesystem_mirror {{\n    path = "{folder}"\n  }}', "-fs-mirror={folder}"),
        pytest.param(
            'network_mirror {{\n    url = "https://mirror.example.com/"\n  }}',
            "-net-mirror=https://mirror.example.com/",
            marks=pytest.mark.long,
        ),
    ],
)
def test_lock_asks_the_mirror_that_terraform_is_told_of(
    project: Project, tmp_path: Path, method: str, flag: str
) -> None:
    folder = tmp_path / "providers"
    (folder / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0" / "linux_arm64").mkdir(parents=True)
    configuration = tmp_path / "rc"
    configuration.write_text(f"provider_installation {{\n  {method.format(folder=folder)}\n}}\n")
    script = tmp_path / "terraform"
    script.write_text('#!/bin/sh\necho "$@" > "${1#-chdir=}/.terraform.lock.hcl"\n')
    script.chmod(0o755)
    variables = {"TERRAFORM_BINARY_NAME": str(script), "TF_CLI_CONFIG_FILE": str(configuration)}
    result = project.make("lock", "ENV=dev", "STACK=network", **variables)
    assert result.returncode == 0, result.stderr
    kept = (project.root / "locks" / "dev-network.terraform.lock.hcl").read_text()
    assert kept.rstrip().endswith(f" {flag.format(folder=folder)}")
    # A folder shows which platforms it has; the others are named, not asked for.
    platforms = set(re.findall(r"-platform=(\S+)", kept))
    assert ("linux_amd64" in platforms) is ("network" in method)
    assert ("linux_amd64, darwin_arm64, darwin_amd64" in result.stderr) is ("filesystem" in method)


@pytest.mark.terraform
@pytest.mark.long
def test_lock_keeps_the_checksums_that_a_mirror_has(project: Project, terraform: Terraform) -> None:
    if "filesystem_mirror" not in terraform.configuration.read_text():
        pytest.skip("Terraform downloads its providers here")
    result = project.make("lock", "ENV=dev", "STACK=network", TF_CLI_CONFIG_FILE=str(terraform.configuration))
    assert result.returncode == 0, result.stderr
    kept = (project.root / "locks" / "dev-network.terraform.lock.hcl").read_text()
    assert 'provider "registry.terraform.io/hashicorp/aws"' in kept
    assert "h1:" in kept
