"""Every argument that is emitted stands in a table, with what it must be and why; and what stands there is emitted."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from reading import loader
from tests.arguments.rows import Row, Such, Where
from tests.harness import ENVIRONMENTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings.loaded import Loaded
    from tests.harness import Synthesized

FILES = sorted(path.stem for path in (ROOT / "tests" / "arguments").glob("*.py") if path.stem != "rows")

ROWS: list[Row] = [row for name in FILES for row in importlib.import_module(f"tests.arguments.{name}").ROWS]


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield arguments by path: blocks are entered, plain values and lists of them are not."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if key != "//":
                yield from flat(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for item in value:
            yield from flat(item, f"{path}[]")
    else:
        yield path, value


@dataclass(frozen=True)
class Emitted:
    """A resource in a synthesized stack."""

    loaded: Loaded
    stack: str
    kind: str
    address: str
    arguments: list[tuple[str, Any]]


def blocks(stack: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a stack says by address: resources, data sources, providers, outputs, and the rest."""
    for kind, by_name in stack.get("resource", {}).items():
        for name, arguments in by_name.items():
            yield f"{kind}.{name}", arguments
    for kind, by_name in stack.get("data", {}).items():
        for name, arguments in by_name.items():
            yield f"data_{kind}.{name}", arguments
    for section in ("provider", "terraform"):
        for name, arguments in stack.get(section, {}).items():
            yield f"{section}.{name}", arguments if isinstance(arguments, dict | list) else {"": arguments}
    for name, arguments in stack.get("output", {}).items():
        yield f"output.{name}", arguments


@pytest.fixture(scope="session")
def emitted(shipped: Synthesized, examples: Synthesized) -> list[Emitted]:
    found = []
    for folder, output in ((ROOT / "envs", shipped), (ENVIRONMENTS, examples)):
        for loaded in loader.load(folder):
            for kind in loaded.stacks:
                name = loaded.names.stack(kind)
                found += [
                    Emitted(loaded.of(kind), name, kind, address, [*flat(arguments)])
                    for address, arguments in blocks(output.stack(name))
                ]
    return found


def of(one: Emitted) -> Iterator[tuple[Row, Where]]:
    """Yield the rows about a resource, where it is."""
    for row in ROWS:
        part = row.matches(one.address)
        if part is not None:
            where = Where(one.loaded, one.kind, one.address.partition(".")[2], part)
            if row.when(where):
                yield row, where


Spoken = list[tuple[Emitted, list[tuple[Row, Where]]]]


@pytest.fixture(scope="session")
def spoken(emitted: list[Emitted]) -> Spoken:
    """Return what is emitted with the rows about it."""
    return [(one, [*of(one)]) for one in emitted]


def test_every_argument_is_what_its_row_says(spoken: Spoken) -> None:
    wrong = []
    for one, rows in spoken:
        for row, where in rows:
            values = [value for argument, value in one.arguments if argument == row.argument]
            place = f"{one.stack}: {one.address}: {row.argument}"
            if isinstance(row.must, Such):
                good = bool(values) and all(row.must.true(value) for value in values)
                expected: Any = "such that the row's condition is true"
            else:
                expected = row.expected(where)
                good = bool(values) and all(value == expected for value in values)
            if not good:
                wrong.append(f"{place}: is {values or 'missing'}, must be {expected!r}, because: {row.because}")
    assert not wrong, "\n".join(wrong)


def test_every_argument_stands_in_a_row(spoken: Spoken) -> None:
    missing: dict[tuple[str, str], str] = {}
    for one, rows in spoken:
        known = {row.argument for row, _ in rows}
        for argument, value in one.arguments:
            if argument not in known:
                line = f'Row("{one.address}", "{argument}", {value!r}, "because ..."),  # in {one.stack}'
                missing.setdefault((one.address, argument), line)
    assert not missing, (
        "these arguments stand in no row of tests/arguments/: add a row for each, in the file of the stack or in a new "
        "one, and say why it must be so (tests/arguments/rows.py says how):\n" + "\n".join(missing.values())
    )


def test_every_row_is_about_something_and_says_why(spoken: Spoken) -> None:
    used = {id(row) for _, rows in spoken for row, _ in rows}
    assert [f"{row.address} {row.argument}" for row in ROWS if id(row) not in used] == []
    assert [f"{row.address} {row.argument}" for row in ROWS if len(row.because) < len("so it is")] == []


def test_no_argument_stands_in_two_rows(spoken: Spoken) -> None:
    for one, rows in spoken:
        found = [row.argument for row, _ in rows]
        assert sorted(found) == sorted(set(found)), f"{one.stack}: {one.address}"
