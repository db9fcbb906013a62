"""A daily run is counted, whatever the log level; where none is, its alarm goes off: function, metric, alarm."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.functions.test_functions_calls import invoked
from tests.harness import ROOT, sampled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functions.platform import Platform

TABLES = json.loads((ROOT / "tests" / "golden" / "dev-monitoring" / "cdk.tf.json").read_text())["locals"]

COUNTED, ALARM = TABLES["log_metrics"]["daily_run_done"], TABLES["alarms"]["daily_run_absent"]

CONDITION = re.compile(r'\$\.(?P<path>\w+)(?:\[(?P<index>\d+)\])? = (?:"(?P<text>[^"]*)"|(?P<number>[0-9.]+))')
"""A comparison of a filter pattern (CloudWatch Logs User Guide, "Filter pattern syntax for metric filters", JSON)."""


def counts(line: dict[str, Any]) -> bool:
    """Return whether the metric filter takes a line."""
    inside = COUNTED["pattern"].removeprefix("{ ").removesuffix(" }")
    for part in inside.split(" && "):
        said = CONDITION.fullmatch(part)
        assert said, part
        value = line.get(said["path"])
        if said["index"] is not None:
            value = value[int(said["index"])] if isinstance(value, list) else None
        if value != (said["text"] if said["number"] is None else float(said["number"])):
            return False
    return True


def goes_off(lines: list[dict[str, Any]], namespace: str) -> bool:
    """Publish what the filter counts to an AWS, and hold what that makes of a day against the alarm."""
    cloudwatch, now = boto3.client("cloudwatch"), datetime.now(UTC)
    for line in lines:
        if counts(line):
            data = [{"MetricName": COUNTED["metric"], "Value": 1, "Timestamp": now}]
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=ALARM["metric"],
        StartTime=now - timedelta(seconds=ALARM["period"]),
        EndTime=now + timedelta(minutes=1),
        Period=ALARM["period"],
        Statistics=[ALARM["statistic"]],
    )["Datapoints"]
    assert ALARM["comparison"] == "LessThanOrEqualToThreshold"
    if not points:
        return bool(ALARM["missing"] == "breaching")
    return bool(sum(point[ALARM["statistic"]] for point in points) <= float(ALARM["threshold"]))


@pytest.mark.parametrize("level", sampled(("INFO", "ERROR"), "ERROR"))
def test_only_a_run_that_succeeds_keeps_the_alarm_quiet(
    platform: Platform, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", level)
    assert ALARM["metric"] == COUNTED["metric"]
    (_, log) = invoked(platform, tmp_path / "done", {"action": "partitions"}, {"action": "health"})
    done = [json.loads(line) for line in log.splitlines()]
    assert [line["action"] for line in done if counts(line)] == ["partitions"]
    broken = platform.published_anew(port="5432x")
    (_, log) = invoked(broken, tmp_path / "failed", {"action": "partitions"})
    failed = [json.loads(line) for line in log.splitlines()]
    assert failed
    assert not goes_off([*failed, *done], f"good/{level}")
    assert goes_off(failed, f"bad/{level}")
