"""The review for machines: this project's own JSON, SARIF for code hosts, and annotations of GitHub Actions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from findings import reports
from findings.finding import Located
from findings.rule import Rule
from review.judge import RULES, grave
from review.rendering.groups import line, verdict
from review.words import clean, plain

if TYPE_CHECKING:
    from catalog.effects import Severity
    from findings.finding import Severity as Level
    from review.finding import Found
    from review.judge import Review

FORMAT: Final = 1
"""Version of the JSON's shape; keys may be added without another one."""

LEVELS: Final[dict[Severity, Level]] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "none": "note",
}
"""SARIF's and GitHub's words for how grave something is."""

ANNOTATIONS: Final = 10
"""GitHub shows so many errors, warnings and notices of a step."""


def as_json(review: Review, threshold: Severity, because: str, environment: str | None) -> str:
    """Return the review as JSON, which ``docs/review.schema.json`` describes."""
    # ASCII only: what a terminal or a browser would take for a command stays an escape.
    return json.dumps(document(review, threshold, because, environment), indent=2)


def document(review: Review, threshold: Severity, because: str, environment: str | None) -> dict[str, Any]:
    """Return the review's JSON as an object."""
    return {
        "format": FORMAT,
        "verdict": verdict(review, threshold),
        "summary": line(review, threshold, because),
        "threshold": threshold,
        "environment": environment,
        "plans": [
            {
                "source": judged.plan.source,
                "changes": [
                    {
                        "address": change.address,
                        "type": change.type,
                        "actions": list(change.actions),
                        "previous_address": change.previous_address,
                        "deposed": change.deposed,
                        "reason": change.reason,
                        "findings": [_found(one) for one in judged.of(change)],
                    }
                    for change in judged.touched
                ],
                "findings": [_found(one) for one in judged.of_the_plan],
            }
            for judged in review.plans
        ],
    }


def _found(found: Found) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "severity": found.severity,
        "effect": found.effect,
        "when": plain(found.when.text),
        "timing": found.when.when,
        "opens": found.when.opens.isoformat() if found.when.opens else None,
        "because": plain(found.because),
        "remedy": plain(found.remedy) or None,
        "source": found.source,
        "certainty": found.certainty,
        "address": found.address or None,
        "argument": found.argument or None,
        "affected": list(found.affected),
        "fingerprint": found.fingerprint,
        "file": found.place[0] if found.place else None,
        "line": found.place[1] if found.place else None,
        "approved": found.approved,
    }


def as_sarif(review: Review, threshold: Severity) -> str:
    """Return what is above ``none`` as a SARIF log, at the line of the environment file, or of the plan's file."""
    located = [
        Located(
            one.place[0] if one.place else judged.plan.source,
            one.place[1] if one.place else 1,
            clean(one.address, 400),
            said(one),
            severity=LEVELS[one.severity],
            rule=one.rule,
            accepted=one.approved,
        )
        for judged in review.plans
        for one in judged.findings
        if one.severity != "none"
    ]
    rows = [
        Rule(one.rule, LEVELS[one.severity], f"A change of {one.argument}", plain(one.because), plain(one.remedy))
        for one in {one.rule: one for one in review.findings if "." in one.rule}.values()
    ]
    log = json.loads(reports.as_sarif(located, [*RULES, *rows], lambda file: file))
    # The exit code says what a gate does; the tool itself has succeeded.
    log["runs"][0]["invocations"] = [{"executionSuccessful": True, "exitCode": 3 if review.at_least(threshold) else 0}]
    return json.dumps(log, indent=2)


def said(found: Found) -> str:
    """Return a finding in one line."""
    remedy = f" {plain(found.remedy)}" if found.remedy else ""
    return f"{found.effect}, {plain(found.when.text)}: {plain(found.because)}.{remedy}"


def as_annotations(review: Review, threshold: Severity, because: str) -> str:
    """Return workflow commands of GitHub Actions, the gravest first, as many as it shows."""
    lines = []
    counts = {"error": 0, "warning": 0, "notice": 0}
    left = 0
    spoken = [
        (judged.plan.source, one)
        for judged in review.plans
        for one in judged.findings
        if one.severity != "none" and one.approved is None
    ]
    for source, one in sorted(spoken, key=lambda pair: -grave(pair[1].severity)):
        level = "notice" if LEVELS[one.severity] == "note" else LEVELS[one.severity]
        if counts[level] >= ANNOTATIONS - 1:
            left += 1
            continue
        counts[level] += 1
        file, number = one.place or (source, 1)
        title = f"{clean(one.address) or 'plan'}: {one.effect}"
        lines.append(f"::{level} file={_property(file)},line={number},title={_property(title)}::{_data(said(one))}")
    more = f"; {left} more are in the whole review" if left else ""
    last = {"stop": "error", "look": "warning", "harmless": "notice"}[verdict(review, threshold)]
    lines.append(f"::{last} title=Plan review::{_data(line(review, threshold, because) + more)}")
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return clean(text, 4000).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
