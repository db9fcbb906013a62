"""Measure what a synth and a review cost; a synth against the stock loading of the bindings and the floor.

Whole processes are measured, as a user starts them: each case once to warm up and then in rounds that
interleave the cases, so that what else the machine does touches all of them alike.  Run it by ``make bench``
on an otherwise idle machine; ``--strict`` makes a missed target an error.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]
PROC = Path("/proc")
ENVIRONMENTS = 50
SAMPLE_SECONDS = 0.02

FLOOR = "from synthesis import bindings; bindings.prepare(); import cdktf"
"""With the stock loading this is ``import cdktf``, by the project's own Node: what any program with it takes."""

STOCK = {"AURORA_STOCK_BINDINGS": "1"}

IMPORTED = "import psycopg, botocore.session"

HANDLER = "import database_access.handler"

HEALTH = """
from database_access.handler import handle
class Context:
    function_name = function_version = aws_request_id = invoked_function_arn = "bench"
    memory_limit_in_mb = 512
answer = handle({"action": "health"}, Context())
assert answer["ok"], answer
"""

SUCCESSOR = ROOT / "tools" / "successor" / ".venv" / "bin" / "python"

COUNT_CALLS = """
import collections, json, pathlib, runpy, sys
from synthesis import bindings
bindings.prepare()
from jsii._kernel.providers.process import _NodeProcess

calls, send = collections.Counter(), _NodeProcess.send
def counting(self, request, response_type):
    calls[type(request).__name__.removesuffix("Request").lstrip("_").lower()] += 1
    return send(self, request, response_type)
_NodeProcess.send = counting

result, *sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    pathlib.Path(result).write_text(json.dumps(calls))
"""


PLAN = ROOT / "tests" / "review" / "plans" / "changes" / "another-class-of-all-instances.database.json"
"""A plan that the real provider made of this project's production, kept for the tests."""

LARGE_BYTES = 10_000_000

LEFT_OUT = ("AURORA_STOCK_BINDINGS", "PYTHONDONTWRITEBYTECODE")
"""Variables that the measured processes do without: warm means that Python keeps compiled modules, as it does."""


@dataclass(frozen=True)
class Sample:
    """One run of one case."""

    seconds: float
    processor: float
    """Processor seconds of all processes."""
    largest: float
    """Peak memory of the largest process, in MB."""
    tree: float | None
    """Peak of the sum over all processes, in MB; shared pages count for each.  Needs Linux's /proc."""


@dataclass
class Case:
    """A command line and its samples."""

    title: str
    arguments: list[str]
    rounds: int
    environment: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    before: Callable[[], object] = bool
    """Called before each run."""
    python: Path = Path(sys.executable)

    @property
    def seconds(self) -> float:
        """The median wall time."""
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def processor(self) -> float:
        """The least processor time, which is what it takes where nothing else is in the way."""
        return min(sample.processor for sample in self.samples)

    @property
    def largest(self) -> float:
        """The highest peak of any one process, in MB."""
        return max(sample.largest for sample in self.samples)

    @property
    def tree(self) -> float | None:
        """The highest peak of all processes together, in MB."""
        return max((sample.tree for sample in self.samples if sample.tree is not None), default=None)

    def run(self) -> Sample:
        """Run the command once."""
        self.before()
        clean = {k: v for k, v in os.environ.items() if k not in LEFT_OUT}
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                [self.python, *self.arguments],
                cwd=ROOT,
                env=clean | self.environment,
                stdout=output,
                stderr=output,
            )
            with TreeMemory(process.pid) as memory:
                # Unlike Popen.wait, wait4 tells the peak memory, of the largest process of all below.
                _, status, usage = os.wait4(process.pid, 0)
                seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                message = output.read().decode(errors="replace")
                sys.exit(f"{self.title}: exit status {process.returncode}\n{message}")
        unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
        return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6, memory.peak)


class TreeMemory:
    """Sample the resident memory of a process and everything below it while the context is open."""

    def __init__(self, pid: int) -> None:
        self.peak: float | None = None
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> TreeMemory:
        if (PROC / "self" / "statm").exists():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def _sample(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._done.wait(SAMPLE_SECONDS):
            pages = 0
            for pid in self._tree(self._pid):
                try:
                    pages += int((PROC / str(pid) / "statm").read_text().split()[1])
                except OSError:  # it has just ended
                    continue
            self.peak = max(self.peak or 0.0, pages * page / 1e6)

    def _tree(self, pid: int) -> Iterator[int]:
        yield pid
        for children in (PROC / str(pid) / "task").glob("*/children"):
            try:
                pids = children.read_text().split()
            except OSError:
                continue
            for child in pids:
                yield from self._tree(int(child))


@dataclass(frozen=True)
class Target:
    """A number that must not be above (or, with ``at_least``, below) the limit."""

    title: str
    value: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the value is within the limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        wanted = f"{sign} {self.limit:g} {self.unit}"
        got = f"{self.value:.3g} {self.unit}"
        return f"{self.title:<44} {wanted:>12} {got:>12}   {'met' if self.met else 'MISSED'}"


def environments(directory: Path, count: int) -> Path:
    """Write that many copies of the dev environment; an environment's name is its file's."""
    directory.mkdir()
    for number in range(1, count + 1):
        shutil.copyfile(ROOT / "envs" / "dev.yaml", directory / f"env{number:02}.yaml")
    return directory


def synth(work: Path, name: str, envs: Path | None = None, *, fresh: bool = True) -> list[str]:
    """Return the arguments that synthesize the environments (the shipped ones by default)."""
    chosen = [*(["--fresh"] if fresh else []), *(["--envs", str(envs)] if envs else [])]
    return ["main.py", "synth", *chosen, "--output", str(work / f"out-{name}")]


@contextlib.contextmanager
def database() -> Iterator[dict[str, str]]:
    """Yield the variables of a function that reaches the tests' PostgreSQL, which serves until this ends."""
    command = [sys.executable, "-m", "tests.functions.cold_start"]
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "functions")])}
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | paths, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        lines: Iterable[str] = process.stdout or []
        ready = next((line for line in lines if line.startswith('{"AWS_')), None)
        if ready is None:
            sys.exit("no PostgreSQL for the function could be started")
        yield paths | json.loads(ready)
        process.communicate()


def change(file: Path) -> None:
    """Give an environment's backups another number of days than they have."""
    days = 8 if "retention_days: 9" in file.read_text(encoding="utf-8") else 9
    plain = (ROOT / "envs" / "dev.yaml").read_text(encoding="utf-8")
    backup = f"database:\n  backup:\n    retention_days: {days}\n"
    file.write_text(plain.replace("database:\n", backup, 1), encoding="utf-8")


def large_plan(file: Path) -> Path:
    """Write a plan of ten megabytes: one of this project's, again and again in modules of their own."""
    plan = json.loads(PLAN.read_text(encoding="utf-8"))
    entries = plan["resource_changes"]
    copies = LARGE_BYTES // len(json.dumps(entries)) + 1
    plan["resource_changes"] = [
        {**entry, "address": f"module.copy[{number}].{entry['address']}"}
        for number in range(copies)
        for entry in entries
    ]
    file.write_text(json.dumps(plan), encoding="utf-8")
    return file


def count_calls(work: Path, arguments: list[str]) -> dict[str, int]:
    """Return how often each function of the jsii kernel was called."""
    result = work / "calls.json"
    Case("count kernel calls", ["-c", COUNT_CALLS, str(result), *arguments], 1).run()
    calls: dict[str, int] = json.loads(result.read_text(encoding="utf-8"))
    return calls


def table(cases: list[Case]) -> str:
    """Return the measured cases as text."""
    lines = [f"{'':<44} {'wall s':>8} {'min-max':>13} {'largest MB':>11} {'all MB':>8} {'runs':>5}"]
    for case in cases:
        times = [sample.seconds for sample in case.samples]
        spread = f"{min(times):.2f}-{max(times):.2f}"
        tree = "-" if case.tree is None else f"{case.tree:.0f}"
        numbers = f"{case.seconds:>8.2f} {spread:>13} {case.largest:>11.0f} {tree:>8} {len(times):>5}"
        lines.append(f"{case.title:<44} {numbers}")
    return "\n".join(lines)


def measure(cases: list[Case]) -> None:
    """Warm each case up, then run the rounds."""
    for case in cases:
        print(f"warming up: {case.title}", file=sys.stderr)
        case.run()
    rounds = max(case.rounds for case in cases)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for case in cases:
            if number < case.rounds:
                case.samples.append(case.run())


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each case (default: 5)")
    parser.add_argument("--stock-rounds", type=int, default=2, help="runs of the slow stock case (default: 2)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a target is missed")
    options = parser.parse_args()
    if min(options.rounds, options.stock_rounds) < 1:
        parser.error("each case needs at least one round")

    load = f"load average {os.getloadavg()[0]:.1f} at the start"
    with tempfile.TemporaryDirectory(prefix="aurora-bench-") as name, database() as variables:
        work = Path(name)
        one, many = environments(work / "one", 1), environments(work / "many", ENVIRONMENTS)
        floor = Case("floor: import cdktf", ["-c", FLOOR], options.rounds, STOCK)
        shipped = Case("synth, the shipped environments", synth(work, "shipped"), options.rounds)
        stock = Case(
            "synth, the shipped environments, stock",
            synth(work, "stock"),
            options.stock_rounds,
            STOCK,
        )
        check = Case("check, the shipped environments", ["main.py", "check"], options.rounds)
        unchanged = Case("synth, nothing changed", synth(work, "shipped", fresh=False), options.rounds)
        first = Case("synth, 1 environment", synth(work, "one", one), options.rounds)
        all_of_them = Case(f"synth, {ENVIRONMENTS} environments", synth(work, "many", many), options.rounds)
        changed = Case(
            f"synth, 1 of {ENVIRONMENTS} changed",
            synth(work, "many", many, fresh=False),
            options.rounds,
            before=lambda: change(many / "env01.yaml"),
        )
        on_cdktn = Case(
            "synth, the shipped environments, on cdktn",
            synth(work, "successor"),
            options.rounds,
            {"AURORA_CDK": "cdktn"},
            python=SUCCESSOR,
        )
        successor = [on_cdktn] if SUCCESSOR.exists() else []
        importing = Case("floor: import psycopg, botocore.session", ["-c", IMPORTED], options.rounds)
        function = Case("import the function's handler", ["-c", HANDLER], options.rounds, {"PYTHONPATH": "functions"})
        health = Case("the function's first health, from import on", ["-c", HEALTH], options.rounds, variables)
        gate = ["--fail-on", "critical"]
        own = Case(
            "review, a plan of one stack", ["main.py", "review", "--env", "prod", *gate, str(PLAN)], options.rounds
        )
        large = Case(
            "review, a plan of 10 MB",
            ["main.py", "review", "--format", "json", *gate, str(large_plan(work / "large.json"))],
            options.rounds,
        )
        cases = [floor, check, shipped, unchanged, stock, *successor, first, all_of_them, changed]
        cases += [own, large, importing, function, health]
        measure(cases)
        calls_one, calls_many = (count_calls(work, case.arguments) for case in (first, all_of_them))

    further = (all_of_them.seconds - first.seconds) / (ENVIRONMENTS - 1)
    per_environment = {api: (count - calls_one.get(api, 0)) / (ENVIRONMENTS - 1) for api, count in calls_many.items()}
    targets = [
        Target("a check, against the floor", check.processor / floor.processor, 1, "x"),
        Target("a synth, against the floor", shipped.seconds / floor.seconds, 2.2, "x"),
        Target("peak memory of its largest process", shipped.largest, 250, "MB"),
        Target("faster than stock", stock.seconds / shipped.seconds, 10, "x", at_least=True),
        Target("each further environment, against the floor", further / floor.seconds, 0.12, "x"),
        Target("nothing changed, against a check", unchanged.seconds / check.seconds, 1.3, "x"),
        Target("one changed, against that one alone", changed.seconds / first.seconds, 1.2, "x"),
        *(Target("on cdktn, against cdktf", case.seconds / shipped.seconds, 1.5, "x") for case in successor),
        Target("a review, against the floor", own.seconds / floor.seconds, 1.5, "x"),
        Target("a review of 10 MB, against the floor", large.seconds / floor.seconds, 4, "x"),
        Target("first health, against its imports", health.seconds / importing.seconds, 2.5, "x"),
        Target("importing the handler, of the processor", function.processor / importing.processor, 1.1, "x"),
    ]

    print(f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores, {load}\n")
    print(table(cases), end="\n\n")
    detail = ", ".join(f"{n:.1f} {api}" for api, n in sorted(per_environment.items(), key=lambda x: -x[1]) if n)
    total = sum(per_environment.values())
    print(f"jsii kernel calls: {sum(calls_one.values())} for one environment, {total:.1f} for each further one")
    print(f"  ({detail})\n")
    print("Targets are ratios within one run, so that they say the same on every machine.")
    print(*targets, sep="\n")
    if options.strict and not all(target.met for target in targets):
        sys.exit(1)


if __name__ == "__main__":
    main()
