"""What the kept plans have to be judged as."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from review.judge import judge
from review.plan import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from review.judge import Review

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""A Thursday, when none of the plans' windows is open."""


def slug(title: str) -> str:
    """Return the name of a scenario's file."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def reviewed(plan: bytes) -> Review:
    """Review one plan."""
    return judge([parsed(plan, "plan.json")], now=NOW)


def mistakes(plan: bytes, expected: Mapping[str, set[str]]) -> list[str]:
    """Say which expected effects the review does not name, and, of a harmless plan, what it says above ``none``."""
    found: dict[str, set[str]] = {}
    for one in reviewed(plan).open:
        found.setdefault(one.address, set()).add(one.effect)
    if not expected:
        return [f"{address} is said to be {', '.join(sorted(effects))}" for address, effects in found.items()]
    return [
        f"{address}: {effect} is not named, only {', '.join(sorted(found.get(address, {'nothing'})))}"
        for address, effects in expected.items()
        for effect in sorted(effects - found.get(address, set()))
    ]
