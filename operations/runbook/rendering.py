"""A runbook as Markdown, and as HTML that stands alone: no script, nothing from elsewhere, light and dark."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Final

from operations.runbook.page import Block, Page, Section
from operations.runbook.procedures import procedures
from operations.runbook.sections import SECTIONS
from settings import alarms, topology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings.alarms import Alarm
    from settings.loaded import Loaded

SIGNS: Final = {alarms.OVER: ">", alarms.AT_LEAST: "≥", alarms.UNDER: "<", alarms.AT_MOST: "≤"}
"""Comparisons of alarms, as people write them."""

OTHERWISE: Final = "What else has to be done now and then"

STYLE: Final = """\
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
body { overflow-wrap: break-word; }
pre { padding: .75rem; border: 1px solid; border-radius: 4px; overflow-x: auto; overflow-wrap: normal; }
pre[data-language]::before { content: attr(data-language); float: right; opacity: .6; font-size: .8em; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
nav ul { columns: 3 14rem; padding-left: 1.2rem; }
h2 { border-top: 1px solid; padding-top: 1rem; }
"""


def page(loaded: Loaded) -> Page:
    """Return the runbook of an environment."""
    names, found = loaded.names, alarms.alarms(loaded)
    placed = topology.instances(loaded.environment)
    aws = loaded.environment.aws
    about = tuple(
        _about(loaded, key, section, tuple(alarm for alarm in found if alarm.section == key))
        for key, section in SECTIONS.items()
        if loaded.environment.monitoring.enabled
        and (key == alarms.AT_RISK_SECTION or any(alarm.section == key for alarm in found))
    )
    board = (
        f"dashboard `{names.dashboard(aws.region)}`" if loaded.environment.monitoring.enabled else "nobody watches it"
    )
    return Page(
        title=f"Runbook of {names.prefix}",
        introduction=f"Cluster `{names.cluster}` in {aws.region}, account {aws.account_id}, instances "
        f"{', '.join(f'`{names.instance(one.key)}`' for one in placed)}; {board}. Commands need credentials of that "
        "account and region, and run in the project's folder; SQL runs as the master user unless it says otherwise.",
        alarms=about,
        procedures=tuple(procedures(loaded)),
    )


def _about(loaded: Loaded, key: str, section: Section, found: tuple[Alarm, ...]) -> Section:
    blocks = (
        _filled(loaded, block, alone=len(topology.instances(loaded.environment)) == 1) for block in section.blocks
    )
    return replace(
        section,
        key=key,
        blocks=tuple(block for block in blocks if block.lines),
        alarms=tuple(_alarm(loaded, alarm) for alarm in found),
    )


def _alarm(loaded: Loaded, alarm: Alarm) -> str:
    threshold = f"{alarm.metric} {SIGNS[alarm.comparison]} {alarm.threshold:,.12g}"
    return f"`{loaded.names.alarm(alarm.key)}` ({alarm.severity}): {threshold}. {alarm.means}"


def _filled(loaded: Loaded, block: Block, *, alone: bool) -> Block:
    """Return a block with the environment's names in it; alone, an instance has nobody to fail over to."""
    names = loaded.names
    known = {
        "<cluster>": names.cluster,
        "<prefix>": names.prefix,
        "<log>": names.log_group("postgresql"),
        "<failed-runs>": names.failed_runs,
        "<function>": names.owner_function,
        "<proxy>": names.proxy,
    }
    lines = []
    for line in block.lines:
        text = line
        for word, name in known.items():
            text = text.replace(word, name)
        if not (alone and "failover-db-cluster" in text):
            lines.append(text)
    return replace(block, lines=tuple(lines))


def as_markdown(written: Page) -> str:
    """Return a page as Markdown."""
    lines = [f"# {written.title}", "", written.introduction]
    for section in written.alarms:
        lines += _section_as_markdown(section)
    lines += ["", f"# {OTHERWISE}"]
    for section in written.procedures:
        lines += _section_as_markdown(section)
    return "\n".join(lines) + "\n"


def _section_as_markdown(section: Section) -> Iterator[str]:
    yield from ("", f"## {_heading(section)}", "")
    yield from (f"* {line}" for line in section.alarms)
    yield from [""] if section.alarms else []
    yield from (f"Look at: {section.look}", "", f"Do: {section.do}")
    for block in section.blocks:
        yield from ("", f"```{block.language}", *block.lines, "```")


def _heading(section: Section) -> str:
    return section.title + (f" ({section.key})" if section.key else "")


def as_html(written: Page) -> str:
    """Return a page as HTML."""
    sections = (*written.alarms, *written.procedures)
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(written.title)}</title>",
        f"<style>\n{STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{escape(written.title)}</h1>",
        f"<p>{_coded(written.introduction)}</p>",
        "<nav><ul>",
        *(f'<li><a href="#{_anchor(section)}">{escape(section.title)}</a></li>' for section in sections),
        "</ul></nav>",
    ]
    for section in written.alarms:
        lines += _section_as_html(section)
    lines.append(f"<h1>{escape(OTHERWISE)}</h1>")
    for section in written.procedures:
        lines += _section_as_html(section)
    return "\n".join([*lines, "</body>", "</html>"]) + "\n"


def _section_as_html(section: Section) -> Iterator[str]:
    yield f'<section id="{_anchor(section)}">'
    yield f"<h2>{escape(_heading(section))}</h2>"
    if section.alarms:
        yield "<ul>"
        yield from (f"<li>{_coded(line)}</li>" for line in section.alarms)
        yield "</ul>"
    yield f"<p><strong>Look at:</strong> {_coded(section.look)}</p>"
    yield f"<p><strong>Do:</strong> {_coded(section.do)}</p>"
    for block in section.blocks:
        yield f'<pre data-language="{block.language}"><code>{escape(chr(10).join(block.lines))}</code></pre>'
    yield "</section>"


def _anchor(section: Section) -> str:
    return section.key or "-".join("".join(c if c.isalnum() else " " for c in section.title.lower()).split())


def _coded(text: str) -> str:
    """Return text whose parts between backquotes are code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
