"""Which alarms an environment has and where each goes off: computed from class, capacity and parameters, no AWS.

Sources of the rules: CloudWatch User Guide, "Recommended alarms" (Amazon RDS), and Amazon Aurora User Guide, "Creating
alarms to monitor Aurora", both read 2026-04; what is this project's judgement is a default of ``settings.watching``.

Alarms go by the role of an instance where AWS feeds the metric so: the alarm then follows the writer through a
failover. A role aggregates its instances, so the statistic is the one that shows a single sick instance (Maximum, or
Minimum of what is free), and any instance can come to hold either role: the smallest one decides the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from catalog import engine_versions, instance_classes, limits, metrics
from catalog.engine_versions import Feature
from catalog.instance_classes import GIBIBYTE
from settings import memory, parameters, topology

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from settings.loaded import Loaded
    from settings.model import ConsumerAccess
    from settings.names import Names
    from settings.topology import PlacedInstance
    from settings.watching import Thresholds

Severity: TypeAlias = Literal["page", "ticket"]

Missing: TypeAlias = Literal["breaching", "notBreaching", "missing"]

SEVERITIES: Final[tuple[Severity, ...]] = ("page", "ticket")

OVER: Final = "GreaterThanThreshold"
AT_LEAST: Final = "GreaterThanOrEqualToThreshold"
UNDER: Final = "LessThanThreshold"
AT_MOST: Final = "LessThanOrEqualToThreshold"

MINUTE: Final = 60
FIVE_MINUTES: Final = 300
HOUR: Final = 3600
DAY: Final = 86400

AT_RISK_SECTION: Final = "experiments-at-risk"
"""Section of the runbook for the composite alarm."""

DEFAULT_FREEZE_MAX_AGE: Final = 200_000_000
"""autovacuum_freeze_max_age of PostgreSQL (documentation of 17, 19.10)."""

EMERGENCY_VACUUM: Final = 1.25
"""By how much the oldest transaction may pass the age that forces a vacuum; pgmonitor's second step is the same."""

MICROSECONDS: Final = 1000
"""In a millisecond: RDS Proxy measures in microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMetric:
    """Lines of a log group that are counted."""

    key: str
    """Part of a Terraform address."""
    metric: str
    log_group: str
    pattern: str
    """A filter pattern (CloudWatch Logs User Guide, "Filter pattern syntax for metric filters")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm with nothing left to decide; ``key`` is part of its Terraform address and never changes."""

    key: str
    severity: Severity
    section: str
    """Section of the runbook that says what to do."""
    means: str
    """What users notice, in one sentence."""
    metric: str
    namespace: str = metrics.RDS
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: str
    """``p90`` and the like are percentiles."""
    comparison: str
    threshold: float
    """In the metric's own unit."""
    period: int = MINUTE
    """Seconds."""
    periods: int = 5
    missing: Missing

    @property
    def is_percentile(self) -> bool:
        """Whether CloudWatch takes the statistic as an extended one."""
        return self.statistic.startswith("p")


@dataclass(frozen=True, kw_only=True)
class _Cluster:
    """What alarms of a cluster are computed from."""

    loaded: Loaded
    instances: tuple[PlacedInstance, ...]

    @property
    def limits(self) -> Thresholds:
        return self.loaded.environment.monitoring.thresholds

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that some instance holds: a cluster of one instance has no reader, and no series of one."""
        return ("writer", "reader") if len(self.instances) > 1 else ("writer",)

    @property
    def all_serverless(self) -> bool:
        return all(one.instance_class == instance_classes.SERVERLESS for one in self.instances)

    @property
    def pauses(self) -> bool:
        """Whether instances may pause, and then publish nothing."""
        capacity = self.loaded.environment.database.capacity
        serverless = topology.is_serverless(self.loaded.environment.database)
        return serverless and capacity is not None and capacity.minimum == 0

    @property
    def memory(self) -> int:
        """Bytes of the smallest instance; of a serverless one at its maximum, for which FreeableMemory is reported."""
        return min(memory_bytes(self.loaded, one.instance_class) for one in self.instances)

    @cached_property
    def connections(self) -> int:
        """The smallest max_connections among the instances."""
        if self.limits.running_max_connections is not None:
            return self.limits.running_max_connections
        return min(plan.amount("max_connections") for plan in memory.plans(self.loaded.environment))

    def whole(self) -> Mapping[str, str]:
        return {"DBClusterIdentifier": self.loaded.names.cluster}

    def role(self, role: str) -> Mapping[str, str]:
        return {**self.whole(), "Role": role.upper()}

    def instance(self, key: str) -> Mapping[str, str]:
        return {"DBInstanceIdentifier": self.loaded.names.instance(key)}


def memory_bytes(loaded: Loaded, instance_class: str) -> int:
    """Return the nominal memory of an instance of AWS's class; of a serverless one at its maximum capacity."""
    known = instance_classes.find(instance_class)
    if known is not None:
        return int(known.memory_gib * GIBIBYTE)
    capacity = loaded.environment.database.capacity
    return int((capacity.maximum if capacity else 0) * topology.GIB_PER_ACU * GIBIBYTE)


def alarms(loaded: Loaded) -> list[Alarm]:
    """Return every alarm of an environment, by key."""
    cluster = _Cluster(loaded=loaded, instances=tuple(topology.instances(loaded.environment)))
    found = [
        *_of_roles(cluster),
        *(alarm for role in cluster.roles for alarm in _of_role(cluster, role)),
        *(alarm for placed in cluster.instances for alarm in _of_instance(cluster, placed)),
        *_of_volume(cluster),
        *_of_logs(cluster),
    ]
    access = loaded.environment.access
    if access is not None:
        found += [*_of_function(cluster, access), *(_of_proxy(cluster) if access.proxy.enabled else ())]
    return sorted(found, key=lambda alarm: alarm.key)


def description(loaded: Loaded, alarm: Alarm) -> str:
    """Return what an alarm says of itself: what it means, and where it stands what to do."""
    return f"{alarm.means} What to do: {_page(loaded, alarm.section)}."


def at_risk_description(loaded: Loaded) -> str:
    """Return what the composite alarm says of itself."""
    return (
        "Experiments are at risk: users get no assignment, a late one or an old one. The alarm that caused it pages as "
        f"well. What to do: {_page(loaded, AT_RISK_SECTION)}."
    )


def _page(loaded: Loaded, section: str) -> str:
    return f"python main.py runbook {loaded.name}, section {section}"


def log_metrics(loaded: Loaded, *, beside: Iterable[Names]) -> list[LogMetric]:
    """Return what is counted in the logs of the database and of the function.

    PostgreSQL refuses a password with "password authentication failed for user", an IAM token with "PAM authentication
    failed for user"; both are FATAL, and have an alarm of their own. The function writes its measures as JSON. Where
    two databases are ``beside`` one another their lines are counted together, by filters of their own.
    """
    patterns = {
        "fatal": ("postgresql", '"FATAL:" -"authentication failed"'),
        "panic": ("postgresql", '"PANIC:"'),
        "deadlock": ("postgresql", '"deadlock detected"'),
        "failed_authentication": ("postgresql", '"authentication failed"'),
        # The log has a line for each token that was refused, and nothing else.
        "refused_token": ("iam-db-auth-error", ""),
    }
    found = [
        LogMetric(
            key="_".join([metric, *names.database.split("-")[1:]]),
            metric=metric,
            log_group=names.log_group(log_type),
            pattern=pattern,
        )
        for names in beside
        for metric, (log_type, pattern) in patterns.items()
    ]
    if loaded.environment.access is not None:
        # Of its measures, which it writes whatever its log level is: a line that says "done" is one of information.
        done = '{ $.action = "partitions" && $.Failures[0] = 0 }'
        group = loaded.names.log_group_of(loaded.names.owner_function)
        found.append(LogMetric(key="daily_run_done", metric="daily_run_done", log_group=group, pattern=done))
    return found


def at_risk(loaded: Loaded) -> str:
    """Return the rule of the composite alarm: experiments assign nothing, too late, or from stale data.

    Whatever pages, or commits that are slow while the writer has no processor time left.
    """
    found = alarms(loaded)
    known = {alarm.key: f'ALARM("{loaded.names.alarm(alarm.key)}")' for alarm in found}
    paging = [known[alarm.key] for alarm in found if alarm.severity == "page"]
    return " OR ".join([*paging, f"({known['commit_latency']} AND {known['writer_cpu']})"])


def _of_roles(cluster: _Cluster) -> Iterator[Alarm]:
    """Yield what concerns the writer alone, or the readers as seen from it."""
    limits_, writer = cluster.limits, cluster.role("writer")
    yield Alarm(
        key="writer_down",
        severity="page",
        section="writer-down",
        means="No instance takes writes: assignments and events are refused.",
        metric="EngineUptime",
        dimensions=writer,
        statistic="Minimum",
        comparison=AT_MOST,
        threshold=0,
        periods=2,
        missing="notBreaching" if cluster.pauses else "breaching",
    )
    yield Alarm(
        key="commit_latency",
        severity="ticket",
        section="latency",
        means="Every write waits longer for its commit.",
        metric="CommitLatency",
        dimensions=writer,
        statistic="Average",
        comparison=OVER,
        threshold=limits_.commit_latency_milliseconds,
        missing="notBreaching",
    )
    yield Alarm(
        key="write_latency",
        severity="ticket",
        section="latency",
        means="Writes to storage take longer.",
        metric="WriteLatency",
        dimensions=writer,
        statistic="p90",
        comparison=OVER,
        threshold=limits_.write_latency_seconds,
        missing="notBreaching",
    )
    yield Alarm(
        key="deadlocks",
        severity="ticket",
        section="deadlocks",
        means="Transactions wait for one another in a circle, and one of each is rolled back.",
        metric="Deadlocks",
        dimensions=writer,
        statistic="Average",
        comparison=OVER,
        threshold=limits_.deadlocks_per_minute / MINUTE,
        period=FIVE_MINUTES,
        periods=1,
        missing="notBreaching",
    )
    yield from _transaction_age(cluster)
    if "reader" in cluster.roles:
        yield Alarm(
            key="reader_lag",
            severity="ticket",
            section="reader-lag",
            means="Readers answer with data that is old: experiments are evaluated on yesterday's flags.",
            metric="AuroraReplicaLagMaximum",
            dimensions=writer,
            statistic="Maximum",
            comparison=OVER,
            threshold=limits_.reader_lag_milliseconds,
            missing="notBreaching",
        )
    if _effective(cluster, "rds.logical_replication") == "1":
        yield Alarm(
            key="replication_slot",
            severity="ticket",
            section="replication-slot",
            means="A subscriber does not take what is held back for it, and the volume grows.",
            metric="OldestReplicationSlotLag",
            dimensions=writer,
            statistic="Maximum",
            comparison=OVER,
            threshold=round(limits_.replication_slot_gibibytes * GIBIBYTE),
            missing="notBreaching",
        )


def _transaction_age(cluster: _Cluster) -> Iterator[Alarm]:
    limits_ = cluster.limits
    said = _effective(cluster, "autovacuum_freeze_max_age")
    forced = int(said) if said and said.isdecimal() else DEFAULT_FREEZE_MAX_AGE
    steps: dict[Severity, int] = {
        "page": limits_.transaction_age_page_transactions,
        "ticket": limits_.transaction_age_ticket_transactions or round(forced * EMERGENCY_VACUUM),
    }
    for severity, threshold in steps.items():
        yield Alarm(
            key=f"transaction_age_{severity}",
            severity=severity,
            section="transaction-age",
            means="Vacuum does not keep up; at 2,146,483,648 transactions the database stops taking writes.",
            metric="MaximumUsedTransactionIDs",
            dimensions=cluster.role("writer"),
            statistic="Maximum",
            comparison=OVER,
            threshold=threshold,
            periods=1,
            missing="missing",
        )


def _of_role(cluster: _Cluster, role: str) -> Iterator[Alarm]:
    limits_, dimensions = cluster.limits, cluster.role(role)
    yield Alarm(
        key=f"{role}_cpu",
        severity="ticket",
        section="cpu",
        means=f"A {role} has no processor time left; everything takes longer.",
        metric="CPUUtilization",
        dimensions=dimensions,
        statistic="Maximum",
        comparison=OVER,
        threshold=limits_.cpu_percent,
        missing="missing",
    )
    yield Alarm(
        key=f"{role}_read_latency",
        severity="ticket",
        section="latency",
        means=f"Reads from storage by a {role} take longer.",
        metric="ReadLatency",
        dimensions=dimensions,
        statistic="p90",
        comparison=OVER,
        threshold=limits_.read_latency_seconds,
        missing="notBreaching",
    )
    yield Alarm(
        key=f"{role}_cache",
        severity="ticket",
        section="cache",
        means=f"The data that a {role} works on does not fit its memory.",
        metric="BufferCacheHitRatio",
        dimensions=dimensions,
        statistic="Minimum",
        comparison=UNDER,
        threshold=limits_.cache_hit_percent,
        periods=10,
        missing="missing",
    )
    shares: dict[Severity, tuple[float, float]] = {
        "page": (limits_.connections_page_percent, limits_.freeable_memory_page_percent),
        "ticket": (limits_.connections_ticket_percent, limits_.freeable_memory_ticket_percent),
    }
    for severity, (connections, free) in shares.items():
        yield Alarm(
            key=f"{role}_connections_{severity}",
            severity=severity,
            section="connections",
            means=f"A {role} is about to refuse connections.",
            metric="DatabaseConnections",
            dimensions=dimensions,
            statistic="Maximum",
            comparison=OVER,
            threshold=int(connections * cluster.connections / 100),
            missing="missing",
        )
        if not cluster.all_serverless:
            yield Alarm(
                key=f"{role}_memory_{severity}",
                severity=severity,
                section="memory",
                means=f"A {role} is about to be restarted for want of memory.",
                metric="FreeableMemory",
                dimensions=dimensions,
                statistic="Minimum",
                comparison=UNDER,
                threshold=int(free * cluster.memory / 100),
                periods=15,
                missing="missing",
            )


def _of_instance(cluster: _Cluster, placed: PlacedInstance) -> Iterator[Alarm]:
    """Yield what AWS feeds by instance only, or what only instances of its class have."""
    limits_, dimensions = cluster.limits, cluster.instance(placed.key)
    key = placed.key.replace("-", "_")
    known = instance_classes.find(placed.instance_class)
    if known is None:
        yield from _of_capacity(cluster, key, dimensions)
        return
    loads: dict[Severity, float] = {
        "page": limits_.load_page_sessions_per_vcpu,
        "ticket": limits_.load_ticket_sessions_per_vcpu,
    }
    for severity, threshold in loads.items():
        yield Alarm(
            key=f"load_{severity}_{key}",
            severity=severity,
            section="load",
            means="More statements are active than the instance has processors for; they wait for one another.",
            metric="DBLoadRelativeToNumVCPUs",
            dimensions=dimensions,
            statistic="Average",
            comparison=OVER,
            threshold=threshold,
            periods=15,
            # Without load nothing is published.
            missing="notBreaching",
        )
    storage: dict[Severity, float] = {
        "page": limits_.local_storage_page_percent,
        "ticket": limits_.local_storage_ticket_percent,
    }
    for severity, share in storage.items() if known.local_storage_gib else ():
        yield Alarm(
            key=f"local_storage_{severity}_{key}",
            severity=severity,
            section="local-storage",
            means="Sorts and hashes that do not fit memory are about to fail.",
            metric="FreeLocalStorage",
            dimensions=dimensions,
            statistic="Average",
            comparison=UNDER,
            threshold=int(share * (known.local_storage_gib or 0) * GIBIBYTE / 100),
            missing="missing",
        )
    if known.burstable:
        yield Alarm(
            key=f"cpu_credits_{key}",
            severity="ticket",
            section="cpu-credits",
            means="The credits of a burstable class run out; more processor time is billed on top.",
            metric="CPUCreditBalance",
            dimensions=dimensions,
            statistic="Minimum",
            comparison=UNDER,
            threshold=limits_.cpu_credit_balance_credits,
            period=FIVE_MINUTES,
            periods=3,
            missing="missing",
        )
        yield Alarm(
            key=f"cpu_surplus_{key}",
            severity="ticket",
            section="cpu-credits",
            means="Processor time beyond the credits of a burstable class is being billed.",
            metric="CPUSurplusCreditsCharged",
            dimensions=dimensions,
            statistic="Maximum",
            comparison=OVER,
            threshold=0,
            period=FIVE_MINUTES,
            periods=3,
            missing="missing",
        )


def _of_capacity(cluster: _Cluster, key: str, dimensions: Mapping[str, str]) -> Iterator[Alarm]:
    capacity = cluster.loaded.environment.database.capacity
    if capacity is None:
        return
    yield Alarm(
        key=f"capacity_utilization_{key}",
        severity="ticket",
        section="capacity",
        means="A serverless instance is close to its maximum capacity.",
        metric="ACUUtilization",
        dimensions=dimensions,
        statistic="Average",
        comparison=OVER,
        threshold=cluster.limits.capacity_utilization_percent,
        periods=15,
        # A paused instance publishes nothing.
        missing="missing",
    )
    yield Alarm(
        key=f"capacity_at_maximum_{key}",
        severity="page",
        section="capacity",
        means="A serverless instance cannot grow any further; everything takes longer.",
        metric="ServerlessDatabaseCapacity",
        dimensions=dimensions,
        statistic="Minimum",
        comparison=AT_LEAST,
        threshold=capacity.maximum,
        periods=15,
        missing="missing",
    )


def _of_volume(cluster: _Cluster) -> Iterator[Alarm]:
    version = cluster.loaded.environment.database.engine_version
    lowest = engine_versions.first(engine_versions.major_of(version)) if engine_versions.is_major(version) else version
    larger = engine_versions.supports(lowest, Feature.VOLUME_256_TIB)
    most = (limits.LARGER_VOLUME_TIB if larger else limits.VOLUME_TIB) * 1024 * GIBIBYTE
    steps = {"volume_limit": int(cluster.limits.volume_limit_percent * most / 100)}
    if cluster.limits.volume_budget_gibibytes is not None:
        steps["volume_budget"] = cluster.limits.volume_budget_gibibytes * GIBIBYTE
    for key, threshold in steps.items():
        yield Alarm(
            key=key,
            severity="ticket",
            section="volume",
            means="The volume comes close to the most that Aurora takes, or to what was approved.",
            metric="VolumeBytesUsed",
            dimensions=cluster.whole(),
            statistic="Average",
            comparison=OVER,
            threshold=threshold,
            period=HOUR,
            periods=1,
            missing="missing",
        )


def _of_logs(cluster: _Cluster) -> Iterator[Alarm]:
    limits_, namespace = cluster.limits, cluster.loaded.names.log_metrics
    counted: dict[str, tuple[Severity, float, str, str]] = {
        "panic": ("page", 0, "log-panic", "The server gave up and restarts; transactions that were open are lost."),
        "fatal": (
            "ticket",
            limits_.fatal_errors_per_five_minutes,
            "log-fatal",
            "Sessions are refused or ended: clients see broken connections.",
        ),
        "failed_authentication": (
            "ticket",
            limits_.failed_authentications_per_five_minutes,
            "failed-authentication",
            "Somebody cannot log in, or tries what is not his.",
        ),
        "refused_token": (
            "ticket",
            limits_.failed_authentications_per_five_minutes,
            "failed-authentication",
            "IAM tokens are refused: a policy, a clock or a user is wrong.",
        ),
    }
    for metric, (severity, threshold, section, means) in counted.items():
        yield Alarm(
            key=f"log_{metric}",
            severity=severity,
            section=section,
            means=means,
            metric=metric,
            namespace=namespace,
            statistic="Sum",
            comparison=OVER,
            threshold=threshold,
            period=FIVE_MINUTES,
            periods=1,
            missing="notBreaching",
        )


def _of_function(cluster: _Cluster, access: ConsumerAccess) -> Iterator[Alarm]:
    yield Alarm(
        key="daily_run_absent",
        severity="ticket",
        section="daily-run",
        means="No run of a whole day made the coming days' partitions; nothing failed either.",
        metric="daily_run_done",
        namespace=cluster.loaded.names.log_metrics,
        statistic="Sum",
        comparison=AT_MOST,
        threshold=0,
        period=DAY,
        periods=1,
        missing="breaching",
    )
    names = cluster.loaded.names
    for part, name in (("function", names.function), ("owner", names.owner_function)):
        yield from _of_runs(cluster, access, part, {"FunctionName": name})


def _of_runs(cluster: _Cluster, access: ConsumerAccess, part: str, dimensions: Mapping[str, str]) -> Iterator[Alarm]:
    for key, metric, means in (
        ("errors", "Errors", "The function ends without an answer."),
        ("throttles", "Throttles", "Calls of the function are turned away: its concurrency is used up."),
    ):
        yield Alarm(
            key=f"{part}_{key}",
            severity="ticket",
            section="function",
            means=means,
            metric=metric,
            namespace=metrics.LAMBDA,
            dimensions=dimensions,
            statistic="Sum",
            comparison=OVER,
            threshold=0,
            period=FIVE_MINUTES,
            periods=1,
            missing="notBreaching",
        )
    yield Alarm(
        key=f"{part}_duration",
        severity="ticket",
        section="function",
        means="Runs of the function come close to their timeout.",
        metric="Duration",
        namespace=metrics.LAMBDA,
        dimensions=dimensions,
        statistic="Maximum",
        comparison=OVER,
        # Percent of seconds, in milliseconds.
        threshold=cluster.limits.function_duration_percent * access.timeout_seconds * 10,
        period=FIVE_MINUTES,
        periods=1,
        missing="notBreaching",
    )


def _of_proxy(cluster: _Cluster) -> Iterator[Alarm]:
    dimensions = {"ProxyName": cluster.loaded.names.proxy}
    yield Alarm(
        key="proxy_setup_failed",
        severity="page",
        section="proxy",
        means="RDS Proxy cannot connect to the database; its clients wait, then fail.",
        metric="DatabaseConnectionsSetupFailed",
        dimensions=dimensions,
        statistic="Sum",
        comparison=OVER,
        threshold=0,
        period=MINUTE,
        periods=3,
        missing="notBreaching",
    )
    yield Alarm(
        key="proxy_borrow_latency",
        severity="ticket",
        section="proxy",
        means="Clients wait at RDS Proxy for a connection.",
        metric="DatabaseConnectionsBorrowLatency",
        dimensions=dimensions,
        statistic="p90",
        comparison=OVER,
        threshold=cluster.limits.proxy_borrow_latency_milliseconds * MICROSECONDS,
        missing="notBreaching",
    )


def _effective(cluster: _Cluster, name: str) -> str | None:
    for setting in parameters.effective(cluster.loaded.environment):
        if setting.name == name and not setting.dropped:
            return setting.value
    return None
