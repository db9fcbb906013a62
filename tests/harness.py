"""What tests share: the project's commands run as a user runs them, and what they wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import forked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parent.parent

ENVIRONMENTS = ROOT / "tests" / "environments"

PATIENCE = 900
"""Seconds after which what a test waits for will not come, on however slow and busy a machine; never a measure."""


def eventually(true: Callable[[], object]) -> bool:
    """Whether something comes true."""
    deadline = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(true())


def run(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``main.py`` as a user would; keyword arguments become environment variables."""
    environment = {name: value for name, value in os.environ.items() if name != "CDKTF_OUTDIR"} | variables
    if forked.can(environment):
        command = ["main.py", *arguments]
        return subprocess.CompletedProcess(command, *forked.run([*arguments], cwd, environment, PATIENCE))
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@dataclass(frozen=True)
class Synthesized:
    """An output folder."""

    output: Path
    stdout: str

    def stack(self, name: str) -> dict[str, Any]:
        """Return a stack's parsed JSON."""
        parsed: dict[str, Any] = json.loads((self.output / "stacks" / name / "cdk.tf.json").read_text())
        return parsed

    def resource(self, stack: str, address: str) -> dict[str, Any]:
        """Return the arguments of a resource by its Terraform address, without cdktf's own notes."""
        kind, name = address.split(".")
        arguments: dict[str, Any] = self.stack(stack)["resource"][kind][name]
        return {key: value for key, value in arguments.items() if key != "//"}

    @property
    def stacks(self) -> list[str]:
        """Names of the stacks, sorted."""
        return sorted(path.name for path in (self.output / "stacks").iterdir())


def synthesized(envs: Path, output: Path, *names: str) -> Synthesized:
    """Synthesize the environments of a folder, all or some; anything but success fails the test."""
    result = run("synth", *names, "--envs", str(envs), "--output", str(output))
    assert result.returncode == 0, result.stderr
    return Synthesized(output, result.stdout)


BASE = {
    "tier": "development",
    "project": "experimentation",
    "aws": {"account_id": "111111111111", "region": "eu-west-1"},
    "network": {"create": {"cidr": "10.10.0.0/16"}},
}
"""The least that an environment file can say."""


def sampled(cases: Iterable[Any], *quick: Any) -> list[Any]:
    """Return the cases of a test: the quick ones for ``make test``, the others for ``make test-long``."""
    return [case if case in quick else pytest.param(case, marks=pytest.mark.long) for case in cases]


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``changes`` laid over it; None takes a key away."""
    result = dict(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result
