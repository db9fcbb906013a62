"""Auto scaling, custom endpoints, the Data API, roles and the proxy's pool: what is refused and warned of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import loader
from tests.harness import BASE, merged

if TYPE_CHECKING:
    from pathlib import Path

THREE = {"a": {"zone": "eu-west-1a"}, "b": {"zone": "eu-west-1b"}, "c": {"zone": "eu-west-1c"}}

ROLE = "arn:aws:iam::111111111111:role/import"

CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "no metric",
        {"database": {"readers": {"minimum": 1, "maximum": 2}, "instances": 2}},
        ["database.readers: takes one of cpu_percent and connections, for the readers' average to keep to"],
    ),
    (
        "two metrics",
        {
            "database": {
                "readers": {"minimum": 1, "maximum": 2, "cpu_percent": 60, "connections": 100},
                "instances": 2,
            }
        },
        ["database.readers: takes one of cpu_percent and connections, for the readers' average to keep to"],
    ),
    (
        "turned around",
        {"database": {"readers": {"minimum": 3, "maximum": 2, "cpu_percent": 60}, "instances": 2}},
        ["database.readers.minimum: 3 is more than the maximum 2"],
    ),
    (
        "fewer than there are",
        {"database": {"readers": {"minimum": 1, "maximum": 1, "cpu_percent": 60}, "instances": 3}},
        [
            "database.readers.maximum: 1 is less than the 2 readers of database.instances, which scaling never takes "
            "away; say at least 2"
        ],
    ),
    (
        "fewer than there are, at night",
        {
            "database": {
                "readers": {
                    "minimum": 2,
                    "maximum": 4,
                    "cpu_percent": 60,
                    "schedule": {"night": {"cron": "0 20 * * ? *", "minimum": 0, "maximum": 1}},
                },
                "instances": 3,
            }
        },
        [
            "database.readers.schedule.night.maximum: 1 is less than the 2 readers of database.instances, which "
            "scaling never takes away; say at least 2"
        ],
    ),
    (
        "pausing",
        {
            "database": {
                "readers": {"minimum": 1, "maximum": 2, "cpu_percent": 60},
                "instances": 2,
                "instance_class": "serverless",
                "capacity": {"minimum": 0, "maximum": 4},
            }
        },
        [
            "database.readers: a cluster with readers of auto scaling never pauses; use a minimum capacity of at "
            "least 0.5, or none"
        ],
    ),
    (
        "nothing to measure",
        {"database": {"readers": {"minimum": 0, "maximum": 2, "cpu_percent": 60}}},
        [
            "warning scaling-without-reader: database.readers.minimum: 0 leaves no reader whose load could be "
            "measured, so none is ever added; say 1, or set instances to 2"
        ],
    ),
    (
        "unknown member",
        {"database": {"instances": THREE, "endpoints": {"x": {"instances": ["a", "dd"]}}}},
        ["database.endpoints.x.instances[1]: 'dd' is not a key of database.instances: a, b, c"],
    ),
    (
        "both lists",
        {"database": {"instances": THREE, "endpoints": {"x": {"instances": ["a"], "excluding": ["b"]}}}},
        ["database.endpoints.x: takes one of instances and excluding, each a list of keys of database.instances"],
    ),
    (
        "neither list",
        {"database": {"instances": THREE, "endpoints": {"x": {}}}},
        ["database.endpoints.x: takes one of instances and excluding, each a list of keys of database.instances"],
    ),
    (
        "empty list",
        {"database": {"instances": THREE, "endpoints": {"x": {"instances": []}}}},
        ["database.endpoints.x.instances: is empty; name at least one key of database.instances"],
    ),
    (
        "named twice",
        {"database": {"instances": THREE, "endpoints": {"x": {"excluding": ["a", "a"]}}}},
        ["database.endpoints.x.excluding[1]: 'a' is named twice"],
    ),
    (
        "nothing left",
        {"database": {"instances": THREE, "endpoints": {"x": {"excluding": ["a", "b", "c"]}}}},
        ["database.endpoints.x.excluding: leaves no instance behind the endpoint"],
    ),
    (
        "six endpoints",
        {"database": {"instances": THREE, "endpoints": {f"x{n}": {"instances": ["a"]} for n in range(6)}}},
        ["database.endpoints: are 6; a cluster has up to 5 custom endpoints"],
    ),
    (
        "long name",
        {
            "project": "a-project-with-a-name-of-thirty-nine-le",
            "database": {"instances": {"1": {}}, "endpoints": {"twenty-letters-are-it": {"instances": ["1"]}}},
        },
        [],
    ),
    (
        "data api on T",
        {"database": {"data_api": True}},
        [
            "database.data_api: is not offered on db.t3.medium: T classes have no Data API; use an R class",
        ],
    ),
    (
        "data api of a pausing cluster",
        {
            "database": {
                "data_api": True,
                "instance_class": "serverless",
                "capacity": {"minimum": 0, "maximum": 4},
            }
        },
        [
            "warning data-api-pauses: database.data_api: the Data API's own connections keep the cluster awake, so it "
            "hardly ever pauses"
        ],
    ),
    (
        "role of others",
        {"database": {"roles": {"s3_import": "arn:aws:iam::999999999999:role/x"}}},
        [
            "database.roles.s3_import: is of account 999999999999; RDS takes only roles of the cluster's own account, "
            "111111111111"
        ],
    ),
    (
        "role of another partition",
        {"database": {"roles": {"s3_export": "arn:aws-cn:iam::111111111111:role/x"}}},
        ["database.roles.s3_export: is of the partition aws-cn, and eu-west-1 is of aws"],
    ),
    (
        "no way to functions",
        {"database": {"roles": {"lambda": ROLE}}},
        [
            "database.roles.lambda: needs the interface endpoint lambda, by which the database reaches functions; "
            "say network.create.interface_endpoints: [lambda]"
        ],
    ),
    (
        "pool without proxy",
        {
            "access": {"proxy": {"pool": {"max_connections_percent": 50}}},
            "network": {"create": {"cidr": "10.10.0.0/16", "nat": "single"}},
        },
        ["access.proxy.pool: is of no effect: there is no proxy; say enabled: true, or remove it"],
    ),
    (
        "more idle than open",
        {
            "access": {"proxy": {"enabled": True, "pool": {"max_connections_percent": 30}}},
            "network": {"create": {"cidr": "10.10.0.0/16", "nat": "single"}},
        },
        ["access.proxy.pool.max_idle_connections_percent: 40 is more than max_connections_percent, 30"],
    ),
    (
        "all for the proxy",
        {
            "access": {"proxy": {"enabled": True, "pool": {"max_connections_percent": 100}}},
            "network": {"create": {"cidr": "10.10.0.0/16", "nat": "single"}},
        },
        [
            "warning proxy-takes-all: access.proxy.pool.max_connections_percent: 100 leaves next to nothing for "
            "direct connections, migrations and RDS itself"
        ],
    ),
]

SHIPPED_WARNINGS = (
    *("access-certificates", "engine-minor-near-end", "engine-near-end", "local-state", "mixed-promotion-tier"),
)


@pytest.mark.parametrize(("name", "changes", "expected"), CASES, ids=[name for name, *_ in CASES])
def test_what_is_said(name: str, changes: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "test.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))
    found = [str(one).partition(": " if one.severity == "error" else " ")[2] for one in loader.inspect(envs).findings]
    of_growth = [line for line in found if not any(f"warning {rule}" in line for rule in SHIPPED_WARNINGS)]
    if name == "long name":
        assert any("for an endpoint; shorten the key" in line or "key of 1 to 20" in line for line in found)
        return
    assert [line.removeprefix(" ") for line in of_growth] == expected


def test_what_is_well_said_is_taken(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    changes = {
        "database": {
            "instance_class": "db.r6g.large",
            "instances": THREE,
            "readers": {"minimum": 2, "maximum": 15, "connections": 400},
            "endpoints": {"x": {"excluding": ["a", "b", "c"], "writer": True}},
            "data_api": True,
            "roles": {"s3_import": ROLE, "s3_export": ROLE},
        }
    }
    (envs / "test.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))
    assert loader.inspect(envs).errors == []
