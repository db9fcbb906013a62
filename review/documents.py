"""JSON in texts, such as templates and policies: compared by key, so that one changed value is one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 1_000_000
"""Characters of a text that is parsed."""

DEEPEST: Final = 12
"""Levels that are compared one by one."""


def parsed(value: Any) -> Any:
    """Return the object or list in a text of JSON, None if it is none."""
    if not isinstance(value, str) or len(value) > LONGEST or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def differences(before: Any, after: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any, Any]]:
    """Yield path, old and new value of what differs in two documents."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and depth < DEEPEST:
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}", depth + 1)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after) and depth < DEEPEST:
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{path}[{index}]", depth + 1)
    else:
        yield path, before, after
