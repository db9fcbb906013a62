"""Abuse of what the function takes and answers: values, sizes, events, the contract, and the secret."""

from __future__ import annotations

import json
import resource
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest

from database_access import AccessFailure, connect, handler
from tests.functions.platform import LambdaContext, forget_connections, variables_set
from tests.harness import sampled

if TYPE_CHECKING:
    from tests.functions.arena import Arena

pytestmark = pytest.mark.long

ANSWER_BYTES = 6_000_000
"""What Lambda takes for an answer, and a little less (Lambda quotas)."""


def sent(arena: Arena, event: Any) -> dict[str, Any]:
    """Invoke the function with any event; return the answer as Lambda sends it, which has to be JSON for everybody."""
    with variables_set(CONTRACT_PREFIX=arena.prefix):
        answer = handler.handle(event, LambdaContext())
    # Lambda's own encoder leaves letters of all languages as they are.
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    assert len(text) < ANSWER_BYTES
    decoded: dict[str, Any] = json.loads(text)
    return decoded


# --- values

VALUES = {
    "'NaN'::float8": "NaN",
    "'Infinity'::float8": "Infinity",
    "'-Infinity'::float4": "-Infinity",
    "'NaN'::numeric": "NaN",
    "'Infinity'::numeric": "Infinity",
    "1e300::float8": 1e300,
    "0.1::float8": 0.1,
    "12345678901234567890.123456789::numeric": "12345678901234567890.123456789",
    "9223372036854775807": 9223372036854775807,
    "true": True,
    "NULL": None,
    "interval '1 month'": "1 mon",
    "interval '1 year 2 months 3 days 04:05:06.7'": "1 year 2 mons 3 days 04:05:06.7",
    "interval '-1 day'": "-1 days",
    "interval '178000000 years'": "178000000 years",
    r"'\xdeadbeef'::bytea": r"\xdeadbeef",
    r"'\x'::bytea": r"\x",
    "'infinity'::timestamptz": "infinity",
    "'-infinity'::date": "-infinity",
    "date '0044-03-15 BC'": "0044-03-15 BC",
    "date '12345-06-07'": "12345-06-07",
    "timestamp '0001-01-01 00:00:00 BC'": "0001-01-01 00:00:00 BC",
    "timestamptz '2026-11-22 12:00:00+00' AT TIME ZONE 'UTC'": "2026-11-22 12:00:00",
    "time '24:00:00'": "24:00:00",
    "timetz '12:00:00+15:59'": "12:00:00+15:59",
    "inet '10.0.0.0/8'": "10.0.0.0/8",
    "int4range(1, 5)": "[1,5)",
    "'{[1,3),[5,7)}'::int4multirange": "{[1,3),[5,7)}",
    "'(1,2),(0,0)'::box": "(1,2),(0,0)",
    "ARRAY['(1,2),(0,0)'::box]": "{(1,2),(0,0)}",
    "ROW(1, 'a')": "(1,a)",
    "'6f5e8b4e-0000-4000-8000-000000000000'::uuid": "6f5e8b4e-0000-4000-8000-000000000000",
    "B'1010'": "1010",
    "'a'::\"char\"": "a",
    "'pg_class'::regclass": "pg_class",
    "'<a>b</a>'::xml": "<a>b</a>",
    "ARRAY[1, NULL, 3]": [1, None, 3],
    "ARRAY[ARRAY[1, 2], ARRAY[3, 4]]": [[1, 2], [3, 4]],
    "ARRAY[]::int[]": [],
    "'[0:1]={1,2}'::int[]": "[0:1]={1,2}",
    "ARRAY['a,b', 'c;d', 'NULL', NULL, '', '\"', E'\\\\', '{}', ' ']": [
        "a,b",
        "c;d",
        "NULL",
        None,
        "",
        '"',
        "\\",
        "{}",
        " ",
    ],
    "ARRAY['NaN'::float8, 1]": ["NaN", 1],
    "ARRAY[interval '1 month']": ["1 mon"],
    "ARRAY['infinity'::date]": ["infinity"],
    "ARRAY[true, false]": [True, False],
    """ARRAY['{"a": [1]}'::jsonb]""": [{"a": [1]}],
    """'{"a": [1, null, 1.5, "x"]}'::jsonb""": {"a": [1, None, 1.5, "x"]},
    "'1e400'::json": "1e400",
    "'[1e400]'::json": "[1e400]",
    r"""'"\ud800"'::json""": r'"\ud800"',
    r"""'{"\ud800": 1}'::json""": r'{"\ud800": 1}',
    r"""'"\ud83d\ude00"'::json""": "\U0001f600",
    "repeat('[', 5000)::text": "[" * 5000,
    "(repeat('[', 500) || repeat(']', 500))::json": "[" * 500 + "]" * 500,
    "repeat('9', 5000)::json": "9" * 5000,
    "'null'::json": None,
    "chr(1) || chr(127) || 'ü'": "\x01\x7fü",
    "chr(1114111)": "\U0010ffff",
}


@pytest.mark.parametrize("expression", VALUES)
def test_values_are_json_or_as_the_server_prints_them(ground: Arena, expression: str) -> None:
    answer = sent(ground, {"action": "query", "sql": f"SELECT {expression}"})
    assert answer["ok"], answer
    assert answer["result"]["rows"] == [[VALUES[expression]]]


def test_values_do_not_depend_on_what_the_user_made_its_default(ground: Arena) -> None:
    settings = {
        "datestyle": "'SQL, DMY'",
        "intervalstyle": "iso_8601",
        "bytea_output": "escape",
        "extra_float_digits": "-5",
    }
    ground.arrange(*(f"ALTER ROLE experiment_reader SET {name} = {value}" for name, value in settings.items()))
    forget_connections()
    try:
        answer = sent(
            ground,
            {"action": "query", "sql": r"SELECT date '2026-11-22', interval '1 mon', '\x00'::bytea, 0.1::float8 + 0.2"},
        )
    finally:
        ground.arrange(*(f"ALTER ROLE experiment_reader RESET {name}" for name in settings))
        forget_connections()
    assert answer["result"]["rows"] == [["2026-11-22", "1 mon", r"\x00", 0.30000000000000004]]


# --- sizes

LARGE = {
    "one row of 7 MB": ("SELECT repeat('x', 7000000)", 100, 0),
    "rows of 1 MB": ("SELECT repeat('x', 1000000) FROM generate_series(1, 300)", 1000, 3),
    "rows of 3 MB": ("SELECT n, repeat('x', 3000000) FROM generate_series(1, 9) AS n", 100, 1),
    "many small rows": ("SELECT n, repeat('y', 9000) FROM generate_series(1, 1000) AS n", 1000, 400),
    "control characters": ("SELECT repeat(chr(1), 500000) FROM generate_series(1, 9)", 100, 1),
    "letters of three bytes": ("SELECT repeat('€', 300000) FROM generate_series(1, 9)", 100, 2),
    "many columns": ("SELECT " + ", ".join(f"repeat('z', 5000) AS c{n}" for n in range(1200)), 10, 0),
    "a row of 60 MB": ("SELECT repeat(repeat('x', 1000), 60000)", 10, 0),
    "small rows and then a huge one": (
        "SELECT CASE n WHEN 50 THEN repeat(repeat('x', 1000), 50000) ELSE '-' END FROM generate_series(1, 60) AS n",
        100,
        1,
    ),
    "an array of 10 MB": ("SELECT array_agg(n) FROM generate_series(1, 1500000) AS n", 10, 0),
}


@pytest.mark.parametrize("case", sampled(LARGE, *(case for case in LARGE if case != "an array of 10 MB")))
def test_an_answer_that_would_be_too_large_says_more(ground: Arena, case: str) -> None:
    statement, rows, least = LARGE[case]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = sent(ground, {"action": "query", "sql": statement, "rows": rows, "milliseconds": 30000})
    assert answer["ok"], answer
    assert answer["result"]["more"] is True
    assert len(answer["result"]["rows"]) >= least
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 300_000, "kilobytes; 512 MB are configured"
    assert sent(ground, {"action": "query", "sql": "SELECT 1"})["result"]["rows"] == [[1]]


@pytest.mark.parametrize("rows", [1, 2, 99, 100, 101, 999, 1000])
def test_as_many_rows_as_asked_for(ground: Arena, rows: int) -> None:
    for there, more in ((rows, False), (rows + 1, True)):
        result = ground.succeed("query", sql="SELECT generate_series(1, %s)", parameters=[there], rows=rows)
        assert [row for (row,) in result["rows"]] == list(range(1, rows + 1))
        assert result["more"] is more


def test_a_query_has_one_time_limit_for_all_that_it_fetches(ground: Arena) -> None:
    answer = sent(
        ground,
        {
            "action": "query",
            "sql": "SELECT pg_sleep(0.1) FROM generate_series(1, 1000)",
            "milliseconds": 500,
            "rows": 1000,
        },
    )
    assert answer["error"]["type"] == "database-refused"
    assert "57014" in answer["error"]["message"]


@pytest.mark.parametrize(("statement", "parameters"), [("SELECT %s", {"a": 1}), ("SELECT %(a)s", [1])], ids=str)
def test_parameters_of_the_other_kind_are_an_invalid_event(ground: Arena, statement: str, parameters: Any) -> None:
    answer = sent(ground, {"action": "query", "sql": statement, "parameters": parameters})
    assert answer["error"]["type"] == "invalid-event", answer
    assert answer["error"]["message"].startswith("parameters: ")


@pytest.mark.parametrize("depth", [7, 900])
def test_parameters_that_are_nested_too_deep_are_typed(ground: Arena, depth: int) -> None:
    nested: list[Any] = [1]
    for _ in range(depth):
        nested = [nested]
    answer = sent(ground, {"action": "query", "sql": "SELECT %s::int[]", "parameters": [nested]})
    assert answer["error"]["type"] in {"invalid-event", "database-refused"}, answer


def test_what_a_query_made_all_the_same_is_rolled_back(ground: Arena) -> None:
    # PostgreSQL 15 lets a transaction that only reads make large objects.
    sent(ground, {"action": "query", "sql": "SELECT lo_create(0)"})
    assert ground.rows("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]


def test_a_result_without_columns_is_an_answer(ground: Arena) -> None:
    assert sent(ground, {"action": "query", "sql": "SELECT"})["result"] == {"columns": [], "rows": [[]], "more": False}


# --- statements

STATEMENTS = [
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE experimentation.experiments",
    "COMMIT",
    "ROLLBACK; BEGIN",
    "COPY experimentation.experiments TO STDOUT",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "DO $$BEGIN END$$",
    "CALL nothing()",
    "EXPLAIN ANALYZE INSERT INTO experimentation.experiments (key) VALUES ('x')",
    "SELECT 1 INTO TEMPORARY t",
    "SELECT * FROM experimentation.experiments FOR UPDATE",
    "SELECT pg_notify('a', repeat('b', 9000))",
    "SELECT set_config('role', 'experiment_writer', false)",
    "SELECT set_config('session_authorization', 'experiment_writer', false)",
    "SELECT * FROM experimentation.migrations",
    "SELECT * FROM pg_authid",
    "SELECT pg_reload_conf()",
    "SELECT experimentation.assign(1, 'u', 1)",
    "SELECT query_to_xml('INSERT INTO experimentation.experiments (key) VALUES (''x'')', true, true, '')",
    "/* no statement */",
    "FETCH ALL FROM query",
    "x' OR '1'='1",
    'SELECT "' + "x" * 3_000_000 + '"',
    "SELECT " + "(" * 100_000,
]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement[:40])
def test_a_query_that_does_more_than_read_is_refused(ground: Arena, statement: str) -> None:
    answer = sent(ground, {"action": "query", "sql": statement})
    assert answer["error"]["type"] == "database-refused", answer
    assert len(answer["error"]["message"]) <= 2000
    assert ground.rows("SELECT count(*) FROM experimentation.experiments") == [(0,)]


# --- events

WRONG: list[Any] = [
    None,
    [],
    "health",
    7,
    True,
    {"action": None},
    {"action": {"action": "health"}},
    {"action": "h" * 3_000_000},
    {"action": "\x00" * 1_500_000},
    {"action": "\ud800"},
    {"action": "health", "\ud800" * 10: 1},
    {"action": "health"} | {f"key{n}": n for n in range(20_000)},
    {"action": "health", "x" * 3_000_000: 1},
    {"action": "migrate", "authenticate": ["secret"]},
    {"action": "migrate", "authenticate": {"secret": 1}},
    {"action": "migrate", "authenticate": None},
    {"action": "migrate", "authenticate": 1},
    {"action": "migrate", "authenticate": "\x01" * 1_500_000},
    {"action": "partitions", "authenticate": [[]]},
    {"action": "partitions", "scheduled": []},
    {"action": "query"},
    {"action": "query", "sql": None},
    {"action": "query", "sql": ["SELECT 1"]},
    {"action": "query", "sql": "SELECT 1\x00; DROP TABLE experiments"},
    {"action": "query", "sql": "SELECT '\ud800'"},
    {"action": "query", "sql": "SELECT %s", "parameters": ["a\x00b"]},
    {"action": "query", "sql": "SELECT %s", "parameters": ["\udfff"]},
    {"action": "query", "sql": "SELECT %(a)s", "parameters": {"a": "\x00"}},
    {"action": "query", "sql": "SELECT %(a)s", "parameters": {"a\x00": 1}},
    {"action": "query", "sql": "SELECT %s", "parameters": [["a", ["\x00"]]]},
    {"action": "query", "sql": "SELECT 1", "parameters": "1"},
    {"action": "query", "sql": "SELECT 1", "rows": 1.5},
    {"action": "query", "sql": "SELECT 1", "rows": "\x01" * 1_500_000},
    {"action": "query", "sql": "SELECT 1", "rows": 10**1000},
    {"action": "query", "sql": "SELECT 1", "milliseconds": []},
    {"action": "query", "sql": "SELECT 1", "milliseconds": -1},
]


@pytest.mark.parametrize("event", WRONG, ids=lambda event: repr(event)[:50])
def test_a_wrong_event_is_typed_and_answered_shortly(ground: Arena, event: Any) -> None:
    answer = sent(ground, event)
    assert answer["error"]["type"] == "invalid-event", answer
    assert len(answer["error"]["message"]) <= 2000
    assert len(json.dumps(answer)) < 20_000


PARAMETERS: list[tuple[str, Any]] = [
    ("SELECT %s", []),
    ("SELECT %s", [1, 2]),
    ("SELECT %(a)s", {}),
    ("SELECT %s", [{"a": 1}]),
    ("SELECT %s", [[1, "a"]]),
    ("SELECT %s::int", ["\x01" * 500_000]),
    ("SELECT %s::int", [10**100]),
    ("SELECT %d", [1]),
    ("SELECT 5 % 3", [1]),
]


@pytest.mark.parametrize(("statement", "parameters"), PARAMETERS, ids=str)
def test_parameters_that_do_not_fit_are_typed(ground: Arena, statement: str, parameters: Any) -> None:
    answer = sent(ground, {"action": "query", "sql": statement, "parameters": parameters})
    assert answer["error"]["type"] == "database-refused", answer
    assert "unknown" not in answer["error"]["message"]
    assert len(json.dumps(answer)) < 20_000


# --- the contract

GARBLED: list[tuple[str, str]] = [
    ("port", "not-a-number"),
    ("port", "5432x"),
    ("port", "-1"),
    ("port", "0"),
    ("port", "65536"),
    ("port", "\uff15\uff14\uff13\uff12"),
    ("port", "9" * 4000),
    ("port", " 5432"),
    ("proxy_port", "no"),
    ("writer_endpoint", "/run/postgresql"),
    ("writer_endpoint", "one.example,two.example"),
    ("writer_endpoint", "two words"),
    ("writer_endpoint", "'"),
    ("writer_endpoint", "@socket"),
    ("reader_endpoint", "reader.example:5432"),
    ("reader_endpoint", "postgresql://reader.example"),
    ("proxy_endpoint", "../proxy"),
    ("name", "experiments\nuser=postgres"),
    ("secret_arn", "hunter2\t"),
]


@pytest.mark.parametrize(("parameter", "value"), GARBLED)
def test_a_garbled_contract_is_named_and_not_connected_to(ground: Arena, parameter: str, value: str) -> None:
    garbled = ground.published_anew(**{"name": ground.database, parameter: value})
    for action in ("health", "query", "partitions"):
        error = garbled.fail(action, **({"sql": "SELECT 1"} if action == "query" else {}))
        assert error["type"] == "contract-unreadable"
        assert parameter.replace("_", "-") in error["message"]
        assert value.strip() not in error["message"] or len(value) < 3
    with pytest.raises(AccessFailure), connect(prefix=garbled.prefix):
        pass


# --- the secret

SECRETS = [
    '{"username": "platform_admin", "password": null}',
    '{"username": "platform_admin", "password": ""}',
    '{"username": "platform_admin", "password": 7}',
    '{"username": "platform_admin", "password": ["hunter2"]}',
    '{"username": "platform_admin", "password": "hunter2\\u0000"}',
    '{"username": null, "password": "hunter2"}',
    '{"username": "", "password": "hunter2"}',
    '{"username": ["platform_admin"], "password": "hunter2"}',
    '{"password": "hunter2"}',
    '"hunter2"',
    "null",
    "7",
    "[" * 100_000,
    "{",
]


@pytest.mark.parametrize("text", SECRETS, ids=lambda text: text[:50])
def test_a_secret_that_is_no_password_is_typed_at_once(ground: Arena, text: str) -> None:
    secret = boto3.client("secretsmanager").create_secret(Name=f"wrong-{abs(hash(text))}", SecretString=text[:60_000])
    wrong = ground.published_anew(name=ground.database, secret_arn=secret["ARN"])
    for action in ("migrate", "partitions"):
        error = wrong.fail(action, authenticate="secret")
        assert error["type"] == "secret-unreadable"
        assert "hunter2" not in error["message"]
    with pytest.raises(AccessFailure) as told, connect("migrator", authenticate="secret", prefix=wrong.prefix):
        pass
    assert told.value.type == "secret-unreadable"


def test_a_servers_error_of_any_length_is_answered_shortly(ground: Arena) -> None:
    ground.owned(
        "CREATE FUNCTION experimentation.shouts() RETURNS int LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = repeat(chr(1), 1500000); END $$"
    )
    try:
        answer = sent(ground, {"action": "query", "sql": "SELECT experimentation.shouts()"})
        assert len(json.dumps(answer)) < 20_000
        with pytest.raises(psycopg.errors.RaiseException), connect("reader", prefix=ground.prefix) as connection:
            connection.execute("SELECT experimentation.shouts()")
    finally:
        ground.owned("DROP FUNCTION experimentation.shouts")
