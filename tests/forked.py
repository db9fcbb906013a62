"""The project's commands, each in a process of its own that begins where Python has imported what they share.

A run calls them more than a thousand times, and most of what one takes is imports. A process per worker has made them
and forks; nothing else is shared, and what an import reads of its surroundings asks for a process from the beginning.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

ROOT = Path(__file__).resolve().parent.parent

PRELOADED = [f"commands.{path.stem}" for path in (ROOT / "commands").glob("*.py")] + [
    "checks.rules",
    "findings.reports",
    "findings.terminal",
    "reading.loader",
    "synthesis.ahead",
    "tests.forked",
    "cattrs",
    "typeguard",
]
"""None of it imports cdktf, whose import starts Node: one that all shared would answer none of them."""

BEFORE_IMPORTS = ("PYTHON", "LC_", "LANG", "JSII_", "NODE_", "AURORA_STOCK", "AURORA_CDK", "CDKTF_LOG", "CDK")
"""How the variables begin that Python or an import reads: what has its own of these begins with Python itself."""


def can(environment: dict[str, str]) -> bool:
    """Whether a command with these variables is the same command when it is forked."""
    return sys.platform == "linux" and _read_by_imports(environment) == _server()[1]


def run(arguments: list[str], cwd: Path, environment: dict[str, str], patience: float) -> tuple[int, str, str]:
    """Run ``main.py`` with these arguments and return its exit code, standard output and standard error.

    Raises subprocess.TimeoutExpired after ``patience`` seconds.
    """
    context, _ = _server()
    with tempfile.TemporaryDirectory() as folder:
        texts = [Path(folder, name) for name in ("output", "errors")]
        process = context.Process(target=_command, args=(arguments, str(cwd), environment, *map(str, texts)))
        process.start()
        process.join(patience)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["main.py", *arguments], patience)
        output, errors = [text.read_text() if text.exists() else "" for text in texts]
        code = process.exitcode
        process.close()
    return code, output, errors


@functools.cache
def _server() -> tuple[ForkServerContext, dict[str, str]]:
    """Start the process that forks, once for this one, and return it with what its imports may have read."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    # Of the module search path a server has its working directory alone, up to Python 3.12 (python/cpython#117378).
    with contextlib.chdir(ROOT):
        forkserver.ensure_running()
    return context, _read_by_imports(dict(os.environ))


def _read_by_imports(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(BEFORE_IMPORTS)}


def _command(arguments: list[str], cwd: str, environment: dict[str, str], output: str, errors: str) -> None:
    """Become the command: what a process has of its own is set, then ``main.py`` is run."""
    sys.stdout = _becomes(output, 1, sys.__stdout__)
    sys.stderr = _becomes(errors, 2, sys.__stderr__)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    # A script's own folder comes first.
    sys.path[:] = [str(ROOT), *(path for path in sys.path if path not in ("", str(ROOT)))]
    main = str(ROOT / "main.py")
    sys.argv[:] = [main, *arguments]
    try:
        runpy.run_path(main, run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # multiprocessing ends a process without, and jsii its Node with them


def _becomes(file: str, descriptor: int, stream: TextIO | None) -> TextIO:
    """Make a file the standard stream of that number."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(opened, descriptor)
    os.close(opened)
    return open(
        descriptor,
        "w",
        encoding=stream.encoding if stream else None,
        errors="backslashreplace" if descriptor == 2 else "strict",
        closefd=False,
    )
