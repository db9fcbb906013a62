"""What every answer says beside its result: which action it was, whether it went well, and how long it took."""

from __future__ import annotations

import types
from typing import Any

import pytest

from database_access import events, handler
from tests.functions.platform import LambdaContext


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return seconds that the handler's clock shows, one after the other, with an action that does nothing."""
    seconds: list[float] = []
    monkeypatch.setattr(handler, "time", types.SimpleNamespace(perf_counter=lambda: seconds.pop(0)))
    monkeypatch.setitem(handler.ACTIONS, events.Health, lambda _: {"healthy": True})
    return seconds


def answer(event: Any) -> dict[str, Any]:
    """Return what the handler answers."""
    answered: dict[str, Any] = handler.handle(event, LambdaContext())
    return answered


def test_the_time_is_that_of_the_action_in_milliseconds(clock: list[float]) -> None:
    clock += [100.0, 101.2346]
    assert answer({"action": "health"}) == {
        "action": "health",
        "milliseconds": 1234.6,
        "ok": True,
        "result": {"healthy": True},
    }
    clock += [7.0, 7.0]
    assert answer({"action": "health"})["milliseconds"] == 0


def test_what_failed_says_its_time_as_well(clock: list[float]) -> None:
    clock += [0.5, 0.75]
    refused = answer({"action": "nonsense"})
    assert (refused["ok"], refused["milliseconds"]) == (False, 250.0)
