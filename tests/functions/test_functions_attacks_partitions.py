"""Abuse of the partitions: what is lost, what is missing unheard, and what stops everybody else's."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.functions.platform import forget_connections, variables_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.arena import Arena

pytestmark = pytest.mark.long

TODAY, TOMORROW = 0, 1

LISTED_ABSENT = "INSERT INTO experimentation.partitioned_tables VALUES ('absent', 30)"


@pytest.fixture
def listed(ground: Arena) -> Arena:
    """Return an arena in which ``first`` and ``other`` alone are listed, without a partition, and kept for 30 days."""
    ground.arrange(
        "DROP SCHEMA IF EXISTS archive CASCADE; CREATE SCHEMA archive AUTHORIZATION experiment_migrator",
        "DROP SCHEMA experimentation CASCADE; CREATE SCHEMA experimentation AUTHORIZATION experiment_migrator",
    )
    ground.owned(
        "SET search_path = experimentation;"
        "CREATE TABLE migrations (version int PRIMARY KEY, name text, checksum text, milliseconds int);"
        "CREATE TABLE partitioned_tables (table_name name PRIMARY KEY, retention_days integer NOT NULL);"
        "CREATE TABLE first (at timestamptz NOT NULL, id int, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);"
        "CREATE TABLE other (LIKE first INCLUDING ALL) PARTITION BY RANGE (at)",
        "INSERT INTO partitioned_tables VALUES ('first', 30), ('other', 30)",
    )
    return ground


def partition(
    arena: Arena, offset: int, *, of: str = "first", name: str = "", days: int = 1, schema: str = "experimentation"
) -> str:
    """Attach a partition from a day on; return its name."""
    name = name or f"{of}_{arena.day(offset)}"
    begin, end = arena.day(offset, "YYYY-MM-DD"), arena.day(offset + days, "YYYY-MM-DD")
    arena.owned(
        f"CREATE TABLE {schema}.{name} PARTITION OF experimentation.{of} "
        f"FOR VALUES FROM ('{begin} 00:00:00+00') TO ('{end} 00:00:00+00')"
    )
    return name


def failures(arena: Arena) -> dict[str, Any]:
    """Return what the action could not do, by table, and check that it says so."""
    answer = arena.invoke("partitions")
    assert answer["ok"] is False
    assert answer["error"]["type"] == "partitions-failed"
    failed = {name: done["failed"] for name, done in answer["result"].items() if "failed" in done}
    for name, why in failed.items():
        assert name[:40] in answer["error"]["message"]
        assert why
    return failed


# --- nothing is lost that is no partition, and nothing that is younger than the retention


def detached(arena: Arena) -> str:
    name = partition(arena, -50)
    arena.arrange(f"ALTER TABLE experimentation.first DETACH PARTITION experimentation.{name}")
    return name


def unrelated(arena: Arena) -> str:
    name = f"first_{arena.day(-60)}"
    arena.owned(f"CREATE TABLE experimentation.{name} (order_id int)")
    return name


def of_another(arena: Arena) -> str:
    arena.arrange("UPDATE experimentation.partitioned_tables SET retention_days = 90 WHERE table_name = 'other'")
    return partition(arena, -50, of="other", name=f"first_{arena.day(-50)}")


def inherited(arena: Arena) -> str:
    name = f"first_{arena.day(-50)}"
    arena.owned(
        "CREATE TABLE experimentation.plain (id int);"
        f"CREATE TABLE experimentation.{name} () INHERITS (experimentation.plain)"
    )
    return name


def default(arena: Arena) -> str:
    name = f"first_{arena.day(-50)}"
    arena.owned(f"CREATE TABLE experimentation.{name} PARTITION OF experimentation.first DEFAULT")
    return name


def reaching_into_today(arena: Arena) -> str:
    return partition(arena, -50, days=40)


def misnamed(arena: Arena) -> str:
    return partition(arena, -20, name=f"first_{arena.day(-500)}")


def half_open(arena: Arena) -> str:
    name, begin = f"first_{arena.day(-500)}", arena.day(-20, "YYYY-MM-DD")
    arena.owned(
        f"CREATE TABLE experimentation.{name} PARTITION OF experimentation.first "
        f"FOR VALUES FROM ('{begin} 00:00:00+00') TO (MAXVALUE)"
    )
    return name


def the_oldest_kept(arena: Arena) -> str:
    return partition(arena, -30)


KEPT = (detached, unrelated, of_another, inherited, default, reaching_into_today, misnamed, half_open, the_oldest_kept)


@pytest.mark.parametrize("arranged", KEPT, ids=lambda arranged: arranged.__name__)
def test_retention_drops_no_more_than_expired_partitions(listed: Arena, arranged: Callable[[Arena], str]) -> None:
    name = arranged(listed)
    answer = listed.invoke("partitions")
    assert listed.exists(name)
    done = answer["result"]["first"]
    assert done["dropped"] == []


def of_any_name(arena: Arena) -> str:
    return partition(arena, -31, name="whatever")


def of_a_week(arena: Arena) -> str:
    return partition(arena, -50, name="week", days=7)


def of_another_schema(arena: Arena) -> str:
    return partition(arena, -50, name="elsewhere", schema="archive")


def since_ever(arena: Arena) -> str:
    end = arena.day(-40, "YYYY-MM-DD")
    arena.owned(
        "CREATE TABLE experimentation.ever PARTITION OF experimentation.first "
        f"FOR VALUES FROM (MINVALUE) TO ('{end} 00:00:00+00')"
    )
    return "ever"


def before_our_era(arena: Arena) -> str:
    arena.owned(
        "CREATE TABLE experimentation.ancient PARTITION OF experimentation.first "
        "FOR VALUES FROM ('-infinity') TO ('0044-03-15 00:00:00+00 BC')"
    )
    return "ancient"


def divided_itself(arena: Arena) -> str:
    begin, end = arena.day(-40, "YYYY-MM-DD"), arena.day(-39, "YYYY-MM-DD")
    arena.owned(
        "CREATE TABLE experimentation.divided PARTITION OF experimentation.first "
        f"FOR VALUES FROM ('{begin} 00:00:00+00') TO ('{end} 00:00:00+00') PARTITION BY HASH (id);"
        "CREATE TABLE experimentation.part PARTITION OF experimentation.divided "
        "FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
    )
    return "divided"


EXPIRED = (of_any_name, of_a_week, of_another_schema, since_ever, before_our_era, divided_itself)


@pytest.mark.parametrize("arranged", EXPIRED, ids=lambda arranged: arranged.__name__)
def test_retention_drops_expired_partitions_whatever_they_are_called(
    listed: Arena, arranged: Callable[[Arena], str]
) -> None:
    name = arranged(listed)
    assert listed.succeed("partitions")["first"]["dropped"] == [name]
    assert name not in listed.partitions("first")


def test_a_partition_that_is_detached_meanwhile_is_not_dropped(listed: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    from database_access.actions import partitions  # noqa: PLC0415 - what is attacked

    name = partition(listed, -50)
    drop = partitions._drop

    def late(*arguments: Any) -> bool:
        listed.arrange(f"ALTER TABLE experimentation.first DETACH PARTITION experimentation.{name}")
        return drop(*arguments)

    monkeypatch.setattr(partitions, "_drop", late)
    assert listed.succeed("partitions")["first"]["dropped"] == []
    assert listed.exists(name)


# --- nothing is missing unheard


def view(arena: Arena, name: str) -> None:
    arena.owned(f"CREATE VIEW experimentation.{name} AS SELECT 1")


def plain_table(arena: Arena, name: str) -> None:
    arena.owned(f"CREATE TABLE experimentation.{name} ()")


def detached_today(arena: Arena, name: str) -> None:
    partition(arena, TODAY)
    arena.arrange(f"ALTER TABLE experimentation.first DETACH PARTITION experimentation.{name}")


def sequence(arena: Arena, name: str) -> None:
    arena.owned(f"CREATE SEQUENCE experimentation.{name}")


def index(arena: Arena, name: str) -> None:
    arena.owned(f"CREATE INDEX {name} ON experimentation.migrations (name)")


def composite(arena: Arena, name: str) -> None:
    arena.owned(f"CREATE TYPE experimentation.{name} AS (a int)")


def enumeration(arena: Arena, name: str) -> None:
    arena.owned(f"CREATE TYPE experimentation.{name} AS ENUM ('a')")


def partition_of_another(arena: Arena, name: str) -> None:
    partition(arena, 20, of="other", name=name)


def partition_of_another_day(arena: Arena, name: str) -> None:
    partition(arena, 20, name=name)


def partitioned_table(arena: Arena, name: str) -> None:
    arena.owned(f"CREATE TABLE experimentation.{name} (a int) PARTITION BY LIST (a)")


HOLDERS = (
    view,
    plain_table,
    detached_today,
    sequence,
    index,
    composite,
    enumeration,
    partition_of_another,
    partition_of_another_day,
    partitioned_table,
)


@pytest.mark.parametrize("holds", HOLDERS, ids=lambda holds: holds.__name__)
def test_a_name_that_something_else_holds_is_an_error_that_says_so(
    listed: Arena, holds: Callable[[Arena, str], None]
) -> None:
    name = f"first_{listed.day(TODAY)}"
    holds(listed, name)
    for _ in range(2):
        failed = failures(listed)
        assert list(failed) == ["first"]
        assert len(failed["first"]) == 1
        assert name in failed["first"][0]
    assert len(listed.partitions("first")) >= 8, "the other days are there"
    assert len(listed.partitions("other")) >= 9


def test_days_that_a_longer_partition_covers_are_there(listed: Arena) -> None:
    partition(listed, -1, name="fortnight", days=14)
    assert listed.succeed("partitions")["first"]["created"] == []
    assert listed.partitions("first") == ["fortnight"]


def test_days_that_several_partitions_cover_are_there(listed: Arena) -> None:
    day = listed.day(TOMORROW, "YYYY-MM-DD")
    for hour in ("00", "06", "12", "18"):
        after = {"18": f"{listed.day(TOMORROW + 1, 'YYYY-MM-DD')} 00"}.get(hour, f"{day} {int(hour) + 6:02}")
        listed.owned(
            f"CREATE TABLE experimentation.hours_{hour} PARTITION OF experimentation.first "
            f"FOR VALUES FROM ('{day} {hour}:00:00+00') TO ('{after}:00:00+00')"
        )
    assert f"first_{listed.day(TOMORROW)}" not in listed.succeed("partitions")["first"]["created"]


def test_a_day_that_is_covered_in_part_is_named(listed: Arena) -> None:
    day = listed.day(TOMORROW, "YYYY-MM-DD")
    listed.owned(
        "CREATE TABLE experimentation.morning PARTITION OF experimentation.first "
        f"FOR VALUES FROM ('{day} 00:00:00+00') TO ('{day} 12:00:00+00')"
    )
    (why,) = failures(listed)["first"]
    assert f"first_{listed.day(TOMORROW)}" in why
    assert "overlap" in why
    assert len(listed.partitions("first")) == 9


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kolkata"])
def test_days_are_those_of_utc_wherever_the_server_is(listed: Arena, zone: str) -> None:
    listed.arrange(
        f"ALTER ROLE experiment_migrator SET timezone = '{zone}'",
        "ALTER ROLE experiment_migrator SET datestyle = 'SQL, DMY'",
    )
    forget_connections()
    try:
        assert len(listed.succeed("partitions")["first"]["created"]) == 9
        assert listed.succeed("partitions")["first"] == {"created": [], "dropped": []}
    finally:
        listed.arrange(
            "ALTER ROLE experiment_migrator RESET timezone", "ALTER ROLE experiment_migrator RESET datestyle"
        )
        forget_connections()
    ((bounds,),) = listed.rows(
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s", f"first_{listed.day(TODAY)}"
    )
    day = listed.day(TODAY, "YYYY-MM-DD")
    assert listed.rows("SELECT %s::timestamptz = (%s || ' 00:00:00+00')::timestamptz", bounds.split("'")[1], day) == [
        (True,)
    ]


def test_an_identity_stays_with_the_parent(listed: Arena) -> None:
    listed.owned(
        "CREATE TABLE experimentation.numbered "
        "(id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL) PARTITION BY RANGE (at)",
        "INSERT INTO experimentation.partitioned_tables VALUES ('numbered', 30)",
    )
    assert len(listed.succeed("partitions")["numbered"]["created"]) == 9
    listed.arrange("INSERT INTO experimentation.numbered (at) VALUES (now() AT TIME ZONE 'UTC')")


# --- one table's trouble is no other table's


def unknown_table(arena: Arena) -> None:
    arena.arrange(LISTED_ABSENT)


def listed_plain_table(arena: Arena) -> None:
    arena.arrange(LISTED_ABSENT)
    plain_table(arena, "absent")


def listed_view(arena: Arena) -> None:
    arena.arrange(LISTED_ABSENT)
    view(arena, "absent")


def listed_by_list(arena: Arena) -> None:
    arena.arrange(LISTED_ABSENT)
    partitioned_table(arena, "absent")


def listed_by_number(arena: Arena) -> None:
    arena.owned(
        "CREATE TABLE experimentation.absent (id int) PARTITION BY RANGE (id)",
        LISTED_ABSENT,
    )


def listed_by_two(arena: Arena) -> None:
    arena.owned(
        "CREATE TABLE experimentation.absent (at date, b date) PARTITION BY RANGE (at, b)",
        LISTED_ABSENT,
    )


def somebody_elses(arena: Arena) -> None:
    arena.arrange(
        "CREATE TABLE experimentation.absent (at date) PARTITION BY RANGE (at)",
        LISTED_ABSENT,
    )


def an_injected_name(arena: Arena) -> None:
    arena.arrange(
        "INSERT INTO experimentation.partitioned_tables VALUES ('absent\"; DROP TABLE experimentation.other; --', 30)"
    )


def retained(days: int) -> Callable[[Arena], None]:
    def arrange(arena: Arena) -> None:
        arena.owned(
            "CREATE TABLE experimentation.absent (at date) PARTITION BY RANGE (at)",
            LISTED_ABSENT.replace("30", str(days)),
        )

    arrange.__name__ = f"retained_for_{days}_days"
    return arrange


def rows_in_default(arena: Arena) -> None:
    arena.owned(
        "CREATE TABLE experimentation.absent (at timestamptz) PARTITION BY RANGE (at);"
        "CREATE TABLE experimentation.rest PARTITION OF experimentation.absent DEFAULT",
        "INSERT INTO experimentation.absent VALUES (now())",
        LISTED_ABSENT,
    )


def dependent_view(arena: Arena) -> None:
    arena.owned(
        "CREATE TABLE experimentation.absent (at timestamptz) PARTITION BY RANGE (at)",
        LISTED_ABSENT,
    )
    name = partition(arena, -60, of="absent")
    arena.owned(f"CREATE VIEW experimentation.v AS TABLE experimentation.{name}")


TROUBLE = (
    unknown_table,
    listed_plain_table,
    listed_view,
    listed_by_list,
    listed_by_number,
    listed_by_two,
    somebody_elses,
    an_injected_name,
    retained(1_000_000),
    retained(2_147_483_647),
    retained(0),
    retained(-1),
    rows_in_default,
    dependent_view,
)


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: trouble.__name__)
def test_the_trouble_of_one_table_is_named_and_stops_no_other(listed: Arena, trouble: Callable[[Arena], None]) -> None:
    expired = {of: partition(listed, -40, of=of) for of in ("first", "other")}
    trouble(listed)
    answer = listed.invoke("partitions")
    assert answer["error"]["type"] == "partitions-failed"
    assert [name[:6] for name, done in answer["result"].items() if "failed" in done] == ["absent"]
    for name, partitioned in expired.items():
        done = answer["result"][name]
        assert len(done["created"]) == 9
        assert done["dropped"] == [partitioned]


def test_a_table_that_only_looks_like_a_partition_of_no_day_is_left_alone(listed: Arena) -> None:
    plain_table(listed, "first_99999999")
    assert len(listed.succeed("partitions")["first"]["created"]) == 9
    assert listed.exists("first_99999999")


def test_a_drop_that_a_report_blocks_costs_a_second_and_no_partition(listed: Arena) -> None:
    expired = [partition(listed, offset) for offset in (-41, -42, -43)]
    partition(listed, -41, of="other")
    with listed.superuser() as report, report.transaction():
        report.execute("SELECT count(*) FROM experimentation.first")
        failed = failures(listed)
    assert list(failed) == ["first"]
    assert "SQLSTATE 55P03" in failed["first"][0]
    assert len(failed["first"]) == 1, "who reports is not waited for again and again"
    assert set(expired) < set(listed.partitions("first"))
    assert len(listed.partitions("first")) == 9 + 3
    assert len(listed.partitions("other")) == 9
    assert listed.succeed("partitions")["first"]["dropped"] == sorted(expired)


@pytest.mark.long
def test_a_table_that_is_locked_is_waited_for_once(listed: Arena) -> None:
    with listed.superuser() as other, other.transaction():
        other.execute("LOCK TABLE experimentation.first IN ACCESS EXCLUSIVE MODE")
        failed = failures(listed)
    assert {name: len(why) for name, why in failed.items()} == {"first": 1}
    assert len(listed.partitions("other")) == 9


def test_all_tables_have_their_coming_days_before_anything_is_dropped(listed: Arena) -> None:
    partition(listed, -40)
    listed.arrange(
        """
        CREATE FUNCTION public.refuses() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN IF current_query() LIKE 'DROP TABLE%%' THEN RAISE 'refused'; END IF; END $$;
        CREATE EVENT TRIGGER refuses ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION public.refuses()
        """.replace("%%", "%")
    )
    try:
        assert list(failures(listed)) == ["first"]
    finally:
        listed.arrange("DROP EVENT TRIGGER refuses; DROP FUNCTION public.refuses")
    assert len(listed.partitions("other")) == 9


# --- names, and runs at the same time


@pytest.mark.parametrize(
    "name", ["x" * 63, "x" * 55, "x" * 54, "ü" * 31, "€" * 20 + "abc", "a.b", 'quo"ted', "Größe", "with space", "a%s{}"]
)
def test_any_name_of_a_table_will_do(listed: Arena, name: str) -> None:
    quoted = name.replace('"', '""')
    with listed.superuser() as connection:
        connection.execute("SET ROLE experiment_migrator")
        connection.execute(f'CREATE TABLE experimentation."{quoted}" (at timestamptz) PARTITION BY RANGE (at)'.encode())
        connection.execute("INSERT INTO experimentation.partitioned_tables VALUES (%s, 30)", [name])
    created = listed.succeed("partitions")[name]["created"]
    assert sorted(created) == listed.partitions(name)
    assert len(created) == 9
    assert all(len(partition.encode()) <= 63 for partition in created)
    assert listed.succeed("partitions")[name] == {"created": [], "dropped": []}


def test_names_that_are_cut_alike_do_not_meet(listed: Arena) -> None:
    names = ["y" * 60 + ending for ending in "ab"]
    for name in names:
        listed.owned(
            f"CREATE TABLE experimentation.{name} (at timestamptz) PARTITION BY RANGE (at)",
            LISTED_ABSENT.replace("absent", name),
        )
    done = listed.succeed("partitions")
    assert [len(done[name]["created"]) for name in names] == [9, 9]


def test_runs_at_once_report_each_partition_once(listed: Arena) -> None:
    partition(listed, -40)
    answers: list[dict[str, Any]] = []

    def invoke() -> None:
        try:
            answers.append(listed.invoke("partitions"))
        finally:
            forget_connections()

    threads = [threading.Thread(target=invoke) for _ in range(4)]
    # Each call sets the variable and puts back what was there: with all of them, always the same.
    with variables_set(CONTRACT_PREFIX=listed.prefix):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # One that waits for another for longer than it may says so; what it names, the other one has done.
    waited = [answer["error"] for answer in answers if not answer["ok"]]
    assert all("lock" in str(error) or error["type"] == "partitions-failed" for error in waited), waited
    for kind, expected in (("created", 9), ("dropped", 1)):
        reported = [name for answer in answers if "result" in answer for name in answer["result"]["first"][kind]]
        assert len(reported) == len(set(reported)) == expected


def test_a_migration_reports_what_it_did_although_partitions_failed(field: Arena) -> None:
    unknown_table(field)
    answer = field.invoke("migrate")
    assert answer["error"]["type"] == "partitions-failed"
    assert answer["result"]["version"] == 2
    assert answer["result"]["partitions"]["absent"]["failed"]
