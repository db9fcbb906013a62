"""The packages that bring servers of PostgreSQL: fixed by their content, for every platform, of versions Aurora has."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from catalog import engine_versions
from tests.servers import postgres

LOCKED = json.loads((Path(postgres.__file__).with_name("package-lock.json")).read_text())["packages"]

PLATFORMS = ("darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64")


def test_every_server_is_locked_for_every_platform_and_nothing_else_is() -> None:
    expected = {f"node_modules/postgres-{major}-{platform}" for major in postgres.MAJORS for platform in PLATFORMS}
    assert LOCKED.keys() - {""} == expected


@pytest.mark.parametrize("place", sorted(LOCKED.keys() - {""}))
def test_a_server_is_locked_by_its_content_and_not_by_an_address(place: str) -> None:
    entry = LOCKED[place]
    assert "resolved" not in entry
    assert entry["integrity"].startswith("sha512-")
    assert entry["optional"] is True


def test_servers_are_of_versions_that_aurora_has_had() -> None:
    for place in LOCKED.keys() - {""}:
        version = ".".join(LOCKED[place]["version"].split(".")[:2])
        assert version in {*engine_versions.creatable(), *engine_versions.deprecated()}, place
        assert engine_versions.major_of(version) == int(place.split("-")[1])


def test_without_a_package_a_test_is_skipped_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(pytest.skip.Exception, match=r"no PostgreSQL 17 .*; get it with: make servers"):
        postgres.packaged(17)
