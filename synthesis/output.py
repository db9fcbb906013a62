"""Puts synthesized stacks where Terraform works, without disturbing what it keeps there.

A stack's folder is also Terraform's working folder: ``.terraform``, the provider lock, perhaps a running
apply. So folders stay, and each stack's file is exchanged in one step once everything has been synthesized
in a temporary place; until then the earlier output stands as it was.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

SYNTHESIZED = ("cdk.tf.json", "cdk.tf", "metadata.json")
"""Files that synthesis owns in a stack's folder; ``cdktf synth --hcl`` writes the last two."""

PROVIDER_LOCK = ".terraform.lock.hcl"
"""Terraform's dependency lock file."""

PENDING = ".pending"
"""Where synthesis happens, below the output folder and so on the same file system."""

MANIFEST = "manifest.json"


def replace(
    output: Path, *, kept: Callable[[str], bool], locks: Path, synthesize: Callable[[Path], None]
) -> dict[str, Any]:
    """Synthesize in a temporary place and put the result into ``output``; return the manifest's stacks.

    ``kept`` says of a stack that was synthesized before, and is not now, whether it stays. Provider locks in
    ``locks`` take their places beside their stacks. Raises OSError if the output cannot be written; the
    earlier output is then untouched.
    """
    existed = output.is_dir()
    output.mkdir(parents=True, exist_ok=True)
    pending = output / PENDING
    try:
        with _alone(output):
            shutil.rmtree(pending, ignore_errors=True)
            pending.mkdir()
            synthesize(pending)
            manifest = json.loads((pending / MANIFEST).read_text())
            fresh = list(manifest["stacks"])
            manifest["stacks"] = _earlier(output, kept) | manifest["stacks"]
            (pending / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
            with _uninterrupted():
                for stack in fresh:
                    _exchange(pending / "stacks" / stack, output / "stacks" / stack)
                    lock = locks / f"{stack}{PROVIDER_LOCK}"
                    if lock.is_file():
                        shutil.copyfile(lock, output / "stacks" / stack / PROVIDER_LOCK)
                (pending / MANIFEST).replace(output / MANIFEST)
                _remove_orphans(output, manifest["stacks"])
    finally:
        shutil.rmtree(pending, ignore_errors=True)
        if not existed:
            with contextlib.suppress(OSError):
                output.rmdir()
    stacks: dict[str, Any] = manifest["stacks"]
    return {stack: stacks[stack] for stack in fresh}


@contextlib.contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Wait until no other synthesis works on this output."""
    folder = os.open(output, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let an interrupt wait for the few milliseconds in which files are exchanged."""
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _earlier(output: Path, kept: Callable[[str], bool]) -> dict[str, Any]:
    try:
        stacks: dict[str, Any] = json.loads((output / MANIFEST).read_text())["stacks"]
    except (OSError, ValueError, KeyError):
        return {}
    return {stack: entry for stack, entry in stacks.items() if kept(stack)}


def _exchange(new: Path, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name in SYNTHESIZED:
        if (new / name).exists():
            (new / name).replace(place / name)
        else:
            (place / name).unlink(missing_ok=True)


def _remove_orphans(output: Path, stacks: Iterable[str]) -> None:
    for folder in (output / "stacks").iterdir():
        if folder.is_dir() and folder.name not in stacks:
            shutil.rmtree(folder)
