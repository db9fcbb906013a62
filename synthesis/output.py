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


def replace(output: Path, *, kept: Callable[[str], bool], locks: Path, synthesize: Callable[[Path], None]) -> None:
    """Synthesize in a temporary place and put the result into ``output``.

    ``kept`` says of a stack that was synthesized before, and is not now, whether it stays. Provider locks in
    ``locks`` take their places beside their stacks. Raises OSError if the output cannot be written; the
    earlier output is then untouched.
    """
    existed = output.is_dir()
    output.mkdir(parents=True, exist_ok=True)
    with _alone(output):
        pending = output / PENDING
        try:
            shutil.rmtree(pending, ignore_errors=True)
            pending.mkdir()
            synthesize(pending)
            _put_in_place(pending, output, kept, locks)
        finally:
            shutil.rmtree(pending, ignore_errors=True)
            if not existed:
                with contextlib.suppress(OSError):
                    output.rmdir()


def _put_in_place(pending: Path, output: Path, kept: Callable[[str], bool], locks: Path) -> None:
    manifest = json.loads((pending / MANIFEST).read_text())
    fresh = list(manifest["stacks"])
    manifest["stacks"] = dict(sorted((_earlier(output, kept) | manifest["stacks"]).items()))
    (pending / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    for stack in fresh:
        lock = locks / f"{stack}{PROVIDER_LOCK}"
        if lock.is_file():
            shutil.copyfile(lock, pending / "stacks" / stack / PROVIDER_LOCK)
    with _uninterrupted():
        for stack in fresh:
            _exchange(pending / "stacks" / stack, output / "stacks" / stack)
        (pending / MANIFEST).replace(output / MANIFEST)
        _remove_orphans(output, manifest["stacks"])


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
    if (new / PROVIDER_LOCK).exists():
        (new / PROVIDER_LOCK).replace(place / PROVIDER_LOCK)
    for name in SYNTHESIZED:
        if (new / name).exists():
            (new / name).replace(place / name)
        else:
            (place / name).unlink(missing_ok=True)


def _remove_orphans(output: Path, stacks: Iterable[str]) -> None:
    for folder in (output / "stacks").iterdir():
        if folder.is_dir() and folder.name not in stacks:
            shutil.rmtree(folder)
