"""What an environment in China, or one whose organization has its own keys of tags, comes out as."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.harness import BASE, Synthesized, merged, synthesized

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINTS = ["kms", "lambda", "monitoring", "rds", "secretsmanager", "sqs", "ssm", "sts", "xray"]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return an environment in China beside one with other tags and a network of several blocks."""
    folder: Path = tmp_path_factory.mktemp("places")
    envs = folder / "envs"
    envs.mkdir()
    china = {
        "aws": {"region": "cn-north-1"},
        "network": {"create": {"interface_endpoints": ENDPOINTS}},
    }
    tagged = {
        "aws": {"account_id": "222222222222"},
        "network": {"create": {"cidr": "100.64.0.0/16"}},
        "own_tags": {"environment": "env", "managed-by": "ManagedBy"},
        "tags": {"Environment": "blue"},
        "database": {"maintenance": {"window": "Fri:07:00-Fri:08:00"}},
    }
    for name, changes in (("china", china), ("tagged", tagged)):
        (envs / f"{name}.yaml").write_text(json.dumps(merged(BASE, changes)))
    return synthesized(envs, folder / "out")


def test_some_endpoints_have_names_of_their_own_in_china(output: Synthesized) -> None:
    endpoints = output.stack("china-network")["resource"]["aws_vpc_endpoint"].values()
    names = {one["service_name"] for one in endpoints}
    assert names == {
        *(f"cn.com.amazonaws.cn-north-1.{name}" for name in ("lambda", "monitoring", "rds", "sqs", "sts", "xray")),
        *(f"com.amazonaws.cn-north-1.{name}" for name in ("kms", "s3", "secretsmanager", "ssm")),
    }


def test_our_own_tags_take_the_keys_that_the_file_gives_them(output: Synthesized) -> None:
    for kind in ("network", "database"):
        (provider,) = output.stack(f"tagged-{kind}")["provider"]["aws"]
        (default,) = provider["default_tags"]
        assert default["tags"] == {
            "Environment": "blue",
            "project": "experimentation",
            "env": "tagged",
            "tier": "development",
            "stack": kind,
            "ManagedBy": "terraform",
        }


def test_a_window_comes_out_as_aws_answers_it(output: Synthesized) -> None:
    cluster = output.resource("tagged-database", "aws_rds_cluster.aurora")
    assert cluster["preferred_maintenance_window"] == "fri:07:00-fri:08:00"
