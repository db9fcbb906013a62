"""Lets approved findings through, each approval one very change, and says which approvals are good for nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from findings.finding import Located

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from review.finding import Found
    from review.judge import Review
    from settings.approval import Approval

OF_THE_PLAN = "plan"
"""The address of a finding that is about the plan as a whole."""


def approved(review: Review, approvals: Iterable[Approval], today: date) -> tuple[Review, list[Located]]:
    """Return the review with what is let through, and what is wrong with the approvals.

    One is used up when its change is applied, for no later plan has that change: unused ones are errors, as are
    expired ones, so that no approval waits for another change to come.
    """
    valid, problems = {}, []
    for one in approvals:
        if one.expires < today:
            problems.append(_problem(one, f"expired on {one.expires}; approve the change anew, or take this out"))
        else:
            valid[one.rule, one.address, one.fingerprint] = one
    used: set[tuple[str, str, str]] = set()

    def let(found: Found) -> Found:
        key = (found.rule, found.address or OF_THE_PLAN, found.fingerprint)
        if key not in valid or found.severity == "none":
            return found
        used.add(key)
        return replace(found, approved=f"{valid[key].who}: {valid[key].reason}")

    plans = tuple(replace(judged, findings=tuple(let(found) for found in judged.findings)) for judged in review.plans)
    for key, one in valid.items():
        if key not in used:
            problems.append(_problem(one, _unused(one, review)))
    return replace(review, plans=plans), sorted(problems)


def _unused(one: Approval, review: Review) -> str:
    alike = [
        found.fingerprint
        for found in review.findings
        if found.rule == one.rule and (found.address or OF_THE_PLAN) == one.address and found.severity != "none"
    ]
    if alike:
        return f"approves another change than this plan's, whose fingerprint is {', '.join(alike)}"
    return f"approves {one.rule} of {one.address}, which no plan here has: it was applied, or never was; take it out"


def _problem(one: Approval, message: str) -> Located:
    return Located(one.file, one.line, "", message, rule="approval")
