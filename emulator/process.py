"""Starts and ends the emulator's process."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def running(log: Path, port: int = 0) -> Iterator[str]:
    """Yield the address of an emulator that ends with this context, or with this process if that is killed.

    ``port`` 0 takes a free one. What moto logs goes to ``log``.
    """
    with (
        log.open("ab") as errors,
        subprocess.Popen(  # noqa: S603 - this project's own module
            [sys.executable, "-m", "emulator.server", str(port)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        try:
            address = process.stdout.readline().decode().strip() if process.stdout else ""
            if not address:
                message = f"the emulator did not start; see {log}"
                raise RuntimeError(message)
            yield address
        finally:
            process.terminate()
