"""No mistake hides another, and none makes noise: files with one mistake each, two by two in one file.

What a check says may depend on other settings than the wrong one. ``READS`` names those that each rule reads; a
finding stays as it is whatever else is wrong outside of them.
"""

from __future__ import annotations

import re
import tempfile
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from reading import loader, places, standins
from settings.model import Environment
from tests.reading import merging
from tests.reading.test_reading_kinds import MISTAKES as KINDS
from tests.reading.test_reading_mistakes import DEVELOPMENT, EXISTING, MISTAKES, PRODUCTION, TODAY
from tests.reading.test_reading_properties import examples

if TYPE_CHECKING:
    from collections.abc import Iterable

    from findings.finding import KeyPath, Located

BASES = {"development": DEVELOPMENT, "production": PRODUCTION, "existing": EXISTING}

SIZES = ("tier", "aws", "database.engine_version", "database.instance_class", "database.instances")
READS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("file", "type", "unquoted", "unknown-key", "yaml"), ()),
    "access": ("network", "database.access"),
    "access-certificates": ("aws", "access"),
    "access-function": ("access",),
    "access-network": ("network", "access"),
    "access-proxy": ("aws", "access", "network", "database"),
    "acceptance": ("",),
    "adoption": ("",),
    "capacity-range": (*SIZES, "database.capacity"),
    "classes": ("aws", "database.engine_version"),
    "cluster-parameters": (*SIZES, "database.capacity", "database.parameters"),
    "endpoint-policies": ("aws", "network"),
    "engine": ("database.engine_version", "database.exists"),
    "given-keys": ("aws",),
    "given-names": ("names", "database.instances", "network"),
    "maintenance-windows": ("database.backup", "database.maintenance", "database.instances"),
    "memory-plan": (*SIZES, "database.capacity", "database.parameters", "database.tuning"),
    "minima": ("tier",),
    "missing-value": ("tier", "state", "database.capacity"),
    "names-fit": ("project", "names", "database.instances", "access"),
    "network": ("aws", "network"),
    "serverless": (*SIZES, "database.capacity", "database.parameters"),
    "service-names": ("project", "names", "state", "access"),
    "state-backend": ("aws", "state"),
    "tags": ("tags", "own_tags"),
    "value": (),
    "zones": ("aws", "network", "database.instances"),
}
"""What each rule reads besides the key that it speaks of; everything, for a rule that has no row."""


class Row(NamedTuple):
    """A mistake, as what it changes in a base."""

    name: str
    base: str
    change: merging.Change
    findings: tuple[Located, ...]


def said(text: str) -> list[Located]:
    """Return the errors of a file."""
    with tempfile.TemporaryDirectory() as folder:
        envs = Path(folder) / "envs"
        envs.mkdir()
        (envs / "test.yaml").write_text(text)
        return [one for one in loader.inspect(envs, today=TODAY).findings if one.severity == "error"]


@cache
def rows() -> list[Row]:
    """Return the rows that are plain mappings, as changes of the base that they are nearest to."""
    parsed = {name: merging.parsed(text) for name, text in BASES.items()}
    made = []
    for row in (*MISTAKES, *KINDS):
        text = row.values[0]
        data = merging.parsed(text) if isinstance(text, str) else None
        if data is None:
            continue
        changes = {name: merging.changed(base, data) for name, base in parsed.items() if base is not None}
        base = min(changes, key=lambda name: len(changes[name].places))
        alone = said(applied(base, changes[base]))
        if alone:
            made.append(Row(str(row.id), base, changes[base], tuple(alone)))
    return made


def applied(base: str, *changes: merging.Change) -> str:
    """Return a base with changes, as a file."""
    data = merging.parsed(BASES[base])
    assert data is not None
    return merging.applied(data, *changes)


def essence(finding: Located) -> tuple[str, str, str]:
    """Return what does not depend on where in the file a finding stands."""
    return finding.key, finding.rule, re.sub(r"on line \d+", "on line N", finding.message)


def concerns(rule: str, changed: Iterable[tuple[str, ...]]) -> bool:
    """Whether a rule reads one of the places."""
    reads = READS.get(rule, ("",))
    dotted = [".".join(place) for place in changed]
    return any(
        not read or place == read or place.startswith(f"{read}.") or read.startswith(f"{place}.")
        for read in reads
        for place in dotted
    )


@cache
def pairs() -> list[tuple[Row, Row]]:
    """Return the pairs that touch nothing in common."""
    return [
        (one, other)
        for one, other in combinations(rows(), 2)
        if one.base == other.base and merging.apart(one.change, other.change)
    ]


@pytest.mark.long
def test_there_are_pairs_of_every_kind() -> None:
    assert len(pairs()) > 10_000
    assert {finding.rule for row in rows() for finding in row.findings} >= {*READS} - {
        *("file", "access-certificates", "access-function")
    }


@pytest.mark.long
@examples(250)
@given(st.data())
def test_both_mistakes_of_a_file_are_told_and_nothing_else(data: st.DataObject) -> None:
    one, other = data.draw(st.sampled_from(pairs()))
    text = applied(one.base, one.change, other.change)
    note(text)
    found = {essence(finding): finding for finding in said(text)}
    for row, beside in ((one, other), (other, one)):
        for finding in row.findings:
            if not concerns(finding.rule, beside.change.places):
                assert essence(finding) in found, (row.name, "hidden by", beside.name)
    expected = {essence(finding) for row in (one, other) for finding in row.findings}
    for key, finding in found.items():
        if key not in expected:
            assert concerns(finding.rule, one.change.places | other.change.places), (one.name, other.name, str(finding))


# ---- the values that stand in


def leaves(kind: object, path: KeyPath) -> list[KeyPath]:
    """Return every place of the model, with a made-up key where any will do."""
    found: list[KeyPath] = []
    for key, field in places.fields_of(kind).items():
        here = (*path, key)
        found.append(here)
        for one in places.plain(field.annotation):
            if places.is_model(one) and key != "state":
                found += leaves(one, here)
    return found


@pytest.mark.parametrize("path", leaves(Environment, ()), ids=".".join)
def test_a_value_that_stands_in_is_one_that_the_model_takes(path: KeyPath) -> None:
    """A place of another type than the file's is told once, and the rest of the file is checked."""
    text = merging.parsed(DEVELOPMENT)
    assert text is not None
    change = merging.Change(put={tuple(str(part) for part in path): [[merging.Scalar("[]")]]})
    wrong = merging.applied({key: value for key, value in text.items() if key != path[0]} | _beside(path), change)
    if path[0] != "database":
        wrong += "database: {parameters: {wrk_mem: 1}}\n"
    keys = [finding.key for finding in said(wrong)]
    assert any(".".join(map(str, path)) in key for key in keys), keys
    assert path[0] == "database" or "database.parameters.wrk_mem" in keys, keys
    assert standins.of(path, {"aws": {"region": "eu-west-1"}, "state": {"backend": "s3"}}) or len(path) > 1


def _beside(path: KeyPath) -> dict[str, merging.Value]:
    """Return what the block of a place needs besides it."""
    text = merging.parsed(EXISTING if path[:2] == ("network", "existing") else DEVELOPMENT)
    assert text is not None
    return {str(path[0]): text[str(path[0])]} if len(path) > 1 and path[0] in text else {}
