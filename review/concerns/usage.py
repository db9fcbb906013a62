"""What goes while something else still uses it, in this plan or in another one that is reviewed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from findings.rule import Rule
from review.finding import AT_APPLY, NOW, Found
from review.words import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context

WATCHED: Final[dict[str, tuple[str, ...]]] = {
    "aws_kms_key": ("arn", "key_id"),
    "aws_security_group": ("id",),
    "aws_subnet": ("id",),
    "aws_vpc": ("id",),
    "aws_secretsmanager_secret": ("arn",),
    "aws_db_subnet_group": ("name",),
}
"""Types whose disappearance breaks what refers to them, and how it does."""


STALE: Final[dict[str, tuple[str, ...]]] = {"aws_vpc_endpoint": ("subnet_configuration",)}
"""Arguments that follow from others, and that a plan has as they were before (seen with hashicorp/aws 5.100.0)."""


def usage(context: Context) -> Iterator[Found]:
    """Yield what is deleted though its id or ARN stays in use."""
    gone = {
        value: change
        for change in context.changes
        if change.type in WATCHED and change.kind in ("delete", "replace") and change.deposed is None
        for name in WATCHED[change.type]
        if isinstance(value := change.old(name), str) and len(value) > 3  # noqa: PLR2004 - shorter is no id
    }
    if not gone:
        return
    users: dict[str, list[str]] = {}
    for change in (*context.changes, *(one for plan in context.others for one in plan.changes)):
        if change.after is None or change.removed:
            continue
        after = {name: value for name, value in change.after.items() if name not in STALE.get(change.type, ())}
        for value in {one for one in _texts(after) if one in gone}:
            if gone[value] is not change:
                users.setdefault(gone[value].address, []).append(change.address)
    for change in {one.address: one for one in gone.values()}.values():
        if change.address in users:
            yield _found(change, sorted(set(users[change.address])))


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < 8:  # noqa: PLR2004 - no argument is nested deeper
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif isinstance(value, list) and depth < 8:  # noqa: PLR2004 - no argument is nested deeper
        for inner in value:
            yield from _texts(inner, depth + 1)


def _found(change: Change, users: list[str]) -> Found:
    key = change.type == "aws_kms_key"
    listed = codes(users[:6]) + (f" and {len(users) - 6} more" if len(users) > 6 else "")  # noqa: PLR2004 - as listed
    return Found(
        rule="still-in-use",
        severity="critical" if key else "high",
        effect="data-loss" if key else "refused",
        when=NOW if key else AT_APPLY,
        because=f"it goes, and {listed} still {'refer' if len(users) > 1 else 'refers'} to it"
        + ("; a cluster whose key is gone cannot be read, nor can its snapshots" if key else ""),
        remedy="Keep the key."
        if key
        else "Change what refers to it first, in the stack that has it, and apply that first.",
        source=effects.source("kms" if key else "security-groups"),
        certainty="inferred",
        address=change.address,
        affected=tuple(users),
    )


RULES: Final = (
    Rule(
        "still-in-use",
        "error",
        "Something that goes while something else refers to it",
        "AWS refuses, minutes into the apply; a key takes what it encrypted with it.",
        "Change what refers to it first, and apply that first.",
    ),
)
