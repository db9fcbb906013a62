"""Short words for what every check yields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settings.findings import Finding

if TYPE_CHECKING:
    from settings.findings import KeyPath


def error(path: KeyPath, message: str) -> Finding:
    """Return an error, which stops everything."""
    return Finding(path=path, message=message)


def warning(identifier: str, path: KeyPath, message: str) -> Finding:
    """Return a warning, which can be accepted by its identifier."""
    return Finding(path=path, message=message, identifier=identifier)
