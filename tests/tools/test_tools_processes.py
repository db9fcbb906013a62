"""What a command started ends with the command, however its user goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.harness import PATIENCE, ROOT

if TYPE_CHECKING:
    from pathlib import Path

STARTS = """
import subprocess, sys, time
# In a session of its own, which no signal to a group reaches.
subprocess.Popen([sys.executable, "-c", sys.argv[1], *sys.argv[2:]], start_new_session=True)
# Not one long sleep here and below: Python answers a signal that comes just before it only after it.
while True: time.sleep(0.02)
"""

HOLDS_A_LOCK = """
import pathlib, signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
lock = pathlib.Path(sys.argv[1])
def released(*_):
    lock.unlink()
    sys.exit(0)
signal.signal(signal.SIGTERM, released)
lock.touch()
while True: time.sleep(0.02)
"""

RUNS = """
import os, pathlib, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from tools.delivery import processes
sys.exit(processes.run(sys.argv[1:], cwd=pathlib.Path.cwd(), env=os.environ))
"""


def started(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUNS, *command], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for(condition: object, *, process: subprocess.Popen[str]) -> None:
    assert callable(condition)
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=lambda number: number.name)
def test_a_closed_terminal_ends_what_is_below_and_releases_the_lock(number: signal.Signals, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    process = started(sys.executable, "-c", STARTS, HOLDS_A_LOCK, str(lock))
    wait_for(lock.exists, process=process)
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + number
    assert not lock.exists()
    assert said == ""


def test_an_interrupt_is_the_commands_own_to_answer(tmp_path: Path) -> None:
    """Terraform finishes what it creates; a second interrupt would have it give up with the lock held."""
    ready, finished = tmp_path / "ready", tmp_path / "finished"
    finishes = f"""
import pathlib, signal, sys, time
def finish(*_):
    time.sleep(0.5)
    pathlib.Path({str(finished)!r}).touch()
    sys.exit(7)
signal.signal(signal.SIGINT, finish)
pathlib.Path({str(ready)!r}).touch()
while True: time.sleep(0.02)
"""
    process = started(sys.executable, "-c", finishes)
    wait_for(ready.exists, process=process)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert finished.exists()
    assert process.returncode == 7


def test_the_exit_code_is_the_commands() -> None:
    process = started("/bin/sh", "-c", "exit 3")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
