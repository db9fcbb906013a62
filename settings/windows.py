"""Arithmetic on AWS's weekly and daily windows, in minutes of the week (UTC)."""

from __future__ import annotations

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY

MINIMUM_MINUTES = 30
"""Shortest backup or maintenance window (Amazon RDS API Reference, CreateDBCluster)."""


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def daily(window: str) -> tuple[int, int]:
    """Return the start of ``02:00-03:00`` in minutes of the day, and its length."""
    start, end = window.split("-")
    return _clock(start), (_clock(end) - _clock(start)) % DAY


def weekly(window: str) -> tuple[int, int]:
    """Return the start of ``sun:03:00-sun:03:30`` in minutes of the week, and its length."""
    first, last = window.split("-")
    start, end = (DAYS.index(side[:3]) * DAY + _clock(side[4:]) for side in (first, last))
    return start, (end - start) % WEEK


def shifted(window: str, minutes: int) -> str:
    """Return the weekly window that many minutes later."""
    start, length = weekly(window)
    return "-".join(_moment(start + minutes + offset) for offset in (0, length))


def lasting(start: int, minutes: int) -> str:
    """Return the weekly window that begins at a minute of the week."""
    return f"{_moment(start)}-{_moment(start + minutes)}"


def _moment(minute: int) -> str:
    day, rest = divmod(minute % WEEK, DAY)
    return f"{DAYS[day]}:{rest // 60:02}:{rest % 60:02}"


def overlap(weekly_window: str, daily_window: str) -> bool:
    """Whether a weekly window and any day's daily window share a minute."""
    start, length = weekly(weekly_window)
    daily_start, daily_length = daily(daily_window)
    return any(
        (start - (day * DAY + daily_start)) % WEEK < daily_length or ((day * DAY + daily_start) - start) % WEEK < length
        for day in range(7)
    )
