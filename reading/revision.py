"""The synthesized code as another commit has it: that commit's generator and files, run beside the working copy."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any


class RevisionError(Exception):
    """A commit cannot be synthesized; the message says why."""


def stacks_at(repository: Path, revision: str, environment: str) -> dict[str, dict[str, Any]]:
    """Return the synthesized stacks of an environment at a commit, by their names.

    The commit's own code writes them, with the packages that are installed now. An environment that the commit does
    not have has no stacks. Raises RevisionError if there is no such commit, or if it refuses its own files.
    """
    commit = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise RevisionError(f"{revision!r} is no commit of this repository")
    archive = _git(repository, "archive", "--format=tar", commit.decode().strip())
    if archive is None:
        raise RevisionError(f"git archive fails for {revision!r}")
    with tempfile.TemporaryDirectory(prefix="aurora-revision-") as name:
        folder = Path(name)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder / "project", filter="data")
        if not (folder / "project" / "envs" / f"{environment}.yaml").is_file():
            return {}
        output = folder / "out"
        done = subprocess.run(  # noqa: S603 - the project's own command, as committed
            [sys.executable, "main.py", "synth", environment, "--output", str(output)],
            cwd=folder / "project",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RevisionError(f"{revision!r} does not synthesize {environment}: {done.stderr.strip()[-500:]}")
        return {
            path.parent.name: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((output / "stacks").glob("*/cdk.tf.json"))
        }


def _git(repository: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(  # noqa: S603 - git, with a revision that cannot be taken for an option
            ["git", "-C", str(repository), *arguments],  # noqa: S607 - from the PATH, as everybody's git is
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise RevisionError(f"git cannot be run: {error.strerror}") from None
    return done.stdout if done.returncode == 0 else None
