"""The real Terraform with the real AWS provider, offline where a provider mirror is at hand.

``AWS_PROVIDER_VERSION`` chooses another release than the oldest that the stacks admit.

Terraform starts a provider several times for every command, and the AWS provider takes its time. So one provider
process serves all commands of a test worker, the way provider developers attach Terraform to a debugger.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import PATIENCE
from tools.emulator import provider_mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSION = os.environ.get("AWS_PROVIDER_VERSION", "5.100.0")

REQUIREMENT = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": f"= {VERSION}"}}}}

INSTALL_TERRAFORM = "no terraform on PATH; get it with: brew install hashicorp/tap/terraform"

GET_PROVIDER = (
    "the AWS provider can be had from no mirror and no download ({reason}); where there is a network, get it with: "
    "terraform -chdir=cdktf.out/stacks/dev-network providers mirror ~/.terraform.d/plugins"
)


@dataclass(frozen=True)
class Terraform:
    """Terraform, where it finds providers, and the provider process that it uses if it need not find one."""

    executable: str
    configuration: Path
    attached: str = ""

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform in a folder, away from the user's own AWS and Terraform settings."""
        return subprocess.run(
            [self.executable, *arguments],
            cwd=folder,
            env=_environment()
            | {
                "TF_CLI_CONFIG_FILE": str(self.configuration),
                "TF_REATTACH_PROVIDERS": self.attached,
                "TF_IN_AUTOMATION": "1",
                "TF_INPUT": "0",
                "CHECKPOINT_DISABLE": "1",
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def detached(self) -> Terraform:
        """Return the same Terraform, which has to find and start its provider itself."""
        return replace(self, attached="")


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "TF_")) or name == "TF_PLUGIN_CACHE_DIR"
    } | {"AWS_EC2_METADATA_DISABLED": "true"}


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all workers of this test run share."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Build a folder unless another worker has; wait for one that is at it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            building = Path(tempfile.mkdtemp(dir=folder.parent))
            build(building)
            building.rename(folder)
    return folder


def initialized(factory: pytest.TempPathFactory) -> Terraform:
    """Return Terraform, which finds its provider; skip the test and say what is missing if there is none."""
    return _initialized(factory)[0]


@contextlib.contextmanager
def prepared(factory: pytest.TempPathFactory, **variables: str) -> Iterator[Terraform]:
    """Yield Terraform with its provider running, or skip the test and say what is missing.

    Keyword arguments are variables of the provider's process, such as credentials.
    """
    terraform, folder = _initialized(factory)
    providers = folder / ".terraform" / "providers" / provider_mirror.PROVIDER / VERSION
    (provider,) = providers.glob("*/terraform-provider-aws_*")
    with _serving(provider, factory.mktemp("provider") / "output", variables) as attached:
        yield replace(terraform, attached=attached)


def _initialized(factory: pytest.TempPathFactory) -> tuple[Terraform, Path]:
    executable = shutil.which("terraform")
    if executable is None:
        pytest.skip(INSTALL_TERRAFORM)

    def initialize(folder: Path) -> None:
        (folder / "terraform.rc").write_text(provider_mirror.configuration(provider_mirror.find(VERSION)))
        (folder / "main.tf.json").write_text(json.dumps(REQUIREMENT))
        result = Terraform(executable, folder / "terraform.rc").run(folder, "init", "-no-color")
        (folder / "failed").write_text(result.stderr if result.returncode else "")

    folder = once(shared_folder(factory) / "terraform" / "initialized", initialize)
    reason = " ".join((folder / "failed").read_text().split())
    if reason:
        pytest.skip(GET_PROVIDER.format(reason=reason[:300]))
    return Terraform(executable, folder / "terraform.rc"), folder


@contextlib.contextmanager
def _serving(provider: Path, output: Path, variables: dict[str, str]) -> Iterator[str]:
    """Run the provider and yield what attaches Terraform to it."""
    with output.open("wb") as written:
        # The shell ends the provider when its own input closes, and so even if the tests are killed.
        shell = subprocess.Popen(
            ["/bin/sh", "-c", '"$0" -debug & cat > /dev/null; kill $!', str(provider)],
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=_environment() | variables,
        )
    try:
        yield _announced(output)
    finally:
        shell.communicate()


def _announced(output: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        announced = re.search(r"TF_REATTACH_PROVIDERS='(.+)'", output.read_text())
        if announced:
            return announced[1]
        time.sleep(0.05)
    raise TimeoutError(f"the AWS provider does not start: {output.read_text()}")


def diagnostics(lines: str) -> list[dict[str, Any]]:
    """Return the warnings and errors of a command run with ``-json``, each without its place."""
    found = []
    for line in lines.splitlines():
        message = json.loads(line)
        if message.get("type") == "diagnostic":
            found.append({key: message["diagnostic"].get(key) for key in ("severity", "summary", "detail", "address")})
    return found
