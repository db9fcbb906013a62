"""Where clients find the database: names in DNS and endpoints in parameters that lead elsewhere, or go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from findings.rule import Rule
from review.finding import NOW, Found
from review.words import MASK, code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context

RECORD: Final = "aws_route53_record"
PARAMETER: Final = "aws_ssm_parameter"

CLAIMS: Final = frozenset({(RECORD, key) for key in ("records", "alias", "ttl")})

ENDPOINT: Final = re.compile(r"\.rds\.[a-z0-9.-]*amazonaws\.com", re.IGNORECASE)
"""Part of each endpoint of a cluster, an instance or a proxy."""

CALLED: Final = re.compile(
    r"(?:^|[._/-])(?:db|database|postgres(?:ql)?|pg|psql|aurora|rds|sql)[0-9]*(?:[._/-]|$)", re.I
)
"""How names of databases have it in them."""


def names(context: Context) -> Iterator[Found]:
    """Yield which names lead clients elsewhere; those that have to do with no database are left alone."""
    for change in context.changes:
        if change.deposed is not None or change.kind not in ("update", "replace"):
            continue
        if change.type == RECORD and of_a_database(change):
            for argument in ("records", "alias"):
                if change.differs(argument):
                    yield _found(change, argument, "clients that use the name are led elsewhere")
        if change.type == PARAMETER:
            for argument in ("value", "insecure_value"):
                if change.differs(argument) and _leads(change.old(argument)):
                    yield _found(change, argument, "clients that read it are led to another endpoint")


def of_a_database(record: Change) -> bool:
    """Whether a name leads to an endpoint of RDS, or is called like a database."""
    sides = [side.get(key) for side in (record.before, record.after) if side for key in ("records", "alias")]
    return _leads(sides) or bool(CALLED.search(str(record.now("name") or "")))


def _leads(value: Any) -> bool:
    return bool(ENDPOINT.search(str(value)))


def _found(change: Change, argument: str, says: str) -> Found:
    values = MASK if change.is_sensitive(argument) else f"{code(change.old(argument))} → {_shown(change, argument)}"
    return Found(
        rule="leads-elsewhere",
        severity="medium",
        effect="connections-drop",
        when=NOW,
        because=f"{code(argument)}: {values}: {says}",
        remedy="Check that what it leads to answers.",
        source=effects.source("vpc"),
        certainty="inferred",
        address=change.address,
        argument=argument,
    )


def _shown(change: Change, argument: str) -> str:
    found = change.new(argument)
    return code("(known after apply)" if found is effects.UNKNOWN else found)


RULES: Final = (
    Rule(
        "leads-elsewhere",
        "warning",
        "A name or a parameter that leads clients elsewhere",
        "They follow when they next look it up, each in its own time.",
        "Check that what it leads to answers.",
    ),
)
