"""How PostgreSQL executes the hot queries on a million rows, which docs/schema.md shows.

``UPDATE_FIGURES=1`` writes the figures anew; without it, what is shown has to be what happens, but for the times.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

import pytest

from tests.functions.platform import READER, WRITER, deployed, forget_connections
from tests.harness import ROOT
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.servers.certificates import Authority
    from tests.servers.iam import Iam

pytestmark = pytest.mark.long

DOCUMENT = ROOT / "docs" / "schema.md"

MARKS = ("<!-- figures: written by tests/functions/test_functions_plans.py -->\n", "<!-- end of figures -->\n")

LOAD = """
SET session_replication_role = replica;  -- a million checked foreign keys would prove nothing here
INSERT INTO experimentation.experiments (key) SELECT 'load-' || n FROM generate_series(1, 20) AS n;
INSERT INTO experimentation.variants (experiment_id, key)
SELECT id, variant.key FROM experimentation.experiments, unnest(ARRAY['a', 'b']) AS variant (key) ORDER BY 1, 2;
INSERT INTO experimentation.assignments (experiment_id, unit_id, variant_id)
SELECT 1 + n % 20, 'unit-' || n / 20, 1 + 2 * (n % 20) + n / 20 % 2 FROM generate_series(0, 999999) AS n ORDER BY 1, 2;
INSERT INTO experimentation.exposures (experiment_id, unit_id, occurred_at, variant_id)
SELECT 1 + n % 20, 'unit-' || n / 20, date_trunc('day', now(), 'UTC') + (n % 9 - 1) * interval '1 day'
    + n % 86000 * interval '1 second', 1 + 2 * (n % 20) + n / 20 % 2
FROM generate_series(0, 999999) AS n ORDER BY 1, 2, 3;
INSERT INTO experimentation.metric_events (metric, unit_id, occurred_at, event_id, value)
SELECT 'metric-' || n % 50, 'unit-' || n % 50000, date_trunc('day', now(), 'UTC') + (n % 9 - 1) * interval '1 day'
    + n % 86000 * interval '1 second', gen_random_uuid(), n % 100
FROM generate_series(0, 999999) AS n ORDER BY 1, 2, 3;
ANALYZE experimentation.experiments, experimentation.variants, experimentation.assignments,
    experimentation.exposures, experimentation.metric_events;
SET work_mem = '4MB';
"""


@dataclass(frozen=True)
class Hot:
    """A query that consumers send often."""

    about: str
    statement: LiteralString


HOT = (
    Hot(
        "assignment look-up",
        "SELECT variant_id FROM experimentation.assignments WHERE experiment_id = 7 AND unit_id = 'unit-4711'",
    ),
    Hot(
        "exposure insert",
        "INSERT INTO experimentation.exposures (experiment_id, unit_id, occurred_at, variant_id) "
        "VALUES (7, 'unit-4711', now(), 13) ON CONFLICT (experiment_id, unit_id, occurred_at) DO NOTHING",
    ),
    Hot(
        "daily aggregate of exposures",
        "SELECT variant_id, count(*), count(DISTINCT unit_id) FROM experimentation.exposures "
        "WHERE experiment_id = 7 AND occurred_at >= date_trunc('day', now(), 'UTC') "
        "AND occurred_at < date_trunc('day', now(), 'UTC') + interval '1 day' GROUP BY variant_id",
    ),
    Hot(
        "daily aggregate of a metric by variant",
        "SELECT a.variant_id, count(*), avg(m.value) FROM experimentation.metric_events AS m "
        "JOIN experimentation.assignments AS a ON a.unit_id = m.unit_id AND a.experiment_id = 7 "
        "WHERE m.metric = 'metric-7' AND m.occurred_at >= date_trunc('day', now(), 'UTC') "
        "AND m.occurred_at < date_trunc('day', now(), 'UTC') + interval '1 day' GROUP BY a.variant_id",
    ),
)


@dataclass(frozen=True)
class Figures:
    """What a query did: the relations it read, by which index, and its time in milliseconds."""

    about: str
    relations: str
    milliseconds: float

    def row(self) -> str:
        """Return the line of the document."""
        return f"| {self.about} | {self.relations} | {self.milliseconds:.2f} ms |"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def measured(connection: psycopg.Connection[tuple[Any, ...]], query: Hot) -> Figures:
    times = []
    read: set[str] = set()
    for _ in range(5):
        with connection.transaction(force_rollback=True):
            row = connection.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query.statement).fetchone()
        assert row is not None
        (explained,) = row[0]
        times.append(explained["Execution Time"])
        read = {
            f"`{node['Index Name']}`" if "Index Name" in node else f"`{node['Relation Name']}` without an index"
            for node in nodes(explained["Plan"])
            if "Index Name" in node or (node["Node Type"] == "Seq Scan")
        } | {
            f"`{index}` to find conflicts"
            for node in nodes(explained["Plan"])
            for index in node.get("Conflict Arbiter Indexes", ())
        }
        # Never executed branches and pruned partitions are not in a plan that was analyzed, or have no loops.
        assert all(node.get("Actual Loops", 1) for node in nodes(explained["Plan"]) if "Index Name" in node)
    relations = re.sub(r"\d{8}", "<day>", ", ".join(sorted(read)))
    return Figures(query.about, relations, sorted(times)[len(times) // 2])


LOADING = {"shared_buffers": "512MB", "work_mem": "256MB", "max_wal_size": "8GB", "wal_level": "minimal"}
"""The server's settings for a fast load; ``work_mem`` is put back before anything is measured."""


def test_hot_queries_use_their_indexes_and_partitions(authority: Authority, signing: Iam) -> None:
    settings = LOADING | {"max_wal_senders": "0", "full_page_writes": "off", "autovacuum": "off"}
    with postgres.running(certificate=authority.server(names=[WRITER, READER]), settings=settings) as server:
        platform = deployed(server, signing)
        platform.succeed("migrate", authenticate="secret")
        with platform.superuser() as connection:
            connection.execute(LOAD)
            found = [measured(connection, query) for query in HOT]
            (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
        forget_connections()
    assert [figures.relations for figures in found] == [
        "`assignments_pkey`",
        "`exposures_pkey` to find conflicts",
        "`exposures_<day>_pkey`",
        "`assignments_pkey`, `metric_events_<day>_pkey`",
    ]
    before, rest = DOCUMENT.read_text().split(MARKS[0])
    shown, after = rest.split(MARKS[1])
    if os.environ.get("UPDATE_FIGURES"):
        table = [
            f"Measured on {dt.datetime.now(dt.UTC):%Y-%m-%d}, on two cores, with PostgreSQL {version.split()[0]} and",
            "everything in memory; the median of five:",
            "",
            "| query | indexes used, all others untouched | execution |",
            "| --- | --- | --- |",
            *(figures.row() for figures in found),
        ]
        shown = "\n" + "\n".join(table) + "\n\n"
        DOCUMENT.write_text(before + MARKS[0] + shown + MARKS[1] + after)
    rows = [line.rsplit("|", 2)[0] for line in shown.splitlines() if line.endswith(" ms |")]
    assert rows == [figures.row().rsplit("|", 2)[0] for figures in found], "UPDATE_FIGURES=1 writes them anew"
