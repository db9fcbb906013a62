"""What the environment file says of alarms: who hears them, and every threshold, each with its unit in its name."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from catalog import limits
from settings.base import Settings
from settings.types import Between, Key, Matching

Percent: TypeAlias = Annotated[float, Between(0.1, 100, "percent")]
Count: TypeAlias = Annotated[int, Between(0, 1_000_000)]

Email: TypeAlias = Annotated[
    str, Matching(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", "an e-mail address")
]
HttpsAddress: TypeAlias = Annotated[
    str,
    Matching(
        r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[^\s@?#$]*)?",
        "an https:// address without user, password, query and fragment",
        repeated=False,
    ),
]
TopicArn: TypeAlias = Annotated[
    str,
    Matching(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}",
        "the ARN of a standard SNS topic such as arn:aws:sns:eu-west-1:111111111111:on-call",
    ),
]


class Chatbot(Settings):
    """A Slack channel that AWS Chatbot (Amazon Q Developer in chat applications) posts to."""

    workspace_id: Annotated[str, Matching(r"[A-Z0-9]{9,12}", "the id of a Slack workspace such as T07EA123LEP")]
    """The workspace, which somebody has authorized in the account's console once."""
    channel_id: Annotated[str, Matching(r"[A-Z0-9]{9,12}", "the id of a Slack channel such as C07EZ1ABC23")]
    """The channel."""


class Recipients(Settings):
    """Who hears one severity."""

    topic: TopicArn | None = None
    """A topic that exists, instead of one of our own; its policy and key have to admit CloudWatch, EventBridge, RDS."""
    email: dict[Key, Email] = Field(default_factory=dict)
    """Addresses by a stable name; each has to confirm the subscription in a mail from AWS."""
    https: dict[Key, HttpsAddress] = Field(default_factory=dict)
    """Endpoints by a stable name; who reads the file or the state reads them, so no address that is a secret."""
    chatbot: Chatbot | None = None
    """A Slack channel."""


class Notify(Settings):
    """The two severities: page wakes somebody, ticket waits for the working day."""

    page: Recipients = Recipients()
    """Users notice, or will within the hour."""
    ticket: Recipients = Recipients()
    """Somebody should look at it this week."""


class Thresholds(Settings):
    """Where alarms go off; the name says the unit, and what is left out is computed from class or capacity."""

    cpu_percent: Percent = 90
    """Processor time of a role's busiest instance, over 5 minutes."""
    load_ticket_sessions_per_vcpu: Annotated[float, Between(0.1, 100, "sessions per vCPU")] = 1
    """Active sessions per vCPU of an instance, over 15 minutes."""
    load_page_sessions_per_vcpu: Annotated[float, Between(0.1, 100, "sessions per vCPU")] = 2
    """The same, to page."""
    connections_ticket_percent: Percent = 75
    """Connections of a role's busiest instance, of the smallest max_connections among the instances."""
    connections_page_percent: Percent = 90
    """The same, to page."""
    running_max_connections: Annotated[int, Between(6, 262_143, "connections")] | None = None
    """max_connections that runs, where instances still wait for the reboot that brings in the configured one."""
    freeable_memory_ticket_percent: Percent = 10
    """Free memory, of the smallest instance's, over 15 minutes."""
    freeable_memory_page_percent: Percent = 5
    """The same, to page."""
    local_storage_ticket_percent: Percent = 20
    """Free local storage of an instance, of its class's."""
    local_storage_page_percent: Percent = 10
    """The same, to page."""
    transaction_age_ticket_transactions: Annotated[int, Between(1_000_000, 2_000_000_000, "transactions")] | None = None
    """Oldest transaction id in use; by default 1.25 times autovacuum_freeze_max_age."""
    transaction_age_page_transactions: Annotated[int, Between(1_000_000, 2_000_000_000, "transactions")] = 1_000_000_000
    """The same, to page; writes stop at 2,146,483,648."""
    reader_lag_milliseconds: Annotated[float, Between(1, 3_600_000, "milliseconds")] = 2000
    """How far the slowest reader is behind the writer; usually below 100."""
    deadlocks_per_minute: Annotated[float, Between(0, 1_000_000)] = 0
    """Deadlocks, on average over 5 minutes."""
    commit_latency_milliseconds: Annotated[float, Between(0.1, 3_600_000, "milliseconds")] = 50
    """Duration of commits (CloudWatch has it in milliseconds)."""
    read_latency_seconds: Annotated[float, Between(0.0001, 3600, "seconds")] = 0.02
    """Duration of reads from storage, 90th percentile (CloudWatch has it in seconds)."""
    write_latency_seconds: Annotated[float, Between(0.0001, 3600, "seconds")] = 0.02
    """Duration of writes to storage, 90th percentile (CloudWatch has it in seconds)."""
    cache_hit_percent: Percent = 80
    """Reads that the buffer cache answers."""
    volume_limit_percent: Percent = 80
    """Size of the volume, of the most that the engine version takes."""
    volume_budget_gibibytes: Annotated[int, Between(1, limits.VOLUME_TIB * 1024 * 2, "GiB")] | None = None
    """Size of the volume that somebody has to approve; none by default."""
    replication_slot_gibibytes: Annotated[float, Between(0.1, 100_000, "GiB")] = 10
    """Write-ahead log that the slowest replication slot holds back; there where logical replication is on."""
    cpu_credit_balance_credits: Annotated[float, Between(0, 10_000, "credits")] = 30
    """CPU credits left to a burstable instance."""
    capacity_utilization_percent: Percent = 90
    """Capacity of a serverless instance, of the maximum, over 15 minutes."""
    function_duration_percent: Percent = 80
    """Longest run of the function, of its timeout."""
    proxy_borrow_latency_milliseconds: Annotated[float, Between(0.1, 120_000, "milliseconds")] = 100
    """How long clients wait at RDS Proxy for a connection, 90th percentile."""
    fatal_errors_per_five_minutes: Count = 10
    """FATAL lines in the PostgreSQL log, besides failed authentication."""
    failed_authentications_per_five_minutes: Count = 20
    """Refused passwords and IAM tokens."""


class Watching(Settings):
    """Alarms, events, dashboard and saved queries; adds the stack <environment>-monitoring."""

    enabled: bool = True
    """Whether there are any."""
    notify: Notify = Notify()
    """Who hears what."""
    thresholds: Thresholds = Thresholds()
    """Where alarms go off."""
