"""Deploys synthesized stacks to the emulator with the real Terraform: for ``make try`` and the tests.

Terraform is pointed at the emulator by variables alone, which the AWS provider, the S3 backend, remote states and the
AWS command line all read. The synthesized files stay as they are; a state that would be elsewhere is kept in a local
file, by an override file beside them.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

from tools.emulator.gaps import ACCESS_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

OVERRIDE = "emulator_override.tf.json"
"""Terraform merges files that end in ``_override`` over all others."""

REPORT_SECONDS = 10
"""Time between two lines about a long step."""


class FailedError(Exception):
    """Terraform failed; the message is all that it said about it."""


def variables(address: str, account_id: str) -> dict[str, str]:
    """Return what points AWS's clients at an account of the emulator, and at nothing else."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": f"{ACCESS_KEY}{account_id}",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def saying(command: str) -> dict[str, str]:
    """Return what makes Terraform and its provider say in each request for which command it is made."""
    return {"TF_APPEND_USER_AGENT": f"command/{command}"}


def surroundings() -> dict[str, str]:
    """Return the process environment without the user's own AWS, and without anything that changes a Terraform run."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "TF_")) or name == "TF_PLUGIN_CACHE_DIR"
    } | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}


def provider(stack: Path) -> dict[str, Any]:
    """Return the provider block of a synthesized stack."""
    block: dict[str, Any] = json.loads((stack / "cdk.tf.json").read_text())["provider"]["aws"][0]
    return block


def account_id(stack: Path) -> str:
    """Return the only account that a synthesized stack may be deployed to."""
    return str(provider(stack)["allowed_account_ids"][0])


def keep_state_at_hand(stack: Path, environment: str) -> None:
    """Keep a stack's state in a local file, wherever it should be, and read upstream ones from there."""
    synthesized = json.loads((stack / "cdk.tf.json").read_text())
    if "local" in synthesized["terraform"].get("backend", {}):
        (stack / OVERRIDE).unlink(missing_ok=True)
        return

    def file(name: str) -> dict[str, str]:
        return {"path": f"../../../terraform-state/{name}.tfstate"}

    override: dict[str, Any] = {"terraform": {"backend": {"local": file(stack.name)}}}
    upstream = synthesized.get("data", {}).get("terraform_remote_state", {})
    if upstream:
        override["data"] = {
            "terraform_remote_state": {
                kind: {
                    "backend": "local",
                    "config": file(stack.name if kind == "itself" else f"{environment}-{kind.replace('_', '-')}"),
                }
                for kind in upstream
            }
        }
    (stack / OVERRIDE).write_text(json.dumps(override, indent=2) + "\n")


def lend_archives(project: Path, folder: Path) -> None:
    """Let stacks below a folder find the built functions where they would be beside a project's own output."""
    link = folder / "build"
    if not link.is_symlink():
        link.symlink_to(project / "build")


def applied(
    executable: str, stack: Path, environment: Mapping[str, str], report: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Apply a stack that has been initialized and return Terraform's messages in their order.

    Says how far it is every ten seconds. Raises FailedError if Terraform fails.
    """
    with subprocess.Popen(
        [executable, "apply", "-auto-approve", "-json"],
        cwd=stack,
        env=dict(environment) | saying("apply"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        messages = []
        began = said = time.monotonic()
        try:
            for message in _messages(process.stdout or ()):
                messages.append(message)
                now = time.monotonic()
                if now - said >= REPORT_SECONDS:
                    said = now
                    report(f"{stack.name}: {_progress(messages)}, {now - began:.0f} s")
        except KeyboardInterrupt:
            # Terraform has been interrupted as well, and first ends what it has begun.
            process.communicate()
            raise
    if process.returncode:
        raise FailedError("\n".join(_errors(messages)))
    return messages


def _messages(lines: Any) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            # What Terraform says before it reads its arguments is plain text.
            yield {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": line.strip()}}


def _progress(messages: list[dict[str, Any]]) -> str:
    planned = sum(message["type"] == "planned_change" for message in messages)
    begun, ended = list(_addresses(messages, "apply_start")), list(_addresses(messages, "apply_complete"))
    waiting = [address for address in begun if address not in ended]
    if not planned:
        return "planning"
    return f"{len(ended)} of {planned}" + (f", waiting for {', '.join(waiting[-3:])}" if waiting else "")


def _addresses(messages: list[dict[str, Any]], kind: str) -> Iterator[str]:
    """Yield the addresses of the resources that messages of a kind are about; data is only read."""
    for message in messages:
        if message["type"] == kind and message["hook"]["action"] != "read":
            yield message["hook"]["resource"]["addr"]


def _errors(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        found = message.get("diagnostic", {})
        if found.get("severity") == "error":
            yield ": ".join(part for part in (found.get("address"), found["summary"], found.get("detail")) if part)
