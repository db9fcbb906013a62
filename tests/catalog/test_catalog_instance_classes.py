"""Instance classes, their Regions and versions, and the memory estimate."""

import pytest

from catalog import engine_versions, instance_classes, regions, tables
from catalog.instance_classes import Ability

MEMORY_FORMULA_DIVISOR = 9_531_392


@pytest.mark.parametrize(
    ("name", "size", "architecture", "burstable"),
    [
        ("db.t3.medium", (2, 4, 7.5), "x86_64", True),
        ("db.t4g.large", (2, 8, 16.5), "arm64", True),
        ("db.r5.large", (2, 16, 31), "x86_64", False),
        ("db.r7g.2xlarge", (8, 64, 126), "arm64", False),
        ("db.r8a.48xlarge", (192, 1536, None), "x86_64", False),
        ("db.x2g.16xlarge", (64, 1024, 1829), "arm64", False),
        ("db.r4.large", (2, 15.25, 30), "x86_64", False),
    ],
)
def test_class(name: str, size: tuple[int, float, float | None], architecture: str, burstable: bool) -> None:
    found = instance_classes.find(name)
    assert found is not None
    assert (found.name, found.family) == (name, name.split(".")[1])
    assert (found.vcpu, found.memory_gib, found.local_storage_gib) == size
    assert (found.architecture, found.burstable) == (architecture, burstable)


@pytest.mark.parametrize("name", ["db.m5.large", "db.t3.small", "db.serverless", "r5.large", ""])
def test_unknown_class(name: str) -> None:
    assert instance_classes.find(name) is None


def test_memory_per_vcpu_is_that_of_the_family() -> None:
    for name in instance_classes.names():
        found = instance_classes.find(name)
        assert found is not None
        ratio = found.memory_gib / found.vcpu
        assert ratio == {"x2g": 16, "r4": 7.625, "t3": ratio, "t4g": ratio}.get(found.family, 8), name


@pytest.mark.parametrize(
    ("name", "successor"),
    [
        ("db.r5.large", "db.r6g.large"),
        ("db.r5.24xlarge", "db.r8g.24xlarge"),
        ("db.r6g.large", "db.r7g.large"),
        ("db.r6i.large", "db.r7i.large"),
        ("db.r6i.32xlarge", None),
        ("db.r6id.24xlarge", "db.r8gd.24xlarge"),
        ("db.t3.medium", "db.t4g.medium"),
        ("db.r8g.large", None),
    ],
)
def test_successor(name: str, successor: str | None) -> None:
    found = instance_classes.find(name)
    assert found is not None
    assert found.successor == successor


def test_successors_exist_and_have_the_same_size() -> None:
    for name in instance_classes.names():
        found = instance_classes.find(name)
        assert found is not None
        if found.successor:
            successor = instance_classes.find(found.successor)
            assert successor is not None
            assert successor.vcpu == found.vcpu


@pytest.mark.parametrize(
    ("region", "version", "expected"),
    [
        ("eu-west-1", "17.7", "db.r8g.large"),
        ("eu-west-1", "15.5", "db.r7g.large"),
        ("eu-west-1", "14.6", "db.r6g.large"),
        ("me-south-1", "17.7", "db.r7g.large"),
        ("ap-southeast-4", "15.5", "db.r6g.large"),
        ("nowhere-1", "17.7", None),
    ],
)
def test_newest_replacement_of_r5(region: str, version: str, expected: str | None) -> None:
    found = instance_classes.newest_replacement("db.r5.large", region=region, version=version)
    assert found == expected


@pytest.mark.parametrize(
    ("name", "generation"), [("db.t3.medium", 3), ("db.t4g.large", 4), ("db.r7i.48xlarge", 7), ("db.x2g.large", 2)]
)
def test_generation(name: str, generation: int) -> None:
    found = instance_classes.find(name)
    assert found is not None
    assert found.generation == generation


def test_successors_are_of_a_newer_generation() -> None:
    for name in instance_classes.names():
        found = instance_classes.find(name)
        assert found is not None
        successor = instance_classes.find(found.successor) if found.successor else None
        assert successor is None or successor.generation > found.generation, name


@pytest.mark.parametrize(
    ("name", "ability", "reason"),
    [
        ("db.t3.medium", Ability.DATA_API, "does not work on T classes"),
        ("db.t4g.large", Ability.HUGE_PAGES, "off on T classes"),
        ("db.serverless", Ability.CLUSTER_CACHE_MANAGEMENT, "needs provisioned instances"),
        ("db.serverless", Ability.OPTIMIZED_READS, "local NVMe storage"),
        ("db.r7g.large", Ability.OPTIMIZED_READS, "local NVMe storage"),
        ("db.r8gd.xlarge", Ability.OPTIMIZED_READS, None),
        ("db.r7g.large", Ability.DATA_API, None),
        ("db.serverless", Ability.DATA_API, None),
        ("nonsense", Ability.DATA_API, None),
        ("db.m5.large", Ability.DATA_API, None),
    ],
)
def test_what_a_class_cannot_do(name: str, ability: Ability, reason: str | None) -> None:
    found = instance_classes.cannot(name).get(ability)
    assert (found is None) if reason is None else (found is not None and reason in found)


def test_limitations_are_of_known_families_and_every_one_is_of_some() -> None:
    families = {name.split(".")[1] for name in (*instance_classes.names(), instance_classes.SERVERLESS)}
    limited = {family: instance_classes.cannot(f"db.{family}.large") for family in families}
    assert {ability for found in limited.values() for ability in found} == set(Ability)
    listed = {family for _, cell, _ in tables.rows("instance_limitations") for family in cell.split(" ")}
    assert listed <= families
    # Optimized Reads is what a d in a family's name stands for.
    assert {family for family, found in limited.items() if Ability.OPTIMIZED_READS not in found} == {
        family for family in families if family.endswith("d")
    }


def test_every_region_offers_serverless_and_known_classes() -> None:
    known = {*instance_classes.names(), instance_classes.SERVERLESS}
    for region in regions.names():
        offered = instance_classes.offered(region)
        assert {instance_classes.SERVERLESS, "db.t3.medium"} <= offered <= known, region


def test_every_class_is_offered_somewhere() -> None:
    offered = {name for region in regions.names() for name in instance_classes.offered(region)}
    assert set(instance_classes.names()) <= offered


@pytest.mark.parametrize(
    ("region", "name", "expected"),
    [
        ("eu-west-1", "db.r8g.large", True),
        ("me-central-1", "db.r8g.large", False),
        ("ap-southeast-7", "db.r5.large", False),
        ("il-central-1", "db.t4g.medium", False),
        ("ap-southeast-4", "db.r7g.large", False),
        ("ap-east-2", "db.r6gd.2xlarge", False),
        ("us-gov-west-1", "db.t3.small", False),
    ],
)
def test_offered(region: str, name: str, expected: bool) -> None:
    assert (name in instance_classes.offered(region)) is expected


def test_unknown_region_offers_nothing() -> None:
    assert instance_classes.offered("nowhere-1") == frozenset()


@pytest.mark.parametrize(
    ("name", "major", "expected"),
    [
        ("db.r8g.large", 15, "15.7"),
        ("db.r8g.large", 16, "16.3"),
        ("db.r7g.large", 15, "15.2"),
        ("db.r6gd.xlarge", 15, "15.4"),
        ("db.r5.large", 15, "15.2"),
        ("db.r5.large", 18, "18.3"),
        ("db.r4.large", 14, None),
        ("db.serverless", 14, "14.3"),
        ("db.m5.large", 15, None),
        ("db.r5.large", 12, None),
    ],
)
def test_floor(name: str, major: int, expected: str | None) -> None:
    assert instance_classes.floor(name, major) == expected


def test_every_current_class_runs_on_the_latest_minor_of_every_major() -> None:
    for name in instance_classes.names():
        if name.startswith("db.r4."):
            continue
        for major in engine_versions.majors():
            floor = instance_classes.floor(name, major)
            assert floor is not None
            assert engine_versions.at_least(str(major), floor), (name, major)


@pytest.mark.parametrize(("acu", "max_connections"), [(1, 189), (4, 823), (8, 1669), (16, 3360)])
def test_memory_estimate_meets_the_published_default_of_max_connections(acu: int, max_connections: int) -> None:
    estimate = instance_classes.usable_memory_bytes(2 * acu) / MEMORY_FORMULA_DIVISOR
    assert estimate == pytest.approx(max_connections, rel=0.01)


def test_memory_estimate_is_never_negative() -> None:
    assert instance_classes.usable_memory_bytes(0) == 0
