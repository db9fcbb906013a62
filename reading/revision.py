"""The synthesized code as another commit has it: that commit's generator and files, run beside the working copy."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

REFUSED = 2
"""Exit code of a synth that refuses its files."""


class RevisionError(Exception):
    """A commit cannot be synthesized; the message says why."""


class RevisionFailedError(RevisionError):
    """What should read or synthesize the commit fails itself."""


def stacks_at(repository: Path, revision: str, environment: str) -> dict[str, dict[str, Any]]:
    """Return the synthesized stacks of an environment at a commit, by their names.

    The commit's own code writes them, with the packages that are installed now. An environment that the commit does
    not have has no stacks. Raises RevisionError if there is no such commit, or if it refuses its own files.
    """
    return environments_at(repository, repository / "envs", revision, [environment]).get(environment, {})


def environments_at(
    project: Path, envs: Path, revision: str, names: Iterable[str] | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the stacks of the environments that a commit has in a folder, all or those named, by their names.

    The commit's own code writes them where the folder is in the project's repository, else the code at hand: a
    repository of environment files alone has none. What depends on the day, such as an expiry, refuses nothing.
    Raises RevisionError if there is no such commit, or if it refuses its own files.
    """
    top, commit = _commit(envs, revision)
    folder = _within(envs, top)
    if folder is None or _git(envs, "cat-file", "-e", f"{commit}:{folder}").returncode != 0:
        return {}
    with tempfile.TemporaryDirectory(prefix="aurora-revision-") as name:
        place = Path(name)
        _extract(top, f"{commit}:{folder}", revision, place / "files" / (envs.resolve().name or "envs"))
        files = {path.stem for path in (place / "files").glob("*/*.yaml")}
        wanted = sorted(files if names is None else files.intersection(names))
        if not wanted:
            return {}
        generator = project
        inside = _within(project, top)
        if inside is not None:
            generator = place / "project"
            _extract(top, f"{commit}:{inside}", revision, generator)
        return _synthesized(generator, next((place / "files").iterdir()), wanted, revision, place / "out")


def _commit(envs: Path, revision: str) -> tuple[Path, str]:
    """Return the root of the repository, and the commit's hash."""
    where = envs if envs.is_dir() else envs.absolute().parent
    top = _git(where, "rev-parse", "--show-toplevel")
    if top.returncode != 0:
        said = _said(top)
        why = "is in no git repository" if "not a git repository" in said else f"git does not read it: {said}"
        raise RevisionError(f"{envs}: {why}, so there is no commit to compare with")
    commit = _git(where, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit.returncode != 0:
        shallow = _git(where, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
        more = ", which is a shallow clone: fetch more of it" if shallow else ""
        raise RevisionError(f"{revision!r} is no commit of this repository{more}")
    return Path(os.fsdecode(top.stdout.rstrip(b"\n"))), commit.stdout.decode().strip()


def _within(folder: Path, top: Path) -> str | None:
    """Return the folder's path from the root of a repository, empty for the root itself, None if it is elsewhere."""
    whole, root = folder.resolve(), top.resolve()
    if not whole.is_relative_to(root):
        return None
    inside = whole.relative_to(root).as_posix()
    return "" if inside == "." else inside


def _extract(top: Path, tree: str, revision: str, target: Path) -> None:
    done = _git(top, "archive", "--format=tar", tree)
    if done.returncode != 0:
        raise RevisionError(f"{revision!r}: git archive fails: {_said(done)}")
    target.mkdir(parents=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
            files.extractall(target, filter="data")
    except tarfile.TarError as error:
        raise RevisionError(f"{revision!r} has a file that is not unpacked: {error}") from None


def _synthesized(
    generator: Path, envs: Path, names: list[str], revision: str, output: Path
) -> dict[str, dict[str, dict[str, Any]]]:
    if not (generator / "main.py").is_file():
        raise RevisionError(f"{revision!r} has environments and no main.py that could synthesize them")
    done = subprocess.run(  # noqa: S603 - the project's own command, as committed
        [sys.executable, "main.py", "synth", *names, "--envs", str(envs), "--output", str(output)],
        cwd=generator,
        env=os.environ | {"AURORA_TAKING_AWAY": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        kind = RevisionError if done.returncode == REFUSED else RevisionFailedError
        said = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-40:])
        raise kind(f"{revision!r} does not synthesize {', '.join(names)}:\n{said}")
    stacks: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in names}
    for path in sorted((output / "stacks").glob("*/cdk.tf.json")):
        stacks[path.parent.name.rpartition("-")[0]][path.parent.name] = json.loads(path.read_text(encoding="utf-8"))
    return stacks


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # Hooks of git set these for their own repository, whichever is asked.
    variables = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_INDEX_FILE")}
    try:
        return subprocess.run(  # noqa: S603 - git, with a revision that cannot be taken for an option
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - from the PATH, as everybody's git is
            env=variables | {"LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise RevisionFailedError(f"git cannot be run: {error.strerror}") from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else "it says nothing"
