"""What to do about what Terraform refuses, said once and where Terraform itself says it late, often or not at all."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import ProxyHandler, Request, build_opener

from tools.delivery import stacks, terraform

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tools.delivery.stacks import Selection

OF_A_JOB: Final = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables of pipelines and containers (AWS SDKs and Tools Reference Guide, standardized credential providers)."""

METADATA: Final = "http://169.254.169.254/latest/api/token"


def after_failure(selection: Selection, failed: Sequence[str]) -> None:
    """Name the likely cause of what failed in these stacks, where Terraform does not."""
    if not of_credentials(selection):
        for stack in failed:
            if refuses_to_go(stacks.folder(stack)):
                said = two_steps(selection.environment, stack)
                print(f"If Terraform says `Instance cannot be destroyed`: {said}", file=sys.stderr)
                break
    never = not all(map(stacks.reached, selection.chosen))
    if never and selection.state in selection.stacks and selection.state not in failed:
        print(
            f"If the bucket of the state does not exist yet: make deploy ENV={selection.environment} STACK=state",
            file=sys.stderr,
        )


def of_credentials(selection: Selection) -> bool:
    """Say once that there are no credentials, which Terraform says in its own words; whether that was it."""
    said = _without_credentials(selection.environment, map(stacks.folder, selection.chosen))
    if said:
        print(said, file=sys.stderr)
    return said is not None


def warn_of_lost_state(selection: Selection) -> None:
    """Say of the chosen stacks where a state file is missing that somebody else must have."""
    for stack in selection.chosen:
        said = _lost_state(selection.environment, stacks.folder(stack))
        if said:
            print(said, file=sys.stderr, flush=True)


def refuses_to_go(stack: Path) -> bool:
    """Whether a stack in a folder has anything under ``prevent_destroy``."""
    resources = stacks.code(stack).get("resource", {}).values()
    return any(one.get("lifecycle", {}).get("prevent_destroy") is True for kind in resources for one in kind.values())


def two_steps(environment: str, stack: str) -> str:
    """Say how a protected stack is taken down, or loses what a plan wants to replace."""
    switch = "protected: false under state:" if stack == f"{environment}-state" else "protected: false"
    kind = stack.removeprefix(f"{environment}-")
    return (
        f"{stack} is protected, so that Terraform refuses to destroy it (prevent_destroy). In two steps, on purpose: "
        f"say `{switch}` in envs/{environment}.yaml and `make deploy ENV={environment} STACK={kind}`, which takes the "
        "protection away and touches nothing else; then do this again. What its keys encrypted goes with them: copy a "
        "snapshot that shall stay to another key before the first step"
    )


def _without_credentials(environment: str, places: Iterable[Path]) -> str | None:
    """Say which account is wanted and how credentials are found, if none are; None if some are, or none are needed."""
    accounts = {
        account
        for stack in places
        for provider in stacks.code(stack).get("provider", {}).get("aws", ())
        for account in provider.get("allowed_account_ids", ())
    }
    if not accounts or _credentials_found():
        return None
    return (
        f"No AWS credentials were found. {environment} lives in account {', '.join(sorted(accounts))} "
        f"(aws.account_id of envs/{environment}.yaml), and no other is accepted. Terraform looks in this order: "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the profile in ~/.aws that AWS_PROFILE names (after `aws sso "
        "login`, where it signs in by browser); the role of the container or machine. `aws sts get-caller-identity` "
        "shows whose they are"
    )


def _credentials_found() -> bool:
    """Whether there is a place that Terraform takes credentials from; whether they are good is its own to say."""
    if any(os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", *OF_A_JOB)):
        return True
    files = {
        "AWS_SHARED_CREDENTIALS_FILE": Path.home() / ".aws" / "credentials",
        "AWS_CONFIG_FILE": Path.home() / ".aws" / "config",
    }
    for variable, usual in files.items():
        file = Path(os.environ.get(variable) or usual)
        if file.is_file() and file.stat().st_size:
            return True
    return _machine_has_a_role()


def _machine_has_a_role() -> bool:
    """Whether a machine of EC2 answers for its role (Amazon EC2 User Guide, instance metadata, version 2)."""
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return False
    asked = Request(METADATA, method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    try:
        with build_opener(ProxyHandler({})).open(asked, timeout=1):
            return True
    except OSError:
        return False


def _lost_state(environment: str, stack: Path) -> str | None:
    """Say it if a stack's local state file is missing here while AWS has a cluster of its name.

    AWS is asked by what deploys, as whom it deploys.
    """
    code = stacks.code(stack)
    backend = code["terraform"].get("backend", {}).get("local")
    clusters = code.get("resource", {}).get("aws_rds_cluster", {}).values()
    names = [one["cluster_identifier"] for one in clusters if one.get("cluster_identifier")]
    if not backend or not names or "import" in code or (stack / backend["path"]).resolve().exists():
        return None
    with tempfile.TemporaryDirectory(prefix="aurora-names-") as folder:
        question = {
            "terraform": {"required_providers": code["terraform"]["required_providers"]},
            "provider": code["provider"],
            "data": {"aws_rds_cluster": {"named": {"cluster_identifier": names[0]}}},
        }
        Path(folder, "main.tf.json").write_text(json.dumps(question), encoding="utf-8")
        asked = (terraform.ask(Path(folder), command, "-input=false") for command in ("init", "plan"))
        taken = all(done.returncode == 0 for done in asked)
    if not taken:
        # Free, or without credentials or rights nothing is known, and Terraform says why soon enough.
        return None
    file = backend["path"].removeprefix("../../../")
    return (
        f"The cluster {names[0]} exists in AWS, but its state file is missing here: {file}. "
        "Terraform takes everything for new, and AWS refuses names that are taken. "
        f"Fetch the file from whoever deployed {environment}; "
        "how to move it to a backend that everybody shares stands in docs/state.md"
    )
