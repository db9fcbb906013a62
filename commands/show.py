"""``main.py show``."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from commands.common import ENVS, Envs, Name, load, show_lines, width
from findings.layout import prose
from operations import cost, dashboard_preview
from settings.bill import bill
from synthesis import explain


class Format(StrEnum):
    """How an environment is printed."""

    TEXT = "text"
    JSON = "json"


Style = Annotated[Format, typer.Option("--format", help="For people or machines.")]
Dashboard = Annotated[bool, typer.Option("--dashboard", help="Print its dashboard as an HTML page instead.")]


def show(name: Name, envs: Envs = ENVS, style: Style = Format.TEXT, dashboard: Dashboard = False) -> None:
    """Print an environment's complete configuration and where each value comes from.

    Each value is the file's (with its line), the tier's default or the project's. Instances, parameters, the
    memory plan, the places of the states and what it costs follow. At a terminal, long lines are wrapped.

    With --dashboard it prints a page for a browser instead: the layout, titles, metrics and thresholds of the
    dashboard that CloudWatch gets, without data.

    Example: python main.py show prod
    """
    loaded = load(envs, [name])[0]
    if dashboard:
        typer.echo(dashboard_preview.rendered(loaded), nl=False)
        return
    if style is Format.JSON:
        typer.echo(json.dumps(explain.as_data(loaded), indent=2, ensure_ascii=False))
        return
    show_lines(explain.explained(loaded, width()))
    said = f"{cost.summary(bill(loaded))}; `main.py cost {loaded.name}` says what for"
    show_lines(["", "Cost", *prose(said, width(), indent="  ")])
