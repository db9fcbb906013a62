"""What a changed argument does to a running Aurora PostgreSQL cluster, and what the removal of a resource means.

The tables are ``data/effects.tsv`` and ``data/effects_of_removal.tsv``. An effect is one word of ``EFFECTS``, so that
the review, the documents and the runbooks say the same of the same change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from catalog import tables

if TYPE_CHECKING:
    from collections.abc import Callable

Effect: TypeAlias = Literal[
    "replacement",
    "deletion",
    "outage",
    "reboot",
    "failover",
    "restart-pending",
    "waits-for-window",
    "connections-drop",
    "ignored",
    "refused",
    "guard-removed",
    "data-loss",
    "recovery-shortened",
    "access-widened",
    "secret-exposed",
    "promotion",
    "forgotten",
    "imported",
    "moved",
    "deferred",
    "drift",
    "cost",
    "none",
]
"""What a change does to the database, to its data, and to those connected."""

EFFECTS: Final[dict[Effect, str]] = {
    "replacement": "deleted and made anew, under the same name or another",
    "deletion": "deleted",
    "outage": "connections break, and none opens until it is over",
    "reboot": "an instance restarts",
    "failover": "the writer's role goes to another instance; connections to the writer break",
    "restart-pending": "has no effect until somebody reboots by hand",
    "waits-for-window": "has its effect in the next maintenance window",
    "connections-drop": "some connections break, or new ones are refused",
    "ignored": "AWS or the provider does nothing, though the plan shows a change",
    "refused": "the plan is fine and the apply fails",
    "guard-removed": "something that kept harm away, or told of it, is gone",
    "data-loss": "data or records go and do not come back",
    "recovery-shortened": "recovery reaches less far back",
    "access-widened": "more can reach or do something than before",
    "secret-exposed": "a secret is, or may be, where it can be read",
    "promotion": "a replica becomes a cluster of its own, for good",
    "forgotten": "Terraform lets go of it; it lives on, unmanaged and billed",
    "imported": "Terraform takes over what exists",
    "moved": "another address for the same thing",
    "deferred": "not in this plan, and so not reviewed",
    "drift": "somebody changed it outside of Terraform",
    "cost": "costs more",
    "none": "nothing for those connected",
}
"""Each effect in words."""

When: TypeAlias = Literal["at_once", "window", "reboot", "later", "apply", "never"]
"""When an effect comes: ``later`` arms the next deletion or upgrade, ``apply`` fails there."""

Severity: TypeAlias = Literal["none", "low", "medium", "high", "critical"]
"""How grave: critical is for good or for everybody, high interrupts, medium needs a person, low is worth knowing."""

SEVERITIES: Final[tuple[Severity, ...]] = ("none", "low", "medium", "high", "critical")
"""From the least to the gravest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentEffect:
    """What happens if an argument of a resource changes in the way that ``condition`` names."""

    argument: str
    condition: str
    effect: Effect
    when: When
    severity: Severity
    certainty: str
    """``verified`` in the source, ``inferred`` from it, or ``known`` and not looked up."""
    source: str
    says: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What it means that a resource of a type is deleted, or made anew (``replaced``)."""

    identity: str
    effect: Effect
    severity: Severity
    replaced: Severity
    source: str
    says: str
    remedy: str


@cache
def source(key: str) -> str:
    """Return where statements with this key come from; raise KeyError for an unknown one."""
    return dict(_pairs())[key]


@cache
def _pairs() -> tuple[tuple[str, str], ...]:
    return tuple((key, text) for key, text in tables.rows("effect_sources"))


@cache
def _effects() -> dict[str, dict[str, tuple[ArgumentEffect, ...]]]:
    found: dict[str, dict[str, list[ArgumentEffect]]] = {}
    for kind, argument, condition, effect, when, severity, certainty, key, says, remedy in tables.rows("effects"):
        found.setdefault(kind, {}).setdefault(argument, []).append(
            ArgumentEffect(
                argument=argument,
                condition=condition,
                effect=cast("Effect", effect),
                when=cast("When", when),
                severity=cast("Severity", severity),
                certainty=certainty,
                source=source(key),
                says=says,
                remedy=remedy,
            )
        )
    return {kind: {argument: tuple(rows) for argument, rows in by.items()} for kind, by in found.items()}


@cache
def removals() -> dict[str, Removal]:
    """Return what the removal of a resource means, by its type."""
    return {
        kind: Removal(
            identity=identity,
            effect=cast("Effect", effect),
            severity=cast("Severity", severity),
            replaced=cast("Severity", replaced),
            source=source(key),
            says=says,
            remedy=remedy,
        )
        for kind, identity, effect, severity, replaced, key, says, remedy in tables.rows("effects_of_removal")
    }


def types() -> tuple[str, ...]:
    """Return the types of resources that the table of arguments speaks of."""
    return tuple(_effects())


def arguments(kind: str) -> tuple[str, ...]:
    """Return the arguments of a type that have rows."""
    return tuple(_effects().get(kind, {}))


def known(kind: str) -> bool:
    """Whether anything is known of resources of a type."""
    return kind in _effects() or kind in removals()


def rows(kind: str, argument: str) -> tuple[ArgumentEffect, ...] | None:
    """Return the rows of an argument such as ``auth.description``, or of the block around it; None if unknown."""
    table = _effects().get(kind, {})
    path = argument
    while True:
        if path in table:
            return table[path]
        path, dot, _ = path.rpartition(".")
        if not dot:
            return None


def replaces(kind: str, argument: str) -> bool:
    """Whether a changed argument has the provider delete the resource and make it anew."""
    return any(row.effect == "replacement" for row in rows(kind, argument) or ())


UNKNOWN: Final = object()
"""A value that only the apply knows."""


def of_change(kind: str, argument: str, before: Any, after: Any) -> tuple[ArgumentEffect, ...] | None:
    """Return what a change of an argument does: the rows whose condition is met, or else that for any change.

    ``after`` may be ``UNKNOWN``. None if nothing is known of the argument.
    """
    found = rows(kind, argument)
    if found is None:
        return None
    met = tuple(row for row in found if row.condition != "any" and _met(row.condition, before, after))
    return met or tuple(row for row in found if row.condition == "any")


def empty(value: Any) -> bool:
    """Whether a value says nothing: the provider has null, an empty text and an empty list for the same."""
    return value is None or value == "" or (isinstance(value, (list, dict)) and not value)


def _met(condition: str, before: Any, after: Any) -> bool:
    if after is UNKNOWN:
        # What removes a guard by a value that nobody can review counts as removing it.
        return (condition in ("off", "down") and not empty(before) and before is not False) or (
            condition == "changed" and not empty(before)
        )
    return _CONDITIONS[condition](before, after)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _lower(before: Any, after: Any) -> bool:
    old, new = _number(before), _number(after)
    return old is not None and new is not None and new < old


def _shorter(before: Any, after: Any) -> bool:
    """Whether a retention in days gets shorter, where nothing and 0 mean for ever."""
    old, new = _number(before) or float("inf"), _number(after) or float("inf")
    return new < old


def _lost(before: Any, after: Any) -> bool:
    kept = after if isinstance(after, list) else []
    return isinstance(before, list) and any(item not in kept for item in before)


def _backups_lessened(before: Any, after: Any) -> bool:
    """Whether, of the rules of a backup plan, one goes, keeps its recovery points shorter or copies them less often."""
    if not isinstance(before, list):
        return False
    kept = {one.get("rule_name"): one for one in after} if isinstance(after, list) else {}
    return any(_rule_lessened(one, kept.get(one.get("rule_name"))) for one in before)


def _rule_lessened(before: dict[str, Any], after: dict[str, Any] | None) -> bool:
    if after is None:
        return True
    days = [(one.get("lifecycle") or [{}])[0].get("delete_after") for one in (before, after)]
    copies = [len(one.get("copy_action") or ()) for one in (before, after)]
    return _shorter(*days) or copies[1] < copies[0]


def _is_on(value: Any) -> bool:
    return value is True or value == "true"


_CONDITIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "on": lambda before, after: _is_on(after) and not _is_on(before),
    "off": lambda before, after: _is_on(before) and not _is_on(after),
    "up": lambda before, after: _lower(after, before),
    "down": _lower,
    "shorter": _shorter,
    "zero": lambda before, after: _number(after) == 0 and bool(_number(before)),
    "set": lambda before, after: empty(before) and not empty(after),
    "unset": lambda before, after: not empty(before) and empty(after),
    "changed": lambda before, after: not empty(before) and not empty(after) and before != after,
    "shrunk": _lost,
    "grown": lambda before, after: _lost(after, before),
    "lessened": _backups_lessened,
}
"""By the name that the table has for it."""
