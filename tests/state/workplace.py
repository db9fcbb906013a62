"""Folders in which Terraform works with the backend blocks that the project synthesizes, and nothing of AWS's.

A stack here is a twin: its ``terraform`` block is the synthesized one, word for word, but for the AWS provider; in the
place of the AWS resources stands Terraform's own ``terraform_data``, for what is to be shown is the backend's. Where
the emulated S3 is, variables of the process environment say.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.guard import guard
from tests.harness import PATIENCE, ROOT
from tests.terraform import terraform_runner
from tools.emulator import deployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENT = ROOT / "docs" / "state.md"

AWS = """#!{python}
# Stands in for the AWS command line: its names of operations and options are the SDK's by one rule.
import sys
import boto3, jmespath

_, service, operation, *words = sys.argv
options, rest = {{}}, []
while words:
    word = words.pop(0)
    if word.startswith("--"):
        options[word[2:]] = words.pop(0)
    else:
        rest.append(word)
query, style = options.pop("query", None), options.pop("output", None)
client = boto3.client(service.removesuffix("api"), region_name="eu-west-1")
arguments = {{"".join(part.title() for part in name.split("-")): value for name, value in options.items()}}
answer = getattr(client, operation.replace("-", "_"))(**arguments)
for file in rest:
    open(file, "wb").write(answer["Body"].read())
for row in (jmespath.search(query, answer) or []) if query else []:
    print(*(row if isinstance(row, list) else [row]), sep="\\t")
"""


@dataclass(frozen=True)
class Workplace:
    """A folder laid out like the project's, the way one person or one build has it."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)

    def stack(self, name: str) -> Path:
        """Return the folder of a stack."""
        return self.root / "cdktf.out" / "stacks" / name

    def put(self, name: str, synthesized: dict[str, Any], *keys: str, waiting: str = "") -> Path:
        """Write the twin of a synthesized stack: a resource per key; one that waits until ``go`` is there."""
        terraform = {name: block for name, block in synthesized["terraform"].items() if name != "required_providers"}
        twin: dict[str, Any] = {
            "terraform": terraform,
            "resource": {"terraform_data": {key: {"input": f"{name} {key}"} for key in keys}},
            "output": {"name": {"value": name}},
        }
        if waiting:
            command = f"touch '{self.begun}'; while [ ! -e '{self.go}' ]; do sleep 0.05; done"
            twin["resource"]["terraform_data"][waiting] = {
                "input": f"{name} {waiting}",
                "provisioner": {"local-exec": {"command": command}},
                "depends_on": [f"terraform_data.{key}" for key in keys],
            }
        folder = self.stack(name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cdk.tf.json").write_text(json.dumps(twin, indent=2))
        return folder

    @property
    def begun(self) -> Path:
        """The file that a waiting resource makes."""
        return self.root / "begun"

    @property
    def go(self) -> Path:
        """The file for which a waiting resource waits."""
        return self.root / "go"

    def environment(self) -> dict[str, str]:
        """Return the process environment, away from the user's own settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_", "PG"))}
        own = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1", "TF_CLI_ARGS": "-no-color"}
        return inherited | own | {"PATH": f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"} | self.variables

    def run(self, name: str, *arguments: str, succeeds: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Terraform in a stack's folder; its success is asserted unless something else is expected."""
        done = subprocess.run(
            [_terraform(), *arguments],
            cwd=self.stack(name),
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert not succeeds or done.returncode == 0, done.stdout + done.stderr
        return done

    def resources(self, name: str) -> list[str]:
        """Return the addresses in a stack's state."""
        return self.run(name, "state", "list").stdout.split()

    @contextlib.contextmanager
    def applying(self, name: str) -> Iterator[subprocess.Popen[str]]:
        """Yield an apply that has begun to create and waits for ``go``; what is left of it is killed at the end."""
        process = subprocess.Popen(
            [_terraform(), "apply", "-auto-approve"],
            cwd=self.stack(name),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        guard().group(process.pid)
        try:
            deadline = time.monotonic() + PATIENCE
            while not self.begun.exists():
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            guard().ended(process.pid)

    def documented(self, heading: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run what a section of docs/state.md says, word for word, from the project's folder."""
        return subprocess.run(
            ["/bin/sh", "-euc", "\n".join(commands()[heading])],
            cwd=self.root,
            env=self.environment() | variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


def commands() -> dict[str, list[str]]:
    """Return the commands of the document by section."""
    sections = re.split(r"^#+ (.+)$", DOCUMENT.read_text(), flags=re.MULTILINE)[1:]
    found = {}
    for heading, text in zip(sections[::2], sections[1::2], strict=True):
        lines = [line for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
        if lines:
            found[heading] = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return found


def _terraform() -> str:
    return shutil.which("terraform") or pytest.skip(terraform_runner.INSTALL_TERRAFORM)


def with_emulated_s3(root: Path, address: str, account_id: str) -> Workplace:
    """Return a workplace whose S3 backends, and whose ``aws``, reach an account of an emulator."""
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "aws").write_text(AWS.format(python=sys.executable))
    (root / "bin" / "aws").chmod(0o755)
    return Workplace(root, deployment.variables(address, account_id))
