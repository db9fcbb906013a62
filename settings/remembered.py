"""Remembers what follows from an environment, which never changes, until it is asked about another."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from settings.model import Environment

One = TypeVar("One")


def remembered(follows: Callable[[Environment], Iterable[One]]) -> Callable[[Environment], list[One]]:
    """Return the function with a memory of one environment: a dozen checks ask the same of each, one after another."""
    known: list[tuple[Environment, tuple[One, ...]]] = []

    @functools.wraps(follows)
    def once(environment: Environment) -> list[One]:
        if not known or known[0][0] is not environment:
            known[:] = [(environment, tuple(follows(environment)))]
        return [*known[0][1]]

    return once
