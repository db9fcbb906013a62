"""Runs a command so that it ends when its user goes: nothing stays behind that holds the lock of a state.

The cdktf command line runs Terraform at a terminal of its own, in a session of its own, so a signal to the group of
processes that the user sees never reaches it: closing the window left both alive (hashicorp/terraform-cdk,
terraform.ts). Terraform releases its lock when it is asked to end, and does not when it is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
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


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: int | None = None) -> int:
    """Run a command and return its exit code; a signal that ends this process ends all that it started, in order.

    An interrupt is left to the command, which gets it from the terminal as this process does: a second one would
    have Terraform give up without releasing its lock.
    """
    with subprocess.Popen(command, cwd=cwd, env=env, stdout=stdout) as process, _handled(process):
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


@contextlib.contextmanager
def _handled(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def end(number: int, _: FrameType | None) -> None:
        left = _ended(process.pid)
        if left:
            names = ", ".join(str(pid) for pid in left)
            print(f"still running, and perhaps holding the lock of a state: processes {names}", file=sys.stderr)
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ended(pid: int) -> list[int]:
    """Ask a process and all below it to end, the lowest first, and return those that do not."""
    waiting = [*reversed(descendants(pid)), pid]
    for one in waiting:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting and time.monotonic() < deadline:
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
