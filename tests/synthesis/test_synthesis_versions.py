"""What is left to the running cluster, what moves it, and which instance comes first."""

from __future__ import annotations

from typing import Any

import pytest

from catalog import engine_versions, formulas, provider_releases
from tests.synthesis.variants import cluster, instances, resources, variants

WRITER = "aws_rds_cluster_instance.instance_{}"

KEPT = {"engine_lifecycle_support", "engine_version", "db_instance_parameter_group_name"}

DATABASES: dict[str, dict[str, Any]] = {
    "quiet": {"engine_version": "15.10"},
    "moved": {"engine_version": "15.12", "upgrade": True, "changes_apply": "at_once"},
    "later": {"engine_version": "15.12", "upgrade": True, "changes_apply": "in_window"},
    "major": {"engine_version": "16.8", "allow_major_version_upgrade": True},
    "ranged": {"instance_class": "serverless", "capacity": {"minimum": 1, "maximum": 4}},
    "runs": {"engine_version": "15.10", "exists": True},
    "ordered": {
        "instances": {"1": {}, "2": {"promotion_tier": 0}, "report": {"promotion_tier": 15, "zone": "eu-west-1a"}}
    },
    "watched": {"monitoring": {"insights": "advanced"}},
}


@pytest.fixture(scope="module")
def stacks() -> dict[str, dict[str, Any]]:
    """Return the database stack of each variant."""
    output = variants(**{name: {"database": database} for name, database in DATABASES.items()})
    return {name: output.stack(f"{name}-database") for name in DATABASES}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("quiet", KEPT | {"serverlessv2_scaling_configuration"}),
        ("runs", KEPT | {"serverlessv2_scaling_configuration"}),
        ("moved", (KEPT - {"engine_version"}) | {"serverlessv2_scaling_configuration"}),
        ("major", {"engine_lifecycle_support", "serverlessv2_scaling_configuration"}),
        ("ranged", KEPT),
    ],
)
def test_a_running_cluster_keeps_what_the_file_does_not_move(
    name: str, kept: set[str], stacks: dict[str, dict[str, Any]]
) -> None:
    left_alone = set(cluster(stacks[name])["lifecycle"]["ignore_changes"])
    assert left_alone - {"restore_to_point_in_time", "snapshot_identifier"} == kept


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("quiet", "${aws_rds_cluster.aurora.engine_version_actual}"),
        ("moved", "15.12"),
        ("later", "${aws_rds_cluster.aurora.engine_version_actual}"),
        ("major", "16.8"),
    ],
)
def test_the_contract_says_the_version_that_the_deployment_ends_with(
    name: str, published: str, stacks: dict[str, dict[str, Any]]
) -> None:
    parameter = resources(stacks[name], "aws_ssm_parameter")["aws_ssm_parameter.engine_version"]
    assert parameter["value"] == published
    # A version that is only written down waits for the cluster to have it.
    assert parameter.get("depends_on") == (None if "$" in published else ["aws_rds_cluster.aurora"])


def test_a_cluster_that_exists_is_compared_with_the_file_in_every_plan(stacks: dict[str, dict[str, Any]]) -> None:
    (said,) = stacks["runs"]["check"]["engine_version"]["assert"]
    assert said["condition"] == '${aws_rds_cluster.aurora.engine_version_actual == "15.10"}'
    assert "check" not in stacks["quiet"]


def test_the_lowest_tier_is_created_first_and_becomes_the_writer(stacks: dict[str, dict[str, Any]]) -> None:
    waiting = {
        address: WRITER.format(2) in arguments.get("depends_on", [])
        for address, arguments in instances(stacks["ordered"]).items()
    }
    assert waiting == {WRITER.format(2): False, WRITER.format(1): True, WRITER.format("report"): True}


def test_a_setting_raises_the_oldest_release_of_the_provider(stacks: dict[str, dict[str, Any]]) -> None:
    found = {
        name: stack["terraform"]["required_providers"]["aws"]["version"]
        for name, stack in stacks.items()
        if name in ("quiet", "watched")
    }
    assert found == {"quiet": ">= 5.100.0, < 7.0.0", "watched": ">= 6.10.0, < 7.0.0"}


def test_every_flaw_is_mended_after_its_last_release_and_within_the_range() -> None:
    for flaw in provider_releases.flaws():
        first, last = provider_releases.release(flaw.first), provider_releases.release(flaw.last)
        assert provider_releases.release(provider_releases.OLDEST) <= first <= last
        assert last < provider_releases.release(flaw.mended) < provider_releases.release(provider_releases.BEFORE)
        assert flaw.source.startswith("#")


@pytest.mark.parametrize(("said", "exact"), [("15", "15.19"), ("17", "17.11"), ("15.10", "15.10"), ("15.3", "15.3")])
def test_a_bare_major_becomes_its_newest_minor(said: str, exact: str) -> None:
    assert engine_versions.exact(said) == exact


@pytest.mark.parametrize(
    ("version", "newer"), [("15.20", True), ("15.19", False), ("15.9", False), ("99.1", False), ("18.7", True)]
)
def test_a_minor_beyond_the_catalogue_is_told_from_one_that_never_was(version: str, newer: bool) -> None:
    assert engine_versions.is_newer_than_known(version) is newer


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("IF({TrueIfReplica},10,20)", [20, 10]),
        ("{EndPointPort*2}", [2300, 131070]),
        ("LEAST({DBInstanceClassMemory/2},7)", []),
        ("SUM(1,2,-4)", [-1]),
    ],
)
def test_a_formula_is_evaluated_at_the_ends_of_what_is_not_known(text: str, results: list[int]) -> None:
    assert formulas.possible(formulas.parse(text), {}) == results
