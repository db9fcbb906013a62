"""Installs what a Pipfile.lock names into a virtual environment, and compiles what of it is used.

``<folder>/.venv/bin/python -m tools.install <folder> default [develop]`` installs these sections of the folder's lock
file into the environment that runs it. pip does it, as ``pipenv sync`` would have it: each package at its version, by
its checksums and without looking for others. It is the pip of ``.pipenv``, for these environments have none.

Several pips do it side by side, and none of them compiles: most modules are never imported, most of all bindings of
2,212 kinds of resources, of which the stacks use some thirty. What is used is compiled afterwards, on all cores, and
also where ``PYTHONDONTWRITEBYTECODE`` is set, for otherwise Python would compile it each time anew. (The variable
``PIP_NO_COMPILE=1`` makes pip compile: it is read as the value of the option ``compile``.) What is there as it is
locked is not installed again. Runs with the standard library alone.
"""

from __future__ import annotations

import compileall
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis.bindings import unevaluated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]

BINDINGS = ("cdktf-cdktf-provider-aws", "cdktn-provider-aws")
"""Either takes as long as all else that a synthesis needs, so it is installed beside that."""

SELDOM_USED = (
    *("cdktf_cdktf_provider_aws", "cdktn_provider_aws"),
    *("sympy", "mpmath", "networkx", "pygments/lexers", "graphql", "mypyc"),
)
"""Large packages of which nothing, or little, is imported: Python compiles that when it is."""

PIP = ROOT / ".pipenv" / "bin" / "python"

FEW, AT_ONCE, AT_MOST = 40, 2, 4
"""Processes that install so many packages, or more of them: what takes long is asking for many, one after the other."""

STARTED = re.compile(r"^Collecting ([A-Za-z0-9_.-]+)")


def requirements(locked: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the packages of a section as lines of a requirements file, by name."""
    return {
        name: " ".join(
            [
                f"{name}{entry['version']}",
                *([f"; {entry['markers']}"] if "markers" in entry else []),
                *(f"--hash={checksum}" for checksum in entry["hashes"]),
            ]
        )
        for name, entry in locked.items()
    }


def installed(site_packages: Path) -> dict[str, str]:
    """Return the versions of what is installed, by normalized name."""
    found = importlib.metadata.distributions(path=[str(site_packages)])
    return {normalized(one.metadata["Name"]): one.version for one in found if one.metadata["Name"]}


def normalized(name: str) -> str:
    """Return a package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parts(names: Sequence[str], count: int) -> list[list[str]]:
    """Divide packages into at most so many parts; the bindings are a part by themselves."""
    rest = [name for name in names if name not in BINDINGS]
    alone = [[name] for name in BINDINGS if name in names]
    others = max(1, count - len(alone))
    return [part for part in (*alone, *(rest[number::others] for number in range(others))) if part]


class Progress:
    """What is going on, in one line that moves; where nobody watches, a line every ten seconds."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._said = total, 0, time.monotonic()
        self._lock = threading.Lock()

    def step(self, what: str) -> None:
        """Say that one more package has its turn."""
        with self._lock:
            self._done = min(self._done + 1, self._total)
            line = f"  {self._done} of {self._total}: {what}"
            if sys.stderr.isatty():
                print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
            elif time.monotonic() - self._said > 10:  # noqa: PLR2004 - seconds
                self._said = time.monotonic()
                print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Take the line away."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def install(lines: Mapping[str, str], progress: Progress) -> None:
    """Install side by side; what goes wrong is said as pip says it, and ends the program."""
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for number, names in enumerate(parts(sorted(lines), AT_ONCE if len(lines) < FEW else AT_MOST)):
            file = Path(folder, f"{number}.txt")
            file.write_text("".join(f"{lines[name]}\n" for name in names))
            command = [str(PIP), "-m", "pip", "--python", sys.executable, "--disable-pip-version-check"]
            command += ["install", "--no-deps", "--require-hashes", "--no-compile", "--no-input", "-r", str(file)]
            with Path(folder, f"{number}.err").open("wb") as errors:
                process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
            follower = threading.Thread(target=_follow, args=(process, progress))
            follower.start()
            running.append((process, follower, Path(folder, f"{number}.err")))
        failed = []
        for process, follower, errors_file in running:
            follower.join()
            if process.wait() != 0:
                failed.append(errors_file.read_text(errors="replace").strip())
        progress.end()
        if failed:
            sys.exit("\n".join(failed))


def _follow(process: subprocess.Popen[str], progress: Progress) -> None:
    for line in process.stdout or ():
        if started := STARTED.match(line):
            progress.step(started[1])


def used_bindings(folders: Iterable[Path]) -> set[str]:
    """Return the modules of the bindings that the project's own code imports."""
    return {
        module
        for folder in folders
        for file in folder.glob("*.py")
        for module in re.findall(r"from cdktf_cdktf_provider_aws\.(\w+) import", file.read_text(encoding="utf-8"))
    }


def compile_used(site_packages: Path) -> None:
    """Compile what is imported, on all cores."""
    seldom = "|".join(re.escape(str(site_packages / name) + os.sep) for name in SELDOM_USED)
    compileall.compile_dir(site_packages, quiet=2, workers=0, rx=re.compile(seldom))
    generated = [Path(package) for package in ("constructs", "cdktf", "cdktn")]
    generated += [package / "_jsii" for package in generated]
    used = sorted(used_bindings([ROOT / "modules", ROOT / "stacks"]))
    generated += [Path(name.replace("-", "_"), part) for name in BINDINGS for part in ("_jsii", *used)]
    for module in (site_packages / folder / "__init__.py" for folder in generated):
        if module.is_file():
            # As they are imported: the synth's bytecode of them is its own.
            if not unevaluated.WANTED:
                compileall.compile_file(module, quiet=2)
            elif unevaluated.kept(module) is None:
                unevaluated.keep(module)


def main() -> None:
    """Install and compile."""
    folder, *sections = sys.argv[1:]
    lock = json.loads(Path(folder, "Pipfile.lock").read_text(encoding="utf-8"))
    site_packages = Path(sysconfig.get_path("purelib"))
    lines: dict[str, str] = {}
    versions: dict[str, str] = {}
    for section in sections:
        lines |= requirements(lock[section])
        versions |= {name: entry["version"].removeprefix("==") for name, entry in lock[section].items()}
    present = installed(site_packages)
    missing = {name: line for name, line in lines.items() if present.get(normalized(name)) != versions[name]}
    if missing:
        install(missing, Progress(len(missing)))
    compile_used(site_packages)


if __name__ == "__main__":
    main()
