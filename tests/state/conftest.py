"""Fixtures: an emulated S3, a versioned bucket in it, and workplaces whose backends reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.state import workplace
from tools.emulator import deployment, process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.harness import Synthesized
    from tests.state.workplace import Workplace


@pytest.fixture(scope="session")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an emulated AWS."""
    with process.running(tmp_path_factory.mktemp("emulator") / "log") as address:
        yield address


ACCOUNT_ID = "333333333333"
"""The account of production, which everything here takes place in."""


@pytest.fixture
def s3(emulated: str) -> Any:
    """Return a client of the emulated S3, which is empty."""
    variables = deployment.variables(emulated, ACCOUNT_ID)
    client = boto3.client(
        "s3",
        endpoint_url=emulated,
        region_name="eu-west-1",
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
    for bucket in client.list_buckets()["Buckets"]:
        versions = client.list_object_versions(Bucket=bucket["Name"])
        for version in versions.get("Versions", []) + versions.get("DeleteMarkers", []):
            client.delete_object(Bucket=bucket["Name"], Key=version["Key"], VersionId=version["VersionId"])
        client.delete_bucket(Bucket=bucket["Name"])
    return client


@pytest.fixture
def bucket(s3: Any) -> Callable[[str], None]:
    """Return a function that makes a versioned bucket, like the project's."""

    def make(name: str) -> None:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    return make


@pytest.fixture
def checkout(emulated: str, tmp_path: Path) -> Callable[[str], Workplace]:
    """Return a function that makes a person's checkout."""

    def make(person: str) -> Workplace:
        return workplace.with_emulated_s3(tmp_path / person, emulated, ACCOUNT_ID)

    return make


@pytest.fixture
def production(shipped: Synthesized, bucket: Callable[[str], None]) -> dict[str, Any]:
    """Return the synthesized database stack of production, whose bucket exists."""
    parsed = shipped.stack("prod-database")
    bucket(parsed["terraform"]["backend"]["s3"]["bucket"])
    return parsed
