"""Where an environment's Terraform state lives: one backend per environment, one state per stack."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from settings.base import Settings
from settings.types import KeyArn, Matching, RegionName, RoleArn

_NO_DOTS = r"(?!.*(?:^|/)\.\.?(?:/|$))"
"""No part that is . or .., which would reach another environment's state."""

_BUCKET_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"

BucketName: TypeAlias = Annotated[
    str,
    Matching(
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)"
        rf"(?![0-9]+(?:\.[0-9]+){{3}}$)(?=.{{3,63}}$){_BUCKET_LABEL}(?:\.{_BUCKET_LABEL})*",
        "an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings "
        "and endings",
    ),
]
"""Amazon S3 User Guide, general purpose bucket naming rules (read November 2026)."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?=[^/:]{{1,253}}(?:[/:]|$)){_LABEL}(?:\.{_LABEL})*"
_PORT = r"(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_GOOGLE_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
Prefix: TypeAlias = Annotated[
    str, Matching(rf"{_NO_DOTS}[A-Za-z0-9_.=-]+(?:/[A-Za-z0-9_.=-]+)*", "a key prefix such as teams/experimentation")
]


class Backend(Settings, ABC):
    """A kind of state backend. ``key`` is always ``<project>/<environment>/<stack>``."""

    @abstractmethod
    def arguments(self, key: str) -> dict[str, Any]:
        """Return the backend's arguments; the same serve another stack that reads this state."""

    @abstractmethod
    def identity(self, key: str) -> str:
        """Say in one line which state this is; two stacks with the same line would overwrite each other."""


class LocalState(Backend):
    """State in a folder of the repository that git ignores; for trying out and for a single person."""

    backend: Literal["local"]
    """State in a folder of the repository."""
    path: Annotated[
        str,
        Matching(
            rf"{_NO_DOTS}(?!(?:cdktf\.out|\.git|\.terraform|\.venv|node_modules)(?:/|$))"
            r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*",
            "a folder relative to the repository, such as terraform-state, that nothing else fills or empties",
        ),
    ] = "terraform-state"
    """Folder relative to the repository; it survives a deleted cdktf.out."""

    def arguments(self, key: str) -> dict[str, Any]:
        """Return the path as seen from ``<output>/stacks/<stack>``, where Terraform runs."""
        return {"path": f"../../../{self.path}/{key}.tfstate"}

    def identity(self, key: str) -> str:
        """Name the file as seen from the repository."""
        return f"local {self.path}/{key}.tfstate"


class AssumeRole(Settings):
    """A role that Terraform takes on to reach the state."""

    role_arn: RoleArn
    """ARN of the role."""
    external_id: (
        Annotated[str, Matching(r"[A-Za-z0-9_+=,.@:/-]{2,1224}", "an external id of 2 to 1224 characters")] | None
    ) = None
    """External id that the role's trust policy asks for."""


class S3State(Backend):
    """State in S3, locked by S3 itself (Terraform 1.10 or newer, ``use_lockfile``)."""

    backend: Literal["s3"]
    """State in an S3 bucket."""
    bucket: BucketName
    """Name of the bucket."""
    region: RegionName
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

    def arguments(self, key: str) -> dict[str, Any]:
        """Return bucket and key; the lock is not among them (cdktf has no argument for it)."""
        arguments: dict[str, Any] = {
            "bucket": self.bucket,
            "key": f"{_below(self.prefix, key)}.tfstate",
            "region": self.region,
        }
        if self.kms_key_arn:
            # Without a key, encrypt = true asks S3 for AES256 and so bypasses the bucket's own KMS key.
            arguments |= {"encrypt": True, "kms_key_id": self.kms_key_arn}
        if self.assume_role:
            arguments["assume_role"] = self.assume_role.model_dump(exclude_none=True)
        return arguments

    def identity(self, key: str) -> str:
        """Name bucket and object."""
        return f"s3 {self.bucket}/{_below(self.prefix, key)}.tfstate"


class CloudState(Backend):
    """State in HCP Terraform or Terraform Enterprise, one workspace per stack."""

    backend: Literal["cloud"]
    """State in HCP Terraform or Terraform Enterprise."""
    organization: Annotated[
        str,
        Matching(r"[A-Za-z0-9_-]{3,40}", "an organization name of 3 to 40 letters, digits, hyphens and underscores"),
    ]
    """Name of the organization."""
    hostname: Annotated[str, Matching(rf"{_HOST}{_PORT}", "a host name such as app.terraform.io")] | None = None
    """Host of Terraform Enterprise; HCP Terraform if absent."""
    project: Annotated[str, Matching(r"[A-Za-z0-9 _-]{3,40}", "a project name of 3 to 40 characters")] | None = None
    """Project that the workspaces belong to."""

    def arguments(self, key: str) -> dict[str, Any]:
        """Return organization and workspace."""
        workspaces = {"name": key.replace("/", "-")} | ({"project": self.project} if self.project else {})
        host = {"hostname": self.hostname} if self.hostname else {}
        return {"organization": self.organization, "workspaces": workspaces, **host}

    def identity(self, key: str) -> str:
        """Name organization and workspace."""
        return f"cloud {self.organization}/{key.replace('/', '-')}"


class GcsState(Backend):
    """State in Google Cloud Storage."""

    backend: Literal["gcs"]
    """State in Google Cloud Storage."""
    bucket: Annotated[
        str,
        Matching(
            r"(?!goog)(?!.*(?:google|g00gle))(?![0-9]+(?:\.[0-9]+){3}$)(?=[^.]{3,63}$|.{3,222}$)"
            rf"{_GOOGLE_LABEL}(?:\.{_GOOGLE_LABEL})*",
            "a bucket name of 3 to 63 lower-case letters, digits, - and _, or several of those with dots, without "
            "Google's own name",
        ),
    ]
    """Name of the bucket."""
    prefix: Prefix | None = None
    """Put before <project>/<environment>/<stack>."""
    kms_encryption_key: (
        Annotated[
            str,
            Matching(
                r"projects/[a-z0-9.:-]+/locations/[a-z0-9-]+/keyRings/[A-Za-z0-9_-]+/cryptoKeys/[A-Za-z0-9_-]+",
                "a Cloud KMS key name: projects/…/locations/…/keyRings/…/cryptoKeys/…",
            ),
        ]
        | None
    ) = None
    """Cloud KMS key for state objects."""

    def arguments(self, key: str) -> dict[str, Any]:
        """Return bucket and prefix."""
        encryption = {"kms_encryption_key": self.kms_encryption_key} if self.kms_encryption_key else {}
        return {"bucket": self.bucket, "prefix": _below(self.prefix, key), **encryption}

    def identity(self, key: str) -> str:
        """Name bucket and prefix."""
        return f"gcs {self.bucket}/{_below(self.prefix, key)}"


class AzurermState(Backend):
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
    resource_group_name: (
        Annotated[
            str, Matching(r"[\w.()-]{0,89}[\w()-]", "a resource group name of up to 90 letters, digits and _ . ( ) -")
        ]
        | None
    ) = None
    """Resource group of the storage account."""
    prefix: Prefix | None = None
    """Put before <project>/<environment>/<stack>.tfstate."""

    def arguments(self, key: str) -> dict[str, Any]:
        """Return account, container and blob."""
        group = {"resource_group_name": self.resource_group_name} if self.resource_group_name else {}
        return {
            "storage_account_name": self.storage_account_name,
            "container_name": self.container_name,
            "key": f"{_below(self.prefix, key)}.tfstate",
            "use_azuread_auth": True,
            **group,
        }

    def identity(self, key: str) -> str:
        """Name account, container and blob."""
        return f"azurerm {self.storage_account_name}/{self.container_name}/{_below(self.prefix, key)}.tfstate"


class HttpState(Backend):
    """State behind an HTTP service with LOCK and UNLOCK; credentials come from TF_HTTP_USERNAME and _PASSWORD."""

    backend: Literal["http"]
    """State behind an HTTP service."""
    address: Annotated[
        str,
        Matching(
            rf"{_NO_DOTS}(?:https://{_HOST}|http://(?:127\.0\.0\.1|localhost)){_PORT}"
            r"(?:/(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)*",
            "an https:// address without credentials, query or trailing slash (http:// only on this machine)",
            repeated=False,
        ),
    ]
    """Base address; <project>/<environment>/<stack> is added."""

    def arguments(self, key: str) -> dict[str, Any]:
        """Return one address for the state and its lock."""
        address = f"{self.address}/{key}"
        return {"address": address, "lock_address": address, "unlock_address": address}

    def identity(self, key: str) -> str:
        """Name the address."""
        return f"http {self.address}/{key}"


class PgState(Backend):
    """State in a PostgreSQL database; the connection string comes from the variable PG_CONN_STR alone."""

    backend: Literal["pg"]
    """State in PostgreSQL, one schema per stack."""

    def arguments(self, key: str) -> dict[str, Any]:
        """Return the schema; PostgreSQL's identifiers have no hyphen unless quoted."""
        return {"schema_name": key.replace("/", "_").replace("-", "_")}

    def identity(self, key: str) -> str:
        """Name the schema."""
        return f"pg schema {self.arguments(key)['schema_name']}"


def _below(prefix: str | None, key: str) -> str:
    return f"{prefix}/{key}" if prefix else key


State: TypeAlias = Annotated[
    LocalState | S3State | CloudState | GcsState | AzurermState | HttpState | PgState,
    Field(discriminator="backend"),
]
