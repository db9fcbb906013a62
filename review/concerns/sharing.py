"""What is shared with other accounts: snapshots, and whatever AWS RAM shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import effects
from findings.rule import Rule
from review.finding import NOW, Found
from review.words import code, codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context

SNAPSHOTS: Final = frozenset({"aws_db_cluster_snapshot", "aws_rds_cluster_snapshot_copy", "aws_db_snapshot"})

EVERYBODY: Final = "all"
"""Instead of accounts, of a snapshot (RDS API Reference, ModifyDBClusterSnapshotAttribute)."""

SHARED: Final = (":rds:", ":kms:", ":secretsmanager:")
"""Parts of the ARNs of what holds data or opens it."""


def sharing(context: Context) -> Iterator[Found]:
    """Yield what is shared from its creation on; what a later change shares is said by the catalogue's rows."""
    for change in context.changes:
        if change.kind not in ("create", "replace") or change.deposed is not None:
            continue
        accounts = change.new("shared_accounts")
        if change.type in SNAPSHOTS and isinstance(accounts, list) and accounts:
            everybody = EVERYBODY in accounts
            yield _found(
                change,
                "shared_accounts",
                "everybody may restore what is in it" if everybody else f"{codes(accounts)} may restore what is in it",
                grave=everybody,
            )
        arn = change.new("resource_arn")
        if change.type == "aws_ram_resource_association" and isinstance(arn, str) and any(one in arn for one in SHARED):
            yield _found(change, "resource_arn", f"{code(arn)} is shared with whomever the share names", grave=False)


def _found(change: Change, argument: str, because: str, *, grave: bool) -> Found:
    return Found(
        rule="shared",
        severity="critical" if grave else "medium",
        effect="access-widened",
        when=NOW,
        because=f"{code(argument)}: {because}",
        remedy="Make sure that all of them are meant.",
        source=effects.source("snapshots"),
        address=change.address,
        argument=argument,
    )


RULES: Final = (
    Rule(
        "shared",
        "error",
        "Something new that is shared with other accounts",
        "Whoever may restore a snapshot has its data.",
        "Make sure that all of them are meant.",
    ),
)
