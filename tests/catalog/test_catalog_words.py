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


@pytest.mark.parametrize(
    "value",
    [
        *("ISO", "iso, mdy", "SQL,DMY", "German", "Postgres, YMD", "US", "DMY, European", "DMY"),
        *("foo", "ISO, YDM", "ISO, SQL", "DMY, MDY", "ISO; DMY", "US, Euro"),
    ],
)
def test_the_server_takes_a_date_style_where_the_catalogue_does(
    value: str, connection: psycopg.Connection[tuple[Any, ...]]
) -> None:
    said = parameter_words.problem("datestyle", value)
    try:
        connection.execute("SELECT set_config('datestyle', %s, false)", (value,))
    except psycopg.DataError:
        assert said
    else:
        assert said is None


@pytest.mark.parametrize("name", ["lc_messages", "lc_monetary", "lc_numeric", "lc_time"])
def test_a_locale_is_one_that_a_server_could_have(name: str, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    for value in ("C", "POSIX"):
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        assert parameter_words.problem(name, value) is None
    for value in ("foo", "english", "de", "en-US", "en_US.", "C.latin"):
        with pytest.raises(psycopg.DataError):
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        assert parameter_words.problem(name, value)
    for value in ("en_US.UTF-8", "de_DE", "ca_ES@valencia", "C.UTF-8"):
        assert parameter_words.problem(name, value) is None
