"""Requests that AWS would refuse by its own description of the service, and those that it takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.emulator import service_models

CLUSTER = {"DBClusterIdentifier": "prod", "Engine": "aurora-postgresql"}


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("rds", "CreateDBCluster", CLUSTER | {"BackupRetentionPeriod": 7, "DeletionProtection": True, "Tags": []}),
        ("kms", "CreateAlias", {"AliasName": "alias/prod", "TargetKeyId": "a"}),
        ("sts", "GetCallerIdentity", {}),
        ("lambda", "CreateFunction", {"FunctionName": "a", "Role": "arn:aws:iam::123456789012:role/a", "Code": {}}),
    ],
)
def test_what_is_right_has_no_violation(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert service_models.violations(service, operation, parameters) == []


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "said"),
    [
        ("rds", "CreateDBCluster", {"Engine": "aurora-postgresql"}, "DBClusterIdentifier: is required"),
        ("rds", "CreateDBCluster", CLUSTER | {"Nothing": 1}, "Nothing: is not known"),
        ("rds", "CreateDBCluster", CLUSTER | {"Port": "5432"}, "Port: '5432' is no integer"),
        ("rds", "CreateDBCluster", CLUSTER | {"Port": True}, "Port: True is no integer"),
        (
            "rds",
            "ModifyDBCluster",
            CLUSTER | {"DatabaseInsightsMode": "full"},
            "DatabaseInsightsMode: 'full' is none of",
        ),
        ("rds", "Nothing", {}, "rds has no Nothing"),
        ("nothing", "Nothing", {}, "nothing has no Nothing"),
        ("kms", "CreateAlias", {"AliasName": "prod!", "TargetKeyId": "a"}, "AliasName: 'prod!' does not match"),
        ("kms", "ScheduleKeyDeletion", {"KeyId": "a", "PendingWindowInDays": 366}, "366 as a number, of at most 365"),
        ("logs", "PutRetentionPolicy", {"logGroupName": "", "retentionInDays": 7}, "0 characters, of at least 1"),
        ("lambda", "CreateFunction", {"FunctionName": "a", "Role": "a", "Code": {}}, "Role: 'a' does not match"),
        ("ssm", "GetParameters", {"Names": ["a"] * 11}, "Names: 11 elements, of at most 10"),
        ("ec2", "CreateTags", {"Resources": ["vpc-1"], "Tags": [{"Key": 1}]}, "Tags.Key: 1 is no string"),
    ],
)
def test_what_a_service_would_refuse_is_said(
    service: str, operation: str, parameters: dict[str, Any], said: str
) -> None:
    found = service_models.violations(service, operation, parameters)
    assert [line for line in found if said in line], found


def test_a_recording_tells_each_violation_once() -> None:
    line = json.dumps({"service": "rds", "operation": "CreateDBCluster", "parameters": {"Engine": "a"}, "status": 200})
    right = json.dumps({"service": "rds", "operation": "DescribeDBClusters", "parameters": {}, "status": 200})
    assert service_models.recorded([line, right, line]) == ["rds CreateDBCluster: DBClusterIdentifier: is required"]
