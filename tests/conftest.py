"""Fixtures: environment files in, synthesized JSON out, through the project's own commands."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import BASE, ENVIRONMENTS, ROOT, Synthesized, merged, synthesized

if TYPE_CHECKING:
    from collections.abc import Callable


IGNORABLE = (signal.SIGINT, signal.SIGQUIT, signal.SIGCHLD, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2)
"""Signals that a test, or what it starts, relies on. Not SIGHUP: whoever ignores that wants a run to go on."""


def pytest_configure() -> None:
    """Undo what a process inherits from a parent that ignores or blocks signals, as background jobs do."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in IGNORABLE:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


WRITTEN = pytest.StashKey[int]()
"""Bytes that the workers and all that they started have written."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer a limit to what a run writes."""
    told = "fail if the run, with all processes that it starts, writes more megabytes to disk (where Linux counts them)"
    parser.addoption("--most-written", type=int, metavar="MEGABYTES", help=told)


def bytes_written() -> int:
    """Return what this process and those that it started, and that have ended, have written to disk; 0 if unknown.

    What was removed before the system had put it there was not written (proc(5), ``cancelled_write_bytes``).
    """
    try:
        counted = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    except OSError:
        return 0
    return int(counted["write_bytes"]) - int(counted["cancelled_write_bytes"])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what a worker says it has written; one that was killed says nothing."""
    stash = node.config.stash
    stash[WRITTEN] = stash.get(WRITTEN, 0) + getattr(node, "workeroutput", {}).get("written", 0)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hold the run to its limit; a worker tells what it has written instead."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["written"] = bytes_written()
        return
    most = session.config.getoption("--most-written")
    if most and session.exitstatus == pytest.ExitCode.OK and megabytes(session.config) > most:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def megabytes(config: pytest.Config) -> int:
    """Return what the run has written, in megabytes; its processes count what they wrote when they have ended."""
    return round((config.stash.get(WRITTEN, 0) + bytes_written()) / 1e6)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the run has written."""
    most = config.getoption("--most-written")
    if most and Path("/proc/self/io").exists():
        said = megabytes(config)
        terminalreporter.write_line(
            f"{said} MB written to disk, of {most} that a run may write", red=said > most, bold=said > most
        )


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return the three shipped environments, synthesized."""
    return synthesized(ROOT / "envs", tmp_path_factory.mktemp("shipped") / "out")


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return the environments of ``tests/environments``, synthesized."""
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
