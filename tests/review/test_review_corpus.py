"""Plans that the real provider made: every danger is named, and of what is harmless nothing is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.review_scenarios import HARMLESS, RISKY
from tests.harness import ROOT
from tests.review.corpus import mistakes, slug

PLANS = ROOT / "tests" / "review" / "plans"


@pytest.mark.parametrize("scenario", RISKY, ids=lambda scenario: slug(scenario.title))
def test_the_dangers_of_a_plan_are_named(scenario: Any) -> None:
    assert mistakes((PLANS / "foreign" / f"{slug(scenario.title)}.json").read_bytes(), scenario.expected) == []


@pytest.mark.parametrize("scenario", HARMLESS, ids=lambda scenario: slug(scenario.title))
def test_a_harmless_plan_raises_no_alarm(scenario: Any) -> None:
    assert mistakes((PLANS / "foreign" / f"{slug(scenario.title)}.json").read_bytes(), {}) == []


def test_there_are_as_many_as_were_asked_for() -> None:
    assert len(RISKY) >= 40
    assert len(HARMLESS) >= 20
