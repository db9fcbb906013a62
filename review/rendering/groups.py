"""The order in which a review is read: what interrupts, what is lost, what is opened, what is left to do by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from review.judge import unjudged

if TYPE_CHECKING:
    from catalog.effects import Effect, Severity
    from review.finding import Found
    from review.judge import Judged, Review

Verdict: TypeAlias = Literal["stop", "look", "harmless"]
"""``stop``: at or above the threshold; ``look``: something below it; ``harmless``: nothing."""


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that are read together."""

    title: str
    counted: str
    """How many there are, in the verdict's line."""
    effects: frozenset[Effect]


GROUPS: Final = (
    Group("What interrupts", "interrupt", frozenset({"outage", "reboot", "failover", "connections-drop", "promotion"})),
    Group(
        "What is lost",
        "lose something",
        frozenset(
            {"replacement", "deletion", "data-loss", "recovery-shortened", "guard-removed", "forgotten"},
        ),
    ),
    Group("What is opened", "open something", frozenset({"access-widened", "secret-exposed"})),
    Group("What fails", "fail", frozenset({"refused"})),
    Group("What a person must do by hand", "need a person's hand", frozenset({"restart-pending"})),
    Group(
        "What else to know",
        "are worth knowing",
        frozenset(
            {"waits-for-window", "deferred", "drift", "ignored", "imported", "moved", "cost", "none"},
        ),
    ),
)
"""Every effect is in one of them."""


def grouped(judged: Judged) -> list[tuple[Group, list[Found]]]:
    """Return what is above ``none``, in the order in which it is read."""
    spoken = [one for one in judged.findings if one.severity != "none"]
    found = [(group, [one for one in spoken if one.effect in group.effects]) for group in GROUPS]
    return [(group, findings) for group, findings in found if findings]


def verdict(review: Review, threshold: Severity) -> Verdict:
    """Return the verdict over all plans."""
    return "stop" if review.at_least(threshold) else "look" if review.open else "harmless"


def line(review: Review, threshold: Severity, because: str) -> str:
    """Return the verdict in one line; ``because`` says where the threshold is from."""
    said = verdict(review, threshold)
    if said == "harmless":
        through = sum(one.approved is not None for one in review.findings)
        return "Harmless: nothing that needs a person" + (f", {through} let through by approval" if through else "")
    counts = []
    for group in GROUPS:
        number = sum(one.effect in group.effects for one in review.open)
        if number:
            counts.append(f"{number} {group.counted}" if number > 1 else f"1 {_singular(group.counted)}")
    word = {"stop": "Stop", "look": "Look"}[said]
    return f"{word}: {', '.join(counts)} (threshold: {threshold}, {because})"


def _singular(words: str) -> str:
    first, _, rest = words.partition(" ")
    verb = {"are": "is"}.get(first, f"{first}s")
    return f"{verb} {rest}".strip()


def rest(judged: Judged) -> list[tuple[str, int]]:
    """Return what is harmless, in words, each with how often."""
    spoken = {one.address for one in judged.findings if one.severity != "none"}
    quiet = [change for change in judged.touched if change.address not in spoken]
    unknown = {change.address for change in unjudged(judged.plan)}
    counted: Counter[str] = Counter()
    for change in quiet:
        if change.address in unknown:
            counted["not judged here: of other engines, or of types that are not known"] += 1
        elif change.kind == "create":
            counted["created"] += 1
        elif change.kind == "no-op":
            counted["imported" if change.importing is not None else "moved"] += 1
        elif change.kind == "update" and change.retagged and not change.differences:
            counted["tags only"] += 1
        else:
            counted[{"update": "updated without effect"}.get(change.kind, f"{change.kind}d without effect")] += 1
    return sorted(counted.items())
