"""A test run itself: it needs nothing of how it was started, and leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked
from tests.conftest import bytes_written
from tests.harness import PATIENCE, ROOT, eventually, run, sampled

WAITING = "import time; print('begun', flush=True)\nwhile True: time.sleep(0.02)"
"""Not one long sleep: Python answers a signal that comes just before it only after it."""

IGNORING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *sys.argv[1:]])
"""

SERVER = """
import os, signal, sys
from tests.servers import postgres
with postgres.running() as server:
    print(server.port, server.folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_what_a_test_starts_can_be_ended_by_a_signal(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as begun:
        assert begun.stdout
        begun.stdout.readline()
        begun.send_signal(how)
        begun.communicate(timeout=PATIENCE)
    assert begun.returncode == -how


def test_and_also_where_the_run_was_started_with_signals_ignored_or_blocked(tmp_path: Path) -> None:
    this = f"{__file__}::{test_what_a_test_starts_can_be_ended_by_a_signal.__name__}"
    done = subprocess.run(
        [sys.executable, "-c", IGNORING, "-n", "0", "--basetemp", str(tmp_path / "inner"), this],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def refused(port: int) -> bool:
    """Whether nothing listens on a port of this machine."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("how", sampled((signal.SIGKILL, signal.SIGTERM, signal.SIGINT), signal.SIGKILL))
def test_a_run_that_is_killed_leaves_no_server_and_no_folder(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        assert run.stdout
        said = run.stdout.readline().split(maxsplit=1)
        if not said:
            pytest.skip(run.communicate()[1].strip().splitlines()[-1])
        port, folder = int(said[0]), Path(said[1].strip())
        assert not refused(port)
        os.killpg(run.pid, how)
        run.communicate(timeout=PATIENCE)
    assert eventually(lambda: refused(port))
    assert eventually(lambda: not folder.exists())


WRITES = "def test_it(): open({path!r}, 'wb').write(bytes(3_000_000))"


@pytest.mark.parametrize("workers", sampled(("0", "1"), "1"))
@pytest.mark.parametrize(("most", "code"), [("1", 1), pytest.param("100", 0, marks=pytest.mark.long)])
def test_a_run_that_writes_too_much_fails(workers: str, most: str, code: int, tmp_path: Path) -> None:
    before = bytes_written()
    (tmp_path / "as much").write_bytes(bytes(3_000_000))
    if bytes_written() - before < 3_000_000:
        pytest.skip("what is written here is not counted: it is kept in memory, or this is not Linux")
    (tmp_path / "test_it.py").write_text(WRITES.format(path=str(tmp_path / "written")))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"),
            *("-p", "tests.conftest", "-n", workers, "--basetemp", str(tmp_path / "inner"), "--most-written", most),
            str(tmp_path / "test_it.py"),
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert re.search(rf"^\d+ MB written to disk, of {most} that a run may write$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "arguments", [("check",), ("check", "--envs", "nowhere"), ("stacks", "dev"), ("shwo",), ("rules",)], ids=" ".join
)
def test_a_forked_command_says_what_one_from_the_beginning_says(arguments: tuple[str, ...]) -> None:
    assert forked.can(dict(os.environ))
    assert not forked.can(dict(os.environ) | {"PYTHONHASHSEED": "1"})
    from_the_beginning, quick = run(*arguments, PYTHONHASHSEED="1"), run(*arguments)
    assert (quick.returncode, quick.stdout, quick.stderr) == (
        from_the_beginning.returncode,
        from_the_beginning.stdout,
        from_the_beginning.stderr,
    )


def test_what_is_imported_before_commands_are_forked_starts_no_node() -> None:
    program = f"import sys\nfor name in {forked.PRELOADED}: __import__(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"cdktf", "jsii", "constructs"} & {*done.stdout.split()}
    assert "settings.model" in done.stdout
