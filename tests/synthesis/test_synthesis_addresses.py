"""Addresses and identifiers stay: a change touches what it is about and replaces nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis.variants import alike, chosen, everything, instances, resources

if TYPE_CHECKING:
    from tests.harness import Synthesized
    from tests.synthesis.variants import Resources

LOGICAL_ID = re.compile(r"[a-z][a-z0-9_]*")


Tried = dict[str, dict[str, dict[str, Any]]]
"""Stacks by variant and kind."""

THREE: dict[str, dict[str, Any]] = {"1": {}, "2": {}, "3": {}}

NAMED: dict[str, dict[str, Any]] = {"1": {}, "batch-reports": {"zone": "eu-west-1c"}}


def having(value: int | dict[str, Any]) -> dict[str, Any]:
    """Return changes for so many, or for these instances."""
    return {"database": {"instances": value}}


def network(nat: str = "none", zones: str = "abc") -> dict[str, Any]:
    """Return changes for a network with this NAT in zones with these letters, in this order."""
    return {"aws": {"zones": [f"eu-west-1{letter}" for letter in zones]}, "network": {"create": {"nat": nat}}}


@pytest.fixture(scope="module")
def tried() -> Tried:
    """Return the stacks of variants of one environment, by variant and kind of stack."""
    return alike(
        two=having(2),
        three=having(3),
        four=having(4),
        keyed=having({"1": {}, "2": {}}),
        without_1=having({key: {} for key in THREE if key != "1"}),
        without_2=having({key: {} for key in THREE if key != "2"}),
        without_3=having({key: {} for key in THREE if key != "3"}),
        reversed=having({key: {} for key in reversed(THREE)}),
        named=having(NAMED),
        usual=network(),
        cab=network(zones="cab"),
        bca=network(zones="bca"),
        two_zones=network(zones="ab"),
        single=network("single"),
        per_zone=network("per_zone"),
        pg16={"database": {"engine_version": "16.8"}},
    )


def changes(tried: Tried, kind: str, before: str, after: str) -> dict[str, str]:
    """Say by address what differs between two variants."""
    return differences(resources(tried[before][kind]), resources(tried[after][kind]))


def differences(before: Resources, after: Resources) -> dict[str, str]:
    """Say by address what was added, removed or changed."""
    return {
        address: "added" if address not in before else "removed" if address not in after else "changed"
        for address in sorted({*before, *after})
        if before.get(address) != after.get(address)
    }


def test_another_instance_adds_one_resource_and_changes_none(tried: Tried) -> None:
    assert changes(tried, "database", "two", "three") == {"aws_rds_cluster_instance.instance_3": "added"}
    assert tried["two"]["database"]["output"] == tried["three"]["database"]["output"]


@pytest.mark.parametrize("gone", THREE)
def test_an_instance_less_removes_one_resource_and_changes_none(gone: str, tried: Tried) -> None:
    found = changes(tried, "database", "three", f"without_{gone}")
    # Whoever waited for it at its creation now waits for another one, which no plan shows.
    before, after = (instances(tried[name]["database"]) for name in ("three", f"without_{gone}"))
    for address in [address for address, what in found.items() if what == "changed"]:
        assert [key for key in before[address] if before[address][key] != after[address].get(key)] == ["depends_on"]
        del found[address]
    assert found == {f"aws_rds_cluster_instance.instance_{gone}": "removed"}


def test_order_of_instances_in_the_file_means_nothing(tried: Tried) -> None:
    assert changes(tried, "database", "three", "reversed") == {}


def test_a_count_and_its_keys_are_the_same(tried: Tried) -> None:
    assert changes(tried, "database", "two", "keyed") == {}


def test_a_named_instance_keeps_its_name_as_address_and_identifier(tried: Tried) -> None:
    assert chosen(instances(tried["named"]["database"]), "identifier", "availability_zone") == {
        "aws_rds_cluster_instance.instance_1": {
            "identifier": "experimentation-test-1",
            "availability_zone": "eu-west-1a",
        },
        "aws_rds_cluster_instance.instance_batch_reports": {
            "identifier": "experimentation-test-batch-reports",
            "availability_zone": "eu-west-1c",
        },
    }


def test_numbers_spread_over_the_zones_in_turn(tried: Tried) -> None:
    found = instances(tried["four"]["database"]).values()
    assert [instance["availability_zone"][-1] for instance in found] == ["a", "b", "c", "a"]


def test_maintenance_of_instances_comes_one_after_the_other(tried: Tried) -> None:
    found = instances(tried["four"]["database"]).values()
    assert [instance["preferred_maintenance_window"] for instance in found] == [
        "sun:03:30-sun:04:00",
        "sun:04:00-sun:04:30",
        "sun:04:30-sun:05:00",
        "sun:05:00-sun:05:30",
    ]


@pytest.mark.parametrize("order", ["cab", "bca"])
def test_another_order_of_zones_keeps_every_subnet_and_route(order: str, tried: Tried) -> None:
    # The order of the gateway endpoint's route tables means nothing to AWS: they are a set.
    assert changes(tried, "network", "usual", order) in ({}, {"aws_vpc_endpoint.s3": "changed"})


def test_a_zone_more_adds_subnets_and_changes_none(tried: Tried) -> None:
    assert changes(tried, "network", "two_zones", "usual") == {
        "aws_route_table.private_c": "added",
        "aws_route_table_association.isolated_c": "added",
        "aws_route_table_association.private_c": "added",
        "aws_subnet.isolated_c": "added",
        "aws_subnet.private_c": "added",
        # The gateway endpoint gets the new route table, in place.
        "aws_vpc_endpoint.s3": "changed",
    }


def test_subnets_have_the_places_of_their_letters(tried: Tried) -> None:
    found = resources(tried["per_zone"]["network"], "aws_subnet")
    assert {address.removeprefix("aws_subnet."): subnet["cidr_block"] for address, subnet in found.items()} == {
        "private_a": "10.10.0.0/21",
        "private_b": "10.10.8.0/21",
        "private_c": "10.10.16.0/21",
        "isolated_a": "10.10.64.0/21",
        "isolated_b": "10.10.72.0/21",
        "isolated_c": "10.10.80.0/21",
        "public_a": "10.10.128.0/21",
        "public_b": "10.10.136.0/21",
        "public_c": "10.10.144.0/21",
    }


def test_turning_nat_on_only_adds_what_is_public_and_routes(tried: Tried) -> None:
    assert changes(tried, "network", "usual", "single") == dict.fromkeys(
        [
            "aws_eip.nat_a",
            "aws_internet_gateway.main",
            "aws_nat_gateway.a",
            *(f"aws_route.{name}" for name in ("private_a", "private_b", "private_c", "public")),
            "aws_route_table.public",
            *(f"aws_route_table_association.public_{letter}" for letter in "abc"),
            *(f"aws_subnet.public_{letter}" for letter in "abc"),
        ],
        "added",
    )


def test_nat_in_every_zone_adds_gateways_and_turns_private_routes(tried: Tried) -> None:
    assert changes(tried, "network", "single", "per_zone") == {
        "aws_eip.nat_b": "added",
        "aws_eip.nat_c": "added",
        "aws_nat_gateway.b": "added",
        "aws_nat_gateway.c": "added",
        "aws_route.private_b": "changed",
        "aws_route.private_c": "changed",
    }


@pytest.mark.parametrize("nat", ["usual", "single", "per_zone"])
def test_isolated_subnets_never_get_a_way_out(nat: str, tried: Tried) -> None:
    stack = tried[nat]["network"]
    associations = resources(stack, "aws_route_table_association")
    tables = {
        arguments["route_table_id"]
        for arguments in associations.values()
        if arguments["subnet_id"].startswith("${aws_subnet.isolated_")
    }
    assert tables == {"${aws_route_table.isolated.id}"}
    assert tables.isdisjoint(route["route_table_id"] for route in resources(stack, "aws_route").values())


def test_every_address_is_written_in_plain_words(shipped: Synthesized, examples: Synthesized) -> None:
    hashed = {
        f"{stack}: {address}"
        for stack, parsed in everything(shipped, examples).items()
        for address in resources(parsed)
        if not LOGICAL_ID.fullmatch(address.split(".")[1]) or re.search(r"_?[0-9A-F]{8}$", address)
    }
    assert hashed == set()


def test_instances_follow_a_replaced_cluster(shipped: Synthesized, examples: Synthesized) -> None:
    for parsed in everything(shipped, examples).values():
        for address, arguments in instances(parsed).items():
            assert (address, arguments["cluster_identifier"]) == (address, "${aws_rds_cluster.aurora.id}")


def test_another_major_version_gets_parameter_groups_beside_the_old_ones(tried: Tried) -> None:
    groups = ("aws_rds_cluster_parameter_group", "aws_db_parameter_group")
    found = {name: resources(tried[name]["database"], *groups) for name in ("usual", "pg16")}
    assert {name: sorted(group["name"] for group in by_address.values()) for name, by_address in found.items()} == {
        name: [f"experimentation-test-{kind}-aurora-postgresql{major}" for kind in ("cluster", "instance")]
        for name, major in (("usual", 15), ("pg16", 16))
    }
    for group in (group for by_address in found.values() for group in by_address.values()):
        assert group["lifecycle"] == {"create_before_destroy": True}
