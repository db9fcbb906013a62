"""Every metric and dimension that anything here asks for is one that somebody feeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from catalog import metrics
from tests.synthesis.variants import everything, variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Synthesized


def monitoring(*outputs: Synthesized) -> dict[str, dict[str, Any]]:
    """Return the monitoring stacks of some outputs by name."""
    return {name: parsed for name, parsed in everything(*outputs).items() if name.endswith("-monitoring")}


def alarmed(parsed: dict[str, Any]) -> Iterator[tuple[str, str, frozenset[str], str]]:
    """Yield namespace, metric, dimensions and whose each alarm's metric is."""
    for key, row in parsed["locals"]["alarms"].items():
        yield row["namespace"], row["metric"], frozenset(row["dimensions"]), f"alarm {key}"


def drawn(parsed: dict[str, Any]) -> Iterator[tuple[str, str, frozenset[str], str]]:
    """Yield the same of every series of the dashboard."""
    body = json.loads(parsed["resource"]["aws_cloudwatch_dashboard"]["main"]["dashboard_body"])
    for widget in body["widgets"]:
        for namespace, name, *rest in widget["properties"].get("metrics", ()):
            yield namespace, name, frozenset(rest[:-1:2]), f"widget {widget['properties']['title']}"


def unknown(parsed: dict[str, Any]) -> list[str]:
    """Return what a monitoring stack asks for and nobody feeds."""
    counted = {row["metric"] for row in parsed["locals"]["log_metrics"].values()}
    (filters,) = parsed["resource"]["aws_cloudwatch_log_metric_filter"].values()
    own = filters["metric_transformation"]["namespace"]
    return [
        f"{place}: {namespace} {name} {sorted(dimensions)}"
        for namespace, name, dimensions, place in (*alarmed(parsed), *drawn(parsed))
        if not (namespace == own and name in counted and not dimensions)
        and metrics.find(namespace, name, dimensions) is None
    ]


def test_every_metric_and_its_dimensions_are_fed(shipped: Synthesized, examples: Synthesized) -> None:
    found = monitoring(shipped, examples)
    assert len(found) >= 6
    assert [line for parsed in found.values() for line in unknown(parsed)] == []


def test_metrics_exist_for_what_they_are_asked_of() -> None:
    made = variants(
        one={"database": {"instance_class": "serverless", "capacity": {"minimum": 0, "maximum": 4}}},
        burst={"database": {"instance_class": "db.t4g.medium", "instances": 2}},
        large={"database": {"instance_class": "db.r7g.large", "instances": 1}},
        slots={"database": {"parameters": {"rds.logical_replication": True}}},
    )
    kinds: dict[str, set[str]] = {}
    for name, parsed in monitoring(made).items():
        kinds[name.removesuffix("-monitoring")] = {
            metric.fed
            for namespace, series, dimensions, _ in alarmed(parsed)
            for metric in [metrics.find(namespace, series, dimensions)]
            if metric
        }
    assert kinds == {
        "one": {"always", "serverless"},
        "burst": {"always", "provisioned", "burstable", "insights", "readers"},
        "large": {"always", "provisioned", "insights"},
        "slots": {"always", "provisioned", "burstable", "insights", "logical-replication"},
    }


@pytest.mark.parametrize("name", sorted(metrics.never_fed()))
def test_what_aurora_postgresql_never_feeds_is_alarmed_and_drawn_nowhere(
    name: str, shipped: Synthesized, examples: Synthesized
) -> None:
    assert not [metric for metric in metrics.every() if metric.name == name and metric.feeder == "aurora-postgresql"]
    asked = [
        place
        for parsed in monitoring(shipped, examples).values()
        for _, metric, _, place in (*alarmed(parsed), *drawn(parsed))
        if metric == name
    ]
    assert asked == []


def test_a_metric_under_other_dimensions_is_not_fed() -> None:
    assert metrics.find(metrics.RDS, "FreeLocalStorage", ["DBClusterIdentifier", "Role"]) is None
    assert metrics.find(metrics.RDS, "CPUUtilization", ["Role"]) is None
    assert metrics.find(metrics.RDS, "AuroraVolumeBytesLeftTotal", ["DBClusterIdentifier"]) is None
    found = metrics.find(metrics.RDS, "CommitLatency", ["Role", "DBClusterIdentifier"])
    assert found is not None
    assert (found.unit, found.source) == ("Milliseconds", "aurora")


def test_latencies_have_their_own_units() -> None:
    units = {metric.name: metric.unit for metric in metrics.every() if metric.name.endswith(("Latency", "LagMaximum"))}
    assert {
        name: units[name] for name in ("CommitLatency", "ReadLatency", "WriteLatency", "AuroraReplicaLagMaximum")
    } == {
        "CommitLatency": "Milliseconds",
        "ReadLatency": "Seconds",
        "WriteLatency": "Seconds",
        "AuroraReplicaLagMaximum": "Milliseconds",
    }
    assert units["DatabaseConnectionsBorrowLatency"] == "Microseconds"
