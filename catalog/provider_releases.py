"""Releases of the AWS provider that do something wrong with what the stacks have, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from catalog import tables

OLDEST = "5.100.0"
"""The oldest release that knows every argument of every stack; tests hold the stacks against its schema."""

BEFORE = "7.0.0"
"""The next major, which nobody has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What some releases do wrong; ``first`` and ``last`` are of them, ``mended`` is the first right again.

    ``setting`` is the dotted key and the value of an environment that it is about, empty for any. ``needs`` is the
    release that such an environment has to have at least, empty where it need not.
    """

    setting: str
    value: str
    first: str
    last: str
    mended: str
    day: date | None
    source: str
    resource: str
    argument: str
    needs: str
    what: str


@cache
def flaws() -> tuple[Flaw, ...]:
    """Return every known flaw within the range that the stacks admit."""
    found = []
    for setting, broken, mended, day, source, resource, argument, needs, what in tables.rows("provider_releases"):
        key, _, value = setting.partition("=")
        first, last = broken.split()
        found.append(
            Flaw(
                setting=key,
                value=value,
                first=first,
                last=last,
                mended=mended,
                day=date.fromisoformat(day) if day else None,
                source=source,
                resource=resource,
                argument=argument,
                needs=needs,
                what=what,
            )
        )
    return tuple(found)


def release(text: str) -> tuple[int, ...]:
    """Return a release's numbers, to compare."""
    return tuple(int(part) for part in text.split("."))


def constraint(needed: list[str]) -> str:
    """Return what Terraform is told: at least each of these releases, and none of the next major."""
    return f">= {max([OLDEST, *needed], key=release)}, < {BEFORE}"
