"""The dashboard's JSON against AWS's documented rules: the emulator takes anything, CloudWatch does not.

Rules: CloudWatch API Reference, "Dashboard Body Structure and Syntax", 2026-04.
"""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis.variants import everything, resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.harness import Synthesized

Body = dict[str, Any]

VIEWS = {
    "metric": {"timeSeries", "singleValue", "gauge", "table"},
    "log": {"table", "timeSeries", "bar", "pie"},
}


def broken(body: Body) -> Iterator[str]:
    """Yield every rule that a body breaks."""
    widgets = body.get("widgets")
    if not isinstance(widgets, list) or len(widgets) > 500:
        yield "widgets: a list of at most 500"
        return
    variables = body.get("variables", [])
    if len(variables) > 25:
        yield "variables: at most 25"
    for index, widget in enumerate(widgets):
        for problem in (*_placed(widget), *_said(widget)):
            yield f"{index}: {problem}"
    for first, one in enumerate(widgets):
        for second, other in enumerate(widgets[first + 1 :], first + 1):
            if _overlap(one, other):
                yield f"{first} and {second} overlap"


def _placed(widget: Body) -> Iterator[str]:
    if ("x" in widget) != ("y" in widget):
        yield "x and y come together or not at all"
    if not 0 <= widget.get("x", 0) <= 23:
        yield "x is 0 to 23"
    if not 1 <= widget.get("width", 6) <= 24 or widget.get("x", 0) + widget.get("width", 6) > 24:
        yield "width is 1 to 24, within 24 columns"
    if not 1 <= widget.get("height", 6) <= 1000 or widget.get("y", 0) < 0:
        yield "height is 1 to 1000"


def _overlap(one: Body, other: Body) -> bool:
    return bool(
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


def _said(widget: Body) -> Iterator[str]:
    kind, properties = widget.get("type"), widget.get("properties")
    if kind not in ("metric", "text", "log", "alarm", "explorer") or not isinstance(properties, dict):
        yield "type and properties are required"
        return
    if kind == "text" and not properties.get("markdown"):
        yield "a text has markdown"
    if kind == "alarm" and not 1 <= len(properties.get("alarms", ())) <= 100:
        yield "an alarm widget has 1 to 100 alarms"
    if kind in ("metric", "log"):
        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", properties.get("region", "")):
            yield "region is required"
        if properties.get("view") not in VIEWS[kind]:
            yield f"view of {kind}"
    if kind == "log" and not re.match(r"(SOURCE '[^']+' \| )+\w", properties.get("query", "")):
        yield "a query begins with SOURCE"
    if kind == "metric":
        yield from _graphed(properties)


def _graphed(properties: Body) -> Iterator[str]:
    series = properties.get("metrics", [])
    if not 1 <= len(series) <= 500:
        yield "1 to 500 metrics"
    period = properties.get("period", 300)
    if period < 60 or period % 60:
        yield "period is a multiple of 60"
    for one in series:
        *names, options = one
        if len(names) < 2 or len(names) % 2 or not all(isinstance(name, str) and name for name in names):
            yield "a metric is namespace, name and pairs of dimensions"
        if not re.fullmatch(
            r"Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?", options.get("stat", "Average")
        ):
            yield "stat"
    for line in properties.get("annotations", {}).get("horizontal", ()):
        if not isinstance(line.get("value"), int | float):
            yield "an annotation has a value"


def dashboards(*outputs: Synthesized) -> dict[str, tuple[str, Body]]:
    """Return name and body of each dashboard by stack."""
    found = {}
    for name, parsed in everything(*outputs).items():
        if name.endswith("-monitoring"):
            arguments = resources(parsed)["aws_cloudwatch_dashboard.main"]
            found[name] = (arguments["dashboard_name"], json.loads(arguments["dashboard_body"]))
    return found


def test_every_dashboard_keeps_the_rules(shipped: Synthesized, examples: Synthesized) -> None:
    found = dashboards(shipped, examples)
    assert len(found) >= 6
    for stack, (name, body) in found.items():
        assert (stack, [*broken(body)]) == (stack, [])
        # cdktf loses backslashes where it writes HCL (cdktf 0.21), and with them what is valid.
        assert "\\" not in json.dumps(body)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name)


def _too_wide(body: Body) -> None:
    body["widgets"][0]["width"] = 25


def _only_x(body: Body) -> None:
    del body["widgets"][1]["y"]


def _no_region(body: Body) -> None:
    next(one for one in body["widgets"] if one["type"] == "metric")["properties"].pop("region")


def _odd_period(body: Body) -> None:
    next(one for one in body["widgets"] if one["type"] == "metric")["properties"]["period"] = 90


def _no_source(body: Body) -> None:
    next(one for one in body["widgets"] if one["type"] == "log")["properties"]["query"] = "fields @message"


def _odd_dimensions(body: Body) -> None:
    next(one for one in body["widgets"] if one["type"] == "metric")["properties"]["metrics"][0].insert(2, "Role")


def _one_over_another(body: Body) -> None:
    body["widgets"][3]["y"] = body["widgets"][2]["y"]
    body["widgets"][3]["x"] = body["widgets"][2]["x"]


def _too_many(body: Body) -> None:
    body["widgets"] = [copy.deepcopy(body["widgets"][0]) for _ in range(501)]


@pytest.mark.parametrize(
    "spoil",
    [_too_wide, _only_x, _no_region, _odd_period, _no_source, _odd_dimensions, _one_over_another, _too_many],
)
def test_a_rule_that_is_broken_is_noticed(spoil: Callable[[Body], None], shipped: Synthesized) -> None:
    _, body = dashboards(shipped)["prod-monitoring"]
    spoil(body)
    if spoil is _only_x:
        body["widgets"] = body["widgets"][1:2]
    assert [*broken(body)] != []


def test_the_screen_says_where_it_comes_from_and_begins_with_what_is_wrong(shipped: Synthesized) -> None:
    name, body = dashboards(shipped)["prod-monitoring"]
    assert name.endswith("-eu-west-1")
    first, second, *_ = sorted(body["widgets"], key=lambda widget: (widget["y"], widget["x"]))
    assert "Terraform" in first["properties"]["markdown"]
    assert second["type"] == "alarm"
    assert second["properties"]["alarms"][0].endswith(":alarm:experimentation-prod-experiments-at-risk")


def test_every_alarm_is_on_the_screen(shipped: Synthesized) -> None:
    parsed = shipped.stack("prod-monitoring")
    _, body = dashboards(shipped)["prod-monitoring"]
    (shown,) = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]
    names = {row["name"] for row in parsed["locals"]["alarms"].values()}
    assert {arn.partition(":alarm:")[2] for arn in shown} == names | {
        "experimentation-prod-experiments-at-risk",
        "experimentation-prod-database-owner-failed-runs",
    }


def test_writer_and_readers_stand_side_by_side(shipped: Synthesized) -> None:
    _, body = dashboards(shipped)["prod-monitoring"]
    titles = {widget["properties"].get("title"): widget for widget in body["widgets"]}
    pairs = [title for title in titles if title and title.startswith("Writer: ")]
    assert len(pairs) >= 4
    for title in pairs:
        reader = titles[title.replace("Writer", "Readers")]
        assert (reader["y"], reader["x"], reader["height"]) == (titles[title]["y"], 12, titles[title]["height"])


def test_saved_queries_ask_the_log_that_exists(shipped: Synthesized) -> None:
    saved = shipped.stack("prod-monitoring")["locals"]["saved_queries"]
    group = resources(shipped.stack("prod-database"))["aws_cloudwatch_log_group.postgresql"]["name"]
    assert {row["log_groups"][0] for row in saved.values()} == {group}
    assert {"slow_statements", "autovacuum", "connections"} <= saved.keys()
