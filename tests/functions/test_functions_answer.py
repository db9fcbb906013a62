"""What every answer says beside its result: which action it was, whether it went well, and how long it took."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from typing import Any

import pytest

from database_access import events, handler
from tests.functions.platform import LambdaContext
from tests.harness import PATIENCE, ROOT


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


def imported(code: str) -> str:
    """Run code in a process of its own that has the function's package, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_the_handler_imports_is_not_collected_and_the_rest_is() -> None:
    code = "import gc; from database_access import handler; print(gc.isenabled(), gc.get_freeze_count() > 10_000)"
    assert imported(code) == "True True\n"


def test_a_consumer_has_what_the_package_exports_and_no_handler() -> None:
    code = (
        "import gc, sys, database_access\n"
        "from database_access import AccessFailure, connect\n"
        "print(connect.__module__, AccessFailure.__module__)\n"
        "print('database_access.handler' in sys.modules, gc.get_freeze_count(), hasattr(database_access, 'anything'))"
    )
    assert imported(code) == "database_access.connections database_access.failures\nFalse 0 False\n"
