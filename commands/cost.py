"""``main.py cost``."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import typer

from catalog import prices
from commands.common import ENVS, Environments, Envs, load, show_lines, today, width
from operations import cost as rendering
from settings.bill import ASSUMED, Usage


class Format(StrEnum):
    """How a bill is printed."""

    TEXT = "text"
    JSON = "json"


Style = Annotated[Format, typer.Option("--format", help="For people or machines.")]
MOST = 1e9
"""More of anything is a slip of the keyboard."""


def cost(  # noqa: PLR0917 - typer hands options over by name
    names: Environments = None,
    envs: Envs = ENVS,
    style: Style = Format.TEXT,
    storage_gb: Annotated[float, typer.Option(min=0, max=MOST, help="Size of the volume.")] = float(ASSUMED.storage_gb),
    io_millions: Annotated[
        float, typer.Option(min=0, max=MOST, help="Requests to the storage in a month, in millions.")
    ] = float(ASSUMED.io_millions),
    changed_percent: Annotated[
        float, typer.Option(min=0, max=100, help="Share of the volume that a day changes.")
    ] = float(ASSUMED.changed_percent),
    logs_gb: Annotated[float, typer.Option(min=0, max=MOST, help="Log lines in a month.")] = float(ASSUMED.logs_gb),
    nat_gb: Annotated[float, typer.Option(min=0, max=MOST, help="Data through NAT gateways in a month.")] = float(
        ASSUMED.nat_gb
    ),
    calls_millions: Annotated[
        float, typer.Option(min=0, max=MOST, help="Calls of the function in a month, in millions.")
    ] = float(ASSUMED.calls_millions),
) -> None:
    """Print what environments cost in a month: at least, and at most with the usage that the options say.

    By AWS's list prices of the catalogue, in USD; a Region without prices gets its quantities. Each line shows its
    arithmetic; what is not counted stands at the end. Needs no AWS account.

    Example: python main.py cost prod --storage-gb 500
    """
    loaded = load(envs, names)
    reminder = prices.reminder(today())
    if reminder:
        typer.echo(reminder, err=True)
    usage = Usage(
        **{
            name: Decimal(str(value))
            for name, value in (
                ("storage_gb", storage_gb),
                ("io_millions", io_millions),
                ("changed_percent", changed_percent),
                ("logs_gb", logs_gb),
                ("nat_gb", nat_gb),
                ("calls_millions", calls_millions),
            )
        }
    )
    if style is Format.JSON:
        typer.echo(rendering.as_json(loaded, usage))
    else:
        show_lines(rendering.as_text(loaded, usage, width()).splitlines())
