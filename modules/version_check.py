"""Says in every plan that another version runs than the file says."""

from __future__ import annotations

from typing import Any


def version_check(version: str) -> dict[str, Any]:
    """Return Terraform's ``check`` block that compares an exact version with the one that runs.

    It warns and changes nothing. It is for a cluster that exists: of one that is only planned it is not known what it
    will run, which Terraform would warn of as well.
    """
    running = "aws_rds_cluster.aurora.engine_version_actual"
    return {
        "engine_version": {
            "assert": [
                {
                    "condition": f'${{{running} == "{version}"}}',
                    "error_message": (
                        f"${{{running}}} runs, the file says {version}, and nothing is done about it: to move the "
                        "cluster, say upgrade: true for one deployment (a new major version: "
                        "allow_major_version_upgrade: true); where AWS upgraded it, write the running version."
                    ),
                }
            ]
        }
    }
