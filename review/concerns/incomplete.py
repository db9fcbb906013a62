"""What a plan leaves out, or says of itself: errors, deferred changes, actions beside the resources, failing checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from findings.rule import Rule
from review.finding import AT_APPLY, NOW, Found, Moment
from review.words import code, codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.context import Context

LATER_PLAN: Final = Moment(when="later", text="in a later plan")

REASONS: Final = {
    "unknown": "for a reason that is not known",
    "instance_count_unknown": "because how many there are is known after the apply only",
    "resource_config_unknown": "because its configuration is known after the apply only",
    "provider_config_unknown": "because the provider's configuration is known after the apply only",
    "absent_prereq": "because what it depends on does not exist yet",
    "deferred_prereq": "because what it depends on is deferred",
}

INTERRUPTING: Final = ("reboot", "failover", "stop", "restart", "delete", "switchover")
"""Words in the type of an action that say what it does to those connected."""


def incomplete(context: Context) -> Iterator[Found]:
    """Yield what is not in the plan, or not of it."""
    plan = context.plan
    if plan.errored:
        yield _found(
            "plan-errored",
            "high",
            "refused",
            "planning failed, so the plan is incomplete, and what it shows may not be all",
            "Mend the error that Terraform printed, then plan and review again.",
            argument="errored",
        )
    elif not plan.complete:
        yield _found(
            "plan-incomplete",
            "medium",
            "deferred",
            "something was left out of this plan, so it needs another one after the apply",
            "Review the next plan as well.",
            argument="complete",
        )
    for reason, change in plan.deferred:
        yield Found(
            rule="change-deferred",
            severity="medium",
            effect="deferred",
            when=LATER_PLAN,
            because=f"left out of this plan {REASONS.get(reason, code(reason))}; it would be "
            f"{', '.join(map(code, change.actions)) or 'unknown'}, and nobody can review it yet",
            remedy="Review the next plan as well.",
            source=effects.source("terraform"),
            address=change.address,
        )
    if plan.deferred_invocations:
        yield _found(
            "action-deferred",
            "medium",
            "deferred",
            f"{plan.deferred_invocations} actions are left for another plan",
            "Review the next plan as well.",
            argument="deferred_action_invocations",
        )
    for invocation in plan.invocations:
        yield _invocation(invocation)
    if plan.failed_checks:
        yield _found(
            "check-failed",
            "low",
            "none",
            f"the configuration's own checks fail: {codes(plan.failed_checks[:10])}; they do not stop an apply",
            "Read what they say.",
            argument="checks",
        )


def _invocation(invocation: dict[str, Any]) -> Found:
    kind = str(invocation.get("type") or "")
    word = next((one for one in INTERRUPTING if one in kind.lower()), None)
    trigger = invocation.get("lifecycle_action_trigger")
    by = trigger.get("triggering_resource_address") if isinstance(trigger, dict) else None
    event = trigger.get("action_trigger_event") if isinstance(trigger, dict) else None
    cause = f", when {code(by)} changes ({code(event)})" if by else ""
    return Found(
        rule="action-invoked",
        severity="high" if word else "low",
        effect="reboot"
        if word in ("reboot", "restart")
        else "failover"
        if word in ("failover", "switchover")
        else "outage"
        if word
        else "none",
        when=NOW,
        because=f"{code(invocation.get('address') or kind)} runs{cause}: an action acts beside the resources, and no "
        "plan shows what it changes",
        remedy="Read what the action does.",
        source=effects.source("terraform"),
        certainty="inferred",
        address=str(invocation.get("address") or ""),
    )


def _found(
    rule: str, severity: effects.Severity, effect: effects.Effect, because: str, remedy: str, *, argument: str
) -> Found:
    return Found(
        rule=rule,
        severity=severity,
        effect=effect,
        when=AT_APPLY if effect == "refused" else NOW,
        because=because,
        remedy=remedy,
        source=effects.source("terraform"),
        argument=argument,
    )


RULES: Final = (
    Rule(
        "plan-errored",
        "error",
        "A plan that failed",
        "It can be shown all the same, and shows a part only.",
        "Mend the error, then plan and review again.",
    ),
    Rule(
        "plan-incomplete",
        "warning",
        "A plan that leaves something out",
        "What is left out is not reviewed.",
        "Review the next plan as well.",
    ),
    Rule(
        "change-deferred",
        "warning",
        "A change that is deferred",
        "Nobody can review it yet.",
        "Review the next plan as well.",
    ),
    Rule(
        "action-deferred",
        "warning",
        "Actions that are deferred",
        "Nobody can review them yet.",
        "Review the next plan as well.",
    ),
    Rule(
        "action-invoked",
        "warning",
        "An action that runs beside the resources",
        "No plan shows what it changes.",
        "Read what the action does.",
    ),
    Rule(
        "check-failed",
        "note",
        "A check of the configuration that fails",
        "It does not stop an apply.",
        "Read what it says.",
    ),
)
