"""What to look at and what to do about each alarm; words in angle brackets stand for an environment's names.

Sources: Amazon Aurora User Guide, "Managing Aurora PostgreSQL", "Wait events" and "Best practices", 2026-04; PostgreSQL
17, chapters 24, 27 and 53.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operations.runbook.page import Section, shell, sql
from settings import alarms

if TYPE_CHECKING:
    from collections.abc import Mapping

CLUSTER: Final = "aws rds describe-db-clusters --db-cluster-identifier <cluster>"
EVENTS: Final = "aws rds describe-events --source-type db-cluster --source-identifier <cluster> --duration 180"
FAIL_OVER: Final = "aws rds failover-db-cluster --db-cluster-identifier <cluster>"
LOG: Final = "aws logs filter-log-events --log-group-name <log> --filter-pattern '{}'"

SECTIONS: Final[Mapping[str, Section]] = {
    alarms.AT_RISK_SECTION: Section(
        title="Experiments at risk",
        look="The alarm that caused it stands beside it on the dashboard, and in the first command's answer.",
        do="Go to the section of that alarm. Stop ramping experiments up until it is over.",
        blocks=(shell("aws cloudwatch describe-alarms --alarm-name-prefix <prefix> --state-value ALARM"),),
    ),
    "writer-down": Section(
        title="Writer down",
        look="Whether a failover is under way (events), and which member is the writer.",
        do="Aurora promotes a reader by itself within a minute or two. If it does not, fail over by hand. A cluster of "
        "one instance gets a new one instead, which takes up to ten minutes.",
        blocks=(shell(EVENTS, CLUSTER, FAIL_OVER),),
    ),
    "cpu": Section(
        title="Processor",
        look="Database Insights, top statements by load; the saved query Slow statements.",
        do="End or mend the statement that is new. If all are needed, take a larger class: set it for a reader first, "
        "deploy, fail over to it, then set it for the others.",
    ),
    "load": Section(
        title="Load",
        look="Database Insights, load by wait: Lock and LWLock are statements in each other's way, CPU is the vCPUs.",
        do="Of locks, end the session that holds them: pg_terminate_backend takes its pid. Of "
        "processors, do as in the section Processor.",
        blocks=(
            sql(
                "select pid, usename, state, now() - xact_start as since, left(query, 80) as query",
                "from pg_stat_activity",
                "where pid in (select unnest(pg_blocking_pids(pid)) from pg_stat_activity)",
                "order by since desc;",
            ),
        ),
    ),
    "connections": Section(
        title="Connections",
        look="Whose they are.",
        do="Shrink the pools of whoever grew, or turn on RDS Proxy (access.proxy). More max_connections takes memory "
        "and a reboot, so it is the last resort.",
        blocks=(
            sql(
                "select usename, application_name, state, count(*) from pg_stat_activity",
                "group by 1, 2, 3 order by 4 desc;",
            ),
        ),
    ),
    "memory": Section(
        title="Memory",
        look="Many connections, or a few that sort much; what `show` says of the memory plan.",
        do="Lower work_mem or the number of connections, or take a larger class.",
    ),
    "local-storage": Section(
        title="Local storage",
        look="The saved query Slow statements for sorts and hashes, and the log for `temporary file`.",
        do="End the statement that spills. More work_mem for its user, or a larger class: local storage grows with it.",
        blocks=(shell(LOG.replace("{}", '"temporary file"')),),
    ),
    "cpu-credits": Section(
        title="CPU credits",
        look="Whether the load is here to stay.",
        do="If it is, leave the burstable class: AWS recommends it for nothing but development and tests.",
    ),
    "transaction-age": Section(
        title="Transaction age",
        look="The oldest transaction, prepared transaction or replication slot, which keep vacuum from its work.",
        do="End it, then vacuum (freeze) the oldest tables.",
        blocks=(
            sql(
                "select pid, usename, state, xact_start, age(backend_xmin) as held from pg_stat_activity",
                "where backend_xmin is not null order by held desc limit 5;",
            ),
            sql("select gid, prepared, age(transaction) from pg_prepared_xacts order by 3 desc;"),
            sql("select slot_name, active, age(xmin), age(catalog_xmin) from pg_replication_slots;"),
            sql("select oid::regclass, age(relfrozenxid) from pg_class where relkind = 'r' order by 2 desc limit 10;"),
        ),
    ),
    "reader-lag": Section(
        title="Readers behind the writer",
        look="A burst of writes, or a reader without processor time.",
        do="Send reads that must be fresh to the writer's endpoint; give readers the writer's class.",
    ),
    "latency": Section(
        title="Latency",
        look="Database Insights, load by wait: IO:XactSync is commits, IO:DataFileRead is reads from storage.",
        do="Commit in larger batches; of reads, mend the plan or take more memory.",
    ),
    "cache": Section(
        title="Cache",
        look="Whether an instance was restarted within the hour: its cache is empty then, and fills.",
        do="Otherwise look for a statement that reads whole tables; then take a class with more memory.",
    ),
    "deadlocks": Section(
        title="Deadlocks",
        look="The log has both statements of each.",
        do="Have every transaction lock in the same order, and try again what was rolled back.",
        blocks=(shell(LOG.replace("{}", '"deadlock detected"')),),
    ),
    "replication-slot": Section(
        title="Replication slot",
        look="Which slot, and whether anybody reads it.",
        do="Have its subscriber catch up, or drop the slot if nobody reads it any more.",
        blocks=(sql("select slot_name, plugin, database, active, restart_lsn from pg_replication_slots;"),),
    ),
    "capacity": Section(
        title="Capacity of Serverless v2",
        look="Whether the load is here to stay.",
        do="Raise capacity.maximum and deploy. max_connections stays until each instance is rebooted.",
        blocks=(shell(CLUSTER),),
    ),
    "volume": Section(
        title="Volume",
        look="The largest tables.",
        do="Drop old partitions of events; Aurora gives the space back by itself.",
        blocks=(
            sql(
                "select oid::regclass, pg_size_pretty(pg_total_relation_size(oid)) from pg_class",
                "where relkind in ('r', 'm') order by pg_total_relation_size(oid) desc limit 10;",
            ),
        ),
    ),
    "log-panic": Section(
        title="PANIC in the log",
        look="The lines before it, and whether the writer has changed.",
        do="Fail over if the same instance does it again, and open a case with AWS.",
        blocks=(shell(LOG.replace("{}", '"PANIC:"'), EVENTS),),
    ),
    "log-fatal": Section(
        title="FATAL in the log",
        look="Which message: slots that are reserved mean too many connections, a shutdown means a restart.",
        do="Go to the section of that cause.",
        blocks=(shell(LOG.replace("{}", '"FATAL:"')),),
    ),
    "failed-authentication": Section(
        title="Failed authentication",
        look="Which user, from which address.",
        do="A deployment with an old configuration is mended; anybody else is kept out: take the source out of "
        "database.access and deploy.",
        blocks=(shell(LOG.replace("{}", '"authentication failed"')),),
    ),
    "daily-run": Section(
        title="The daily run",
        look="The queue of failed runs, and the function's log.",
        do="Mend what the failure names (docs/connecting.md, When the daily run fails); then call partitions.",
        blocks=(shell("aws sqs get-queue-url --queue-name <failed-runs>"),),
    ),
    "function": Section(
        title="The function",
        look="Its log, and how many run at once.",
        do="Raise access.timeout_seconds or access.reserved_concurrency if the work is real.",
        blocks=(shell("aws lambda get-function-concurrency --function-name <function>"),),
    ),
    "proxy": Section(
        title="RDS Proxy",
        look="Whether its targets are reachable, and how many clients are pinned.",
        do="Of failed connections, see that the role and the security groups are as deployed; of waits, shorten "
        "transactions.",
        blocks=(shell("aws rds describe-db-proxy-targets --db-proxy-name <proxy>"),),
    ),
}
