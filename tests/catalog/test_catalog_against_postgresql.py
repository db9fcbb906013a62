"""Each parameter that PostgreSQL has, against PostgreSQL: its own description, and what its servers take and refuse.

What differs is explained in ``parameters_unlike_postgresql.tsv``, or fails; an explanation of nothing fails as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from catalog import parameters, tables
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catalog.parameters import Parameter

LIBRARIES = "pg_stat_statements,auto_explain,pg_prewarm"
"""What PostgreSQL itself ships of the libraries that parameters belong to."""

KINDS = {"bool": "boolean", "integer": "integer", "real": "float", "enum": "string", "string": "string"}

REFUSALS = ("22", "0A")
"""Classes of SQLSTATE with which a server refuses a value: data exception, feature not supported."""


@dataclass(frozen=True)
class Setting:
    """A row of ``pg_settings``; ``value`` is PostgreSQL's default."""

    name: str
    kind: str
    unit: str | None
    minimum: float | None
    maximum: float | None
    choices: frozenset[str] | None
    static: bool
    value: str | None


@dataclass(frozen=True)
class Server:
    """A running server of a major version and its settings by their names in lower case."""

    major: int
    connection: psycopg.Connection[tuple[Any, ...]]
    settings: dict[str, Setting]

    def refusal(self, name: str, value: str) -> str | None:
        """Return why the server does not take the value, or None if it does."""
        statement = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(*name.split(".")), sql.Literal(value))
        try:
            self.connection.execute(statement)
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith(REFUSALS):
                raise
            return str(error)
        return None

    def known(self) -> Iterator[tuple[Parameter, Setting]]:
        """Yield the parameters of this major that Aurora and PostgreSQL have."""
        for name in parameters.names():
            parameter = parameters.find(name)
            assert parameter is not None
            if exists(parameter, self.major) and name.lower() in self.settings:
                yield parameters.as_of(parameter, self.major), self.settings[name.lower()]


def exists(parameter: Parameter, major: int) -> bool:
    return (parameter.added_in or 0) <= major < (parameter.removed_in or 99)


@pytest.fixture(scope="module", params=postgres.MAJORS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    major: int = request.param
    binaries = postgres.packaged(major)
    with (
        postgres.running(binaries=binaries, settings={"shared_preload_libraries": LIBRARIES}) as running,
        psycopg.connect(
            host="127.0.0.1",
            port=running.port,
            user=postgres.SUPERUSER,
            password=postgres.PASSWORD,
            dbname="postgres",
            autocommit=True,
        ) as connection,
    ):
        yield Server(major, connection, described(connection))


def described(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, Setting]:
    columns = "name, vartype, unit, min_val, max_val, enumvals, context, boot_val"
    return {
        name.lower(): Setting(
            name=name,
            kind="string" if choices else KINDS[kind],
            unit=unit,
            minimum=None if minimum is None else float(minimum),
            maximum=None if maximum is None else float(maximum),
            choices=frozenset(choices) if choices else None,
            static=context == "postmaster",
            value=value,
        )
        for name, kind, unit, minimum, maximum, choices, context, value in connection.execute(
            sql.SQL("SELECT {} FROM pg_settings").format(sql.SQL(columns))
        ).fetchall()
    }


def explained(major: int) -> set[tuple[str, str]]:
    """Return the names and aspects that are explained for a major."""
    return {
        (name, aspect)
        for name, aspect, majors, _ in tables.rows("parameters_unlike_postgresql")
        if not majors or str(major) in majors.split(" ")
    }


def lower(words: Iterable[str]) -> set[str]:
    return {word.lower() for word in words}


def differences(parameter: Parameter, setting: Setting) -> Iterator[str]:
    """Yield the aspects in which a parameter is not as PostgreSQL describes it."""
    if parameter.static != setting.static:
        yield "static"
    if (parameter.kind if parameter.kind != "list" else "string") != setting.kind:
        yield "kind"
        return
    if parameter.unit != setting.unit:
        yield "unit"
    if parameter.minimum != setting.minimum:
        yield "minimum"
    if parameter.maximum != setting.maximum:
        yield "maximum"
    if setting.choices is not None and lower(parameter.choices) != lower(setting.choices):
        yield "choices"


def test_parameters_are_as_postgresql_describes_them_or_it_is_explained_why_not(server: Server) -> None:
    compared = dict(server.known())
    assert len(compared) > 200
    found = {(one.name, aspect) for one, setting in compared.items() for aspect in differences(one, setting)}
    for name in parameters.names():
        parameter = parameters.find(name)
        assert parameter is not None
        # A prefix is that of an extension or of Amazon's own.
        if "." not in name and exists(parameter, server.major) and name not in {one.name for one in compared}:
            found.add((name, "known"))
    assert found == {(name, aspect) for name, aspect in explained(server.major) if aspect != "taken"}


def test_parameters_exist_in_the_majors_that_have_them(server: Server) -> None:
    for name in parameters.names():
        parameter = parameters.find(name)
        assert parameter is not None
        assert exists(parameter, server.major) or name.lower() not in server.settings, name


def test_every_setting_of_postgresql_is_a_parameter_or_has_a_reason_why_not(server: Server) -> None:
    unexplained = [
        setting.name
        for setting in server.settings.values()
        if parameters.find(setting.name) is None and parameters.not_modifiable_reason(setting.name) is None
    ]
    assert unexplained == []


def samples(parameter: Parameter, setting: Setting) -> Iterator[tuple[str, str]]:
    """Yield values at and beyond each bound, and the aspect that says whether they are allowed."""
    if parameter.kind == "boolean":
        yield from (("0", "kind"), ("1", "kind"), ("2", "kind"), ("", "kind"), ("maybe", "kind"))
    elif parameter.minimum is not None and parameter.maximum is not None:
        small = 1 if parameter.kind == "integer" else 0.5
        yield from ((f"{parameter.minimum}", "minimum"), (f"{parameter.minimum - small}", "minimum"))
        yield from ((f"{parameter.maximum}", "maximum"), ("", "kind"), ("some", "kind"))
        # Adding to the greatest of floats changes nothing.
        yield ("inf" if parameter.maximum > 2**53 else f"{parameter.maximum + small}"), "maximum"
        middle = int(parameter.minimum + parameter.maximum) // 2
        yield f"{middle}", "kind"
    elif parameter.choices:
        for choice in (*parameter.choices, *(setting.choices or ()), "certainly-not"):
            yield choice, "choices"
    elif setting.value:
        yield setting.value, "kind"


def test_the_server_takes_what_is_taken_here_and_refuses_what_is_refused(server: Server) -> None:
    known = explained(server.major)
    tried = 0
    wrong: dict[str, tuple[str, str | None, str | None]] = {}
    for parameter, setting in server.known():
        fixed = parameters.not_modifiable_reason(parameter.name, major=server.major)
        for value, aspect in samples(parameter, setting):
            tried += 1
            problem = parameters.check_value(parameter, value, major=server.major, memory_bytes=None, vcpu=None)
            refusal = server.refusal(setting.name, value)
            if bool(problem) != bool(refusal) and not fixed and (parameter.name, aspect) not in known:
                wrong[parameter.name] = (value, problem, refusal)
    assert wrong.keys() == {name for name, aspect in known if aspect == "taken"}, wrong
    assert tried > 1000
