"""Ends what a test run has started, however the run ends: killed runs leave no server and no folder behind.

A process beside the tests reads from a pipe what there is to end. The pipe closes with the test process, whatever
ends that, and what has not been ended by then is ended and removed. One such process serves a test process, is
started when it is first needed, and is out of reach of signals that are meant for the tests.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_SECONDS = 5
"""Time in which a process that was told to quit has to be gone before it is killed."""


class Guard:
    """The process beside the tests, and what it has been told."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        atexit.register(self._end)

    def group(self, leader: int) -> None:
        """Have a process group ended with the run: SIGQUIT, which ends PostgreSQL at once, then SIGKILL."""
        self._say("+", "group", str(leader))

    def ended(self, leader: int) -> None:
        """Forget a process group, which has been ended."""
        self._say("-", "group", str(leader))

    def recorded(self, record: Path) -> None:
        """Have the process ended whose ``pid`` a JSON file names at the end of the run, if there is such a file."""
        self._say("+", "record", str(record))

    def folder(self, path: Path) -> None:
        """Have a folder removed with the run."""
        self._say("+", "folder", str(path))

    def removed(self, path: Path) -> None:
        """Forget a folder, which has been removed."""
        self._say("-", "folder", str(path))

    def _say(self, *words: str) -> None:
        assert self._process.stdin
        print(json.dumps(words), file=self._process.stdin, flush=True)

    def _end(self) -> None:
        self._process.communicate()


@functools.cache
def guard() -> Guard:
    """Return this process's guard."""
    return Guard()


def _signalled(group: int, how: int) -> bool:
    try:
        os.killpg(group, how)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _end(groups: set[int]) -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    left = {group for group in groups if _signalled(group, signal.SIGQUIT)}
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {group for group in left if _signalled(group, 0)}
    for group in left:
        _signalled(group, signal.SIGKILL)


def main() -> None:
    """Note what is said until the pipe closes; then end and remove what is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    noted: set[tuple[str, str]] = set()
    for line in sys.stdin:
        sign, kind, what = json.loads(line)
        (noted.add if sign == "+" else noted.discard)((kind, what))
    groups = {int(what) for kind, what in noted if kind == "group"}
    for kind, what in noted:
        if kind == "record":
            with contextlib.suppress(OSError, ValueError, KeyError):
                groups.add(int(json.loads(Path(what).read_text())["pid"]))
    _end(groups)
    for kind, what in noted:
        if kind == "folder":
            shutil.rmtree(what, ignore_errors=True)


if __name__ == "__main__":
    main()
