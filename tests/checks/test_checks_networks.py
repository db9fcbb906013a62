"""Networks as they are: several blocks, peers, IPv6, small VPCs, endpoints in some zones; what of it is refused."""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import loader
from tests.harness import BASE, merged

if TYPE_CHECKING:
    from pathlib import Path

SUBNETS = {"eu-west-1a": "subnet-0a1b2c3d", "eu-west-1b": "subnet-0a1b2c3e"}

DUAL = {"network": {"create": {"cidr": "10.10.0.0/16", "ip": "dual"}}}


def existing(**changes: Any) -> dict[str, Any]:
    """Return changes of an environment that make its network one that exists."""
    return {"network": {"create": None, "existing": {"vpc_id": "vpc-0a1b2c3d", "database_subnets": SUBNETS} | changes}}


def admitting(changes: dict[str, Any], **access: Any) -> dict[str, Any]:
    """Return changes with who may connect besides."""
    return changes | {"database": {"access": access}}


CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "a block of the VPC by two words",
        existing(cidr="10.0.0.0/16", cidrs=["10.0.0.0/16"]),
        [
            "network.existing: has both cidr and cidrs; keep cidrs, with all of the VPC's blocks",
        ],
    ),
    (
        "no block",
        existing(),
        [
            "network.existing: needs cidr, the VPC's block, or cidrs, where it has several; every VPC has one of IPv4",
        ],
    ),
    (
        "IPv6 alone",
        existing(cidrs=["2001:db8:1:2a00::/56"]),
        [
            "network.existing: needs cidr, the VPC's block, or cidrs, where it has several; every VPC has one of IPv4",
        ],
    ),
    (
        "a block of IPv6 that no VPC has",
        existing(cidrs=["10.0.0.0/16", "2001:db8::/32"]),
        [
            "network.existing.cidrs[1]: 2001:db8::/32 is not between /44 and /60, as every block of a VPC is",
        ],
    ),
    (
        "a block within another",
        existing(cidrs=["10.0.0.0/20", "10.0.0.0/16"]),
        [
            "network.existing.cidrs[1]: 10.0.0.0/16 overlaps 10.0.0.0/20, another block of the VPC",
        ],
    ),
    (
        "not an address",
        existing(cidrs=["10.0.0.0/16", "2001:db8:zz::/56"]),
        [
            "network.existing.cidrs[1]: '2001:db8:zz::/56' is not a CIDR block such as 10.0.0.0/16 or 2001:db8:1:2::/64",
        ],
    ),
    (
        "no prefix",
        admitting(DUAL, peered={"office": "2001:db8::1"}),
        [
            "database.access.peered.office: '2001:db8::1' has no prefix length; did you mean 2001:db8::1/64?",
        ],
    ),
    (
        "not the start of its block",
        admitting(DUAL, peered={"office": "2001:DB8::1/64"}),
        [
            "database.access.peered.office: 2001:DB8::1/64 is not written as its block is; did you mean 2001:db8::/64?",
        ],
    ),
    (
        "the world by IPv6",
        admitting(DUAL, peered={"all": "::/0"}, vpc_ipv6=True),
        [
            "database.access.peered.all: ::/0 is wider than any block that one network has; it would admit the world",
        ],
    ),
    (
        "the world by IPv4",
        admitting({}, peered={"all": "0.0.0.0/0"}),
        [
            "database.access.peered.all: 0.0.0.0/0 is wider than any network that could be peered; it would admit the world",
        ],
    ),
    (
        "a peer inside",
        admitting({}, peered={"apps": "10.10.4.0/24"}),
        [
            "database.access.peered.apps: 10.10.4.0/24 is inside the VPC; say it under cidrs",
        ],
    ),
    (
        "a block outside",
        admitting({}, cidrs={"office": "10.200.0.0/16"}),
        [
            "database.access.cidrs.office: 10.200.0.0/16 is not inside the VPC's block 10.10.0.0/16; reach the database "
            "through a security group, or say it under peered, if it is that of a network that is peered with the VPC",
        ],
    ),
    (
        "one block by two kinds",
        admitting({}, peered={"one": "10.200.0.0/16", "two": "10.200.0.0/16"}),
        [
            "database.access.peered.two: 10.200.0.0/16 is admitted already as one",
        ],
    ),
    (
        "IPv6 without IPv6",
        admitting({}, peered={"office": "2001:db8::/48"}, vpc_ipv6=True),
        [
            "database.access.peered.office: 2001:db8::/48 has no way in: the database has no IPv6 addresses, unless network "
            "says ip: dual",
            "database.access.vpc_ipv6: is of no effect: the database has no IPv6 addresses, unless network says ip: dual",
        ],
    ),
    (
        "the VPC's IPv6, unknown",
        admitting(existing(cidr="10.0.0.0/16", ip="dual"), vpc_ipv6=True),
        [
            "database.access.vpc_ipv6: needs the VPC's block of IPv6; name it in network.existing.cidrs beside the one of "
            "IPv4",
        ],
    ),
    (
        "a block of IPv6 of nobody",
        admitting(existing(cidr="10.0.0.0/16", ip="dual"), cidrs={"pods": "2001:db8:1:2a00::/64"}),
        [
            "database.access.cidrs.pods: 2001:db8:1:2a00::/64 is in no block of the VPC that the file names; add the "
            "VPC's own to network.existing.cidrs",
        ],
    ),
    (
        "an endpoint elsewhere",
        {
            "network": {
                "create": {
                    "interface_endpoints": ["ssm"],
                    "endpoint_zones": {"ssm": ["eu-west-1d", "eu-west-1a", "eu-west-1a"], "kms": ["eu-west-1a"]},
                }
            }
        },
        [
            "network.create.endpoint_zones.ssm[0]: eu-west-1d is not among the zones eu-west-1a, eu-west-1b, eu-west-1c",
            "network.create.endpoint_zones.ssm[2]: eu-west-1a is named twice",
            "network.create.endpoint_zones.kms: is of no effect: kms is not among the interface_endpoints",
        ],
    ),
    (
        "an endpoint of no service",
        {"network": {"create": {"endpoint_zones": {"smm": ["eu-west-1a"]}}}},
        [
            "network.create.endpoint_zones.smm: 'smm' is not an interface endpoint that this project offers; allowed are "
            "ec2messages, events, kms, lambda, logs, monitoring, rds, rds-data, secretsmanager, sns, sqs, ssm, "
            "ssmmessages, sts, xray; did you mean ssm?",
        ],
    ),
    (
        "two zones of one place",
        {
            "network": {"create": {"cidr": "10.10.0.0/24"}},
            "aws": {"account_id": "111111111111", "region": "us-east-1", "zones": ["us-east-1a", "us-east-1e"]},
        },
        [
            "network.create.subnet_cidrs.isolated.us-east-1a: 10.10.0.64/28 overlaps 10.10.0.64/28, the isolated subnet "
            "in us-east-1e; give it another by subnet_cidrs.isolated",
            "network.create.subnet_cidrs.private.us-east-1a: 10.10.0.0/28 overlaps 10.10.0.0/28, the private subnet in "
            "us-east-1e; give it another by subnet_cidrs.private",
        ],
    ),
    (
        "too small a VPC",
        {"network": {"create": {"cidr": "10.10.0.0/25"}}},
        [
            "network.create.cidr: 10.10.0.0/25 is not between /16 and /24, which a VPC with subnets in every zone needs",
        ],
    ),
]

RIGHT: dict[str, dict[str, Any]] = {
    "several blocks": admitting(
        existing(cidrs=["10.0.0.0/16", "100.64.0.0/16", "2001:db8:1:2a00::/56"], ip="dual"),
        cidrs={"pods": "100.64.32.0/20", "pods-v6": "2001:db8:1:2a10::/60"},
    ),
    "a peer that has the VPC's block in its own": admitting({}, peered={"corporation": "10.0.0.0/8"}),
    "IPv6 of a VPC that is to be made": admitting(DUAL, cidrs={"pods": "2001:db8:1:2a00::/64"}),
    "back from IPv6": existing(cidr="10.0.0.0/16", ip="ipv4"),
    "a /24": {"network": {"create": {"cidr": "10.10.0.0/24"}}},
}


def said_of(tmp_path: Path, changes: dict[str, Any]) -> list[str]:
    """Return what is said of an environment's network, without the file and its lines."""
    (tmp_path / "test.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))
    lines = [str(one).split(": ", 1)[1] for one in loader.inspect(tmp_path).findings]
    return [line for line in lines if line.startswith(("network.", "database.access."))]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_no_network_has_is_refused(tmp_path: Path, changes: dict[str, Any], expected: list[str]) -> None:
    assert said_of(tmp_path, changes) == expected


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT)
def test_what_networks_have_is_taken(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert said_of(tmp_path, changes) == []
