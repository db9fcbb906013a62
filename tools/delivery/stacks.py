"""The stacks of an environment: which are chosen, where they are, what they read, what has been deployed of them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.delivery import terraform
from tools.delivery.given import StoppedError, given
from tools.delivery.terraform import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENVS = ROOT / "envs"
OUTPUT = ROOT / "cdktf.out"


@dataclass(frozen=True)
class Selection:
    """An environment, all of its stacks in the order in which they are deployed, and the chosen ones."""

    environment: str
    stacks: tuple[str, ...]
    chosen: tuple[str, ...]
    gone: str = ""
    """A chosen stack that the environment's file no longer has."""

    @property
    def state(self) -> str:
        """The stack of the bucket that holds the other stacks' states."""
        return f"{self.environment}-state"

    def kind(self, stack: str) -> str:
        """Return what a stack is called without its environment, as STACK takes it."""
        return stack.removeprefix(f"{self.environment}-")


def select() -> Selection:
    """Read ENV and STACK."""
    environment, wanted = given("ENV"), given("STACK")
    known = sorted(path.stem for path in ENVS.glob("*.yaml"))
    if environment not in known:
        found = f"ENV={environment} is not an environment" if environment else "ENV is missing"
        message = f"{found}; there are {', '.join(known) or 'none'}: make {sys.argv[1]} ENV={(known or ['dev'])[0]}"
        raise StoppedError(message)
    stacks = tuple(_listed(environment))
    if not wanted:
        return Selection(environment, stacks, tuple(stack for stack in stacks if stack != f"{environment}-state"))
    for stack in stacks:
        if wanted in (stack, stack.removeprefix(f"{environment}-")):
            return Selection(environment, stacks, (stack,))
    kind = wanted.removeprefix(f"{environment}-")
    if sys.argv[1] == "destroy" and kind in ("network", "access", "monitoring"):
        return Selection(environment, stacks, (), gone=f"{environment}-{kind}")
    kinds = ", ".join(stack.removeprefix(f"{environment}-") for stack in stacks)
    message = f"STACK={wanted} is not a stack of {environment}; there are {kinds}"
    raise StoppedError(message)


def synthesize(environment: str, *, quiet: bool = False) -> None:
    """Bring the environment's stacks up to date; ``quiet`` leaves standard output to what follows."""
    stdout = subprocess.DEVNULL if quiet else None
    terraform.run(sys.executable, ROOT / "main.py", "synth", environment, stdout=stdout)


def folder(stack: str) -> Path:
    """Return the folder of a synthesized stack, in which Terraform works."""
    return OUTPUT / "stacks" / stack


def gone(environment: str) -> dict[str, Path]:
    """Return the folders of the stacks that the environment's file could have and has not, by name."""
    listed = _listed(environment, "--gone", "--output", str(OUTPUT))
    return {name: OUTPUT / "gone" / name for name in listed}


def _listed(environment: str, *options: str) -> list[str]:
    command = [sys.executable, str(ROOT / "main.py"), "stacks", environment, *options]
    listed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if listed.returncode != 0:
        raise SystemExit(listed.returncode)
    return listed.stdout.split()


def code(place: Path) -> dict[str, Any]:
    """Return the synthesized JSON of a stack in a folder."""
    read: dict[str, Any] = json.loads((place / "cdk.tf.json").read_text(encoding="utf-8"))
    return read


def upstream(stack: str) -> list[str]:
    """Return the stacks whose outputs a stack reads."""
    read: list[str] = _manifest()[stack]["dependencies"]
    return read


def downstream(stack: str) -> list[str]:
    """Return the stacks that read a stack's outputs."""
    return [name for name, entry in _manifest().items() if stack in entry["dependencies"]]


def _manifest() -> dict[str, dict[str, Any]]:
    stacks: dict[str, dict[str, Any]] = json.loads((OUTPUT / "manifest.json").read_text())["stacks"]
    return stacks


def reached(stack: str) -> bool:
    """Whether Terraform has been able to use the backend of a stack from here: it then notes which one it is."""
    return (folder(stack) / ".terraform" / "terraform.tfstate").is_file()


def outputs(stack: str) -> dict[str, dict[str, Any]]:
    """Return the outputs in a stack's state by name; stop if its state cannot be read."""
    for arguments in ([] if reached(stack) else [["init", "-input=false"]]) + [["output", "-json"]]:
        done = terraform.ask(folder(stack), *arguments)
        if done.returncode != 0:
            message = f"the outputs of {stack} cannot be read:\n{done.stderr.strip()}"
            raise StoppedError(message)
    read: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return read


def deployed(stack: str) -> bool | None:
    """Whether a stack has outputs in its state; None if its state cannot be read."""
    try:
        return bool(outputs(stack))
    except StoppedError:
        return None


def require_upstream(
    environment: str, stack: str, verb: str, *, asked: Callable[[str], bool | None] = deployed
) -> None:
    """Stop if the stack reads outputs that do not exist yet; ``asked`` says of a stack whether it has any."""
    for other in upstream(stack):
        if asked(other) is False:
            kind = other.removeprefix(f"{environment}-")
            message = (
                f"{stack} cannot be {verb} yet because it reads the outputs of {other}: "
                f"deploy {other} first, with `make deploy ENV={environment} STACK={kind}`"
            )
            raise StoppedError(message)


def require_archives(stack: Path) -> None:
    """Stop if a function of the stack in a folder is not built, or is not built from what git says it is."""
    for function in code(stack).get("resource", {}).get("aws_lambda_function", {}).values():
        archive = (stack / function["filename"]).resolve()
        shown = os.path.relpath(archive, ROOT)
        if not archive.is_file():
            message = f"{stack.name} needs {shown}, which is not built: run `make lambda`"
            raise StoppedError(message)
        found = base64.b64encode(hashlib.sha256(archive.read_bytes()).digest()).decode()
        if found != function["source_code_hash"]:
            message = (
                f"{shown} is not what {stack.name} expects: run `make lambda`, and commit the hash if it has changed"
            )
            raise StoppedError(message)


def is_copy(stack: Path) -> bool:
    """Whether the cluster of a stack in a folder is made of a snapshot or of another cluster."""
    clusters = code(stack).get("resource", {}).get("aws_rds_cluster", {}).values()
    return any("snapshot_identifier" in one or "restore_to_point_in_time" in one for one in clusters)
