"""Versions of Aurora PostgreSQL and what they can do."""

from datetime import date

import pytest

from catalog import engine_versions
from catalog.engine_versions import Feature


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_creatable_versions_are_in_numeric_order_and_of_known_majors() -> None:
    creatable = engine_versions.creatable()
    assert creatable == tuple(sorted(creatable, key=numbers))
    assert creatable[0] == "14.6"
    assert creatable[-1] == "18.6"
    assert {numbers(version)[0] for version in creatable} == set(engine_versions.majors())


def test_no_version_is_both_creatable_and_deprecated() -> None:
    assert not engine_versions.deprecated() & set(engine_versions.creatable())


@pytest.mark.parametrize("version", ["15.3", "16.4", "13.20", "9.6.22"])
def test_deprecated(version: str) -> None:
    assert version in engine_versions.deprecated()


@pytest.mark.parametrize("version", ["13.23", "17", "17.8", "16.8-limitless"])
def test_neither_creatable_nor_deprecated(version: str) -> None:
    assert version not in engine_versions.deprecated()
    assert version not in engine_versions.creatable()


@pytest.mark.parametrize(("major", "expected"), [(14, "14.24"), (15, "15.19"), (17, "17.11"), (18, "18.6")])
def test_latest(major: int, expected: str) -> None:
    assert engine_versions.latest(major) == expected


def test_latest_of_an_unknown_major_is_refused() -> None:
    with pytest.raises(ValueError, match="12"):
        engine_versions.latest(12)


@pytest.mark.parametrize(("major", "expected"), [(14, "14.3"), (15, "15.2"), (17, "17.4")])
def test_first(major: int, expected: str) -> None:
    assert engine_versions.first(major) == expected


@pytest.mark.parametrize(
    ("major", "stage", "lts"),
    [
        (14, "near_end", "14.6"),
        (15, "supported", "15.10"),
        (16, "supported", "16.8"),
        (17, "supported", "17.7"),
        (18, "new", None),
    ],
)
def test_stage_and_long_term_support(major: int, stage: str, lts: str | None) -> None:
    life = engine_versions.majors()[major]
    assert (life.number, life.stage, life.lts) == (major, stage, lts)
    assert lts is None or lts in engine_versions.creatable()


def test_lives_are_in_order() -> None:
    for life in engine_versions.majors().values():
        assert life.general_availability < life.end_of_standard_support < life.end_of_extended_support


def test_no_minor_outlives_its_major() -> None:
    for version in engine_versions.creatable():
        end = engine_versions.minor_end_of_standard_support(version)
        major = engine_versions.majors()[numbers(version)[0]]
        assert end is None or end <= major.end_of_standard_support


@pytest.mark.parametrize(
    ("version", "expected"),
    [("17.4", date(2026, 11, 30)), ("17.7", date(2030, 2, 28)), ("17.11", None), ("99.9", None)],
)
def test_end_of_a_minor(version: str, expected: date | None) -> None:
    assert engine_versions.minor_end_of_standard_support(version) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [("17.7", date(2033, 2, 28)), ("13.23", date(2029, 2, 28)), ("17.9", None), ("99.9", None)],
)
def test_end_of_extended_support_of_a_minor(version: str, expected: date | None) -> None:
    assert engine_versions.minor_end_of_extended_support(version) == expected


def test_extended_support_of_a_long_term_support_minor_is_that_of_its_major() -> None:
    for life in engine_versions.majors().values():
        if life.lts:
            assert engine_versions.minor_end_of_extended_support(life.lts) == life.end_of_extended_support
            assert engine_versions.minor_end_of_standard_support(life.lts) == life.end_of_standard_support


@pytest.mark.parametrize(("version", "expected"), [("15", True), ("15.4", False), ("", False), ("x", False)])
def test_is_major(version: str, expected: bool) -> None:
    assert engine_versions.is_major(version) is expected


def test_family() -> None:
    assert engine_versions.family("15.19") == engine_versions.family("15") == "aurora-postgresql15"


def test_family_of_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="latest"):
        engine_versions.family("latest")


@pytest.mark.parametrize(
    ("version", "floor", "expected"),
    [
        ("15.10", "15.9", True),
        ("15.9", "15.10", False),
        ("16.1", "15.10", True),
        ("15.10", "15.10", True),
        ("15", "15.19", True),
        ("15", "15.20", False),
    ],
)
def test_at_least_compares_numbers(version: str, floor: str, expected: bool) -> None:
    assert engine_versions.at_least(version, floor) is expected


@pytest.mark.parametrize(
    ("version", "feature", "expected"),
    [
        ("15.6", Feature.SERVERLESS_AUTO_PAUSE, False),
        ("15.7", Feature.SERVERLESS_AUTO_PAUSE, True),
        ("14.6", Feature.SERVERLESS_V2, True),
        ("14.6", Feature.IO_OPTIMIZED, False),
        ("15.4", Feature.SERVERLESS_256_ACU, False),
        ("17.4", Feature.VOLUME_256_TIB, False),
        ("17", Feature.VOLUME_256_TIB, True),
        ("14", Feature.VOLUME_256_TIB, False),
        ("18", Feature.RDS_PROXY, False),
        ("15.2", Feature.DATA_API, False),
        ("18.3", Feature.DATA_API, True),
        ("15.3", Feature.TLS_1_3, True),
        ("16.9", Feature.SHARED_PLAN_CACHE, False),
        ("12.9", Feature.SERVERLESS_V2, False),
    ],
)
def test_supports(version: str, feature: Feature, expected: bool) -> None:
    assert engine_versions.supports(version, feature) is expected


@pytest.mark.parametrize("feature", list(Feature))
def test_floors_are_versions_of_their_major(feature: Feature) -> None:
    for major in engine_versions.majors():
        floor = engine_versions.floor(feature, major)
        assert floor is None or numbers(floor)[0] == major


def test_every_long_term_support_minor_runs_serverless_v2() -> None:
    for life in engine_versions.majors().values():
        assert life.lts is None or engine_versions.supports(life.lts, Feature.SERVERLESS_V2)
