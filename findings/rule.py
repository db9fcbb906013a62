"""What a finding breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from findings.finding import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What is not allowed, risky or worth knowing."""

    identifier: str
    severity: Severity
    title: str
    """When it speaks."""
    why: str
    remedy: str
