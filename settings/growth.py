"""What a database grows by: readers that come and go, endpoints over some instances, the Data API, roles, a pool."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from settings.base import Settings
from settings.types import Between, Key, Matching, RoleArn, TimeZone

MOST_READERS = 15
"""Aurora User Guide, "Aurora Replicas": a cluster has up to 15, those of auto scaling included."""

MOST_ENDPOINTS = 5
"""Aurora User Guide, "Custom endpoints for Amazon Aurora": up to five for each cluster."""


class Schedule(Settings):
    """Bounds that hold from a time on, until the next one says otherwise."""

    cron: Annotated[
        str,
        Matching(
            r"[0-9*/,-]+ [0-9*/,-]+ [0-9*?/,LW-]+ [0-9A-Z*/,-]+ [0-9A-Z*?/,L#-]+ [0-9*/,-]+",
            'six fields of Application Auto Scaling such as "0 7 ? * MON-FRI *" (minute, hour, day, month, weekday, '
            "year)",
        ),
    ]
    """When: minute, hour, day of the month, month, day of the week, year."""
    time_zone: TimeZone = "UTC"
    """The zone of that time."""
    minimum: Annotated[int, Between(0, MOST_READERS)]
    """Fewest readers from then on."""
    maximum: Annotated[int, Between(0, MOST_READERS)]
    """Most readers from then on."""


class Readers(Settings):
    """Readers that Application Auto Scaling adds, and takes away again; the file's own are counted in and stay."""

    minimum: Annotated[int, Between(0, MOST_READERS)]
    """Fewest readers, those of the file included."""
    maximum: Annotated[int, Between(1, MOST_READERS)]
    """Most readers, those of the file included."""
    cpu_percent: Annotated[float, Between(1, 100, "percent")] | None = None
    """Average processor use of the readers to keep to; this or connections."""
    connections: Annotated[int, Between(1, 5000)] | None = None
    """Average connections of a reader to keep to; this or cpu_percent."""
    scale_in_cooldown_seconds: Annotated[int, Between(0, 3600, "seconds")] = 300
    """How long to wait after a reader went before another one goes."""
    scale_out_cooldown_seconds: Annotated[int, Between(0, 3600, "seconds")] = 300
    """How long to wait after a reader came before another one comes."""
    schedule: dict[Key, Schedule] = Field(default_factory=dict)
    """Other bounds at other times, each by a name of yours."""


class CustomEndpoint(Settings):
    """A host name over some of the instances; one of the two lists."""

    instances: list[str] | None = None
    """Keys of the instances behind it; others never are."""
    excluding: list[str] | None = None
    """Keys of the instances that are never behind it; all others are, those of auto scaling too."""
    writer: bool = False
    """Whether the writer may be behind it; otherwise an instance is, as long as it is a reader."""


class Roles(Settings):
    """Roles that the cluster itself assumes to reach other services; each must trust rds.amazonaws.com."""

    s3_import: RoleArn | None = None
    """Role that reads from S3 (aws_s3.table_import_from_s3)."""
    s3_export: RoleArn | None = None
    """Role that writes to S3 (aws_s3.query_export_to_s3)."""
    lambda_: Annotated[RoleArn | None, Field(alias="lambda")] = None
    """Role that calls functions (aws_lambda.invoke)."""


class Pool(Settings):
    """How RDS Proxy shares the database's connections out."""

    max_connections_percent: Annotated[int, Between(1, 100, "percent")] = 80
    """Share of max_connections that the proxy may open; the rest is for direct connections and RDS itself."""
    max_idle_connections_percent: Annotated[int, Between(0, 100, "percent")] = 40
    """Share of max_connections that it keeps open while nobody needs them."""
    borrow_timeout_seconds: Annotated[int, Between(0, 300, "seconds")] = 30
    """Longest that a client waits for a connection."""
    idle_client_timeout_seconds: Annotated[int, Between(1, 28800, "seconds")] = 1800
    """How long a client may be idle before the proxy closes its connection."""
