"""What a change means in one cell of a table, without days: for documents that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from review.judge import grave

if TYPE_CHECKING:
    from review.judge import Review

WHEN: Final[dict[str, str]] = {
    "at_once": "at once",
    "window": "in the maintenance window",
    "reboot": "after a reboot by hand",
    "later": "at a later deletion or upgrade",
    "apply": "at the apply",
    "never": "never",
}

LISTED: Final = 4
"""Addresses that are named; more are counted."""


def as_cell(review: Review) -> str:
    """Return each effect with when it comes and to what, the gravest first; ``nothing`` if there is none."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in sorted(review.open, key=lambda one: (-grave(one.severity), one.effect)):
        addresses = found.setdefault((one.effect, one.when.when), [])
        name = f"`{one.address}`" if one.address else "the plan"
        if name not in addresses:
            addresses.append(name)
    parts = [
        f"**{effect}** {WHEN[when]}: "
        + (", ".join(sorted(named)) if len(named) <= LISTED else f"{len(named)} resources")
        for (effect, when), named in found.items()
    ]
    return "<br>".join(parts) or "nothing"
