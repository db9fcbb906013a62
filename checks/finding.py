"""Short words for what every check yields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findings.finding import Finding

if TYPE_CHECKING:
    from findings.finding import KeyPath


def error(path: KeyPath, message: str, *, rule: str = "") -> Finding:
    """Return an error, which stops everything."""
    return Finding(path=path, message=message, rule=rule)


def warning(rule: str, path: KeyPath, message: str) -> Finding:
    """Return a warning, which can be accepted by its rule."""
    return Finding(path=path, message=message, severity="warning", rule=rule)


def note(rule: str, path: KeyPath, message: str) -> Finding:
    """Return a note, which tells what was done and asks for nothing."""
    return Finding(path=path, message=message, severity="note", rule=rule)
