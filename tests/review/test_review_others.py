"""Plans of other people's shapes: every danger is named, and nothing else."""

from __future__ import annotations

import pytest

from tests.review.corpus import reviewed
from tests.review.others_plans import HARMLESS, RISKY


@pytest.mark.parametrize("title", RISKY)
def test_a_danger_is_named(title: str) -> None:
    effects, plan = RISKY[title]
    assert set(effects.split()) <= {one.effect for one in reviewed(plan).open}


@pytest.mark.parametrize("title", HARMLESS)
def test_there_is_no_false_alarm(title: str) -> None:
    assert [(one.address, one.rule, one.because) for one in reviewed(HARMLESS[title]).open] == []
