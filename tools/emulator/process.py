"""Starts and ends the emulator's process: for as long as a context, or until it is stopped."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

RECORD = "emulator.json"
"""Process id and address of an emulator that was started to stay."""

LOCK = "emulator.lock"
"""Locked for as long as that process lives, so that its id is never mistaken for another process's."""

LOG = "emulator.log"
"""What moto logs."""

STOP_SECONDS = 10
"""Time in which a process that was asked to end has to be gone."""


@contextlib.contextmanager
def running(log: Path, port: int = 0, requests: Path | None = None) -> Iterator[str]:
    """Yield the address of an emulator that ends with this context, or with this process if that is killed.

    ``port`` 0 takes a free one. What moto logs goes to ``log``, what it is asked to ``requests``, if that is named.
    """
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            _command(port, requests),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        try:
            yield _announced(process, log)
        finally:
            process.terminate()


def start(folder: Path, port: int = 0) -> str:
    """Start an emulator that stays, unless there is one, and return its address.

    ``folder`` holds its record and its log. Raises RuntimeError if it does not start, as when the port is taken.
    """
    found = address(folder)
    if found:
        return found
    log = folder / LOG
    with log.open("wb") as errors, (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process = subprocess.Popen(
            _command(port),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
        announced = _announced(process, log)
    (folder / RECORD).write_text(json.dumps({"pid": process.pid, "address": announced}) + "\n")
    return announced


def address(folder: Path) -> str | None:
    """Return the address of the emulator that was started to stay, if it still lives."""
    recorded = _recorded(folder)
    return str(recorded["address"]) if recorded else None


def stop(folder: Path) -> bool:
    """End the emulator that was started to stay; False if there is none."""
    recorded = _recorded(folder)
    if recorded:
        os.kill(int(str(recorded["pid"])), signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while _recorded(folder):
            if time.monotonic() > deadline:
                message = f"the emulator, process {recorded['pid']}, does not end"
                raise RuntimeError(message)
            time.sleep(0.05)
    (folder / RECORD).unlink(missing_ok=True)
    return recorded is not None


def _command(port: int, requests: Path | None = None) -> list[str]:
    return [sys.executable, "-m", "tools.emulator.server", str(port), *([str(requests)] if requests else [])]


def _announced(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the address that the process prints when it answers."""
    announced = process.stdout.readline().decode().strip() if process.stdout else ""
    if not announced:
        process.wait()
        said = log.read_text(errors="replace").strip().splitlines()
        message = f"the emulator did not start: {said[-1] if said else f'exit code {process.returncode}'}"
        raise RuntimeError(message)
    return announced


def _recorded(folder: Path) -> dict[str, object] | None:
    """Return the record of a process that still holds its lock."""
    try:
        recorded: dict[str, object] = json.loads((folder / RECORD).read_text())
        with (folder / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return recorded
    except (OSError, ValueError):
        pass
    return None
