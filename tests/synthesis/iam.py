"""What IAM answers, as far as this project's policies go (IAM User Guide, policy evaluation logic)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Statement = dict[str, Any]


def statements(document: str, **known: str) -> list[Statement]:
    """Return a policy's statements with Terraform's references replaced; one that is not known fails the test."""
    for reference in set(re.findall(r"\$\{([^}]+)\}", document)):
        matching = [value for name, value in known.items() if re.search(rf"\b{name}\b", reference)]
        assert len(matching) == 1, reference
        document = document.replace(f"${{{reference}}}", matching[0])
    found: list[Statement] = json.loads(document)["Statement"]
    return found


def denied(policy: Iterable[Statement], action: str, resource: str, **context: str) -> bool:
    """Whether a policy of a resource refuses this, whatever the principal's own policies say."""
    everything: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return not allowed([everything, *policy], action, resource, **context)


def allowed(policy: Iterable[Statement], action: str, resource: str, **context: str) -> bool:
    """Whether an identity with these statements may do this; ``context`` has the request's keys, : written as __."""
    request = {key.replace("__", ":"): value for key, value in context.items()}
    effects = {
        statement["Effect"]
        for statement in policy
        if any(_matches(pattern.lower(), action.lower()) for pattern in _each(statement["Action"]))
        and any(_matches(pattern, resource) for pattern in _each(statement["Resource"]))
        and _holds(statement.get("Condition", {}), request)
    }
    assert effects <= {"Allow", "Deny"}
    return effects == {"Allow"}


def _each(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _matches(pattern: str, text: str) -> bool:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text) is not None


def _holds(condition: Mapping[str, Mapping[str, str | list[str]]], request: Mapping[str, str]) -> bool:
    return all(
        _holds_one(operator, request.get(key), _each(values))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _holds_one(operator: str, given: str | None, wanted: list[str]) -> bool:
    """Whether one condition holds; a key that the request lacks fails it, or meets it if it is a negative one."""
    if operator == "Null":
        return wanted == [str(given is None).lower()]
    if operator.endswith("IfExists"):
        return given is None or _holds_one(operator.removesuffix("IfExists"), given, wanted)
    if operator == "StringNotEquals":
        return given not in wanted
    assert operator in ("StringEquals", "ArnEquals", "ArnLike", "Bool", "NumericLessThan"), operator
    if given is None:
        return False
    if operator == "NumericLessThan":
        return float(given) < float(wanted[0])
    return any(_matches(value, given) if operator.startswith("Arn") else value == given for value in wanted)
