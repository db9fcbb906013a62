"""Parameters that AWS takes and that take away what others rely on: vacuum, durability, memory, a view of it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog import formulas, instance_classes
from catalog.instance_classes import Ability
from checks.finding import warning
from findings.rule import Rule
from settings import memory, parameters, topology

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from findings.finding import Finding, KeyPath
    from settings.memory import Plan
    from settings.model import Environment
    from settings.names import Names

SWITCHES: Mapping[str, tuple[frozenset[str], str]] = {
    "autovacuum": (
        frozenset({"0"}),
        "tables grow without end, and after 2 billion transactions nothing can be written",
    ),
    "track_counts": (frozenset({"0"}), "autovacuum no longer knows what to do, and neither does the planner"),
    "synchronous_commit": (frozenset({"off"}), "a commit is answered before it is safe, so a failover loses it"),
    "session_replication_role": (frozenset({"replica", "local"}), "foreign keys and triggers are not checked"),
    "password_encryption": (frozenset({"md5"}), "new passwords are kept as MD5, which scram-only sessions refuse"),
    "track_activities": (
        frozenset({"0"}),
        "nobody sees what runs: pg_stat_activity and Performance Insights are blind",
    ),
    "pg_stat_statements.track": (frozenset({"none"}), "nobody sees which statements take the time"),
    "rds.adaptive_autovacuum": (frozenset({"0"}), "autovacuum no longer hurries when transaction ids run out"),
    "standard_conforming_strings": (
        frozenset({"0"}),
        "a backslash in a plain string is an escape, which lets statements in through values",
    ),
    "backslash_quote": (frozenset({"on", "1"}), "a quote after a backslash lets statements in through values"),
    "transform_null_equals": (frozenset({"1"}), "x = NULL finds rows here, and nowhere else"),
    "log_min_messages": (
        frozenset({"log", "fatal", "panic"}),
        "errors, deadlocks among them, are no longer logged, and the alarms that count them see none",
    ),
    "row_security": (frozenset({"0"}), "queries fail where row security would filter"),
    "default_transaction_read_only": (frozenset({"1"}), "every transaction is read only unless it says otherwise"),
    "enable_indexscan": (frozenset({"0"}), "AWS recommends against it: the planner leaves out indexes"),
    "enable_indexonlyscan": (frozenset({"0"}), "AWS recommends against it: the planner leaves out indexes"),
    "enable_partition_pruning": (frozenset({"0"}), "every query reads every partition"),
    **dict.fromkeys(
        (f"enable_{way}" for way in ("bitmapscan", "hashagg", "hashjoin", "mergejoin", "nestloop", "seqscan", "sort")),
        (frozenset({"0"}), "PostgreSQL has it for looking at plans in a session: the planner avoids what it needs"),
    ),
    "ignore_checksum_failure": (frozenset({"1"}), "damaged pages are read on"),
    "zero_damaged_pages": (frozenset({"1"}), "damaged pages are emptied"),
}
"""Parameters that no session expects like this (AWS, "Recommendations" for Aurora PostgreSQL, 2026-08; PostgreSQL)."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What is taken for a mistake of a parameter's number, and why."""

    why: str
    below: float = float("-inf")
    above: float = float("inf")
    unless: frozenset[float] = frozenset()
    """Numbers that mean something else: never, or the default of another parameter."""

    def mistaken(self, number: float) -> bool:
        """Whether a number is one of those."""
        return number not in self.unless and (number < self.below or number > self.above)


NEVER = frozenset({0.0})

UNSAID = frozenset({-1.0})

ENDED = "counts milliseconds, 1000 to the second: {} longer is ended"

AMOUNTS: Mapping[str, Amount] = {
    "statement_timeout": Amount(ENDED.format("a statement that takes"), below=1_000, unless=NEVER),
    "idle_in_transaction_session_timeout": Amount(
        ENDED.format("a transaction that waits for its next statement for"), below=1_000, unless=NEVER
    ),
    "idle_session_timeout": Amount(ENDED.format("a session that a pool keeps for"), below=1_000, unless=NEVER),
    "transaction_timeout": Amount(ENDED.format("a transaction that takes"), below=1_000, unless=NEVER),
    "deadlock_timeout": Amount(
        "counts milliseconds: below a tenth of a second every short wait looks for deadlocks, above a minute sessions "
        "that wait for one another stand that long",
        below=100,
        above=60_000,
    ),
    "authentication_timeout": Amount("counts seconds: a login by IAM token takes some under load", below=5),
    "autovacuum_naptime": Amount("counts seconds: nothing is vacuumed in between", above=3_600),
    **dict.fromkeys(
        ("autovacuum_vacuum_scale_factor", "autovacuum_analyze_scale_factor", "autovacuum_vacuum_insert_scale_factor"),
        Amount("is a share of the table, which has to change before anything is done about it", above=0.5),
    ),
    **dict.fromkeys(
        ("autovacuum_vacuum_threshold", "autovacuum_analyze_threshold", "autovacuum_vacuum_insert_threshold"),
        Amount("counts rows: no table but the largest is ever vacuumed or analyzed", above=1_000_000),
    ),
    "autovacuum_vacuum_cost_delay": Amount(
        "counts milliseconds that vacuum sleeps after little work, so that it never gets through a large table",
        above=20,
        unless=UNSAID,
    ),
    "autovacuum_vacuum_cost_limit": Amount(
        "is less work between two pauses than PostgreSQL's 200, so that vacuum does not get through a large table",
        below=200,
        unless=UNSAID,
    ),
    "autovacuum_max_workers": Amount("lets one large table hold up all others", below=2),
    "autovacuum_multixact_freeze_max_age": Amount("leaves little before multixact ids run out", above=1_000_000_000),
    "vacuum_freeze_min_age": Amount("leaves rows unfrozen until ids are short", above=500_000_000),
    "random_page_cost": Amount("keeps the planner from indexes, whose pages Aurora mostly has in memory", above=10),
    "seq_page_cost": Amount("keeps the planner from every sequential read", above=10),
    "default_statistics_target": Amount("leaves the planner guessing what is in a column", below=10),
    "temp_file_limit": Amount("counts kB: a session whose sort needs more fails", below=100 * 1024, unless=UNSAID),
    "gin_fuzzy_search_limit": Amount("lets searches by GIN indexes leave out rows, at random", above=0),
    "max_connections": Amount("leaves few after those that Aurora and its administrators keep", below=20),
}
"""Numbers that no server for applications is run with (PostgreSQL documentation, "Server Configuration", 2026-08)."""

LANGUAGE = "lc_messages"

PER_CONNECTION = "temp_buffers"

LEAST_BUFFERS = 0.25
"""Share of an instance's memory below which shared_buffers is taken for a mistaken unit. Aurora's own is two thirds;
its storage has no cache of the operating system to fall back on."""

LEAST_MAINTENANCE = 16 * memory.MIB
"""PostgreSQL's default is four times as much."""

MOST_MULTIPLIER = 8
"""Highest hash_mem_multiplier that PostgreSQL's documentation considers ("2.0 to 8.0 may be effective")."""


def switches(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of parameters that turn off what a database is relied on for."""
    given = environment.database.parameters
    for name, value in given.items():
        words, why = SWITCHES.get(name, (frozenset(), ""))
        if parameters.spelled(name, value).lower() in words:
            yield warning("dangerous-parameter", _path(name), f"{parameters.text(value)}: {why}")
    if "apg_ccm_enabled" in given and parameters.spelled("apg_ccm_enabled", given["apg_ccm_enabled"]) == "1":
        for placed in topology.instances(environment):
            reason = instance_classes.cannot(placed.instance_class).get(Ability.CLUSTER_CACHE_MANAGEMENT)
            if reason:
                yield warning("parameter-without-effect", _path("apg_ccm_enabled"), f"is of no effect: {reason}")
                break


def amounts(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of numbers that are surely meant otherwise, and of a log in a language that nothing reads."""
    given = environment.database.parameters
    wrong = {one.path for one in parameters.check(environment) if one.severity == "error"}
    for name, value in given.items():
        if _path(name) in wrong:
            continue
        number = _number(value)
        amount = AMOUNTS.get(name)
        if amount and number is not None and amount.mistaken(number):
            yield warning("dangerous-parameter", _path(name), f"{parameters.text(value)} {amount.why}")
        if name == LANGUAGE and not str(value).startswith(("C", "POSIX", "en")) and value != "":
            yield warning(
                "dangerous-parameter",
                _path(name),
                f"{parameters.text(value)}: the log is in a language that its readers do not know, the alarms on it "
                "among them",
            )


def _number(value: str | float | bool) -> float | None:
    """Return a plain number; a formula is another matter."""
    try:
        return float(value)
    except ValueError:
        return None


def units(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of memory that is surely meant otherwise: mistaken units, and what every connection takes."""
    given = environment.database.parameters
    if any(finding.severity == "error" for finding in parameters.check(environment)):
        return
    for plan in memory.plans(environment):
        found = [*_units_of(given, plan)]
        yield from found
        if found:
            return


def _units_of(given: Mapping[str, str | int | float | bool], plan: Plan) -> Iterator[Finding]:
    usable = f"{memory.mebibytes(plan.usable)} MB of {plan.size.name}"
    buffers = plan.amount("shared_buffers")
    if "shared_buffers" in given and not plan.size.serverless and buffers < plan.usable * LEAST_BUFFERS:
        yield warning(
            "memory-unit",
            _path("shared_buffers"),
            f"is counted in pages of 8 kB and comes to {memory.mebibytes(buffers)} MB of the {usable}; Aurora gives "
            "two thirds, for nothing else caches its storage",
        )
    if "work_mem" in given and plan.amount("work_mem") < memory.MIB:
        yield warning(
            "memory-unit",
            _path("work_mem"),
            f"is counted in kB and comes to {plan.amount('work_mem') // 1024} kB, so that every sort goes to disk",
        )
    if "maintenance_work_mem" in given and plan.amount("maintenance_work_mem") < LEAST_MAINTENANCE:
        yield warning(
            "memory-unit",
            _path("maintenance_work_mem"),
            f"is counted in kB and comes to {plan.amount('maintenance_work_mem') // 1024:,} kB, so that vacuum and "
            "CREATE INDEX go over their data again and again",
        )
    if PER_CONNECTION in given:
        pages = formulas.number(parameters.text(given[PER_CONNECTION]), plan.size.variables) or 0
        together = pages * memory.BYTES["8kB"] * plan.sorting
        if together > plan.usable * (memory.TIGHT - plan.expected / plan.usable):
            yield warning(
                "memory-unit",
                _path(PER_CONNECTION),
                f"is counted in pages of 8 kB and comes to {memory.mebibytes(pages * memory.BYTES['8kB'])} MB for each "
                f"connection with temporary tables; a quarter of them would take {memory.mebibytes(together)} MB of "
                f"the {usable}, beside the {memory.mebibytes(plan.expected)} MB that are planned",
            )
    multiplier = given.get("hash_mem_multiplier", 0)
    if isinstance(multiplier, int | float) and multiplier > MOST_MULTIPLIER:
        each = int(plan.amount("work_mem") * multiplier)
        yield warning(
            "memory-unit",
            _path("hash_mem_multiplier"),
            f"{multiplier:g} lets one hash take {memory.mebibytes(each)} MB; PostgreSQL's documentation stops at "
            f"{MOST_MULTIPLIER}",
        )


def _path(name: str) -> KeyPath:
    return ("database", "parameters", name)


RULES: tuple[Rule, ...] = (
    Rule(
        "dangerous-parameter",
        "warning",
        "A parameter that turns off what a database is relied on for",
        "AWS accepts it; what it costs shows weeks later, or at a failover.",
        "Leave it to Aurora, and set it in a session where it is needed.",
    ),
    Rule(
        "memory-unit",
        "warning",
        "An amount of memory that is surely meant in another unit, or that every connection takes",
        "Parameters are bare numbers: pages of 8 kB, or kB.",
        "Calculate it again; the message says what it comes to.",
    ),
)
