"""Runs the policy scanner, checkov, over stacks."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.policy import twin
from tools.policy.stacks import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.policy.stacks import Stack

# Not the command that pip installs, whose first line holds the place where it was installed.
PYTHON = ROOT / "tools" / "scanner" / ".venv" / "bin" / "python"

INSTALL = "sh tools/environment.sh scanner"


class ScannerError(Exception):
    """The scanner is missing or did not read everything; the message says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Result:
    """One check of the scanner on one resource (or provider) of a stack."""

    stack: str
    address: str
    check: str
    title: str


@dataclass(frozen=True, slots=True)
class Report:
    """What passed and what failed."""

    passed: tuple[Result, ...]
    failed: tuple[Result, ...]


def missing() -> str | None:
    """Return why the scanner cannot run and the command that supplies it, or None."""
    if PYTHON.exists():
        return None
    return f"the policy scanner is not installed; get it with: {INSTALL}"


def scan(stacks: Sequence[Stack]) -> Report:
    """Scan the stacks, each as its HCL twin and apart from the others, in one run of some seconds."""
    with tempfile.TemporaryDirectory() as work:
        for stack in stacks:
            folder = Path(work, stack.name)
            folder.mkdir()
            (folder / "main.tf").write_text(twin.hcl(stack.content))
        report = run(Path(work), "terraform")
    _require_all_read(stacks, report)
    return report


def run(folder: Path, framework: str) -> Report:
    """Scan what one of the scanner's readers (``terraform`` or ``terraform_json``) finds below a folder."""
    reason = missing()
    if reason:
        raise ScannerError(reason)
    done = subprocess.run(
        [
            *(PYTHON, "-m", "checkov.main", "--directory", "."),
            *("--framework", framework, "--output", "json", "--compact", "--skip-download"),
        ],
        # There, because a configuration file of the scanner counts wherever it is started.
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(("BC_", "CKV_", "CHECKOV_"))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    try:
        report = json.loads(done.stdout)
        results, summary = report["results"], report["summary"]
    except (ValueError, KeyError, TypeError):
        message = f"the policy scanner gave no report: {done.stderr or done.stdout}"
        raise ScannerError(message) from None
    if summary["parsing_errors"]:
        message = f"the policy scanner could not read {', '.join(results['parsing_errors'])}"
        raise ScannerError(message)
    return Report(passed=tuple(_results(results["passed_checks"])), failed=tuple(_results(results["failed_checks"])))


def _results(checks: Sequence[dict[str, Any]]) -> Iterator[Result]:
    for check in checks:
        stack = Path(check["file_path"]).parent.name
        # The reader of JSON puts the kind of block before the name, and leaves the type out.
        yield Result(stack, check["resource"].removeprefix("resource."), check["check_id"], check["check_name"])


def _require_all_read(stacks: Sequence[Stack], report: Report) -> None:
    """Refuse a report that passes over a stack: silence would look like success."""
    seen = {result.stack for result in (*report.passed, *report.failed)}
    unseen = sorted({stack.name for stack in stacks} - seen)
    if unseen:
        message = f"the policy scanner checked nothing in {', '.join(unseen)}"
        raise ScannerError(message)
