"""What the emulator is asked is written down: of every protocol that AWS has, as it was asked."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tools.emulator import process
from tools.emulator.gaps import ACCESS_KEY

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, REGION = "123123123123", "eu-central-1"

CALLS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("sts", "GetCallerIdentity", "get_caller_identity", {}),
    (
        "ec2",
        "CreateVpc",
        "create_vpc",
        {
            "CidrBlock": "10.0.0.0/16",
            "TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}],
        },
    ),
    ("rds", "DescribeDBClusters", "describe_db_clusters", {"DBClusterIdentifier": "none"}),
    (
        "rds",
        "CreateDBClusterParameterGroup",
        "create_db_cluster_parameter_group",
        {"DBClusterParameterGroupName": "a", "DBParameterGroupFamily": "aurora-postgresql16", "Description": "ü & co"},
    ),
    ("kms", "CreateKey", "create_key", {"Description": "a", "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    ("cloudwatch", "DescribeAlarms", "describe_alarms", {"AlarmNames": ["a"]}),
    ("lambda", "GetFunction", "get_function", {"FunctionName": "a"}),
    ("s3", "GetBucketVersioning", "get_bucket_versioning", {"Bucket": "a-bucket"}),
    ("s3", "HeadBucket", "head_bucket", {"Bucket": "a-bucket"}),
    (
        "s3",
        "CreateBucket",
        "create_bucket",
        {"Bucket": "a-bucket", "CreateBucketConfiguration": {"LocationConstraint": REGION}},
    ),
]
"""Service, operation, method of boto3's client, parameters."""


@pytest.mark.long
def test_every_protocol_is_written_down_as_it_was_asked(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    with process.running(tmp_path / "log", requests=file) as address:
        session = boto3.Session(f"{ACCESS_KEY}{ACCOUNT}", "none", region_name=REGION)
        config = Config(proxies={}, retries={"max_attempts": 1}, user_agent_extra="phase/apply")

        def client(service: Any) -> Any:
            return session.client(service, endpoint_url=address, config=config)

        for service, _, method, parameters in CALLS:
            with contextlib.suppress(ClientError):
                getattr(client(service), method)(**parameters)
        client("s3").put_object(Bucket="a-bucket", Key="a/state", Body=b"secret")
        assert client("s3").get_object(Bucket="a-bucket", Key="a/state")["Body"].read() == b"secret"
    found = [json.loads(line) for line in file.read_text().splitlines()]
    asked = [(one["service"], one["operation"], one["parameters"]) for one in found]
    assert asked[: len(CALLS)] == [(service, operation, parameters) for service, operation, _, parameters in CALLS]
    assert [one[:2] for one in asked[len(CALLS) :]] == [("s3", "PutObject"), ("s3", "GetObject")]
    assert {one["account"] for one in found} == {ACCOUNT}
    assert {one["region"] for one in found} == {REGION}
    assert all("phase/apply" in one["agent"] and one["invocation"] for one in found)
    assert {one["status"] for one in found if one["operation"] in ("CreateVpc", "CreateKey", "PutObject")} == {200}
    assert "secret" not in file.read_text()


def test_what_no_model_knows_is_written_down_and_answered(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    with process.running(tmp_path / "log", requests=file) as address:
        session = boto3.Session(f"{ACCESS_KEY}{ACCOUNT}", "none", region_name=REGION)
        config = Config(proxies={}, retries={"max_attempts": 1})
        unknown: Any = session.client("sts", endpoint_url=f"{address}/not/of/sts", config=config)
        unknown.meta.events.register("before-call", lambda params, **_: params["body"].update(Action="Nothing"))
        with pytest.raises(ResponseParserError):
            unknown.get_caller_identity()
    (found,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert (found["service"], found["account"]) == ("sts", ACCOUNT)
    assert found["operation"] == "POST /not/of/sts"
