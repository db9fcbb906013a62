"""What installs: one after another, and what it is not told it does not guess."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.harness import PATIENCE, ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(not shutil.which("flock"), reason="flock is not installed: apt-get install util-linux")
def test_two_that_install_at_once_wait_for_one_another(tmp_path: Path) -> None:
    script = tmp_path / "tools" / "environment.sh"
    script.parent.mkdir()
    shutil.copy(ROOT / "tools" / "environment.sh", script)
    with script.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        # Of what it does not know it says so at once, but for the lock.
        with subprocess.Popen(
            ["/bin/sh", "tools/environment.sh", "none"], cwd=tmp_path, stderr=subprocess.PIPE
        ) as waiting:
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(timeout=2)
            fcntl.flock(held, fcntl.LOCK_UN)
            _, said = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 2
    assert said.startswith(b"usage: sh tools/environment.sh ")
