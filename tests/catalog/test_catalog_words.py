"""Time zones and encodings that the catalogue knows, against the servers of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from catalog import parameter_words, tables
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", params=postgres.MAJORS)
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Yield a connection to a server of a major version."""
    with postgres.running(binaries=postgres.packaged(request.param)) as server:
        address = f"host=127.0.0.1 port={server.port} user={postgres.SUPERUSER} password={postgres.PASSWORD}"
        with psycopg.connect(address, dbname="postgres", autocommit=True) as connected:
            yield connected


def test_every_time_zone_of_the_server_is_known(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    served = {row[0] for row in connection.execute("SELECT name FROM pg_timezone_names")}
    known = {name for (name,) in tables.rows("timezones")}
    # Releases of the time zone database add and withdraw a few names a year.
    assert len({name for name in served if not name.startswith("posix")} ^ known) <= 8


@pytest.mark.parametrize("name", [*parameter_words.ENCODINGS, *parameter_words.ENCODING_ALIASES, "utf-8", "Latin-1"])
def test_the_server_takes_an_encoding_that_the_catalogue_does(
    name: str, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    assert parameter_words.problem("client_encoding", name) is None
    connection.execute("SELECT pg_char_to_encoding(%s)", (name,))
    (number,) = connection.execute("SELECT pg_char_to_encoding(%s)", (name,)).fetchone() or (-1,)
    assert number >= 0


@pytest.mark.parametrize("value", ["FOO", "UTF9", "LATIN11", "ISO88597x"])
def test_the_server_refuses_an_encoding_that_the_catalogue_does(
    value: str, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    assert parameter_words.problem("client_encoding", value)
    assert connection.execute("SELECT pg_char_to_encoding(%s)", (value,)).fetchone() == (-1,)


@pytest.mark.parametrize("value", ["-3", "<+03>-03", "EST5EDT", "utc", "America/new_york"])
def test_offsets_are_zones_too(value: str, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    assert parameter_words.problem("timezone", value) is None
    connection.execute("SELECT set_config('TimeZone', %s, false)", (value,))
