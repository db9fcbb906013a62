"""A call whose answer was lost is repeated by the client, and answered as the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.emulator import process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRUST = '{"Version": "2012-10-17", "Statement": []}'


@pytest.fixture
def iam(tmp_path: Path) -> Iterator[Any]:
    with process.running(tmp_path / "log") as address:
        yield boto3.client(
            "iam",
            endpoint_url=address,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes anything
            config=Config(retries={"max_attempts": 0}),
        )


def test_a_repeated_call_has_the_first_answer_and_another_call_its_own(iam: Any) -> None:
    invocation = "first"

    def marked(request: Any, **_: Any) -> None:
        request.headers["amz-sdk-invocation-id"] = invocation

    iam.meta.events.register("before-send.iam", marked)
    first = iam.create_role(RoleName="one", AssumeRolePolicyDocument=TRUST)["Role"]
    assert iam.create_role(RoleName="one", AssumeRolePolicyDocument=TRUST)["Role"] == first
    invocation = "second"
    for _ in range(2):
        with pytest.raises(ClientError, match="EntityAlreadyExists"):
            iam.create_role(RoleName="one", AssumeRolePolicyDocument=TRUST)
