"""Runs a command so that it ends when its user goes: nothing stays behind that holds the lock of a state.

A closed window and a stopped job signal the command that they know of, and what it started may live on. Terraform
releases its lock when it is asked to end, and does not when it is killed; its providers are below it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

ENDING: Final = (signal.SIGHUP, signal.SIGTERM)
"""What a closed terminal and a stopped job send."""

PROC: Final = Path("/proc")

PATIENCE_SECONDS: Final = 60
"""How long Terraform may take to finish what it is creating, save the state and release the lock."""


class Group:
    """Processes, started by any thread, that end together."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []
        self._over = False
        # A signal may come while the same thread starts one.
        self._lock = threading.RLock()

    def start(
        self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None, stdout: int | None = None
    ) -> subprocess.Popen[str]:
        """Start a command, with its errors where its output goes if that is a pipe; none starts after the end."""
        with self._lock:
            if self._over:
                sys.exit(1)
            errors = subprocess.STDOUT if stdout == subprocess.PIPE else None
            process = subprocess.Popen(command, cwd=cwd, env=env, stdout=stdout, stderr=errors, text=True)
            self._started.append(process)
            return process

    def end(self) -> list[int]:
        """Ask all of them and what is below them to end, the lowest first, and return those that do not."""
        with self._lock:
            self._over = True
            living = [process.pid for process in self._started if process.poll() is None]
        return _ended(living)


@contextlib.contextmanager
def ending_together() -> Iterator[Group]:
    """Yield a group of processes that are ended, in order, by a signal that ends this one.

    An interrupt is left to them, who get it from the terminal as this process does: a second one would have Terraform
    give up without releasing its lock.
    """
    group = Group()

    def end(number: int, _: FrameType | None) -> None:
        left = group.end()
        if left:
            names = ", ".join(str(pid) for pid in left)
            print(f"still running, and perhaps holding the lock of a state: processes {names}", file=sys.stderr)
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield group
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: int | None = None) -> int:
    """Run a command and return its exit code; a signal that ends this process ends all that it started, in order."""
    with ending_together() as group, group.start(command, cwd=cwd, env=env, stdout=stdout) as process:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


def _ended(pids: Sequence[int]) -> list[int]:
    waiting = [one for pid in pids for one in (*reversed(descendants(pid)), pid)]
    for one in waiting:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        living = {one for one, (_, state) in _processes().items() if not state.startswith("Z")}
        waiting = [one for one in waiting if one in living]
        time.sleep(0.05)
    return waiting


def descendants(pid: int) -> list[int]:
    """Return the processes below one, parents before children."""
    children: dict[int, list[int]] = {}
    for child, (parent, _) in _processes().items():
        children.setdefault(parent, []).append(child)
    found, ahead = [], [pid]
    while ahead:
        below = children.get(ahead.pop(0), [])
        found += below
        ahead += below
    return found


def _processes() -> dict[int, tuple[int, str]]:
    """Return the parent and the state of every process."""
    if not PROC.is_dir():
        command = ["ps", "-A", "-o", "pid=,ppid=,stat="]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        return {int(pid): (int(parent), state) for pid, parent, state in (line.split() for line in lines)}
    found = {}
    for status in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            # The name of the program, in parentheses, may hold anything.
            state, parent, *_ = status.read_text(errors="replace").rpartition(")")[2].split()
            found[int(status.parent.name)] = (int(parent), state)
    return found
