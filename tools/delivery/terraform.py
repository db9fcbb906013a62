"""Runs Terraform in the folder of a stack: asked something, or connected to the terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.delivery import processes
from tools.delivery.given import StoppedError

ROOT = Path(__file__).resolve().parents[2]


def program() -> str:
    """Return the Terraform to run, the one that the cdktf command line runs, too."""
    name = os.environ.get("TERRAFORM_BINARY_NAME", "terraform")
    if not shutil.which(name):
        message = f"{name} is not on the PATH: install Terraform 1.11 or newer"
        raise StoppedError(message)
    return name


def surroundings() -> dict[str, str]:
    """Return the process environment for Terraform."""
    variables = os.environ | {"CHECKPOINT_DISABLE": "1"}
    if not os.environ.get("CDKTF_DISABLE_PLUGIN_CACHE_ENV") and "TF_PLUGIN_CACHE_DIR" not in os.environ:
        # The cdktf command line's own choice: a provider has half a gigabyte, and each stack would have its copy.
        cache = Path.home() / ".terraform.d" / "plugin-cache"
        cache.mkdir(parents=True, exist_ok=True)
        variables["TF_PLUGIN_CACHE_DIR"] = str(cache)
    return variables


def ask(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Terraform in a folder, and return what it says."""
    return subprocess.run(
        [program(), f"-chdir={place}", *arguments], env=surroundings(), capture_output=True, text=True, check=False
    )


def act(place: Path, *arguments: str) -> None:
    """Run Terraform in a folder, connected to the terminal; stop if it fails."""
    run(program(), f"-chdir={place}", *arguments)


def run(*command: str | Path, stdout: int | None = None) -> None:
    """Run a command in the project's folder, connected to the terminal; stop if it fails."""
    sys.stdout.flush()
    code = processes.run([str(part) for part in command], cwd=ROOT, env=surroundings(), stdout=stdout)
    if code != 0:
        raise SystemExit(code if code > 0 else 128 - code)


def colours() -> list[str]:
    """Return the option that keeps colours out of what no terminal shows."""
    return [] if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ["-no-color"]
