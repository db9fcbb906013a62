"""How grave a finding has to be for a person to look, by the tier of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from settings.tiers import TIERS

if TYPE_CHECKING:
    from catalog.effects import Severity

#                                                  development  staging production
BY_TIER: Final[dict[str, Severity]] = dict(zip(TIERS, ("critical", "high", "medium"), strict=True))
"""What stops a deployment unless ``--fail-on`` says otherwise."""

DEFAULT: Final[Severity] = "medium"
"""Where no environment is at hand, a plan counts as production's."""
