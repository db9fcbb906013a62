"""What keeps stacks from being synthesized, told by every command that has them synthesized."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import typer

from commands.common import INVALID
from synthesis import bindings

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1
"""Exit code if what is called fails itself."""


@contextlib.contextmanager
def told(written: object) -> Iterator[None]:
    """End the command with one line and its code where ``written`` cannot be, or there is nothing to make it with."""
    try:
        yield
    except OSError as error:
        typer.echo(f"{error.filename or written}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(FAILED) from None
    except bindings.UnforeseenAnswerError:
        bindings.again_as_stock()
    except bindings.NoSuchCdkError as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(INVALID) from None
