"""The real Terraform with the real AWS provider, offline where a provider mirror is at hand.

``TF_PROVIDER_MIRROR`` names a folder laid out like ``terraform providers mirror`` makes it; otherwise the usual
places are searched, and otherwise the provider is downloaded. ``AWS_PROVIDER_VERSION`` chooses another release
than the oldest that the stacks admit.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROVIDER = "registry.terraform.io/hashicorp/aws"

VERSION = os.environ.get("AWS_PROVIDER_VERSION", "5.100.0")

LOCK = ".terraform.lock.hcl"

REQUIREMENT = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": f"= {VERSION}"}}}}

INSTALL_TERRAFORM = "no terraform on PATH; get it with: brew install hashicorp/tap/terraform"

GET_PROVIDER = (
    "the AWS provider can be had from no mirror and no download ({reason}); where there is a network, get it with: "
    "terraform -chdir=cdktf.out/stacks/dev-network providers mirror ~/.terraform.d/plugins"
)


@dataclass(frozen=True)
class Terraform:
    """Terraform and a folder in which it has been initialized with the provider, once for all tests."""

    executable: str
    initialized: Path
    configuration: Path

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform in a folder, away from the user's own AWS and Terraform settings."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "TF_")) or name == "TF_PLUGIN_CACHE_DIR"
        }
        return subprocess.run(
            [self.executable, *arguments],
            cwd=folder,
            env=environment
            | {
                "TF_CLI_CONFIG_FILE": str(self.configuration),
                "TF_IN_AUTOMATION": "1",
                "TF_INPUT": "0",
                "CHECKPOINT_DISABLE": "1",
                "AWS_EC2_METADATA_DISABLED": "true",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def adopt(self, folder: Path) -> None:
        """Let a folder use the provider without an init of its own."""
        (folder / ".terraform").symlink_to(self.initialized / ".terraform")
        shutil.copyfile(self.initialized / LOCK, folder / LOCK)


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


def prepared(factory: pytest.TempPathFactory) -> Terraform:
    """Return Terraform, ready to use, or skip the test and say what is missing."""
    executable = shutil.which("terraform")
    if executable is None:
        pytest.skip(INSTALL_TERRAFORM)
    home = shared_folder(factory) / "terraform"

    def initialize(folder: Path) -> None:
        (folder / "terraform.rc").write_text(_configuration(_mirror()))
        (folder / "main.tf.json").write_text(json.dumps(REQUIREMENT))
        result = Terraform(executable, folder, folder / "terraform.rc").run(folder, "init", "-no-color")
        (folder / "failed").write_text(result.stderr if result.returncode else "")

    initialized = once(home / "initialized", initialize)
    reason = " ".join((initialized / "failed").read_text().split())
    if reason:
        pytest.skip(GET_PROVIDER.format(reason=reason[:300]))
    return Terraform(executable, initialized, initialized / "terraform.rc")


def _mirror() -> Path | None:
    chosen = os.environ.get("TF_PROVIDER_MIRROR")
    if chosen:
        return Path(chosen)
    usual = [
        Path.home() / ".terraform.d" / "plugins",
        Path("/usr/share/terraform/plugins"),
        Path("/usr/local/share/terraform/plugins"),
        *sorted(path.parent for path in Path("/opt").glob("*/registry.terraform.io")),
    ]
    return next((path for path in usual if _has_provider(path)), None)


def _has_provider(mirror: Path) -> bool:
    provider = mirror / PROVIDER
    return (provider / VERSION).is_dir() or any(provider.glob(f"terraform-provider-aws_{VERSION}_*.zip"))


def _configuration(mirror: Path | None) -> str:
    if mirror is None:
        return "disable_checkpoint = true\n"
    return f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n}}\n"


def diagnostics(lines: str) -> list[dict[str, Any]]:
    """Return the warnings and errors of a command run with ``-json``, each without its place."""
    found = []
    for line in lines.splitlines():
        message = json.loads(line)
        if message.get("type") == "diagnostic":
            found.append({key: message["diagnostic"].get(key) for key in ("severity", "summary", "detail", "address")})
    return found
