"""Backup and maintenance windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.finding import error
from findings.rule import Rule
from settings import topology, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

BACKUP: KeyPath = ("database", "backup", "window")
MAINTENANCE: KeyPath = ("database", "maintenance", "window")


def maintenance_windows(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse windows that are too short or overlap the backup window."""
    database = environment.database
    backup, cluster = database.backup.window, database.maintenance.window
    minutes = windows.daily(backup)[1]
    if minutes < windows.MINIMUM_MINUTES:
        yield error(BACKUP, f"{backup} lasts {minutes} minutes; AWS needs {windows.MINIMUM_MINUTES} or more")
    # Where only the backup window was chosen, that is the one that has to move.
    blamed = MAINTENANCE if "maintenance" in database.model_fields_set else BACKUP
    problem = _problem(cluster, backup, f"the maintenance window {cluster}")
    if problem:
        yield error(blamed, problem)
    told = problem is not None
    for placed in topology.instances(environment):
        own = database.instances[placed.key].maintenance_window
        window = placed.maintenance_window
        if own:
            problem = _problem(window, backup, own)
            if problem:
                yield error(("database", "instances", placed.key, "maintenance_window"), problem)
        elif not told and _overlaps(window, backup):
            told = True
            what = f"instance {placed.key}'s window {window}, staggered after {cluster},"
            yield error(
                blamed, f"{what} overlaps the backup window {backup}, which AWS refuses; {_way_out(environment)}"
            )


def _way_out(environment: Environment) -> str:
    """Return a maintenance window with which no instance's meets the backups, or what else helps."""
    database = environment.database
    backup, cluster = database.backup.window, database.maintenance.window
    start, length = windows.weekly(cluster)
    for minutes, words in ((length, "did you mean"), (windows.MINIMUM_MINUTES, "they fit if shorter; did you mean")):
        for later in range(0, windows.WEEK, windows.MINIMUM_MINUTES):
            window = windows.lasting(start + later, minutes)
            moved = database.model_copy(
                update={"maintenance": database.maintenance.model_copy(update={"window": window})}
            )
            placed = topology.instances(environment.model_copy(update={"database": moved}))
            staggered = [one.maintenance_window for one in placed if not database.instances[one.key].maintenance_window]
            if not any(_overlaps(one, backup) for one in (window, *staggered)):
                return f"{words} {window}?"
    return "there is no room for all of them: shorten the backup window, or give instances.<key>.maintenance_window"


def _overlaps(window: str, backup: str) -> bool:
    long_enough = windows.daily(backup)[1] >= windows.MINIMUM_MINUTES
    return long_enough and windows.overlap(window, backup)


def _problem(window: str, backup: str, what: str) -> str | None:
    length = windows.weekly(window)[1]
    if not windows.MINIMUM_MINUTES <= length < windows.DAY:
        return f"{what} lasts {length} minutes; AWS needs {windows.MINIMUM_MINUTES} to under a day"
    if _overlaps(window, backup):
        return f"{what} overlaps the backup window {backup}, which AWS refuses; move one of them"
    return None


RULES: tuple[Rule, ...] = (
    Rule(
        "maintenance-windows",
        "error",
        "Windows that are too short or too long, or overlap",
        "AWS refuses windows under 30 minutes and maintenance during backups.",
        "Move or lengthen one of them.",
    ),
)
