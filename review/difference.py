"""What a commit changes in the synthesized stacks of each environment, judged as plans are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from review import places
from review.code import abandoned, compared, read
from review.judge import judge
from review.thresholds import BY_TIER, DEFAULT
from settings.loaded import STACKS, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from catalog.effects import Severity
    from review.judge import Judged, Review
    from settings.loaded import Loaded

Fate: TypeAlias = Literal["added", "removed", "changed", "unchanged"]
"""What the commit does to an environment."""

Stacks: TypeAlias = "Mapping[str, Mapping[str, Any]]"
"""An environment's stacks by name, each the document of its ``cdk.tf.json``."""

PLACE: Final = ("allowed_account_ids", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One environment before and after."""

    environment: str
    fate: Fate
    review: Review
    """The stacks that differ, in the order in which they are deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """An environment's differences, and how grave one has to be for a person to look."""

    differing: Differing
    threshold: Severity
    because: str

    @property
    def stops(self) -> bool:
        """Whether anything is at or above the threshold."""
        return bool(self.differing.review.at_least(self.threshold))


def weighed(
    found: Iterable[Differing], environments: Iterable[Loaded], fail_on: Severity | None
) -> tuple[Weighed, ...]:
    """Return the differences with the lines that say them, and the thresholds by tier unless one is given.

    An environment that is gone has no tier any more, and counts as production.
    """
    by_name = {loaded.name: loaded for loaded in environments}
    return tuple(_weighed(one, by_name.get(one.environment), fail_on) for one in found)


def _weighed(found: Differing, loaded: Loaded | None, fail_on: Severity | None) -> Weighed:
    placed = replace(found, review=places.placed(found.review, loaded)) if loaded else found
    if fail_on:
        return Weighed(differing=placed, threshold=fail_on, because="by --fail-on")
    if loaded:
        tier = loaded.environment.tier
        return Weighed(differing=placed, threshold=BY_TIER[tier], because=f"by the tier {tier}")
    return Weighed(differing=placed, threshold=DEFAULT, because="as for production")


def differing(before: Mapping[str, Stacks], after: Mapping[str, Stacks], *, now: datetime) -> tuple[Differing, ...]:
    """Return what differs, by environment; one that is on neither side has no stacks.

    ``now`` is the moment (UTC) that maintenance windows are reckoned from.
    """
    return tuple(_of(name, before, after, now) for name in sorted({*before, *after}))


def _of(name: str, before: Mapping[str, Stacks], after: Mapping[str, Stacks], now: datetime) -> Differing:
    old, new = before.get(name, {}), after.get(name, {})
    twins = tuple(_twins(name, before, after)) if not new else ()
    plans = [
        compared(old.get(stack, {}), new[stack], stack) if stack in new else abandoned(old[stack], stack, twins)
        for stack in sorted({*old, *new}, key=_order)
    ]
    both = [stack for stack in new if stack in old]
    found = judge(
        plans,
        now=now,
        before={stack: read(old[stack]) for stack in both},
        after={stack: read(new[stack]) for stack in both},
    )
    telling = type(found)(plans=tuple(one for one in found.plans if _tells(one)))
    fate: Fate = "added" if not old else "removed" if not new else "changed" if telling.plans else "unchanged"
    return Differing(environment=name, fate=fate, review=telling)


def _tells(judged: Judged) -> bool:
    code = judged.plan.code
    return bool(judged.findings or judged.touched or (code and (code.beside or code.ignored or code.left)))


def _order(stack: str) -> tuple[int, str]:
    kind = parts_of(stack)[1].partition("-")[0]
    return STACKS.index(kind) if kind in STACKS else len(STACKS), stack


def _twins(name: str, before: Mapping[str, Stacks], after: Mapping[str, Stacks]) -> Iterator[str]:
    """Yield environments that come while this one goes, in the same place and with the same resources."""
    made = _likeness(name, before[name])
    for other in sorted(after):
        if not before.get(other) and _likeness(other, after[other]) == made:
            yield other


def _likeness(name: str, stacks: Stacks) -> dict[str, Any]:
    return {
        stack.removeprefix(f"{name}-"): (
            [[one.get(key) for key in PLACE] for one in _providers(document)],
            sorted(read(document).addresses),
        )
        for stack, document in stacks.items()
    }


def _providers(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    providers = document.get("provider")
    configured = providers.get("aws") if isinstance(providers, dict) else None
    return [one for one in configured or () if isinstance(one, dict)] if isinstance(configured, list) else []
