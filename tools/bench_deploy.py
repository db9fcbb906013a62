"""Measure what make adds to Terraform: a first deployment, a plan of what runs, and a deployment of nothing.

Each way has an emulator and a copy of the project of its own: make, and Terraform by hand in one stack's folder after
the other, which is what somebody does who has only the JSON. Run it by ``make bench DEPLOY=1`` on an otherwise idle
machine; it takes a quarter of an hour.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools import bench_first
from tools.emulator import deployment, process, provider_mirror
from tools.trial import PROVIDER_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]

ENVIRONMENT = "dev"

MOST = 1.2
"""Times what it takes by hand."""

LENT = (".venv", ".pipenv", "build")


@dataclass(frozen=True)
class Place:
    """A copy of the project, and the variables that point it at an emulator."""

    root: Path
    variables: dict[str, str]

    def run(self, *command: str) -> str:
        """Run a command in the copy and return what it printed; one that fails ends the measurement."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def stacks(self) -> list[str]:
        """Return the environment's stacks in their order."""
        return self.run(".venv/bin/python", "main.py", "stacks", ENVIRONMENT).split()

    def by_make(self, target: str) -> None:
        """Do it as the README says."""
        self.run("make", target, f"ENV={ENVIRONMENT}", "AUTO_APPROVE=1")

    def by_hand(self, *commands: str) -> None:
        """Run Terraform in each stack's folder; the options are those of nobody at a terminal."""
        for stack in self.stacks():
            for command in commands:
                approved = ["-auto-approve"] if command == "apply" else []
                self.run("terraform", f"-chdir=cdktf.out/stacks/{stack}", command, "-input=false", *approved)


def place(folder: Path, address: str) -> Place:
    """Prepare a copy."""
    root = folder / "project"
    root.mkdir(parents=True)
    bench_first.copy(root)
    for name in LENT:
        (root / name).symlink_to(ROOT / name)
    configuration = folder / "terraform.rc"
    configuration.write_text(provider_mirror.configuration(provider_mirror.find(PROVIDER_VERSION)))
    cache = folder / "providers"
    cache.mkdir()
    variables = {name: value for name, value in deployment.surroundings().items() if name not in bench_first.MINE}
    made = Place(root, variables | {"TF_CLI_CONFIG_FILE": str(configuration), "TF_PLUGIN_CACHE_DIR": str(cache)})
    made.run("make", "synth")
    account = deployment.account_id(root / "cdktf.out" / "stacks" / made.stacks()[0])
    return Place(root, made.variables | deployment.variables(address, account))


def seconds(act: Callable[[], None]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def main() -> None:
    """Measure."""
    if shutil.which("terraform") is None:
        sys.exit("no terraform on PATH")
    print(f"load average {os.getloadavg()[0]:.1f} at the start, {os.cpu_count()} cores", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="aurora-deploy-") as name:
        work = Path(name)
        with process.running(work / "made.log") as made_at, process.running(work / "hand.log") as hand_at:
            made, hand = place(work / "make", made_at), place(work / "hand", hand_at)
            rows: tuple[tuple[str, Callable[[], None], Callable[[], None]], ...] = (
                ("a first deployment", lambda: made.by_make("deploy"), lambda: hand.by_hand("init", "apply")),
                ("a plan of what runs", lambda: made.by_make("plan"), lambda: hand.by_hand("plan")),
                ("a deployment of nothing", lambda: made.by_make("deploy"), lambda: hand.by_hand("apply")),
            )
            print(f"{'':<28} {'make s':>8} {'by hand s':>10} {'ratio':>6}")
            for title, by_make, by_hand in rows:
                one, other = seconds(by_make), seconds(by_hand)
                verdict = "met" if one <= MOST * other else f"MISSED: at most {MOST:g}"
                print(f"{title:<28} {one:>8.1f} {other:>10.1f} {one / other:>6.2f} {verdict}", flush=True)


if __name__ == "__main__":
    main()
