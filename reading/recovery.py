"""Goes on where values are wrong, with others in their place, so that later checks still speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from findings.finding import Located, dotted, related
from reading import document, messages
from settings import defaults
from settings.model import Environment

if TYPE_CHECKING:
    from findings.finding import KeyPath
    from reading.document import Document

ABSENT: Final = object()
"""No value."""


def recover(read: Document) -> tuple[Environment | None, list[Located], set[str]]:
    """Return an environment to go on checking, what is wrong with the file, and the keys whose value is not known.

    Without an environment nothing more can be said of the file.
    """
    remaining = defaults.copied(read.data)
    problems = list(read.slips)
    for path in read.empty:
        problems.append(messages.empty(read, path))
        _put(remaining, path, ABSENT)
    merged, _ = defaults.complete(remaining)
    try:
        return Environment.model_validate(merged), problems, set()
    except ValidationError as error:
        details = error.errors(include_url=False)
    empty = {dotted(path) for path in read.empty}
    slips = {slip.key for slip in read.slips}
    found = messages.located(read, merged, details)
    problems += [
        problem for problem in found if problem.key not in slips and not any(related(problem.key, key) for key in empty)
    ]
    unknown = {problem.key for problem in problems}
    for attempt in range(document.MAXIMUM_DEPTH):
        for detail in details:
            path = messages.path_of(detail)
            unknown.add(dotted(path))
            if attempt == 0 and detail["type"] == "string_type" and path in read.texts:
                _put(remaining, path, read.texts[path])  # a number that wants quotes: what it says is known
                unknown.discard(dotted(path))
            else:
                _put(remaining, path[:-1] if detail["type"] == "missing" else path, ABSENT)
        try:
            return Environment.model_validate(defaults.stood_in(remaining)), problems, unknown
        except ValidationError as error:
            details = error.errors(include_url=False)
    return None, problems, unknown


def _put(data: Any, path: KeyPath, value: Any) -> None:
    """Set a value where the data has its place, or take it away."""
    *parents, last = path or ("",)
    for part in parents:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return
    if not isinstance(data, dict):
        return
    if value is ABSENT:
        data.pop(last, None)
    else:
        data[last] = value
