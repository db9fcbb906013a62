"""Where an environment's Terraform state lives: one backend per environment, one state per stack."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from settings.base import Settings
from settings.types import KeyArn, Matching, RoleArn

BucketName: TypeAlias = Annotated[
    str,
    Matching(
        r"(?!xn--|sthree-)(?!.*-s3alias$)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
        "an S3 bucket name of 3 to 63 lower-case letters, digits and hyphens",
    ),
]
Prefix: TypeAlias = Annotated[
    str, Matching(r"[A-Za-z0-9_.=-]+(?:/[A-Za-z0-9_.=-]+)*", "a key prefix such as teams/experimentation")
]


class LocalState(Settings):
    """State in a folder of the repository that git ignores; for trying out and for a single person."""

    backend: Literal["local"]
    """State in a folder of the repository."""
    path: Annotated[
        str,
        Matching(
            r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*",
            "a folder relative to the repository, such as terraform-state",
        ),
    ] = "terraform-state"
    """Folder relative to the repository; it survives a deleted cdktf.out."""


class AssumeRole(Settings):
    """A role that Terraform takes on to reach the state."""

    role_arn: RoleArn
    """ARN of the role."""
    external_id: (
        Annotated[str, Matching(r"[\w+=,.@:/-]{2,1224}", "an external id of 2 to 1224 characters")] | None
    ) = None
    """External id that the role's trust policy asks for."""


class S3State(Settings):
    """State in S3, locked by S3 itself (Terraform 1.10 or newer, ``use_lockfile``)."""

    backend: Literal["s3"]
    """State in an S3 bucket."""
    bucket: BucketName
    """Name of the bucket."""
    region: str
    """Region of the bucket."""
    prefix: Prefix | None = None
    """Put before <project>/<environment>/<stack>.tfstate."""
    kms_key_arn: KeyArn | None = None
    """Key for state objects in a bucket managed elsewhere; a managed bucket encrypts with a key of its own."""
    use_lockfile: bool = True
    """Lock with an object beside the state; off only where another lock guards the state."""
    assume_role: AssumeRole | None = None
    """Role that Terraform takes on to reach the bucket."""
    manage_bucket: bool = True
    """Whether the stack <environment>-state creates the bucket; false for a bucket that exists already."""
    migrated: bool = False
    """Whether the state stack's own state has been moved into the bucket; it starts in a local file."""
    protected: bool = True
    """Whether the managed bucket and its key refuse to be destroyed; independent of the environment's switch."""


class CloudState(Settings):
    """State in HCP Terraform or Terraform Enterprise, one workspace per stack."""

    backend: Literal["cloud"]
    """State in HCP Terraform or Terraform Enterprise."""
    organization: Annotated[str, Matching(r"[A-Za-z0-9_-]{3,40}", "an organization name")]
    """Name of the organization."""
    hostname: Annotated[str, Matching(r"[a-z0-9.-]+", "a host name such as app.terraform.io")] | None = None
    """Host of Terraform Enterprise; HCP Terraform if absent."""
    project: (
        Annotated[str, Matching(r"[A-Za-z0-9 _-]{3,40}", "a project name of 3 to 40 characters")] | None
    ) = None
    """Project that the workspaces belong to."""


class GcsState(Settings):
    """State in Google Cloud Storage."""

    backend: Literal["gcs"]
    """State in Google Cloud Storage."""
    bucket: Annotated[str, Matching(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", "a bucket name")]
    """Name of the bucket."""
    prefix: Prefix | None = None
    """Put before <project>/<environment>/<stack>."""
    kms_encryption_key: (
        Annotated[
            str,
            Matching(
                r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+",
                "a Cloud KMS key name: projects/…/locations/…/keyRings/…/cryptoKeys/…",
            ),
        ]
        | None
    ) = None
    """Cloud KMS key for state objects."""


class AzurermState(Settings):
    """State in Azure Blob Storage, reached with Entra ID, never with an account key."""

    backend: Literal["azurerm"]
    """State in Azure Blob Storage."""
    storage_account_name: Annotated[str, Matching(r"[a-z0-9]{3,24}", "3 to 24 lower-case letters and digits")]
    """Name of the storage account."""
    container_name: Annotated[
        str,
        Matching(r"(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*", "3 to 63 lower-case letters, digits and hyphens"),
    ]
    """Name of the blob container."""
    resource_group_name: Annotated[str, Matching(r"[\w.()-]{1,90}", "a resource group name")] | None = None
    """Resource group of the storage account."""
    prefix: Prefix | None = None
    """Put before <project>/<environment>/<stack>.tfstate."""


class HttpState(Settings):
    """State behind an HTTP service with LOCK and UNLOCK; credentials come from TF_HTTP_USERNAME and _PASSWORD."""

    backend: Literal["http"]
    """State behind an HTTP service."""
    address: Annotated[
        str,
        Matching(
            r"https://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._~%-]+)*|http://(?:127\.0\.0\.1|localhost)(?::[0-9]+)?(?:/[A-Za-z0-9._~%-]+)*",
            "an https:// address without credentials, query or trailing slash (http:// only on this machine)",
        ),
    ]
    """Base address; <project>/<environment>/<stack> is added."""


class PgState(Settings):
    """State in a PostgreSQL database; the connection string comes from the variable PG_CONN_STR alone."""

    backend: Literal["pg"]
    """State in PostgreSQL, one schema per stack."""


State: TypeAlias = Annotated[
    LocalState | S3State | CloudState | GcsState | AzurermState | HttpState | PgState,
    Field(discriminator="backend"),
]


def local_path(state_folder: str, key: str) -> str:
    """Return the state file's path as seen from ``<output>/stacks/<stack>``, where Terraform runs."""
    return f"../../../{state_folder}/{key}.tfstate"


def backend_arguments(state: State, key: str) -> dict[str, Any]:
    """Return the backend's arguments for the state at ``key`` (``<project>/<environment>/<stack>``).

    The same arguments serve the stack's own backend and another stack's remote state of it.
    """
    match state:
        case LocalState():
            return {"path": local_path(state.path, key)}
        case S3State():
            arguments: dict[str, Any] = {
                "bucket": state.bucket,
                "key": f"{state.prefix}/{key}.tfstate" if state.prefix else f"{key}.tfstate",
                "region": state.region,
            }
            if state.kms_key_arn:
                # Without a key, encrypt = true asks S3 for AES256 and so bypasses the bucket's own KMS key.
                arguments |= {"encrypt": True, "kms_key_id": state.kms_key_arn}
            if state.assume_role:
                arguments["assume_role"] = state.assume_role.model_dump(exclude_none=True)
            return arguments
        case CloudState():
            workspaces = {"name": key.replace("/", "-")}
            if state.project:
                workspaces["project"] = state.project
            arguments = {"organization": state.organization, "workspaces": workspaces}
            return arguments | ({"hostname": state.hostname} if state.hostname else {})
        case GcsState():
            arguments = {"bucket": state.bucket, "prefix": f"{state.prefix}/{key}" if state.prefix else key}
            return arguments | (
                {"kms_encryption_key": state.kms_encryption_key} if state.kms_encryption_key else {}
            )
        case AzurermState():
            arguments = {
                "storage_account_name": state.storage_account_name,
                "container_name": state.container_name,
                "key": f"{state.prefix}/{key}.tfstate" if state.prefix else f"{key}.tfstate",
                "use_azuread_auth": True,
            }
            return arguments | (
                {"resource_group_name": state.resource_group_name} if state.resource_group_name else {}
            )
        case HttpState():
            address = f"{state.address}/{key}"
            return {"address": address, "lock_address": address, "unlock_address": address}
        case PgState():
            return {"schema_name": key.replace("/", "_").replace("-", "_")}


def identity(state: State, key: str) -> str:
    """Say in one line which state this is; two stacks with the same line would overwrite each other."""
    arguments = backend_arguments(state, key)
    match state:
        case LocalState():
            return f"local {arguments['path'].removeprefix('../../../')}"
        case S3State():
            return f"s3 {arguments['bucket']}/{arguments['key']}"
        case CloudState():
            return f"cloud {state.organization}/{arguments['workspaces']['name']}"
        case GcsState():
            return f"gcs {arguments['bucket']}/{arguments['prefix']}"
        case AzurermState():
            return f"azurerm {arguments['storage_account_name']}/{arguments['container_name']}/{arguments['key']}"
        case HttpState():
            return f"http {arguments['address']}"
        case PgState():
            return f"pg schema {arguments['schema_name']}"
