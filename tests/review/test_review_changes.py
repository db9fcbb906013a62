"""The plans of docs/changes.md: what each means for those connected, and that the table says so."""

from __future__ import annotations

from typing import Any

import pytest

from review.judge import judge
from review.plan import parsed
from review.rendering.cell import as_cell
from tests.e2e.change_scenarios import REMOVALS, SCENARIOS
from tests.harness import ROOT
from tests.review.corpus import NOW, slug

PLANS = ROOT / "tests" / "review" / "plans" / "changes"
TABLE = (ROOT / "docs" / "changes.md").read_text()

HARMLESS_CHANGES = {
    *("a third instance", "a named reader more", "another promotion order", "a dynamic parameter"),
    *("another monitoring interval", "a longer log retention"),
    *("longer point-in-time recovery", "another backup window", "another maintenance window", "I/O-Optimized storage"),
    *("faster rotation of the master password", "a third zone", "a NAT gateway", "an interface endpoint"),
    *("a tag for everything", "another minor version in the file alone", "minor versions by AWS"),
    *("minor versions by AWS, and longer point-in-time recovery", "advanced Database Insights"),
    *("a dynamic parameter taken out", "no tag for everything"),
}
"""Changes of docs/changes.md that nobody connected notices."""


@pytest.mark.parametrize("scenario", [*SCENARIOS, *REMOVALS], ids=lambda scenario: slug(scenario.title))
def test_the_table_says_what_the_review_says(scenario: Any) -> None:
    plans = sorted(PLANS.glob(f"{slug(scenario.title)}.*.json"), reverse=True)
    assert plans
    review = judge([parsed(plan.read_bytes(), plan.name) for plan in plans], now=NOW)
    assert bool(review.open) == (scenario.title not in HARMLESS_CHANGES)
    (row,) = [line for line in TABLE.splitlines() if line.startswith(f"| {scenario.title} | ")]
    assert row.endswith(f" | {as_cell(review)} |")
