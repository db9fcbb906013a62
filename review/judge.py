"""Brings the concerns together: every finding of a plan, each with the fingerprint of the very change."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from catalog.effects import SEVERITIES, UNKNOWN, known
from review.concerns import (
    arguments,
    capacity,
    cost,
    drift,
    elsewhere,
    guards,
    imports,
    incomplete,
    insights,
    names,
    network,
    parameters,
    policies,
    proxy,
    removal,
    secrets,
    sharing,
    usage,
    versions,
    windows,
)
from review.context import Context, foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from catalog.effects import Severity
    from findings.rule import Rule
    from review.change import Change
    from review.context import Code
    from review.finding import Found
    from review.plan import Plan

CONCERNS: Final[tuple[Callable[[Context], Iterator[Found]], ...]] = (
    removal.removals,
    guards.guards,
    guards.code_guards,
    versions.versions,
    parameters.parameter_changes,
    parameters.replaced_groups,
    capacity.capacity,
    cost.cost,
    windows.maintenance,
    insights.insights,
    network.admissions,
    names.names,
    sharing.sharing,
    proxy.proxies,
    policies.policies,
    secrets.secrets,
    secrets.unknown_secret,
    usage.usage,
    imports.imports,
    incomplete.incomplete,
    drift.drift,
    drift.moves,
    elsewhere.elsewhere,
)
"""Each says what it looks for; what none of them claims is said by the catalogue's row."""

CLAIMS: Final = frozenset(
    {
        *versions.CLAIMS,
        *parameters.CLAIMS,
        *capacity.CLAIMS,
        *windows.CLAIMS,
        *network.CLAIMS,
        *names.CLAIMS,
        *proxy.CLAIMS,
        *secrets.CLAIMS,
    }
)

RULES: Final[tuple[Rule, ...]] = tuple(
    rule
    for module in (
        removal,
        guards,
        versions,
        parameters,
        capacity,
        cost,
        windows,
        insights,
        names,
        network,
        policies,
        proxy,
        secrets,
        sharing,
        usage,
        imports,
        incomplete,
        drift,
        elsewhere,
        arguments,
    )
    for rule in module.RULES
)
"""Every rule that is not a row of the catalogue."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A plan with its findings, the gravest first."""

    plan: Plan
    findings: tuple[Found, ...]

    @cached_property
    def touched(self) -> tuple[Change, ...]:
        """What the plan does anything to."""
        return tuple(change for change in self.plan.changes if change.touched)

    def of(self, change: Change) -> tuple[Found, ...]:
        """Return the findings of one change; a left-over has the address of its resource."""
        found = self._by_address.get(change.address, ())
        if self._counts[change.address] > 1:
            return tuple(one for one in found if (one.rule == "deposed") == bool(change.deposed))
        return tuple(found)

    @cached_property
    def of_the_plan(self) -> tuple[Found, ...]:
        """The findings of no change: of the plan itself, of drift, of what it leaves out."""
        return tuple(one for one in self.findings if one.address not in self._counts)

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(change.address for change in self.touched)

    @cached_property
    def _by_address(self) -> dict[str, list[Found]]:
        found: dict[str, list[Found]] = {}
        for one in self.findings:
            found.setdefault(one.address, []).append(one)
        return found


@dataclass(frozen=True, kw_only=True)
class Review:
    """Every plan that was reviewed."""

    plans: tuple[Judged, ...]

    @property
    def findings(self) -> tuple[Found, ...]:
        """The findings of all plans."""
        return tuple(one for plan in self.plans for one in plan.findings)

    @property
    def open(self) -> tuple[Found, ...]:
        """What is above ``none`` and was let through by nobody."""
        return tuple(one for one in self.findings if one.severity != "none" and one.approved is None)

    def at_least(self, threshold: Severity) -> tuple[Found, ...]:
        """Return what is open at or above a severity."""
        return tuple(one for one in self.open if grave(one.severity) >= grave(threshold))


def grave(severity: Severity) -> int:
    """Return how grave a severity is, as a number."""
    return SEVERITIES.index(severity)


def judge(
    plans: Sequence[Plan],
    *,
    now: datetime,
    before: Mapping[str, Code] | None = None,
    after: Mapping[str, Code] | None = None,
) -> Review:
    """Return what the plans do.

    ``now`` is the moment of the review (UTC); ``before`` and ``after`` are what the synthesized code says, by the
    source of the plan that it belongs to.
    """
    judged = []
    for plan in plans:
        context = Context(
            plan=plan,
            now=now,
            others=[other for other in plans if other is not plan],
            before=(before or {}).get(plan.source),
            after=(after or {}).get(plan.source),
        )
        judged.append(Judged(plan=plan, findings=tuple(_ordered(_findings(context), plan))))
    return Review(plans=tuple(judged))


def _findings(context: Context) -> Iterator[Found]:
    for concern in CONCERNS:
        yield from concern(context)
    yield from arguments.arguments(context, CLAIMS | policies.claims(context))


def _ordered(findings: Iterable[Found], plan: Plan) -> list[Found]:
    changes: dict[str, list[Change]] = defaultdict(list)
    for change in (*plan.changes, *plan.drift):
        changes[change.address].append(change)
    marked = {
        replace(one, fingerprint=fingerprint(one, changes.get(one.address, ()))) for one in dict.fromkeys(findings)
    }
    return sorted(marked, key=lambda one: (-grave(one.severity), one.address, one.rule, one.argument, one.because))


def fingerprint(found: Found, changes: Iterable[Change]) -> str:
    """Return 16 hexadecimal digits of a rule and the very change that it is about.

    Another value, another action or another address is another change. Tags do not count, nor do sensitive values,
    of which nothing may be told.
    """
    said = [
        [
            list(change.actions),
            change.deposed,
            [
                [
                    one.path,
                    None if one.sensitive else one.before,
                    None if one.sensitive or one.after is UNKNOWN else one.after,
                ]
                for one in change.differences
            ],
            None if change.differences else _identity(change),
        ]
        for change in changes
    ]
    text = json.dumps([found.rule, found.address, found.argument, found.effect, said], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _identity(change: Change) -> object:
    return change.old("arn") or change.old("id")


def unjudged(plan: Plan) -> list[Change]:
    """Return the changes of which this review says nothing: other engines, other clouds, and much of AWS."""
    return [change for change in plan.changes if change.touched and (foreign(change) or not known(change.type))]
