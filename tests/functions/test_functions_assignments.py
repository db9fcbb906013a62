"""Assignments under concurrency: no unit has two variants, and none is lost."""

from __future__ import annotations

import multiprocessing
import threading
import time
from typing import TYPE_CHECKING

import pytest

from database_access import connect
from tests.functions import assigning
from tests.harness import PATIENCE

if TYPE_CHECKING:
    from tests.functions.platform import Platform

PROCESSES = 4

OWN = 2000

SHARED = 500


def an_experiment(platform: Platform, key: str) -> tuple[int, list[int]]:
    """Make an experiment with a variant for each process, and return their ids."""
    with connect(prefix=platform.prefix) as connection:
        row = connection.execute("INSERT INTO experiments (key) VALUES (%s) RETURNING id", [key]).fetchone()
        assert row is not None
        return row[0], [
            variant
            for number in range(PROCESSES)
            for (variant,) in connection.execute(
                "INSERT INTO variants (experiment_id, key) VALUES (%s, %s) RETURNING id", [row[0], f"v{number}"]
            )
        ]


def units(number: int) -> list[str]:
    """Return the units of a process: its own, and between them the shared ones, which each begins at another place."""
    every = OWN // SHARED
    first = number * SHARED // PROCESSES
    return [
        unit
        for index in range(SHARED)
        for unit in (
            f"shared-{(first + index) % SHARED}",
            *(f"own-{number}-{index * every + own}" for own in range(every)),
        )
    ]


@pytest.mark.long
def test_ten_thousand_concurrent_assignments(platform: Platform) -> None:
    """Each process assigns units of its own and, at the same time as all others, the same shared ones."""
    experiment, variants = an_experiment(platform, "concurrent")
    work = [(platform.prefix, experiment, variants[number], units(number)) for number in range(PROCESSES)]
    assert sum(len(each) for *_, each in work) == 10_000
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES, assigning.begin, [context.Barrier(PROCESSES, timeout=PATIENCE)]) as pool:
        answers = [answer for part in pool.starmap(assigning.assign, work, chunksize=1) for answer in part]
    assert len(answers) == 10_000
    with connect("reader", prefix=platform.prefix) as connection:
        stored = connection.execute(
            "SELECT unit_id, variant_id FROM assignments WHERE experiment_id = %s", [experiment]
        ).fetchall()
    assert len(stored) == PROCESSES * OWN + SHARED
    assert dict(stored).keys() == {unit for unit, _ in answers}
    assert set(answers) == set(stored), "every process was told what is stored"
    assert {variant for unit, variant in stored if unit.startswith("shared")} == {*variants}, "processes did compete"


def test_who_comes_second_waits_and_is_told_what_the_first_one_stored(platform: Platform) -> None:
    experiment, (mine, theirs, *_) = an_experiment(platform, "contended")
    assign = "SELECT experimentation.assign(%s, 'contended', %s)"
    told: list[tuple[int]] = []

    def second() -> None:
        with platform.superuser() as connection:
            told.extend(connection.execute(assign, [experiment, theirs]).fetchall())

    with platform.superuser() as watching, platform.superuser() as connection:
        with connection.transaction():
            connection.execute(assign, [experiment, mine])
            thread = threading.Thread(target=second)
            thread.start()
            deadline = time.monotonic() + PATIENCE
            waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%assign(%'"
            while not watching.execute(waiting).fetchall():
                assert time.monotonic() < deadline
                time.sleep(0.02)
        thread.join()
    assert told == [(mine,)]
