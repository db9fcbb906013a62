"""Maintenance windows that move, and changes that no longer wait for one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from catalog import effects
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review import calendar
from review.concerns.versions import pending_command
from review.context import CLUSTER, INSTANCE, cluster_name
from review.finding import AT_APPLY, NOW, Found, Moment
from review.words import code, command, word
from settings import windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context

CLAIMS: Final = frozenset(
    (kind, argument)
    for kind in (CLUSTER, INSTANCE)
    for argument in ("preferred_maintenance_window", "apply_immediately")
)

DAILY: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9]")
"""A backup window, as AWS writes it."""

SOON: Final = timedelta(hours=2)
"""A review is read, approved and applied within this time."""


def maintenance(context: Context) -> Iterator[Found]:
    """Yield where a window moves onto this hour, and where what was deferred would be applied."""
    for change in context.of_type(CLUSTER, INSTANCE):
        if change.kind == "update":
            yield from _window(context, change)
            yield from _overlap(change)
            yield from _flush(context, change)
            yield from _already_on(context, change)


def _window(context: Context, change: Change) -> Iterator[Found]:
    difference = change.difference("preferred_maintenance_window")
    if difference is None:
        return
    found = calendar.opening(difference.after, context.now)
    if difference.after is UNKNOWN or found is None:
        soon, text = True, "it cannot be told when it opens"
    else:
        begin, end = found
        soon = begin <= context.now + SOON
        text = (
            f"it is open now, until {calendar.said(end)}"
            if begin <= context.now
            else f"it opens {calendar.said(begin)}"
        )
    yield Found(
        rule="window-moves",
        severity="medium" if soon else "none",
        effect="outage" if soon else "none",
        when=Moment(when="at_once", text="at once, if it is applied while the window is open") if soon else NOW,
        because=f"{difference.said}: {text}. "
        + (
            "Where it is open when this is applied, pending changes and maintenance that interrupt run at once"
            if soon
            else "Nothing is interrupted by the change itself"
        ),
        remedy=f"Apply it outside of the new window, or see what is pending: {command(_maintenance_command(change))}"
        if soon
        else "",
        source=effects.source("settings"),
        address=change.address,
        argument="preferred_maintenance_window",
    )


def _overlap(change: Change) -> Iterator[Found]:
    """Say where AWS refuses a pair of windows."""
    names = ("preferred_maintenance_window", "preferred_backup_window")
    if change.type != CLUSTER or not any(change.differs(name) for name in names):
        return
    weekly, daily = (change.new(name) for name in names)
    if not isinstance(weekly, str) or not isinstance(daily, str):
        return
    if not calendar.WINDOW.fullmatch(weekly.lower()) or not DAILY.fullmatch(daily):
        return
    if windows.overlap(weekly.lower(), daily):
        yield Found(
            rule="windows-overlap",
            severity="high",
            effect="refused",
            when=AT_APPLY,
            because=f"the maintenance window {code(weekly)} overlaps the backup window {code(daily)}: AWS refuses",
            remedy="Move one of them.",
            source=effects.source("settings"),
            address=change.address,
            argument=names[0],
        )


def _already_on(context: Context, change: Change) -> Iterator[Found]:
    """Say, without alarm, what a call with apply_immediately carries along."""
    if not context.immediate(change) or change.differs("apply_immediately") or not change.differences:
        return
    yield Found(
        rule="deferred-flushed",
        severity="none",
        effect="none",
        when=NOW,
        because="apply_immediately is on: what waits for a window is applied with this call, and no plan shows it",
        remedy=f"If something may wait: {command(_pending(context, change))}",
        source=effects.source("apply-immediately"),
        address=change.address,
        argument="apply_immediately",
    )


def _maintenance_command(change: Change) -> str:
    arn = change.old("arn")
    name = word(arn) if isinstance(arn, str) else "ARN"
    return f"aws rds describe-pending-maintenance-actions --resource-identifier {name}"


def _flush(context: Context, change: Change) -> Iterator[Found]:
    difference = change.difference("apply_immediately")
    if difference is None:
        return
    for row in effects.of_change(change.type, "apply_immediately", difference.before, difference.after) or ():
        turned_on = row.condition == "on"
        # An import knows no value before, so that the first plan afterwards always turns it on.
        waiting = turned_on and change.importing is None
        yield Found(
            rule="deferred-flushed",
            severity=row.severity if waiting else "none",
            effect=row.effect if waiting else "none",
            when=NOW,
            because=f"{difference.said}: {row.says}",
            remedy=f"{row.remedy} {command(_pending(context, change))}" if waiting else "",
            source=row.source,
            address=change.address,
            argument="apply_immediately",
        )


def _pending(context: Context, change: Change) -> str:
    if change.type == CLUSTER:
        return pending_command(change)
    cluster = context.cluster_of(change)
    if cluster:
        return (
            f"aws rds describe-db-instances --filters Name=db-cluster-id,Values={cluster_name(cluster)} "
            "--query 'DBInstances[].[DBInstanceIdentifier,PendingModifiedValues]'"
        )
    return "aws rds describe-db-instances --query 'DBInstances[].[DBInstanceIdentifier,PendingModifiedValues]'"


RULES: Final = (
    Rule(
        "windows-overlap",
        "error",
        "A maintenance window that overlaps the backup window",
        "AWS refuses it.",
        "Move one of them.",
    ),
    Rule(
        "window-moves",
        "warning",
        "A maintenance window that moves",
        "If the new window is open while this is applied, pending changes that interrupt run at once.",
        "Apply it outside of the new window.",
    ),
    Rule(
        "deferred-flushed",
        "warning",
        "apply_immediately switched on",
        "AWS applies with it everything that was waiting, which no plan shows.",
        "Look at what is waiting first; the finding has the command.",
    ),
)
