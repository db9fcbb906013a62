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


def allowed(policy: Iterable[Statement], action: str, resource: str, **context: str) -> bool:
    """Whether an identity with these statements may do this; ``context`` has the request's keys, : written as __."""
    request = {key.replace("__", ":"): value for key, value in context.items()}
    effects = {
        statement["Effect"]
        for statement in policy
        if any(_matches(pattern.lower(), action.lower()) for pattern in statement["Action"])
        and any(_matches(pattern, resource) for pattern in statement["Resource"])
        and _holds(statement.get("Condition", {}), request)
    }
    assert effects <= {"Allow", "Deny"}
    return effects == {"Allow"}


def _matches(pattern: str, text: str) -> bool:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text) is not None


def _holds(condition: Mapping[str, Mapping[str, str | list[str]]], request: Mapping[str, str]) -> bool:
    for operator, keys in condition.items():
        assert operator in ("StringEquals", "ArnEquals", "ArnLike"), operator
        for key, values in keys.items():
            wanted = [values] if isinstance(values, str) else values
            given = request.get(key)
            if given is None:
                return False
            if not any(value == given if operator == "StringEquals" else _matches(value, given) for value in wanted):
                return False
    return True
