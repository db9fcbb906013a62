"""What a database is made of, and until when it is meant to be."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from catalog import engine_versions, regions
from checks.finding import error, warning
from findings.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from findings.finding import Finding, KeyPath
    from settings.loaded import Loaded
    from settings.model import Database, Environment
    from settings.names import Names
    from settings.past import Origin

PATH: KeyPath = ("database", "origin")

SOURCES = ("snapshot", "cluster", "resource_id")

MOMENTS = ("time", "latest", "clone")

WARNINGS = frozenset({"expires-soon"})
"""The rules that only speak on some days."""

LAST_DAYS = 3
"""Days before its end in which an environment is warned of."""


def origin(environment: Environment, name: Names) -> Iterator[Finding]:
    """Refuse an origin that is none, or several, or that AWS could not make a cluster of here."""
    said = environment.database.origin
    if said is None:
        return
    sources = [key for key in SOURCES if getattr(said, key)]
    if len(sources) != 1:
        found = f"has {' and '.join(sources)}; keep one" if sources else f"needs one of {', '.join(SOURCES)}"
        yield error(PATH, f"{found}: a cluster is made of a snapshot, of one that runs, or of one that was deleted")
        return
    yield from _moment(said, sources[0])
    arn = said.snapshot or said.cluster or ""
    region = regions.find(environment.aws.region)
    if arn.startswith("arn:") and region:
        partition, place = (arn.split(":")[part] for part in (1, 3))
        if (partition, place) != (region.partition, region.name):
            yield error(
                (*PATH, sources[0]),
                f"is of {place}, and the cluster is made in {region.name}; copy the snapshot there first",
            )
    if said.cluster == name.cluster:
        yield error(
            (*PATH, "cluster"), f"{name.cluster} is this environment's own cluster; it cannot be made of itself"
        )
    if said.refresh and environment.protected:
        yield error((*PATH, "refresh"), "deletes the cluster and makes it anew, which a protected environment refuses")


def _moment(said: Origin, source: str) -> Iterator[Finding]:
    moments = [key for key in MOMENTS if getattr(said, key)]
    if source == "snapshot":
        for moment in moments:
            yield error((*PATH, moment), "is of no effect: a snapshot is of one moment")
        return
    if len(moments) != 1:
        found = f"has {' and '.join(moments)}; keep one of" if moments else "needs one of"
        yield error(PATH, f"{found} {', '.join(MOMENTS)}: which state of the source is meant")
    if said.clone and source == "resource_id":
        yield error((*PATH, "clone"), "a cluster that was deleted cannot be cloned; say latest: true or a time")
    if said.time:
        try:
            datetime.fromisoformat(said.time)
        except ValueError:
            yield error((*PATH, "time"), f"{said.time} is no day of the calendar")


def moment_to_come(environment: Environment, today: date) -> Iterator[Finding]:
    """Refuse a moment that no backup can have yet; a day ahead of the clock is left to the time zones."""
    said = environment.database.origin
    if said is None or not said.time:
        return
    try:
        moment = datetime.fromisoformat(said.time).date()
    except ValueError:
        return  # refused already
    if (moment - today).days > 1:
        yield error((*PATH, "time"), f"{said.time} is still to come; a cluster is restored to what has been")


def copied_data(environment: Environment, name: Names) -> Iterator[Finding]:
    """Warn of data that others entrusted to the source, and of a restored cluster that nobody gets into at first."""
    said, database = environment.database.origin, environment.database
    if said is None:
        return
    own = re.fullmatch(rf"{re.escape(name.prefix)}(?:-[a-z0-9]{{1,10}})?", said.cluster or "")
    # Another generation of this environment has the same data for the same people.
    if not environment.protected and not own:
        yield warning(
            "copied-data",
            PATH,
            "whoever reads this database reads what its source held then; restrict access as there, or scrub what is "
            "personal right after the first migration",
        )
    if said.snapshot and database.changes_apply == "in_window" and not database.exists:
        yield warning(
            "restored-waits",
            ("database", "changes_apply"),
            "a restore of a snapshot does not switch IAM authentication on, and here the second apply that does waits "
            "for the maintenance window: nobody gets in until then; say at_once for the first two, then exists: true",
        )


def expiry(environment: Environment, today: date) -> Iterator[Finding]:
    """Warn of an environment in its last days, and refuse it afterwards."""
    if environment.expires is None:
        return
    path: KeyPath = ("expires",)
    try:
        end = date.fromisoformat(environment.expires)
    except ValueError:
        yield error(path, f"{environment.expires} is no day of the calendar")
        return
    if end < today:
        yield error(
            path, f"ended on {end}; take it away with make destroy, then remove the file, or give it a later day"
        )
    elif (end - today).days <= LAST_DAYS:
        yield warning("expires-soon", path, f"ends on {end}; check refuses it from the day after")


def sources(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    """Yield what a copy says otherwise than the environment that it is made of."""
    each = {name: [one.as_only(generation) for generation in one.generations] for name, one in environments.items()}
    by_cluster = {
        (one.environment.aws.account_id, one.environment.aws.region, one.names.cluster): one
        for generations in each.values()
        for one in generations
    }
    for name, copy in environments.items():
        database, aws = copy.environment.database, copy.environment.aws
        if database.origin is None or database.origin.cluster is None or database.exists:
            continue
        source = by_cluster.get((aws.account_id, aws.region, database.origin.cluster))
        if source is None:
            continue
        for finding in unlike_its_source(database, source.environment.database, source.file):
            yield name, finding


def unlike_its_source(ours: Database, theirs: Database, source: str) -> Iterator[Finding]:
    """Yield what a database says otherwise than the one that it is made of, which stands at ``source``."""
    for key, own, other in (
        (("database", "name"), ours.name, theirs.name),
        (("database", "master_user", "name"), ours.master_user.name, theirs.master_user.name),
    ):
        if own != other:
            yield error(key, f"{own} is not what the source has ({source}): {other}")
    yield from _versions(ours.engine_version, theirs.engine_version, source)


def _versions(ours: str, theirs: str, source: str) -> Iterator[Finding]:
    path: KeyPath = ("database", "engine_version")
    if engine_versions.major_of(ours) != engine_versions.major_of(theirs):
        yield error(
            path, f"{ours} is another major version than the source's {theirs} ({source}); upgrade once it is made"
        )
    exact = not engine_versions.is_major(ours) and not engine_versions.is_major(theirs)
    if (
        exact
        and engine_versions.major_of(ours) == engine_versions.major_of(theirs)
        and not engine_versions.at_least(ours, theirs)
    ):
        yield error(path, f"{ours} is older than the source's {theirs} ({source}), which cannot be gone back from")


RULES: tuple[Rule, ...] = (
    Rule(
        "origin",
        "error",
        "An origin that is none, several, of another region, or says otherwise than its source",
        "A cluster is made of one source, and has its name, user and version.",
        "Keep one source and, of a cluster, one of time, latest and clone.",
    ),
    Rule(
        "moment-to-come",
        "error",
        "A point in time that is still to come",
        "No backup has it yet, and AWS refuses the restore.",
        "Give a moment that has been, or say latest: true.",
    ),
    Rule(
        "expiry",
        "error",
        "An environment whose last day is over",
        "A copy that is forgotten costs, and holds data that nobody looks after.",
        "make destroy takes it away, expired or not; or give it a later day.",
    ),
    Rule(
        "copied-data",
        "warning",
        "An unprotected environment with a copy of another's data",
        "What is personal there is personal here, with fewer who watch.",
        "Restrict access as at the source, scrub after the first migration, and give it an expiry.",
    ),
    Rule(
        "restored-waits",
        "warning",
        "A cluster restored from a snapshot whose changes wait for the window",
        "The restore itself does not switch IAM authentication on; the second apply does.",
        "Apply changes at once until the second apply is done.",
    ),
    Rule(
        "expires-soon",
        "warning",
        "An environment in its last days",
        "From the day after, check refuses it.",
        "Take it away with make destroy, or give it a later day.",
    ),
)
