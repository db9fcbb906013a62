"""How long anything may take: one deadline for all that an invocation does, and limits for each step of it.

The server has limits of its own, but a peer that acknowledges what it is sent and says nothing keeps none of them.
"""

from __future__ import annotations

import contextlib
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK_SECONDS = 2.0
"""How long a kept connection may take to show that it is good, and to be made as clean as a new one."""

GRACE_SECONDS = 5.0
"""How long the client waits beyond the server's own limit for a statement."""

_deadline: ContextVar[float] = ContextVar("deadline")


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let all that follows in this thread end within so many seconds, or within what is left of an outer limit."""
    earliest = min(time.monotonic() + seconds, _deadline.get(float("inf")))
    token = _deadline.set(earliest)
    try:
        yield
    finally:
        _deadline.reset(token)


def left(most: float) -> float:
    """Return how many seconds are left, at most so many; 0 where the deadline has passed."""
    return max(0.0, min(most, _deadline.get(float("inf")) - time.monotonic()))
