"""Every action, end to end: an event in, an answer out."""

from __future__ import annotations

import pytest

from tests.functions.platform import Platform


def test_the_first_migrate_needs_the_secret_and_later_ones_do_not(fresh: Platform) -> None:
    refused = fresh.fail("migrate")
    assert refused["type"] == "authentication-failed"
    assert "experiment_migrator" in refused["message"]
    first = fresh.succeed("migrate", authenticate="secret")
    assert [each["migration"] for each in first["applied"]] == ["0001_experimentation", "0002_events"]
    assert first["version"] == 2
    assert {table: len(done["created"]) for table, done in first["partitions"].items()} == {
        "exposures": 9,
        "metric_events": 9,
    }
    second = fresh.succeed("migrate")
    assert second["version"] == 2
    assert second["applied"] == []
    assert all(done == {"created": [], "dropped": []} for done in second["partitions"].values())
    assert fresh.iam is not None
    assert fresh.iam.admitted[-1] == "experiment_migrator"


def test_health_says_how_writer_and_reader_are(platform: Platform) -> None:
    health = platform.succeed("health")
    assert health["healthy"] is True
    for role, writable in (("writer", True), ("reader", False)):
        about = health[role]
        assert about["reachable"] is True
        assert about["tls_version"] == "TLSv1.3"
        assert about["server_version"].startswith(("15.", "16.", "17."))
        assert about["writable"] is writable
        assert about["standby"] is False
        assert about["lag_milliseconds"] == 0
        assert about["connect_milliseconds"] > 0
        assert about["query_milliseconds"] > 0


def test_health_says_what_is_not_reachable(fresh: Platform) -> None:
    fresh.succeed("migrate", authenticate="secret")
    elsewhere = fresh.published_anew(reader_endpoint="somewhere-else.rds.amazonaws.com")
    health = elsewhere.succeed("health")
    assert health["healthy"] is False
    assert health["writer"]["reachable"] is True
    assert health["reader"]["error"]["type"] == "server-not-trusted"


def test_health_reads_the_lag_where_aurora_tells_it(fresh: Platform) -> None:
    fresh.succeed("migrate", authenticate="secret")
    with fresh.superuser() as connection:
        # Aurora's own functions, as far as the action asks them; no other server has them.
        connection.execute(
            """
            CREATE FUNCTION pg_catalog.aurora_db_instance_identifier() RETURNS text LANGUAGE sql RETURN 'two';
            CREATE FUNCTION pg_catalog.aurora_replica_status(
                OUT server_id text, OUT session_id text, OUT replica_lag_in_msec double precision
            ) RETURNS SETOF record LANGUAGE sql
            AS $$ VALUES ('one', 'MASTER_SESSION_ID', 900.0), ('two', 'a', 17.25), ('three', 'b', 500.0) $$;
            """
        )
    assert fresh.succeed("health")["reader"]["lag_milliseconds"] == 17.2


def test_query_binds_its_parameters(platform: Platform) -> None:
    hostile = "'; DROP SCHEMA experimentation CASCADE; --"
    result = platform.succeed("query", sql="SELECT %s::text AS given, 2 AS two", parameters=[hostile])
    assert result == {"columns": ["given", "two"], "rows": [[hostile, 2]], "more": False}
    named = platform.succeed("query", sql="SELECT %(day)s::date + 1", parameters={"day": "2026-11-22"})
    assert named["rows"] == [["2026-11-23"]]
    assert platform.succeed("query", sql="SELECT 'a' LIKE 'a%'")["rows"] == [[True]]


def test_query_limits_rows_and_time(platform: Platform) -> None:
    counted = platform.succeed("query", sql="SELECT generate_series(1, 1000000)", rows=3)
    assert counted["rows"] == [[1], [2], [3]]
    assert counted["more"] is True
    assert platform.succeed("query", sql="VALUES (1), (2), (3)", rows=3)["more"] is False
    late = platform.fail("query", sql="SELECT pg_sleep(20)", milliseconds=200)
    assert late["type"] == "database-refused"
    assert "57014" in late["message"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO experimentation.experiments (key) VALUES ('x') RETURNING id",
        "WITH new AS (INSERT INTO experimentation.experiments (key) VALUES ('x') RETURNING id) SELECT * FROM new",
        "SELECT 1; COMMIT; CREATE TABLE experimentation.x ()",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT nextval('experimentation.experiments_id_seq')",
        "DROP TABLE experimentation.experiments",
        "SELECT pg_read_file('/etc/hostname')",
        "SET statement_timeout = 0",
    ],
)
def test_query_only_reads(platform: Platform, statement: str) -> None:
    assert platform.fail("query", sql=statement)["type"] == "database-refused"


def test_query_leaves_no_setting_behind(platform: Platform) -> None:
    shown = "SELECT current_setting('statement_timeout'), current_setting('search_path')"
    (before,) = platform.succeed("query", sql=shown, milliseconds=7000)["rows"]
    platform.succeed(
        "query", sql="SELECT set_config('statement_timeout', '0', false), set_config('search_path', 'public', false)"
    )
    (after,) = platform.succeed("query", sql=shown, milliseconds=7000)["rows"]
    assert before == after == ["7s", "experimentation"]


def test_query_is_off_unless_the_contract_says_otherwise(fresh: Platform) -> None:
    fresh.publish(query_enabled="false")
    assert fresh.fail("query", sql="SELECT 1")["type"] == "query-disabled"


@pytest.mark.parametrize(
    ("event", "mistakes"),
    [
        ({"action": "healht"}, ["did you mean health?"]),
        ({}, ["action: None is not one of health, migrate, partitions, query, upgrade-check"]),
        ({"action": ["health"]}, ["is not one of"]),
        ({"action": "health", "sql": "SELECT 1"}, ["sql: health takes nothing"]),
        ({"action": "migrate", "authenticate": "password"}, ["authenticate: 'password' is not one of iam, secret"]),
        (
            {"action": "query", "sql": " ", "row": 3, "rows": 0, "milliseconds": True, "parameters": "x"},
            ["did you mean rows?", "sql: ", "rows: 0", "milliseconds: True", "parameters: str"],
        ),
        ({"action": "query", "sql": "SELECT 1", "rows": 1001}, ["rows: 1001 is not a whole number from 1 to 1000"]),
    ],
)
def test_a_wrong_event_is_answered_with_all_its_mistakes(
    platform: Platform, event: dict[str, object], mistakes: list[str]
) -> None:
    given = dict(event)
    action: object = given.pop("action", None)
    error = platform.fail(action, **given)  # type: ignore[arg-type] # wrong on purpose
    assert error["type"] == "invalid-event"
    for mistake in mistakes:
        assert mistake in error["message"]


def test_an_incomplete_contract_says_what_is_missing(platform: Platform) -> None:
    wrong = Platform(platform.server)
    wrong.publish(writer_endpoint="writer", port="5432", name="experiments")
    error = wrong.fail("partitions")
    assert error["type"] == "contract-unreadable"
    assert f"{wrong.prefix}reader-endpoint, {wrong.prefix}secret-arn" in error["message"]


def test_partitions_are_made_ahead_and_dropped_after_their_retention(fresh: Platform) -> None:
    fresh.succeed("migrate", authenticate="secret")
    with fresh.superuser() as connection:
        connection.execute("UPDATE experimentation.partitioned_tables SET retention_days = 30")
        row = connection.execute(
            "SELECT to_char(now() AT TIME ZONE 'UTC' - interval '30 days', 'YYYYMMDD'), "
            "to_char(now() AT TIME ZONE 'UTC' - interval '31 days', 'YYYYMMDD'), "
            "to_char(now() AT TIME ZONE 'UTC' + interval '7 days', 'YYYYMMDD')"
        ).fetchone()
        assert row is not None
        kept, expired, last = row
        for day in (kept, expired):
            connection.execute(
                f"CREATE TABLE experimentation.exposures_{day} PARTITION OF experimentation.exposures "
                f"FOR VALUES FROM ('{day} 00:00:00+00') TO ('{day} 23:59:59.999999+00')"
            )
            connection.execute(f"ALTER TABLE experimentation.exposures_{day} OWNER TO experiment_migrator")
        connection.execute(f"DROP TABLE experimentation.exposures_{last}")
    done = fresh.succeed("partitions")
    assert done == {
        "exposures": {"created": [f"exposures_{last}"], "dropped": [f"exposures_{expired}"]},
        "metric_events": {"created": [], "dropped": []},
    }
    with fresh.superuser() as connection:
        present = {
            name
            for (name,) in connection.execute(
                "SELECT relid::regclass::text FROM pg_partition_tree('experimentation.exposures') WHERE isleaf"
            )
        }
    assert f"experimentation.exposures_{kept}" in present
    assert f"experimentation.exposures_{last}" in present
    assert f"experimentation.exposures_{expired}" not in present
    assert fresh.succeed("partitions") == {
        "exposures": {"created": [], "dropped": []},
        "metric_events": {"created": [], "dropped": []},
    }


@pytest.mark.parametrize(
    ("actions", "answered", "refused"),
    [("health,query", "health", "migrate"), ("migrate,partitions", "partitions", "query")],
)
def test_a_function_answers_its_own_actions_alone(
    platform: Platform, actions: str, answered: str, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_ACTIONS", actions)
    platform.succeed(answered)
    error = platform.fail(refused, **({"sql": "SELECT 1"} if refused == "query" else {}))
    assert error["type"] == "invalid-event"
    assert error["message"] == (
        f"action: {refused} is not for this function, which answers {actions.replace(',', ', ')}; ask the other"
    )
    unknown = platform.fail("partition")
    assert "is not one of " + actions.replace(",", ", ") in unknown["message"]
