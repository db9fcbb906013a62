"""The runbook of an environment: for each of its alarms what to look at and what to do, with its own names.

Sources of the procedures: Amazon Aurora User Guide, "Failing over", "Rebooting", "Restoring a DB cluster to a specified
time" and "Password management with Amazon RDS and Secrets Manager", 2026-04.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from settings import alarms, topology

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from settings.alarms import Alarm
    from settings.loaded import Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What to do about alarms of one kind; words in angle brackets stand for the environment's names."""

    title: str
    look: str
    do: str
    commands: tuple[str, ...] = ()


SIGNS: Final = {alarms.OVER: ">", alarms.AT_LEAST: "≥", alarms.UNDER: "<", alarms.AT_MOST: "≤"}
"""Comparisons of alarms, as people write them."""

CLUSTER: Final = "aws rds describe-db-clusters --db-cluster-identifier <cluster>"
EVENTS: Final = "aws rds describe-events --source-type db-cluster --source-identifier <cluster> --duration 180"
FAIL_OVER: Final = "aws rds failover-db-cluster --db-cluster-identifier <cluster>"
LOG: Final = "aws logs filter-log-events --log-group-name <log> --filter-pattern '{}'"

SECTIONS: Final[Mapping[str, Section]] = {
    alarms.AT_RISK_SECTION: Section(
        title="Experiments at risk",
        look="The alarm that caused it stands beside it on the dashboard, and in the first command's answer.",
        do="Go to the section of that alarm. Stop ramping experiments up until it is over.",
        commands=("aws cloudwatch describe-alarms --alarm-name-prefix <prefix> --state-value ALARM",),
    ),
    "writer-down": Section(
        title="Writer down",
        look="Whether a failover is under way (events), and which member is the writer.",
        do="Aurora promotes a reader by itself within a minute or two. If it does not, fail over by hand. A cluster of "
        "one instance gets a new one instead, which takes up to ten minutes.",
        commands=(EVENTS, CLUSTER, FAIL_OVER),
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
        do="Of locks, end the transaction that holds them; of processors, do as in the section Processor.",
    ),
    "connections": Section(
        title="Connections",
        look="Whose they are: select usename, application_name, count(*) from pg_stat_activity group by 1, 2.",
        do="Shrink the pools of whoever grew, or turn on RDS Proxy (access.proxy). More max_connections takes memory "
        "and a reboot, so it is the last resort.",
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
        commands=(LOG.replace("{}", '"temporary file"'),),
    ),
    "cpu-credits": Section(
        title="CPU credits",
        look="Whether the load is here to stay.",
        do="If it is, leave the burstable class: AWS recommends it for nothing but development and tests.",
    ),
    "transaction-age": Section(
        title="Transaction age",
        look="The oldest transaction, prepared transaction or replication slot, which keep vacuum from its work.",
        do="End it, then vacuum (freeze) the oldest: select oid::regclass, age(relfrozenxid) from pg_class where "
        "relkind = 'r' order by 2 desc limit 10.",
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
        commands=(LOG.replace("{}", '"deadlock detected"'),),
    ),
    "replication-slot": Section(
        title="Replication slot",
        look="select slot_name, active, restart_lsn from pg_replication_slots.",
        do="Have its subscriber catch up, or drop the slot if nobody reads it any more.",
    ),
    "capacity": Section(
        title="Capacity of Serverless v2",
        look="Whether the load is here to stay.",
        do="Raise capacity.maximum and deploy. max_connections stays until each instance is rebooted.",
        commands=(CLUSTER,),
    ),
    "volume": Section(
        title="Volume",
        look="The largest: select oid::regclass, pg_total_relation_size(oid) from pg_class order by 2 desc limit 10.",
        do="Drop old partitions of events; Aurora gives the space back by itself.",
    ),
    "log-panic": Section(
        title="PANIC in the log",
        look="The lines before it, and whether the writer has changed.",
        do="Fail over if the same instance does it again, and open a case with AWS.",
        commands=(LOG.replace("{}", '"PANIC:"'), EVENTS),
    ),
    "log-fatal": Section(
        title="FATAL in the log",
        look="Which message: slots that are reserved mean too many connections, a shutdown means a restart.",
        do="Go to the section of that cause.",
        commands=(LOG.replace("{}", '"FATAL:"'),),
    ),
    "failed-authentication": Section(
        title="Failed authentication",
        look="Which user, from which address.",
        do="A deployment with an old configuration is mended; anybody else is kept out: take the source out of "
        "database.access and deploy.",
        commands=(LOG.replace("{}", '"authentication failed"'),),
    ),
    "daily-run": Section(
        title="The daily run",
        look="The queue of failed runs, and the function's log.",
        do="Mend what the failure names (docs/connecting.md, When the daily run fails); then call partitions.",
        commands=("aws sqs get-queue-url --queue-name <failed-runs>",),
    ),
    "function": Section(
        title="The function",
        look="Its log, and how many run at once.",
        do="Raise access.timeout_seconds or access.reserved_concurrency if the work is real.",
        commands=("aws lambda get-function-concurrency --function-name <function>",),
    ),
    "proxy": Section(
        title="RDS Proxy",
        look="Whether its targets are reachable, and how many clients are pinned.",
        do="Of failed connections, see that the role and the security groups are as deployed; of waits, shorten "
        "transactions.",
        commands=("aws rds describe-db-proxy-targets --db-proxy-name <proxy>",),
    ),
}

PROCEDURES: Final[tuple[Section, ...]] = (
    Section(
        title="Fail over",
        look="There is a reader of the writer's class.",
        do="Clients reconnect within seconds by the same endpoint.",
        commands=(FAIL_OVER,),
    ),
    Section(
        title="Rotate the master secret in an emergency",
        look="Nobody but administrators uses it.",
        do="RDS makes a new password and keeps it in the same secret.",
        commands=(
            "aws rds modify-db-cluster --db-cluster-identifier <cluster> --rotate-master-user-password "
            "--apply-immediately",
        ),
    ),
    Section(
        title="Take a snapshot before something risky",
        look="It is kept until somebody deletes it.",
        do="Choose a name that says why.",
        commands=(
            "aws rds create-db-cluster-snapshot --db-cluster-identifier <cluster> --db-cluster-snapshot-identifier "
            "<prefix>-before",
        ),
    ),
)


def rendered(loaded: Loaded) -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines(loaded)) + "\n"


def _lines(loaded: Loaded) -> Iterator[str]:
    names, found = loaded.names, alarms.alarms(loaded)
    yield f"# Runbook of {names.prefix}"
    yield ""
    instances = ", ".join(f"`{names.instance(placed.key)}`" for placed in topology.instances(loaded.environment))
    aws = loaded.environment.aws
    yield (
        f"Cluster `{names.cluster}` in {aws.region}, account {aws.account_id}, instances {instances}; dashboard "
        f"`{names.dashboard(aws.region)}`. Commands need credentials of that account and region."
    )
    for key, section in SECTIONS.items():
        those = [alarm for alarm in found if alarm.section == key]
        if those or key == alarms.AT_RISK_SECTION:
            yield from _section(loaded, section, those, key)
    yield ""
    yield "# What else has to be done now and then"
    for section in PROCEDURES:
        yield from _section(loaded, section, [])


def _section(loaded: Loaded, section: Section, found: list[Alarm], key: str = "") -> Iterator[str]:
    yield ""
    yield f"## {section.title}" + (f" ({key})" if key else "")
    yield ""
    for alarm in found:
        threshold = f"{alarm.metric} {SIGNS[alarm.comparison]} {alarm.threshold:,.12g}"
        yield f"* `{loaded.names.alarm(alarm.key)}` ({alarm.severity}): {threshold}. {alarm.means}"
    yield from [""] if found else []
    yield f"Look at: {section.look}"
    yield ""
    yield f"Do: {section.do}"
    if section.commands:
        yield ""
        yield "```sh"
        yield from (filled(loaded, command) for command in section.commands)
        yield "```"


def filled(loaded: Loaded, command: str) -> str:
    """Return a command with the environment's names in it."""
    names = loaded.names
    known = {
        "<cluster>": names.cluster,
        "<prefix>": names.prefix,
        "<log>": names.log_group("postgresql"),
        "<failed-runs>": names.failed_runs,
        "<function>": names.owner_function,
        "<proxy>": names.proxy,
    }
    for word, name in known.items():
        command = command.replace(word, name)
    return command
