"""Commands that are imported when they are called, so that each pays for its own imports only."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Sequence


WHOLE: Final = 400
"""Characters of a first sentence; none is longer."""


def group_of(names: Sequence[str]) -> type[TyperGroup]:
    """Return a group of the commands of those names; ``commands.<name>`` holds a function of that name."""

    class Commands(TyperGroup):
        """The commands, in the order in which they are named."""

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
            return list(names)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's signature
            return _command(cmd_name) if cmd_name in names else None

        def format_commands(self, ctx: Any, formatter: Any) -> None:
            """List the commands with their first sentences whole, where click would cut them at the line's end."""
            with formatter.section("Commands"):
                formatter.write_dl(
                    [(name, _command(name).get_short_help_str(WHOLE)) for name in self.list_commands(ctx)]
                )

    return Commands


def _command(name: str) -> Any:
    module = import_module(f"commands.{name}")
    one = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    one.command(name)(getattr(module, name))
    return typer.main.get_command(one)
