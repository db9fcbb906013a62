"""What to do about what Terraform refuses, said once and where Terraform itself says it late, often or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def code_of(stack: Path) -> dict[str, Any]:
    """Return the synthesized JSON of a stack in a folder."""
    code: dict[str, Any] = json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
    return code


def refuses_to_go(stack: Path) -> bool:
    """Whether a stack in a folder has anything under ``prevent_destroy``."""
    resources = code_of(stack).get("resource", {}).values()
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


def without_credentials(environment: str, stacks: Iterable[Path]) -> str | None:
    """Say which account is wanted and how credentials are found, if none are; None if some are, or none are needed."""
    accounts = {
        account
        for stack in stacks
        for provider in code_of(stack).get("provider", {}).get("aws", ())
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
    # Imported when something has failed: it takes as long as a check of every environment.
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        return boto3.Session().get_credentials() is not None
    except BotoCoreError:
        # A profile that does not exist, or one that needs more than is installed: Terraform says which.
        return True


def lost_state(environment: str, stack: Path) -> str | None:
    """Say it if a stack's local state file is missing here while AWS has a cluster of its name."""
    code = code_of(stack)
    backend = code["terraform"].get("backend", {}).get("local")
    clusters = code.get("resource", {}).get("aws_rds_cluster", {}).values()
    names = [one["cluster_identifier"] for one in clusters if one.get("cluster_identifier")]
    if not backend or not names or "import" in code or (stack / backend["path"]).resolve().exists():
        return None
    region = code["provider"]["aws"][0]["region"]
    taken = next((name for name in names if _cluster_exists(name, region)), None)
    if taken is None:
        return None
    file = backend["path"].removeprefix("../../../")
    return (
        f"The cluster {taken} exists in AWS, but its state file is missing here: {file}. "
        "Terraform takes everything for new, and AWS refuses names that are taken. "
        f"Fetch the file from whoever deployed {environment}; "
        "how to move it to a backend that everybody shares stands in docs/state.md"
    )


def _cluster_exists(name: str, region: str) -> bool:
    import boto3  # noqa: PLC0415 - as above
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    quick = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 1})
    try:
        found = boto3.client("rds", region_name=region, config=quick).describe_db_clusters(DBClusterIdentifier=name)
    except (BotoCoreError, ClientError):
        # Without credentials or rights nothing is known, and Terraform says why soon enough.
        return False
    return bool(found["DBClusters"])
