"""Thresholds that contradict one another, topics that alarms cannot reach, and pages that nobody hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.finding import error, warning
from findings.rule import Rule
from settings import alarms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

ABOVE = {
    "connections_page_percent": "connections_ticket_percent",
    "load_page_sessions_per_vcpu": "load_ticket_sessions_per_vcpu",
}
"""What pages from above, and what raises a ticket before it."""

BELOW = {
    "freeable_memory_page_percent": "freeable_memory_ticket_percent",
    "local_storage_page_percent": "local_storage_ticket_percent",
}
"""The same of what is free."""


def monitoring_thresholds(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse a page that comes before its ticket."""
    thresholds = environment.monitoring.thresholds
    for pairs, sign in ((ABOVE, 1), (BELOW, -1)):
        for page, ticket in pairs.items():
            urgent, early = getattr(thresholds, page), getattr(thresholds, ticket)
            if sign * urgent < sign * early:
                yield _before(page, ticket, urgent, early, "above" if sign > 0 else "below")
    early = thresholds.transaction_age_ticket_transactions
    if early is not None and thresholds.transaction_age_page_transactions < early:
        page, ticket = "transaction_age_page_transactions", "transaction_age_ticket_transactions"
        yield _before(page, ticket, thresholds.transaction_age_page_transactions, early, "above")


def _before(page: str, ticket: str, urgent: float, early: float, side: str) -> Finding:
    return error(
        ("monitoring", "thresholds", page),
        f"{urgent:.12g} pages before the ticket at {early:.12g}; set it {side} {ticket}, or change that",
    )


def monitoring_topics(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse a topic of another region: CloudWatch and RDS send to topics of their own region only."""
    for severity in alarms.SEVERITIES:
        topic = getattr(environment.monitoring.notify, severity).topic
        if topic is None:
            continue
        path: KeyPath = ("monitoring", "notify", severity, "topic")
        region = topic.split(":")[3]
        if region != environment.aws.region:
            here = environment.aws.region
            yield error(path, f"is in {region}; alarms of {here} send to topics there only; name a topic in {here}")


def monitoring_unheard(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn where a protected environment pages nobody."""
    watching = environment.monitoring
    page = watching.notify.page
    if not environment.protected or not watching.enabled or page.topic or page.email or page.https or page.chatbot:
        return
    yield warning(
        "nobody-is-paged",
        ("monitoring", "notify", "page"),
        "nobody is subscribed: alarms go off, and nobody hears them; name an address under email or https, a topic, or "
        "a chatbot, or accept this if somebody subscribes to the topic by other means",
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "monitoring-thresholds",
        "error",
        "A page that comes before its ticket",
        "Whoever is woken would be the first to hear of it.",
        "Set the page's threshold beyond the ticket's.",
    ),
    Rule(
        "monitoring-topics",
        "error",
        "A topic that alarms or events cannot be sent to",
        "CloudWatch and RDS send to standard topics of their own region only, and say nothing when they cannot.",
        "Name a standard topic of the environment's region.",
    ),
    Rule(
        "nobody-is-paged",
        "warning",
        "A protected environment whose alarms nobody hears",
        "An alarm without a subscription changes its colour in the console, and that is all.",
        "Say who is paged: monitoring.notify.page, such as {email: {on-call: on-call@example.com}}.",
    ),
)
