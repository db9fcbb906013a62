"""The state stack's own state moves into the bucket that it made, by the project's own command.

The real AWS provider makes the bucket and its key in an emulated AWS. An override file tells it where that is; the
backend is the synthesized one, to which ``init`` is told the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from emulator import process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.delivery.conftest import Project
    from tests.terraform.terraform_runner import Terraform

pytestmark = [pytest.mark.terraform, pytest.mark.slow]

BUCKET, KEY = "experimentation-prod-terraform-state", "experimentation/prod/state.tfstate"

EMULATED = {
    "access_key": "test",
    "secret_key": "test",
    "skip_credentials_validation": True,
    "skip_metadata_api_check": "true",
    "skip_region_validation": True,
    "skip_requesting_account_id": True,
}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Yield the address of an emulated AWS."""
    with process.running(tmp_path / "emulator.log") as running:
        yield running


def test_the_state_stacks_state_moves_into_its_bucket(project: Project, terraform: Terraform, address: str) -> None:
    folder = project.stacks / "prod-state"
    folder.mkdir(parents=True)
    provider = EMULATED | {
        "allowed_account_ids": None,
        "s3_use_path_style": True,
        "endpoints": [dict.fromkeys(("kms", "s3", "sts"), address)],
    }
    (folder / "emulated_override.tf.json").write_text(json.dumps({"provider": {"aws": [provider]}}))
    settings = {**EMULATED, "skip_metadata_api_check": True, "use_path_style": True, "endpoints": {"s3": address}}
    (project.root / "emulated.tfbackend").write_text(
        "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    )
    variables = {
        "ENV": "prod",
        "AUTO_APPROVE": "1",
        "TF_CLI_CONFIG_FILE": str(terraform.configuration),
        "TF_REATTACH_PROVIDERS": terraform.attached,
    }
    (project.root / "node_modules").mkdir()
    (project.root / "node_modules" / ".locked").write_bytes((project.root / "package-lock.json").read_bytes())

    def run(*command: str, **more: str) -> str:
        done = project.run(*command, **variables, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("make", "synth")
    run("terraform", f"-chdir={folder}", "init", "-input=false")
    run("terraform", f"-chdir={folder}", "apply", "-auto-approve", "-input=false")
    local = project.root / "terraform-state" / "experimentation" / "prod" / "state.tfstate"
    before: dict[str, Any] = json.loads(local.read_text())
    assert len(before["resources"]) > 5

    file = project.root / "envs" / "prod.yaml"
    file.write_text(file.read_text().replace("  backend: s3\n", "  backend: s3\n  migrated: true\n"))
    emulated = {"TF_CLI_ARGS_init": f"-backend-config='{project.root / 'emulated.tfbackend'}'"}
    said = run("make", "migrate-state", **emulated)
    assert "The state is in the bucket" in said
    s3 = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulator takes anything
    )
    after = json.loads(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    assert (after["resources"], after["outputs"]) == (before["resources"], before["outputs"])
    planned = run("terraform", f"-chdir={folder}", "plan", "-input=false", "-no-color")
    assert "No changes." in planned
    moved_already = project.run("make", "migrate-state", **variables, **emulated)
    assert "the state of prod-state has been moved already" in moved_already.stderr
