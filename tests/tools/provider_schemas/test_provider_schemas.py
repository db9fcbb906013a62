"""Every block and argument of the golden files against what the oldest and newer releases of the provider take."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import ROOT
from tools.provider_schemas import __main__ as refresh
from tools.provider_schemas import bindings, emitted
from tools.provider_schemas.table import FILE, Entry, Table, read, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RELEASES, TABLE = read(FILE.read_text())

STACKS = {file.parent.name: json.loads(file.read_text()) for file in sorted((ROOT / "tests/golden").glob("*/*.json"))}


SCALARS: dict[str, set[type]] = {"string": {str}, "boolean": {bool}, "number": {int, float}}


def complaints(stacks: dict[str, Any], table: Table = TABLE) -> list[str]:
    """Return everything that a release would not take as it stands in stacks."""
    found = []
    for name, stack in stacks.items():
        for block in emitted.declarations(stack, name):
            found += [f"{block.place}: {said}" for release in RELEASES for said in judged(block, release, table)]
    return found


def judged(block: emitted.Block, release: str, table: Table) -> Iterator[str]:
    entries = {path: found[release] for (kind, path), found in table.items() if kind == block.kind and release in found}
    if not entries:
        yield f"{release} has no {block.kind}"
        return
    yield from within(block.body, "", entries, release)


def within(body: Mapping[str, Any], prefix: str, entries: dict[str, Entry], release: str) -> Iterator[str]:
    for path, known in entries.items():
        inner = path.removeprefix(prefix)
        if path.startswith(prefix) and "." not in inner and known.required and body.get(inner) is None:
            yield f"{release} requires {path}"
    for name, value in body.items():
        path = f"{prefix}{name}"
        entry = entries.get(path)
        if entry is None or entry.type_ == "attribute":
            yield f"{release} takes no {path}"
        elif entry.deprecated:
            yield f"{release} deprecates {path}"
        elif entry.type_ in ("block", "blocks"):
            listed = value if isinstance(value, list) else [value]
            if entry.type_ == "block" and len(listed) > 1:
                yield f"{release} takes one {path}"
            for one in listed:
                yield from within(one, f"{path}.", entries, release)
        elif not fits(value, entry.type_):
            yield f"{release} takes {entry.type_} for {path}, not {value!r}"


def fits(value: Any, type_: str) -> bool:
    """Whether a value is of a type, as far as that is known: a reference may become anything."""
    if value is None or type_ == "any" or (isinstance(value, str) and re.fullmatch(r"\$\{.*\}", value)):
        return True
    if type_.startswith("list of "):
        return isinstance(value, list) and all(fits(one, type_.removeprefix("list of ")) for one in value)
    if type_.startswith("map of "):
        return isinstance(value, dict) and all(fits(one, type_.removeprefix("map of ")) for one in value.values())
    return type(value) in SCALARS[type_]


def test_every_release_takes_everything_that_is_emitted() -> None:
    assert complaints(STACKS) == []


def test_every_release_has_the_attributes_that_are_referred_to() -> None:
    referred = {reference for stack in STACKS.values() for reference in emitted.references(stack)}
    assert len(referred) > 30
    assert {(reference, *RELEASES) for reference in referred} == {
        (reference, *TABLE.get(reference, {})) for reference in referred
    }


def test_the_table_has_what_is_emitted_and_nothing_else() -> None:
    declared, _ = refresh.kinds()
    assert sorted({kind for kind, _ in TABLE}) == declared
    assert written(TABLE, RELEASES) == FILE.read_text()


def test_the_releases_are_the_ends_of_the_range_that_the_stacks_admit() -> None:
    oldest, *_, newest = (tuple(map(int, release.split("."))) for release in RELEASES)
    assert STACKS["dev-database"]["terraform"]["required_providers"]["aws"]["version"] == ">= 5.100.0, < 7.0.0"
    assert (5, 100, 0) == oldest < newest < (7,)
    assert bindings.version(refresh.installed(refresh.CDKTF)) in RELEASES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"engine": None}, "5.100.0 requires engine"),
        ({"no_such": 1}, "6.69.1 takes no no_such"),
        ({"warning_event_categories": ["failover"]}, "6.25.0 takes no warning_event_categories"),
        ({"backup_retention_period": "seven"}, "6.69.1 takes number for backup_retention_period, not 'seven'"),
        ({"deletion_protection": "true"}, "6.69.1 takes boolean for deletion_protection, not 'true'"),
        ({"availability_zones": "a"}, "6.69.1 takes list of string for availability_zones, not 'a'"),
        ({"tags": {"a": []}}, "6.69.1 takes map of string for tags, not {'a': []}"),
        (
            {"serverlessv2_scaling_configuration": {"min_capacity": 1}},
            "requires serverlessv2_scaling_configuration.max",
        ),
        ({"scaling_configuration": [{}, {}]}, "6.69.1 takes one scaling_configuration"),
    ],
)
def test_what_a_release_does_not_take_is_found(change: dict[str, Any], said: str) -> None:
    right = {"engine": "aurora-postgresql", "tags": {"a": "${local.a}"}, "backup_retention_period": 7}
    stack = {"resource": {"aws_rds_cluster": {"aurora": right | change}}}
    assert complaints({"one": {"resource": {"aws_rds_cluster": {"aurora": right}}}}) == []
    found = complaints({"one": stack})
    assert [line for line in found if said in line], found
    assert complaints({"one": {"resource": {"aws_eip": {"nat": {"vpc": True}}}}})[0].endswith("5.100.0 deprecates vpc")


@pytest.mark.long
def test_the_table_is_what_the_releases_say_today() -> None:
    """Asks the oldest release itself, and reads the bindings of the others, so the successor's must be installed."""
    releases, table = refresh.collected()
    assert releases == RELEASES
    assert [*refresh.changes(TABLE, table)] == []
