"""Limits, suggestions and the tables' own form."""

import re
from pathlib import Path

import pytest

import catalog
from catalog import limits, suggestions, tables

DATA = Path(catalog.__file__).with_name("data") if catalog.__file__ else Path()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "truststore.pki.rds.amazonaws.com"),
        ("us-gov-east-1", "truststore.pki.us-gov-west-1.rds.amazonaws.com"),
        ("cn-northwest-1", "rds-truststore.s3.cn-north-1.amazonaws.com.cn"),
        ("eu-west-9", "truststore.pki.rds.amazonaws.com"),
    ],
)
def test_certificate_bundle(region: str, host: str) -> None:
    assert limits.ca_bundle_url(region) == f"https://{host}/global/global-bundle.pem"


def test_cloudwatch_retention() -> None:
    days = limits.CLOUDWATCH_RETENTION_DAYS
    assert len(days) == 22
    assert list(days) == sorted(set(days))
    assert (days[0], days[-1]) == (1, 3653)


def test_mistaken_log_types_are_not_exported() -> None:
    assert set(limits.MISTAKEN_LOG_TYPES) == {"audit", "error", "general", "slowquery", "upgrade"}
    assert not set(limits.MISTAKEN_LOG_TYPES) & set(limits.LOG_TYPES)


def test_retired_certificate_authorities_are_not_offered() -> None:
    assert not set(limits.RETIRED_CA_CERTIFICATES) & set(limits.CA_CERTIFICATES)


@pytest.mark.parametrize(("port", "expected"), [(1149, False), (1150, True), (65535, True), (65536, False)])
def test_ports(port: int, expected: bool) -> None:
    assert (port in limits.PORTS) is expected


@pytest.mark.parametrize("name", ["admin", "user", "rdsadmin", "select", "public"])
def test_reserved_master_user_names(name: str) -> None:
    assert name in limits.RESERVED_MASTER_USERNAMES


@pytest.mark.parametrize("name", ["postgres", "dbadmin", "master"])
def test_other_master_user_names(name: str) -> None:
    assert name not in limits.RESERVED_MASTER_USERNAMES


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("wrok_mem", ("work_mem", "port"), "work_mem"),
        ("timezone", ("TimeZone", "port"), "TimeZone"),
        ("xyz", ("work_mem", "port"), None),
        ("x", (), None),
    ],
)
def test_nearest(word: str, candidates: tuple[str, ...], expected: str | None) -> None:
    assert suggestions.nearest(word, candidates) == expected


KEYS = {"deployer_actions": 4, "deployer_additions": 6, "effects": 4, "metrics": 4, "provider_releases": 5}
"""How many columns tell the rows of a table apart, where it is not the first two."""


@pytest.mark.parametrize("path", sorted(DATA.glob("*.tsv")), ids=lambda path: path.stem)
def test_every_table_is_rectangular_unique_and_names_a_source_with_a_date(path: Path) -> None:
    rows = tables.rows(path.stem)
    assert rows
    assert len({tuple(row[: KEYS.get(path.stem, 2)]) for row in rows}) == len(rows)
    header = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
    assert path.stem == "packages" or re.search(r"20\d\d|packages\.tsv", header)
    assert re.search(r"Aurora|cfn-lint|[a-z_]+\.tsv|catalog\.refresh", header)


def test_a_row_with_a_missing_cell_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.tsv").write_text("# source\nname\tvalue\nonly-name\n", encoding="utf-8")
    monkeypatch.setattr(tables, "_FOLDER", tmp_path)
    with pytest.raises(ValueError, match="only-name"):
        tables.rows("broken")
