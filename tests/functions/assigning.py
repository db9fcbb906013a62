"""One of several processes that assign units at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from database_access import connect

if TYPE_CHECKING:
    from threading import Barrier

_together: list[Barrier] = []
"""Where this process waits for the others."""


def begin(barrier: Barrier) -> None:
    """Note where to wait for the other processes."""
    _together.append(barrier)


def assign(prefix: str, experiment: int, variant: int, units: list[str]) -> list[tuple[str, int]]:
    """Assign each unit in a transaction of its own; return which variant each has.

    No process goes on to its second unit before each has assigned its first.
    """
    found = []
    for unit in units:
        with connect(prefix=prefix) as connection:
            row = connection.execute("SELECT assign(%s, %s, %s)", [experiment, unit, variant]).fetchone()
        assert row is not None
        found.append((unit, row[0]))
        if len(found) == 1:
            _together[0].wait()
    return found
