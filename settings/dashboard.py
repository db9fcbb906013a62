"""The dashboard of an environment and its saved queries, as CloudWatch takes them: one screen, most urgent first.

Is it healthy (alarms, golden signals), what is it doing (writer and readers side by side), what changed (statements
that define, slow ones, vacuums). Rules of the body: CloudWatch API Reference, "Dashboard Body Structure and Syntax",
2026-04. No text in it has a quote or a line of its own: their backslashes get lost where cdktf writes HCL.
``modules.dashboard`` gives it to CloudWatch, ``operations.preview`` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from catalog import instance_classes, metrics
from settings import alarms, topology

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from settings.alarms import Alarm
    from settings.loaded import Loaded

Widget: TypeAlias = dict[str, Any]

COLUMNS: Final = 24

SERIES: Final = 6
"""Height of a graph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedQuery:
    """A query of CloudWatch Logs Insights over one log group."""

    key: str
    title: str
    log_group: str
    query: str

    @property
    def inline(self) -> str:
        """The query as a dashboard takes it, its log group first."""
        return f"SOURCE '{self.log_group}' | {self.query}"


def saved_queries(loaded: Loaded) -> list[SavedQuery]:
    """Return the queries that somebody has to have at hand, most used first."""
    log = loaded.names.log_group("postgresql")
    lines = "fields @timestamp, @logStream, @message"
    queries = {
        "slow_statements": (
            "Slow statements",
            f"{lines} | filter @message like /duration: / | parse @message /duration: (?<milliseconds>[0-9.]+) ms/"
            " | sort milliseconds desc | limit 50",
        ),
        "autovacuum": (
            "Autovacuum",
            f"{lines} | filter @message like /automatic (aggressive )?(vacuum|analyze)/ | sort @timestamp desc"
            " | limit 50",
        ),
        "connections": (
            "Connections refused or ended",
            f"{lines} | filter @message like /FATAL:/ | sort @timestamp desc | limit 50",
        ),
        "changes": (
            "Definitions and grants that changed",
            f"{lines} | filter @message like /statement: +(CREATE|ALTER|DROP|GRANT|REVOKE|TRUNCATE|COMMENT)/"
            " | sort @timestamp desc | limit 50",
        ),
        "errors": (
            "Errors by kind",
            'fields @message | filter @message like "ERROR: " or @message like "FATAL: " or @message like "PANIC: "'
            " | parse @message /(?<kind>[A-Z]+): +(?<text>.{0,60})/ | stats count(*) as lines by kind, text"
            " | sort lines desc | limit 50",
        ),
    }
    return [SavedQuery(key=key, title=title, log_group=log, query=query) for key, (title, query) in queries.items()]


def body(loaded: Loaded, *, alarm_arn: Callable[[str], str]) -> dict[str, Any]:
    """Return the dashboard's body; ``alarm_arn`` gives the ARN of the alarm with a name."""
    layout = _Layout(loaded)
    found = alarms.alarms(loaded)
    layout.row((24, 2, _about(loaded)))
    # At most 100 alarms fit a widget; the composite comes first, then what pages.
    keys = sorted((one.key for one in found), key=lambda key: _urgency(found, key))
    failed_runs = [loaded.names.failed_runs] if loaded.environment.access else []
    shown = [loaded.names.alarm("experiments_at_risk"), *failed_runs, *map(loaded.names.alarm, keys)]
    layout.row((24, 5, _alarm_widget("Alarms", [alarm_arn(name) for name in shown[:100]])))
    layout.row(*((6, SERIES, widget) for widget in _golden(loaded, found)))
    for writer, reader in _side_by_side(loaded, found):
        layout.row((12, SERIES, writer), (12, SERIES, reader))
    layout.row(*((8, SERIES, widget) for widget in _underneath(loaded, found)))
    queries = {query.key: query for query in saved_queries(loaded)}
    layout.row(*((12, 7, _log_widget(loaded, queries[key])) for key in ("changes", "slow_statements")))
    layout.row(*((12, 7, _log_widget(loaded, queries[key])) for key in ("connections", "autovacuum")))
    return {"start": "-PT3H", "periodOverride": "auto", "widgets": layout.widgets}


class _Layout:
    """Puts rows of widgets under one another."""

    def __init__(self, loaded: Loaded) -> None:
        self.region = loaded.environment.aws.region
        self.widgets: list[Widget] = []
        self.below = 0

    def row(self, *cells: tuple[int, int, Widget]) -> None:
        left = 0
        for width, height, widget in cells:
            if widget["type"] in ("metric", "log"):
                widget["properties"]["region"] = self.region
            self.widgets.append({"x": left, "y": self.below, "width": width, "height": height, **widget})
            left += width
        self.below += max(height for _, height, _ in cells)


def _about(loaded: Loaded) -> Widget:
    return {
        "type": "text",
        "properties": {
            "markdown": (
                f"**{loaded.names.prefix}**: made by Terraform from `{loaded.name}.yaml`, stack "
                f"`{loaded.names.stack('monitoring')}`; "
                "what is changed here by hand is undone by the next deployment. "
                f"What to do: `python main.py runbook {loaded.name}`. Top: is it healthy? Middle: what is it doing? "
                "Bottom: what changed?"
            )
        },
    }


def _urgency(found: Sequence[Alarm], key: str) -> tuple[int, str]:
    severity = next(alarm.severity for alarm in found if alarm.key == key)
    return alarms.SEVERITIES.index(severity), key


def _alarm_widget(title: str, arns: list[str]) -> Widget:
    return {"type": "alarm", "properties": {"title": title, "alarms": arns, "sortBy": "stateUpdatedTimestamp"}}


def _graph(
    title: str,
    series: Sequence[tuple[str, str, dict[str, str], str, str]],
    *,
    label: str,
    lines: Sequence[tuple[str, float]] = (),
    period: int = 60,
) -> Widget:
    """Return a graph of series (namespace, metric, dimensions, statistic, label) with horizontal lines."""
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "stacked": False,
        "period": period,
        "metrics": [
            [namespace, metric, *(part for pair in dimensions.items() for part in pair), {"stat": stat, "label": name}]
            for namespace, metric, dimensions, stat, name in series
        ],
        "yAxis": {"left": {"label": label, "showUnits": False, "min": 0}},
    }
    if lines:
        properties["annotations"] = {"horizontal": [{"label": text, "value": value} for text, value in lines]}
    return {"type": "metric", "properties": properties}


def _lines(found: Sequence[Alarm], *keys: str, divisor: float = 1) -> list[tuple[str, float]]:
    """Return where the alarms go off that there are, as lines."""
    return [(alarm.severity, alarm.threshold / divisor) for key in keys for alarm in found if alarm.key == key]


def _role(loaded: Loaded, role: str) -> dict[str, str]:
    return {"DBClusterIdentifier": loaded.names.cluster, "Role": role.upper()}


def _golden(loaded: Loaded, found: Sequence[Alarm]) -> Iterator[Widget]:
    """Yield latency, traffic, errors and saturation."""
    writer, logged = _role(loaded, "writer"), loaded.names.log_metrics
    yield _graph(
        "Latency of commits",
        [(metrics.RDS, "CommitLatency", writer, stat, stat) for stat in ("Average", "p90")],
        label="milliseconds",
        lines=_lines(found, "commit_latency"),
    )
    yield _graph(
        "Traffic",
        [(metrics.RDS, "CommitThroughput", writer, "Average", "commits")],
        label="per second",
    )
    yield _graph(
        "Errors",
        [
            (logged, "fatal", {}, "Sum", "sessions ended"),
            (logged, "failed_authentication", {}, "Sum", "passwords or tokens refused"),
            (logged, "deadlock", {}, "Sum", "deadlocks"),
            (logged, "panic", {}, "Sum", "panics"),
        ],
        label="lines of the log",
        period=300,
    )
    yield _saturation(loaded, found)


def _saturation(loaded: Loaded, found: Sequence[Alarm]) -> Widget:
    """Return sessions per vCPU, and the share of the capacity where there is no number of vCPUs."""
    placed = topology.instances(loaded.environment)
    utilization = [
        (metrics.RDS, "ACUUtilization", {"DBInstanceIdentifier": loaded.names.instance(one.key)}, "Average", one.key)
        for one in placed
    ]
    provisioned = [one for one in placed if one.instance_class != instance_classes.SERVERLESS]
    if not provisioned:
        return _graph(
            "Saturation: capacity",
            utilization,
            label="percent of the maximum",
            lines=[("ticket", loaded.environment.monitoring.thresholds.capacity_utilization_percent)],
        )
    key = provisioned[0].key.replace("-", "_")
    return _graph(
        "Saturation: active sessions per vCPU",
        [
            (
                metrics.RDS,
                "DBLoadRelativeToNumVCPUs",
                {"DBInstanceIdentifier": loaded.names.instance(one.key)},
                "Average",
                one.key,
            )
            for one in provisioned
        ],
        label="sessions per vCPU",
        lines=_lines(found, f"load_page_{key}", f"load_ticket_{key}"),
    )


def _side_by_side(loaded: Loaded, found: Sequence[Alarm]) -> Iterator[tuple[Widget, Widget]]:
    """Yield the same of the writer and of the readers; the readers' column says so where there is none."""
    several = len(topology.instances(loaded.environment)) > 1

    def both(make: Callable[[str], Widget]) -> tuple[Widget, Widget]:
        return make("writer"), make("reader") if several else _no_reader()

    titles = {"writer": "Writer", "reader": "Readers"}
    yield both(
        lambda role: _graph(
            f"{titles[role]}: processor",
            [(metrics.RDS, "CPUUtilization", _role(loaded, role), "Maximum", "busiest instance")],
            label="percent",
            lines=_lines(found, f"{role}_cpu"),
        )
    )
    yield both(
        lambda role: _graph(
            f"{titles[role]}: connections",
            [(metrics.RDS, "DatabaseConnections", _role(loaded, role), "Maximum", "busiest instance")],
            label="connections",
            lines=_lines(found, f"{role}_connections_page", f"{role}_connections_ticket"),
        )
    )
    yield both(
        lambda role: _graph(
            f"{titles[role]}: free memory",
            [(metrics.RDS, "FreeableMemory", _role(loaded, role), "Minimum", "least of all instances")],
            label="bytes",
            lines=_lines(found, f"{role}_memory_page", f"{role}_memory_ticket"),
        )
    )
    yield both(
        lambda role: _graph(
            f"{titles[role]}: storage latency",
            [
                (metrics.RDS, "ReadLatency", _role(loaded, role), "p90", "reads"),
                *([(metrics.RDS, "WriteLatency", _role(loaded, role), "p90", "writes")] if role == "writer" else []),
            ],
            label="seconds",
            lines=_lines(found, f"{role}_read_latency"),
        )
    )


def _no_reader() -> Widget:
    return {"type": "text", "properties": {"markdown": "**No reader**: the cluster has one instance."}}


def _underneath(loaded: Loaded, found: Sequence[Alarm]) -> Iterator[Widget]:
    """Yield what moves slowly, and what stands before the database."""
    writer = _role(loaded, "writer")
    yield _graph(
        "Volume",
        [(metrics.RDS, "VolumeBytesUsed", {"DBClusterIdentifier": loaded.names.cluster}, "Average", "used")],
        label="bytes",
        lines=_lines(found, "volume_budget"),
        period=3600,
    )
    yield _graph(
        "Transaction ids",
        [(metrics.RDS, "MaximumUsedTransactionIDs", writer, "Maximum", "oldest in use")],
        label="transactions",
        lines=_lines(found, "transaction_age_page", "transaction_age_ticket"),
    )
    access = loaded.environment.access
    if access is None:
        yield _graph(
            "Backups",
            [
                (
                    metrics.RDS,
                    "TotalBackupStorageBilled",
                    {"DBClusterIdentifier": loaded.names.cluster},
                    "Average",
                    "billed",
                )
            ],
            label="bytes",
            period=3600,
        )
        return
    function = {"FunctionName": loaded.names.function}
    yield _graph(
        "Function database-access",
        [(metrics.LAMBDA, name, function, "Sum", name.lower()) for name in ("Invocations", "Errors", "Throttles")],
        label="in five minutes",
        period=300,
    )


def _log_widget(loaded: Loaded, query: SavedQuery) -> Widget:
    return {
        "type": "log",
        "properties": {
            "title": query.title,
            "region": loaded.environment.aws.region,
            "view": "table",
            "query": query.inline,
        },
    }
