"""What the review says of one change, or of a plan as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog import effects

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.effects import Effect, Severity, When
    from review.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When an effect comes."""

    when: When
    text: str
    opens: datetime | None = None
    """The beginning (UTC) of the window that is waited for."""


NOW = Moment(when="at_once", text="at once")
"""When the apply runs."""

AT_APPLY = Moment(when="apply", text="at the apply, which fails")
LATER = Moment(when="later", text="at a later deletion or upgrade")
NEVER = Moment(when="never", text="never")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One finding. Texts are marked as ``review.words`` does, and hold no sensitive value."""

    rule: str
    severity: Severity
    effect: Effect
    when: Moment
    because: str
    """Argument, old and new value, and what it does."""
    remedy: str = ""
    source: str = ""
    certainty: str = "verified"
    address: str = ""
    """Of the resource; empty for the plan as a whole."""
    argument: str = ""
    affected: tuple[str, ...] = field(default=())
    """Addresses of the instances that feel it, where it is not the resource itself."""
    fingerprint: str = ""
    """Of this very change and rule: what an approval has to name."""
    place: tuple[str, int] | None = None
    """File and line of the environment file that says it."""
    approved: str | None = None
    """Who let it through, and why."""


def at_once(
    change: Change, rule: str, effect: Effect, severity: Severity, because: str, *, remedy: str, source: str
) -> Found:
    """Return a finding of one change whose effect comes when the apply runs; ``source`` is a key of the catalogue's."""
    return Found(
        rule=rule,
        severity=severity,
        effect=effect,
        when=NOW,
        because=because,
        remedy=remedy,
        source=effects.source(source),
        address=change.address,
    )
