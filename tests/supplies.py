"""What single tests need beside the packages of the tests, installed when the first of them needs it.

``make test`` has everything installed side by side. With PYTEST_FLAGS, which choose some tests, it leaves that to the
tests that were chosen, and says so by INSTALL_FOR_TESTS=1.
"""

from __future__ import annotations

import fcntl
import os
import subprocess

from tests.harness import ROOT


def install(what: str) -> str:
    """Install ``servers``, ``scanner`` or ``cli`` as make does, once at a time; return what went wrong, or nothing."""
    directory = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)  # each pytest worker has a session of its own
        done = subprocess.run(
            ["/bin/sh", "tools/environment.sh", what],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(directory)
    return "" if done.returncode == 0 else done.stderr.strip()[-300:] or f"exit code {done.returncode}"


def wanted() -> bool:
    """Whether a test may install what it needs; without make, it is skipped instead."""
    return os.environ.get("INSTALL_FOR_TESTS") == "1"
