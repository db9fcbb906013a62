"""Secret values where they can be read: in plain arguments, and so in the plan, the state and the console."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from catalog.effects import UNKNOWN, empty
from findings.rule import Rule
from review.context import CLUSTER
from review.finding import NOW, Found
from review.words import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.effects import Severity
    from review.change import Change
    from review.context import Context

CLAIMS: Final = frozenset({("aws_ssm_parameter", "type")})

SHAPES: Final = re.compile(
    r"(?P<key>\b(?:AKIA|ASIA)[0-9A-Z]{16}\b)"
    r"|(?P<private>-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----)"
    r"|(?P<url>\b(?:postgres|postgresql|mysql|redis|amqp|https?)://[^\s:/@]+:[^\s:/@$*{(]+@)"
    r"|(?P<token>\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk_live_[A-Za-z0-9]{16,})"
)
"""What is a secret whatever it is called."""

CALLED: Final = re.compile(r"(?i)(?:^|[_\-./])(?:password|passwd|pwd|secret|token|api_?key|private_?key|credentials?)$")
"""How values are called that are secrets, unless they say where one is."""

ABOUT: Final = re.compile(r"(?i)(?:^|[_\-./])(?:create|get|read|rotate|use|write)[_-][a-z_-]+$")
"""How permissions are called: what may be done with a secret is none."""

POINTER: Final = re.compile(
    r"(?i)^(?:arn:|alias/|/|\{\{resolve:|https?://|[a-z0-9-]{8}-[a-z0-9-]{4}-|rds!)|^(?:true|false|none|[0-9]{1,6})$|^$"
)
"""Values that say where a secret is, or that are none."""

MAPS: Final = ("variables", "environment_variables", "environment")
"""Arguments that are maps of values by name, such as a function's environment."""

TEXTS: Final = 20_000
"""Most characters of a text that is searched."""


def secrets(context: Context) -> Iterator[Found]:
    """Yield where a plan puts a secret into a plain argument."""
    for change in context.changes:
        if change.kind not in ("create", "update", "replace") or change.after is None:
            continue
        yield from _master_password(change)
        yield from _parameter(change)
        if change.type == "aws_iam_access_key" and change.kind in ("create", "replace"):
            yield _found(
                change,
                "secret",
                "medium",
                "the secret of the access key is kept in the state, and does not expire",
                remedy="Let the client assume a role.",
            )
        for path, name, value in _texts(change):
            said = _what(name, value)
            if said:
                yield _found(
                    change, path, "high", f"{code(path)} holds {said} in plain text, which is not repeated here"
                )
                break


def _master_password(change: Change) -> Iterator[Found]:
    value = change.new("master_password")
    if change.type != CLUSTER or empty(value):
        return
    if change.kind == "create" or change.differs("master_password") or change.differs("manage_master_user_password"):
        yield _found(
            change,
            "master_password",
            "medium",
            f"{code('master_password')} is kept in the plan file and in the state as it is",
            remedy="Let RDS manage it (manage_master_user_password), or use master_password_wo.",
        )


def _parameter(change: Change) -> Iterator[Found]:
    if change.type != "aws_ssm_parameter":
        return
    old, new = change.old("type"), change.new("type")
    if old == "SecureString" and new in ("String", "StringList") and change.kind == "update":
        yield _found(
            change,
            "type",
            "high",
            f"{code('type')}: {code(old)} → {code(new)}: whoever may read parameters reads it without the key",
            remedy="Keep it a SecureString.",
        )
    set_here = change.kind == "create" or change.differs("value") or change.differs("insecure_value")
    name = change.new("name")
    value = change.new("value")
    points = isinstance(value, str) and POINTER.search(value)
    if (
        new == "String"
        and set_here
        and isinstance(name, str)
        and CALLED.search(name)
        and not (points or ABOUT.search(name))
    ):
        yield _found(
            change,
            "value",
            "high",
            f"the parameter {code(name)} is called like a secret and is not encrypted",
            remedy="Keep it in Secrets Manager, or make it a SecureString.",
        )


def _texts(change: Change) -> Iterator[tuple[str, str, str]]:
    """Yield the plain texts that this plan sets, each with its path and its last name."""
    before = change.before or {}
    for name, value in (change.after or {}).items():
        if change.kind == "update" and value == before.get(name):
            continue
        if change.is_sensitive(name) and name not in MAPS and not isinstance(value, (dict, list)):
            continue
        yield from _walk(name, name, value, (_mark(change.before_sensitive, name), _mark(change.after_sensitive, name)))


def _walk(path: str, name: str, value: Any, marks: tuple[Any, Any], depth: int = 0) -> Iterator[tuple[str, str, str]]:
    if True in marks or depth > 6:  # noqa: PLR2004 - no argument of the provider is nested deeper
        return
    document = _document(value)
    if document is not None:
        yield from _walk(path, name, document, marks, depth + 1)
    elif isinstance(value, str):
        yield path, name, value[:TEXTS]
    elif isinstance(value, dict):
        called, said = value.get("name"), value.get("value")
        if isinstance(called, str) and isinstance(said, str):
            # A list of variables, as containers have them.
            yield f"{path}.{called}", called, said[:TEXTS]
            return
        for key, inner in value.items():
            yield from _walk(f"{path}.{key}", str(key), inner, (_mark(marks[0], key), _mark(marks[1], key)), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            below = (_item(marks[0], index), _item(marks[1], index))
            yield from _walk(path, name, inner, below, depth + 1)


def _document(value: Any) -> Any:
    """Return the document in a text, such as a container's definition; None if there is none."""
    if not isinstance(value, str) or value[:1] not in ("{", "[") or len(value) > TEXTS:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _mark(side: Any, name: str) -> Any:
    return True if side is True else side.get(name) if isinstance(side, dict) else None


def _item(side: Any, index: int) -> Any:
    if side is True:
        return True
    return side[index] if isinstance(side, list) and index < len(side) else None


def _what(name: str, value: str) -> str | None:
    found = SHAPES.search(value)
    if found:
        return {
            "key": "an AWS access key",
            "private": "a private key",
            "url": "an address with a password",
            "token": "an access token",
        }[str(found.lastgroup)]
    if CALLED.search(name) and not POINTER.search(value) and "${" not in value:
        return "what is called a secret"
    return None


def _found(change: Change, argument: str, severity: Severity, because: str, *, remedy: str = "") -> Found:
    return Found(
        rule="secret-in-plain-text",
        severity=severity,
        effect="secret-exposed",
        when=NOW,
        because=because,
        remedy=remedy or "Keep it in Secrets Manager and name its ARN; what was shown has to be changed.",
        source=effects.source("secrets"),
        certainty="inferred",
        address=change.address,
        argument=argument,
    )


def unknown_secret(context: Context) -> Iterator[Found]:
    """Yield the combination: a managed password switched on, and something that reads its secret in the same plan."""
    for cluster in context.of_type(CLUSTER):
        turned_on = cluster.kind == "update" and cluster.new("manage_master_user_password") is True
        if not turned_on or cluster.old("manage_master_user_password") is True:
            continue
        readers = [
            one.address
            for one in context.of_type("aws_secretsmanager_secret_rotation", "aws_ssm_parameter", "aws_iam_policy")
            if one.kind in ("create", "update")
            and any(one.new(key) is UNKNOWN for key in ("secret_id", "value", "policy"))
        ]
        if readers:
            yield Found(
                rule="secret-known-later",
                severity="low",
                effect="deferred",
                when=NOW,
                because=f"RDS makes the secret in this apply, so {', '.join(map(code, readers))} cannot be reviewed "
                "before a second plan",
                remedy="Switch the managed password on first, then plan again.",
                source=effects.source("modify-cluster"),
                certainty="inferred",
                address=cluster.address,
                argument="manage_master_user_password",
            )


RULES: Final = (
    Rule(
        "secret-in-plain-text",
        "error",
        "A secret in a plain argument",
        "It is in the plan, in the state and in the console.",
        "Keep it in Secrets Manager and name its ARN; change what was shown.",
    ),
    Rule(
        "secret-known-later",
        "note",
        "A managed password that is switched on while something reads its secret",
        "The ARN is known after the apply only.",
        "Two deployments.",
    ),
)
