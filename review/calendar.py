"""When a weekly maintenance window opens next; whoever calls has a clock."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from settings import windows

WINDOW: Final = re.compile(
    r"(?:{days}):([01][0-9]|2[0-3]):[0-5][0-9]-(?:{days}):([01][0-9]|2[0-3]):[0-5][0-9]".format(
        days="|".join(windows.DAYS)
    )
)


def opening(window: object, now: datetime) -> tuple[datetime, datetime] | None:
    """Return begin and end (UTC) of the window that is open now, or else of the next; None if it is no window.

    ``window`` is AWS's ``sun:03:00-sun:03:30``, in UTC.
    """
    if not isinstance(window, str) or not WINDOW.fullmatch(window.lower()):
        return None
    start, length = windows.weekly(window.lower())
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    for week in (-1, 0, 1):
        begin = monday + timedelta(weeks=week, minutes=start)
        if begin + timedelta(minutes=length) > now:
            return begin, begin + timedelta(minutes=length)
    raise AssertionError("one of three weeks is not over")


def said(moment: datetime) -> str:
    """Return a moment as people read it: ``Sun 2026-11-29 03:00 UTC``."""
    return moment.strftime("%a %Y-%m-%d %H:%M UTC")
