"""Fixtures: environment files in, synthesized JSON out, through the project's own commands."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import BASE, ENVIRONMENTS, ROOT, Synthesized, merged, synthesized

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


IGNORABLE = (signal.SIGINT, signal.SIGQUIT, signal.SIGCHLD, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2)
"""Signals that a test, or what it starts, relies on. Not SIGHUP: whoever ignores that wants a run to go on."""


def pytest_configure() -> None:
    """Undo what a process inherits from a parent that ignores or blocks signals, as background jobs do."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in IGNORABLE:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return the three shipped environments, synthesized."""
    return synthesized(ROOT / "envs", tmp_path_factory.mktemp("shipped") / "out")


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return the serverless, the existing-VPC and the maximal environment, synthesized."""
    return synthesized(ENVIRONMENTS, tmp_path_factory.mktemp("examples") / "out")


@pytest.fixture
def synthesize(tmp_path: Path) -> Callable[..., Synthesized]:
    """Return a function that synthesizes one environment, ``test``, made of BASE and changes."""

    def one(**changes: Any) -> Synthesized:
        envs = tmp_path / "envs"
        envs.mkdir(exist_ok=True)
        # JSON is YAML, and quotes what has to be quoted.
        (envs / "test.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))
        return synthesized(envs, tmp_path / "out")

    return one
