"""The dashboard of an environment as a page: its real layout, titles, metrics and thresholds, without any data.

The page stands alone: no script, nothing from elsewhere. Places are those of the body that CloudWatch gets: 24 columns,
and rows of the same height (CloudWatch API Reference, "Dashboard Body Structure and Syntax", 2026-04).
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from catalog import regions
from settings import dashboard
from settings.dashboard import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from settings.dashboard import Widget
    from settings.loaded import Loaded

ROW: Final = 40
"""Pixels of a row, as in CloudWatch's own pages."""

STYLE: Final = f"""\
:root {{ color-scheme: light dark; --line: #8c959f; --faint: #8c959f33; --page: #cf222e; --ticket: #9a6700; }}
@media (prefers-color-scheme: dark) {{ :root {{ --page: #ff7b72; --ticket: #d29922; }} }}
body {{ font: 13px/1.35 system-ui, sans-serif; margin: 12px; }}
main {{ display: grid; grid-template-columns: repeat({COLUMNS}, minmax(0, 1fr)); grid-auto-rows: {ROW}px; gap: 0; }}
.widget {{ border: 1px solid var(--line); border-radius: 4px; margin: 3px; padding: 6px 8px; overflow: hidden; }}
.widget {{ display: flex; flex-direction: column; gap: 4px; }}
h2 {{ font-size: 13px; margin: 0; overflow-wrap: anywhere; }}
ul {{ list-style: none; margin: 0; padding: 0; }}
.plot {{ flex: 1; position: relative; border-left: 1px solid var(--line); border-bottom: 1px solid var(--line); }}
.plot {{ min-height: 24px; background: repeating-linear-gradient(var(--faint) 0 1px, transparent 1px 25%); }}
.plot span {{ position: absolute; left: 0; right: 0; border-top: 2px dashed; padding-left: 4px; font-size: 11px; }}
.page {{ color: var(--page); }}
.ticket {{ color: var(--ticket); }}
.axis {{ font-size: 11px; opacity: .75; }}
.metrics li {{ overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.alarms {{ display: flex; flex-wrap: wrap; gap: 3px; overflow: auto; }}
.alarms li {{ border: 1px solid var(--line); border-radius: 3px; padding: 0 5px; font-size: 11px; }}
code {{ font-size: 11px; overflow-wrap: anywhere; overflow: auto; }}
"""


def rendered(loaded: Loaded) -> str:
    """Return the page; an environment that is not watched has no dashboard, and the page says so."""
    aws = loaded.environment.aws
    name = loaded.names.dashboard(aws.region)
    region = regions.find(aws.region)
    prefix = f"arn:{region.partition if region else 'aws'}:cloudwatch:{aws.region}:{aws.account_id}:alarm:"
    watched = loaded.environment.monitoring.enabled
    body = dashboard.body(loaded, alarm_arn=lambda alarm: prefix + alarm) if watched else {"widgets": []}
    widgets: list[Widget] = body["widgets"]
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(name)}</title>",
        f"<style>\n{STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{escape(name)}</h1>",
        "<p>What stands where; data are in CloudWatch alone. Dashed lines are where alarms go off.</p>"
        if watched
        else "<p>Nothing is watched here: the environment says monitoring.enabled: false.</p>",
        "<main>",
    ]
    for widget in widgets:
        lines += _widget(widget)
    return "\n".join([*lines, "</main>", "</body>", "</html>"]) + "\n"


def _widget(widget: Widget) -> Iterator[str]:
    across, down = f"{widget['x'] + 1} / span {widget['width']}", f"{widget['y'] + 1} / span {widget['height']}"
    place = f"grid-column: {across}; grid-row: {down}"
    properties = widget["properties"]
    yield f'<section class="widget" data-type="{widget["type"]}" style="{place}">'
    if "title" in properties:
        yield f"<h2>{escape(properties['title'])}</h2>"
    yield from _CONTENTS[widget["type"]](properties)
    yield "</section>"


def _text(properties: dict[str, Any]) -> Iterator[str]:
    """Yield a text; of Markdown it has strong words and code only."""
    parts = escape(properties["markdown"]).split("`")
    coded = "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
    strong = coded.split("**")
    yield f"<p>{''.join(f'<strong>{part}</strong>' if index % 2 else part for index, part in enumerate(strong))}</p>"


def _alarms(properties: dict[str, Any]) -> Iterator[str]:
    yield '<ul class="alarms">'
    yield from (f"<li>{escape(arn.rpartition(':')[2])}</li>" for arn in properties["alarms"])
    yield "</ul>"


def _log(properties: dict[str, Any]) -> Iterator[str]:
    yield f"<code>{escape(properties['query'])}</code>"


def _metrics(properties: dict[str, Any]) -> Iterator[str]:
    lines = properties.get("annotations", {}).get("horizontal", [])
    highest = max((line["value"] for line in lines), default=0)
    axis = properties.get("yAxis", {}).get("left", {}).get("label", "")
    yield f'<div class="axis">{escape(axis)}, every {properties["period"]} seconds</div>'
    yield '<div class="plot">'
    for line in lines:
        # The highest stands a quarter below the top.
        down = 100 - 75 * line["value"] / highest if highest else 50
        kind = line["label"] if line["label"] in ("page", "ticket") else "ticket"
        yield f'<span class="{kind}" style="top: {down:.1f}%">{escape(line["label"])} {line["value"]:,.12g}</span>'
    yield "</div>"
    yield '<ul class="metrics">'
    yield from (f'<li title="{escape(said)}">{escape(said)}</li>' for said in map(_said, properties["metrics"]))
    yield "</ul>"


def _said(metric: Sequence[Any]) -> str:
    """Return a metric in words: its label, statistic, name and the values of its dimensions."""
    *names, options = metric
    if not names:
        return f"{options.get('label', '')}: {options.get('expression', '')}"
    namespace, name, *dimensions = names
    label = f"{options['label']}: " if options.get("label") else ""
    return f"{label}{options.get('stat', 'Average')} {namespace} {name} {' '.join(dimensions[1::2])}".strip()


_CONTENTS: Final = {"text": _text, "alarm": _alarms, "log": _log, "metric": _metrics}
