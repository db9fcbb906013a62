"""Which PostgreSQL parameters each level of tuning sets, and why. One table; levels build on one another.

Sources: Aurora User Guide, "Aurora PostgreSQL parameters", "Tuning … for Aurora PostgreSQL" and "Recommendations"
(read April 2026); PostgreSQL 15 documentation, chapter 20. Values that are this project's judgement for
append-heavy exposure and assignment tables say so in their reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEVELS: Final = ("minimal", "medium", "full")
"""Each level has the parameters of the levels before it; how far some of them go is its own."""

PRELOADED: Final = ("pg_stat_statements", "pgaudit")
"""Always preloaded: the value replaces Aurora's default, which is pg_stat_statements, so it is repeated."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """A parameter that a level of tuning sets.

    ``pinned`` parameters are written out even where Aurora's default is the same, because a reviewer or a
    scanner has to see them; they cannot be overridden. ``class_relative`` values are formulas of the instance
    class's memory, which Serverless v2 does not have.
    """

    level: str
    name: str
    value: str
    reason: str
    pinned: bool = False
    class_relative: bool = False


TUNING: Final[tuple[Tuned, ...]] = (
    Tuned("minimal", "rds.force_ssl", "1", "connections without TLS are refused", pinned=True),
    Tuned("minimal", "ssl_min_protocol_version", "TLSv1.2", "TLS 1.2 or newer", pinned=True),
    Tuned("minimal", "log_statement", "ddl", "every change of the schema is in the log"),
    Tuned("minimal", "log_min_duration_statement", "1000", "statements of a second or more are in the log"),
    Tuned(
        "minimal",
        "log_parameter_max_length",
        "0",
        "bound values, which may be personal data, stay out of the log",
    ),
    Tuned("minimal", "log_lock_waits", "1", "waits beyond deadlock_timeout are in the log"),
    Tuned("minimal", "log_temp_files", "10240", "sorts that spill 10 MB or more are in the log"),
    Tuned("minimal", "log_autovacuum_min_duration", "1000", "AWS recommends 1 to 5 s where the default is 10 s"),
    Tuned(
        "minimal",
        "idle_in_transaction_session_timeout",
        "300000",
        "Aurora's default of a day holds vacuum back",
    ),
    Tuned("minimal", "autovacuum_vacuum_cost_delay", "2", "PostgreSQL's own default, where Aurora pauses 5 ms"),
    Tuned(
        "minimal",
        "autovacuum_vacuum_insert_scale_factor",
        "0.1",
        "exposures are only inserted: freeze them twice as early as by default",
    ),
    Tuned(
        "minimal",
        "work_mem",
        "GREATEST({DBInstanceClassMemory/20480000},4096)",
        "grows with large classes, and stays at PostgreSQL's 4 MB where Aurora admits the most connections",
        class_relative=True,
    ),
    Tuned("medium", "autovacuum_vacuum_scale_factor", "0.05", "assignments are updated: vacuum twice as early"),
    Tuned(
        "medium",
        "autovacuum_vacuum_insert_scale_factor",
        "0.05",
        "exposures are only inserted: freeze them early",
    ),
    Tuned("medium", "autovacuum_analyze_scale_factor", "0.02", "new experiments skew fast: analyze early"),
    Tuned(
        "medium",
        "work_mem",
        "GREATEST({DBInstanceClassMemory/10240000},4096)",
        "twice the minimal one: still an eighth of memory when a quarter of the connections sort",
        class_relative=True,
    ),
    Tuned("medium", "random_page_cost", "1.1", "Aurora's storage reads any page at the same cost"),
    Tuned("full", "default_statistics_target", "250", "few experiments hold most rows: finer histograms"),
    Tuned("full", "enable_partitionwise_aggregate", "1", "metrics aggregate each daily partition by itself"),
    Tuned("full", "enable_partitionwise_join", "1", "exposures join metric events partition by partition"),
    Tuned("full", "max_standby_streaming_delay", "30000", "the most that lets readers finish analyses"),
    Tuned(
        "full",
        "statement_timeout",
        "3600000",
        "the last resort for a forgotten query; roles set tighter ones",
    ),
    Tuned(
        "full",
        "autovacuum_work_mem",
        "LEAST({DBInstanceClassMemory/32768},1048576)",
        "vacuum uses no more than 1 GB before PostgreSQL 17, and Aurora runs more workers on large classes",
        class_relative=True,
    ),
    Tuned("full", "pgaudit.log", "role", "grants and role changes are audited, passwords redacted"),
    Tuned(
        "full",
        "max_connections",
        "LEAST({DBInstanceClassMemory/25165824},1000)",
        "fewer connections with room to work in; pools and RDS Proxy make more of them",
        class_relative=True,
    ),
    Tuned(
        "full",
        "work_mem",
        "GREATEST({DBInstanceClassMemory/5120000},4096)",
        "at most a fifth of memory for sorts and hashes when every connection has one",
        class_relative=True,
    ),
)
"""Every parameter that tuning sets, least level first."""

LEFT_TO_AURORA: Final = {
    "shared_buffers": "Aurora's storage has no double buffering, so its default of two thirds of memory is best",
    "effective_cache_size": "Aurora derives it from shared_buffers",
    "work_mem": "PostgreSQL's 4 MB fits beside Aurora's default max_connections",
    "maintenance_work_mem": "Aurora's formula grows with the class; three workers at once still fit",
    "autovacuum_work_mem": "Aurora's formula grows with the class",
    "max_connections": "Aurora's formula grows with the class",
}
"""Why the memory plan leaves a parameter to Aurora's own formula."""
