"""Code compared with code: state that is looked for elsewhere, another account or region, stacks that are gone.

A plan shows none of these: it is made of one state, in one place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from catalog import effects
from findings.rule import Rule
from review.concerns.removal import LIVES_ON
from review.finding import NOW, Found
from review.words import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.effects import Effect, Severity
    from review.change import Difference
    from review.context import Context

ACCESS: Final = frozenset(
    {
        *("access_key", "acl", "assume_role", "dynamodb_table", "encrypt", "kms_key_id", "max_retries", "profile"),
        *("secret_key", "skip_credentials_validation", "skip_region_validation", "sse_customer_key", "use_lockfile"),
        *("lock_address", "unlock_address", "lock_method", "unlock_method", "retry_max", "retry_wait_max", "token"),
        *("encryption_key", "kms_encryption_key", "credentials", "use_oidc", "use_msi", "client_id", "username"),
    }
)
"""How a backend is reached, or how it keeps a state; anything else of it says which state it is."""

PLACE: Final = re.compile(
    r"provider\.[a-z0-9_-]+(?:\[\d+\])?\.(?:allowed_account_ids|forbidden_account_ids|region)\b.*"
)
"""What of a provider says where it works; tags of the same names do not."""


def elsewhere(context: Context) -> Iterator[Found]:
    """Yield what sends the whole stack elsewhere, and what is left behind."""
    comparison = context.plan.code
    if comparison is None:
        return
    backend = [one for one in comparison.beside if one.path.startswith("terraform.backend") and _identifies(one)]
    if backend:
        yield _found(
            "state-elsewhere",
            "high",
            "forgotten",
            f"the state is looked for elsewhere ({', '.join(one.said for one in backend[:4])}): unless it is moved "
            "there first, the next plan knows nothing of what exists and makes all of it anew",
            "Move the state: make migrate-state for the state stack, terraform init -migrate-state for any other.",
        )
    places = [one for one in comparison.beside if PLACE.fullmatch(one.path)]
    if places:
        yield _found(
            "another-place",
            "critical",
            "forgotten",
            f"the provider works elsewhere ({', '.join(one.said for one in places[:4])}): nothing of what the state "
            "names is there, so all of it is made anew, without its data, and what exists lives on",
            "Make another environment in the other place, and move the data; do not send this one there.",
        )
    if comparison.left:
        yield _gone(comparison.left, comparison.twins)


def _gone(left: tuple[str, ...], twins: tuple[str, ...]) -> Found:
    kept = [address for address in left if address.partition(".")[0] in LIVES_ON]
    because = (
        f"the stack is in the code no more: no plan deletes its {len(left)} resources, nor looks after them. They live "
        f"on, billed{f', {codes(kept[:6])} among them' if kept else ''}"
    )
    remedy = "To take it down, make destroy with the code before this commit; or write down who owns it now."
    if twins:
        because += (
            f". If {codes(twins)} is meant to be the same under another name: another name is another environment, "
            "with a state and an empty database of its own"
        )
        remedy = f"Keep the file's name. {remedy}"
    return _found("stack-gone", "high" if kept else "medium", "forgotten", because, remedy)


def _identifies(difference: Difference) -> bool:
    return not ACCESS.intersection(difference.path.replace("[", ".").split("."))


def _found(rule: str, severity: Severity, effect: Effect, because: str, remedy: str) -> Found:
    return Found(
        rule=rule,
        severity=severity,
        effect=effect,
        when=NOW,
        because=because,
        remedy=remedy,
        source=effects.source("terraform"),
    )


RULES: Final = (
    Rule(
        "state-elsewhere",
        "error",
        "A stack whose state is looked for elsewhere",
        "Without its state, Terraform makes everything anew beside what exists. Told by `main.py diff`.",
        "Move the state before the next plan.",
    ),
    Rule(
        "another-place",
        "error",
        "A stack that is sent to another account or region",
        "What exists stays where it is, with the data. Told by `main.py diff`.",
        "Make another environment there.",
    ),
    Rule(
        "stack-gone",
        "error",
        "A stack that is synthesized no more",
        "No plan deletes what it made, and none protects it. Told by `main.py diff`.",
        "Destroy it with the code of before, or keep its file.",
    ),
)
