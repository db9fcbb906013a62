"""Pipelines that teams copy: check, what a pull request changes, plan with review, deployment behind approval.

Credentials are short-lived: one role to plan with and one to deploy with, for each environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from operations.pipelines import atlantis, github, gitlab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from settings.loaded import Loaded

Host: TypeAlias = Literal["github", "gitlab", "atlantis", "hcp"]

PLACES: Final[dict[Host, str]] = {
    "github": ".github/workflows/aurora.yml",
    "gitlab": ".gitlab-ci.yml",
    "atlantis": "atlantis.yaml",
    "hcp": ".github/workflows/aurora-hcp.yml",
}
"""Where each host looks for its pipeline, in the repository."""

HEAD: Final = "# Written by `main.py ci`, and anew by `make ci`; docs/ci.md says what the host needs beside it.\n"

PIPELINES: Final[dict[Host, Callable[[Sequence[Loaded]], str]]] = {
    "github": github.with_roles,
    "gitlab": gitlab.pipeline,
    "atlantis": atlantis.repository,
    "hcp": github.with_runs_at_hcp,
}


def deployable(host: Host, environments: Iterable[Loaded]) -> list[Loaded]:
    """Return the environments that a host can deploy: whose state outlives a job, and whose runs happen where it says.

    A state in a local file would be gone with the runner. GitHub's own runs have roles of AWS, those at HCP Terraform
    have its token; the others are given what they need as variables.
    """
    return [loaded for loaded in environments if _deploys(host, loaded.environment.state.backend)]


def _deploys(host: Host, backend: str) -> bool:
    if host == "hcp":
        return backend == "cloud"
    return backend != "local" and (host != "github" or backend != "cloud")


def rendered(host: Host, environments: Iterable[Loaded]) -> str:
    """Return the host's pipeline for the environments that it can deploy."""
    return HEAD + PIPELINES[host](deployable(host, environments))
