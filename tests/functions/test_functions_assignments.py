"""Assignments under concurrency: no unit has two variants, and none is lost."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import pytest

from database_access import connect
from tests.functions.assigning import assign

if TYPE_CHECKING:
    from tests.functions.platform import Platform

PROCESSES = 4

OWN = 2000

SHARED = 500


@pytest.mark.slow
def test_ten_thousand_concurrent_assignments(platform: Platform) -> None:
    """Each process assigns units of its own and, at the same time as all others, the same shared ones."""
    with connect(prefix=platform.prefix) as connection:
        row = connection.execute("INSERT INTO experiments (key) VALUES ('concurrent') RETURNING id").fetchone()
        assert row is not None
        experiment: int = row[0]
        variants = [
            variant
            for key in ("a", "b", "c", "d")
            for (variant,) in connection.execute(
                "INSERT INTO variants (experiment_id, key) VALUES (%s, %s) RETURNING id", [experiment, key]
            )
        ]
    work = [
        (
            platform.prefix,
            experiment,
            variants[number],
            [
                unit
                for index in range(OWN)
                for unit in (
                    [f"own-{number}-{index}"] + ([f"shared-{index // 4}"] if index % (OWN // SHARED) == 0 else [])
                )
            ],
        )
        for number in range(PROCESSES)
    ]
    assert sum(len(units) for *_, units in work) == 10_000
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        answers = [answer for part in pool.starmap(assign, work, chunksize=1) for answer in part]
    assert len(answers) == 10_000
    with connect("reader", prefix=platform.prefix) as connection:
        stored = connection.execute(
            "SELECT unit_id, variant_id FROM assignments WHERE experiment_id = %s", [experiment]
        ).fetchall()
    assert len(stored) == PROCESSES * OWN + SHARED
    assert dict(stored).keys() == {unit for unit, _ in answers}
    assert set(answers) == set(stored), "every process was told what is stored"
    assert len({variant for unit, variant in stored if unit.startswith("shared")}) > 1, "processes did compete"
