"""Copies of a database that its own deletion does not reach: AWS Backup's plan, its vaults and their lock."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from settings.base import Settings
from settings.types import Between, Key, Matching, RegionName, TimeZone

MOST_RULES = 20
"""Rules that one plan of this project may have; AWS Backup takes more, nobody reviews them."""

LONGEST_DAYS = 36500
"""Longest that AWS Backup keeps a recovery point (AWS Backup API Reference, Lifecycle)."""

Cron: TypeAlias = Annotated[
    str,
    Matching(
        r"[0-9*/,-]+ [0-9*/,-]+ [0-9*?/,LW-]+ [0-9A-Z*/,-]+ [0-9A-Z*?/,L#-]+ [0-9*/,-]+",
        'six fields of AWS Backup such as "0 5 ? * * *" (minute, hour, day, month, weekday, year)',
    ),
]

VaultArn: TypeAlias = Annotated[
    str,
    Matching(
        r"arn:aws[a-z-]*:backup:[a-z0-9-]+:[0-9]{12}:backup-vault:[A-Za-z0-9_-]{2,50}",
        "the ARN of a backup vault such as arn:aws:backup:eu-west-1:111111111111:backup-vault:copies",
    ),
]


class CopyRule(Settings):
    """When a copy is made, and how long it is kept."""

    cron: Cron = "0 5 ? * * *"
    """When: minute, hour, day of the month, month, day of the week, year."""
    time_zone: TimeZone = "UTC"
    """The zone of that time."""
    keep_days: Annotated[int, Between(1, LONGEST_DAYS, "days")] = 35
    """How long it is kept, here and where it is copied to."""


class Lock(Settings):
    """What nobody may undo in the vaults made here: no copy goes earlier, and with final_after_days the lock stays."""

    minimum_days: Annotated[int, Between(1, LONGEST_DAYS, "days")]
    """Shortest time that a copy is kept."""
    maximum_days: Annotated[int, Between(1, LONGEST_DAYS, "days")] | None = None
    """Longest time that a copy is kept."""
    final_after_days: Annotated[int, Between(3, LONGEST_DAYS, "days")] | None = None
    """Days after which the lock itself can be taken off by nobody, AWS included; without it, administrators can."""


class Copies(Settings):
    """Copies of the cluster in a vault of AWS Backup, besides its automated backups, which stay as they are."""

    rules: Annotated[dict[Key, CopyRule], Field(min_length=1, max_length=MOST_RULES)] = Field(
        default_factory=lambda: {"daily": CopyRule()}
    )
    """When copies are made, each by a name of yours; by default daily, kept for 35 days."""
    region: RegionName | None = None
    """Another region, in which a vault with a key of its own is made, and to which every copy goes as well."""
    vault: VaultArn | None = None
    """A vault that exists, of another account or region, to which every copy goes as well."""
    lock: Lock | None = None
    """What nobody may undo in the vaults made here."""


class ActivityStream(Settings):
    """A stream of who did what in the database, in Kinesis, encrypted, which no database user can change."""

    mode: Literal["async", "sync"] = "async"
    """async: sessions go on at once; sync: they wait until the record is safe, which slows them."""
