"""Plans whose values are of another kind than the provider's: nothing of them ends the review in a traceback."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from review.judge import judge
from review.plan import PlanError, from_document
from review.rendering.machine import as_annotations, as_json, as_sarif
from review.rendering.markdown import as_markdown
from review.rendering.text import as_text
from tests.harness import ROOT
from tests.review.corpus import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

PLANS = sorted((ROOT / "tests" / "review" / "plans" / "foreign").glob("*.json"))[::4]

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, "", "x", "\ud800", "*", [], {}, [None], [{}], {"a": 1}, [1], [["x"]]),
    *({"Statement": {}}, '{"Statement":[{"Effect":1}]}', "sun:03:00-sun:03:30", "99", "15.x"),
    '{"Statement":{"Effect":"Allow","Principal":"*","Action":5}}',
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def spoilt(plan: Any, chance: random.Random) -> Any:
    """Return a plan of which some values are of another kind."""
    changed = copy.deepcopy(plan)
    for path in chance.sample(list(places(plan)), 6):
        at = changed
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for key in path[:-1]:
                at = at[key]
            if isinstance(at, dict) == isinstance(path[-1], str):
                at[path[-1]] = copy.deepcopy(chance.choice(VALUES))
    return changed


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_no_value_ends_the_review(file: Any) -> None:
    plan = json.loads(file.read_text())
    chance = random.Random(file.stem)  # noqa: S311 - the same each time
    refused = 0
    for _ in range(12):
        try:
            review = judge([from_document(spoilt(plan, chance), "plan")], now=NOW)
        except PlanError:
            refused += 1
            continue
        json.loads(as_json(review, "medium", "by default", None))
        json.loads(as_sarif(review, "medium"))
        assert as_annotations(review, "medium", "by default")
        assert as_markdown(review, "medium", "by default", name="prod")
        assert as_text(review, "medium", "by default", colour=True)
    assert refused < 12
