"""Measure the first minute: ``make synth`` where nothing is installed yet, and again where everything is.

A copy of the files that git knows is made in a temporary folder, with a package cache of jsii's own, as on a machine
that has never seen the project. What is downloaded comes from the registry that pip is set up for, or from pip's
cache; run it by ``make bench FIRST=1`` on an otherwise idle machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SECONDS = 40.0
"""What a first synth may take, on two cores."""

MINE = {"VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "FIRST", "CDKTF_OUTDIR"}
"""Variables that a user's first synth does not have."""


def copy(target: Path) -> None:
    """Copy what git knows, as it stands in the working tree."""
    git = shutil.which("git")
    if git is None:
        sys.exit("no git on PATH, which says what belongs to the project")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def synth(project: Path, variables: dict[str, str]) -> tuple[float, float]:
    """Run make synth and return the seconds that it took, and those of the processor."""
    begun, before = time.perf_counter(), os.times()
    subprocess.run(["make", "synth"], cwd=project, env=variables, stdout=subprocess.DEVNULL, check=True)  # noqa: S607
    after = os.times()
    return time.perf_counter() - begun, sum(after[2:4]) - sum(before[2:4])


def megabytes(folder: Path) -> float:
    """Return the size of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="aurora-first-") as name:
        project, cache = Path(name, "project"), Path(name, "cache")
        copy(project)
        variables = {name: value for name, value in os.environ.items() if name not in MINE}
        variables |= {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache)}
        print(f"load average {os.getloadavg()[0]:.1f} at the start, {os.cpu_count()} cores", file=sys.stderr)
        first = synth(project, variables)
        (project / "cdktf.out").rename(project / "before")
        second = synth(project, variables)
        sizes = {folder: megabytes(project / folder) for folder in (".venv", ".pipenv")}
        print(f"first make synth   {first[0]:6.1f} s, of the processor {first[1]:6.1f} s (wanted: {SECONDS:g} s)")
        print(f"second             {second[0]:6.1f} s, of the processor {second[1]:6.1f} s")
        print(f"jsii's cache       {megabytes(cache):6.0f} MB")
        for folder, size in sizes.items():
            print(f"{folder:<18} {size:6.0f} MB")
        # TemporaryDirectory removes it all, and that takes its time.
        print("removing what was installed ...", file=sys.stderr)


if __name__ == "__main__":
    main()
