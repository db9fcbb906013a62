"""Alarms: thresholds that contradict one another, and topics that they cannot reach."""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

from tests.reading.rows import database, row


def monitoring(said: str) -> str:
    """Return a file that says this of monitoring, on its sixth line."""
    return database().replace("database:\n", f"monitoring: {said}\n")


MISTAKES = (
    row(
        "page-before-ticket",
        monitoring("{thresholds: {connections_page_percent: 60}}"),
        "6: monitoring.thresholds.connections_page_percent: 60 pages before the ticket at 75; set it above connections_ticket_percent, or change that",
    ),
    row(
        "page-before-ticket-of-what-is-free",
        monitoring("{thresholds: {freeable_memory_ticket_percent: 2}}"),
        "6: monitoring.thresholds.freeable_memory_page_percent: 5 pages before the ticket at 2; set it below freeable_memory_ticket_percent, or change that",
    ),
    row(
        "topic-elsewhere",
        monitoring("{notify: {page: {topic: 'arn:aws:sns:us-east-1:111111111111:on-call'}}}"),
        "6: monitoring.notify.page.topic: is in us-east-1; alarms of eu-west-1 send to topics there only; name a topic in eu-west-1",
    ),
)
