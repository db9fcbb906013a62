"""A person's word that lets one finding of one very change through, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One entry of ``approvals/<environment>.yaml``."""

    file: str
    line: int
    rule: str
    address: str
    """Of the resource; ``plan`` for a finding of the plan as a whole."""
    fingerprint: str
    """Of the very change, as the review prints it: another value needs another approval."""
    reason: str
    who: str
    expires: date
    """The last day (UTC) on which it counts."""
