"""The state stack's own state moves into the bucket that it made, by the project's own command.

The real AWS provider makes the bucket and its key in an emulated AWS. Everything is as it is synthesized; where the
emulator is, variables of the process environment say.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tools.emulator import deployment, process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.terraform.terraform_runner import Terraform
    from tests.tools.delivery.conftest import Project

pytestmark = [pytest.mark.terraform, pytest.mark.long]

BUCKET, KEY = "experimentation-prod-terraform-state", "experimentation/prod/state.tfstate"


LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Yield the address of an emulated AWS."""
    with process.running(tmp_path / "emulator.log") as running:
        yield running


def test_the_state_stacks_state_moves_into_its_bucket(project: Project, terraform: Terraform, address: str) -> None:
    folder = project.stacks / "prod-state"
    emulated = deployment.variables(address, "333333333333")
    variables = emulated | {
        "ENV": "prod",
        "AUTO_APPROVE": "1",
        "TF_CLI_CONFIG_FILE": str(terraform.configuration),
    }
    (project.root / "node_modules").mkdir()
    (project.root / "node_modules" / ".locked").write_bytes((project.root / "package-lock.json").read_bytes())

    def run(*command: str) -> str:
        done = project.run(*command, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("make", "synth")
    run("terraform", f"-chdir={folder}", "init", "-input=false")
    synthesized = json.loads((folder / "cdk.tf.json").read_text())["resource"]
    # The provider watches a lifecycle rule for a minute, and it is not what moves here.
    addresses = [f"{kind}.{name}" for kind in synthesized if kind != LIFECYCLE for name in synthesized[kind]]
    these = [f"-target={address}" for address in addresses]
    run("terraform", f"-chdir={folder}", "apply", "-auto-approve", "-input=false", *these)
    local = project.root / "terraform-state" / "experimentation" / "prod" / "state.tfstate"
    before: dict[str, Any] = json.loads(local.read_text())
    assert sorted(f"{one['type']}.{one['name']}" for one in before["resources"]) == sorted(addresses)

    file = project.root / "envs" / "prod.yaml"
    file.write_text(file.read_text().replace("  backend: s3\n", "  backend: s3\n  migrated: true\n"))
    said = run("make", "migrate-state")
    assert "The state is in the bucket" in said
    s3 = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="eu-west-1",
        aws_access_key_id=emulated["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=emulated["AWS_SECRET_ACCESS_KEY"],
    )
    after = json.loads(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    assert (after["resources"], after["outputs"]) == (before["resources"], before["outputs"])
    planned = run("terraform", f"-chdir={folder}", "plan", "-input=false", "-no-color", *these)
    assert "No changes." in planned
    moved_already = project.run("make", "migrate-state", **variables)
    assert "the state of prod-state has been moved already" in moved_already.stderr

    # Home again, the last to go: docs/taking-down.md.
    local.unlink(missing_ok=True)
    file.write_text(file.read_text().replace("  migrated: true\n", "  protected: false\n"))
    run("make", "synth")
    run("terraform", f"-chdir={folder}", "init", "-input=false", "-migrate-state", "-force-copy")
    home = json.loads(local.read_text())
    assert (home["resources"], home["outputs"]) == (before["resources"], before["outputs"])
    kept = s3.list_object_versions(Bucket=BUCKET)
    for one in kept.get("Versions", []) + kept.get("DeleteMarkers", []):
        s3.delete_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])
    run("terraform", f"-chdir={folder}", "destroy", "-auto-approve", "-input=false")
    assert BUCKET not in [one["Name"] for one in s3.list_buckets()["Buckets"]]
