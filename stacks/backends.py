"""The state backends, each as a stack's own backend and as another stack's view of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdktf import (
    AzurermBackend,
    CloudBackend,
    DataTerraformRemoteState,
    DataTerraformRemoteStateAzurerm,
    DataTerraformRemoteStateGcs,
    DataTerraformRemoteStateHttp,
    DataTerraformRemoteStateLocal,
    DataTerraformRemoteStatePg,
    DataTerraformRemoteStateS3,
    GcsBackend,
    HttpBackend,
    LocalBackend,
    NamedCloudWorkspace,
    NamedRemoteWorkspace,
    PgBackend,
    S3Backend,
    Token,
)

from settings.state import S3State

if TYPE_CHECKING:
    from cdktf import TerraformRemoteState, TerraformStack

    from settings.state import State

BACKENDS: dict[str, Any] = {
    "azurerm": AzurermBackend,
    "cloud": CloudBackend,
    "gcs": GcsBackend,
    "http": HttpBackend,
    "local": LocalBackend,
    "pg": PgBackend,
    "s3": S3Backend,
}
"""A stack always declares one: without it cdktf writes an absolute path (hashicorp/terraform-cdk#1723)."""

REMOTE_STATES: dict[str, Any] = {
    "azurerm": DataTerraformRemoteStateAzurerm,
    "cloud": DataTerraformRemoteState,
    "gcs": DataTerraformRemoteStateGcs,
    "http": DataTerraformRemoteStateHttp,
    "local": DataTerraformRemoteStateLocal,
    "pg": DataTerraformRemoteStatePg,
    "s3": DataTerraformRemoteStateS3,
}


REQUIRED_BY_CDKTF: dict[str, dict[str, str]] = {"pg": {"conn_str": ""}}
"""Arguments that cdktf insists on and that come from the process environment (PG_CONN_STR): taken out again."""


def declare(stack: TerraformStack, state: State, key: str) -> None:
    """Keep the stack's state at ``key`` in the environment's backend."""
    arguments = state.arguments(key)
    if state.backend == "cloud":
        arguments["workspaces"] = NamedCloudWorkspace(**arguments["workspaces"])
    backend = BACKENDS[state.backend](stack, **arguments | REQUIRED_BY_CDKTF.get(state.backend, {}))
    for argument in REQUIRED_BY_CDKTF.get(state.backend, ()):
        backend.add_override(argument, None)
    if isinstance(state, S3State) and state.use_lockfile:
        # cdktf 0.21 has no argument for it (hashicorp/terraform-cdk#3834).
        backend.add_override("use_lockfile", True)


@dataclass(frozen=True)
class Outputs:
    """The outputs in the state of another stack, by references that Terraform follows; their text is known."""

    name: str
    """Of the data source."""

    def get_string(self, output: str) -> str:
        """Return an output that is a text, or an element of one that is a list: ``subnet_ids[0]``."""
        return f"${{data.terraform_remote_state.{self.name}.outputs.{output}}}"

    def get_list(self, output: str) -> list[str]:
        """Return an output that is a list of texts."""
        texts: list[str] = Token.as_list(self.get_string(output))
        return texts


def remote_state(stack: TerraformStack, state: State, key: str, name: str) -> Outputs:
    """Return another stack's state, to read its outputs from."""
    arguments = state.arguments(key)
    if state.backend == "cloud":
        arguments["workspaces"] = NamedRemoteWorkspace(arguments["workspaces"]["name"])
    if state.backend == "http":
        arguments = {"address": arguments["address"]}
    # Only for writing; S3 decrypts by what it keeps with the object.
    for argument in ("encrypt", "kms_key_id"):
        arguments.pop(argument, None)
    required = REQUIRED_BY_CDKTF.get(state.backend, {})
    reader: TerraformRemoteState = REMOTE_STATES[state.backend](stack, name, **arguments | required)
    for argument in required:
        reader.add_override(f"config.{argument}", None)
    return Outputs(name)
