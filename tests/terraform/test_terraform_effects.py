"""The table of effects against the schema of the oldest provider that the stacks admit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from catalog import effects
from review.concerns.arguments import CORE
from tests.terraform.terraform_runner import REQUIREMENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.terraform.terraform_runner import Terraform

pytestmark = [pytest.mark.terraform, pytest.mark.long]

NEWER = {
    "aws_rds_cluster": {
        *("auto_minor_version_upgrade", "publicly_accessible", "region", "upgrade_rollout_order"),
        "warning_event_categories",
    },
    "aws_rds_cluster_instance": {"region", "warning_event_categories"},
    "aws_rds_cluster_parameter_group": {"region", "skip_destroy", "timeouts"},
    "aws_db_parameter_group": {"region", "timeouts"},
    "aws_rds_global_cluster": {"region"},
    "aws_db_subnet_group": {"region"},
    "aws_db_proxy": {
        *("default_auth_scheme", "endpoint_network_type", "region", "target_connection_network_type", "vpc_id"),
    },
}
"""Arguments of newer providers (hashicorp/aws 6, up to 6.69 in 2026-10), and what both parameter groups share."""


def paths(block: dict[str, Any], above: str = "") -> Iterator[str]:
    """Yield every attribute and block of a schema, such as ``auth.secret_arn``."""
    for name in block.get("attributes", {}):
        yield f"{above}{name}"
    for name, nested in block.get("block_types", {}).items():
        yield f"{above}{name}"
        yield from paths(nested["block"], f"{above}{name}.")


def test_every_argument_of_the_provider_has_a_row(terraform: Terraform, tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text(json.dumps(REQUIREMENT))
    alone = terraform.detached()
    assert alone.run(tmp_path, "init", "-no-color").returncode == 0
    shown = json.loads(alone.run(tmp_path, "providers", "schema", "-json").stdout)
    (schemas,) = shown["provider_schemas"].values()
    for kind in sorted(CORE):
        known = set(paths(schemas["resource_schemas"][kind]["block"]))
        assert [path for path in sorted(known) if not effects.rows(kind, path)] == []
        spoken = {argument for argument in effects.arguments(kind) if argument not in known}
        assert spoken == NEWER[kind], kind
    others = [kind for kind in effects.types() if kind not in CORE]
    unknown = {
        f"{kind}.{argument}"
        for kind in others
        for argument in effects.arguments(kind)
        if argument not in set(paths(schemas["resource_schemas"][kind]["block"]))
    }
    assert unknown == {"aws_cloudwatch_log_group.deletion_protection_enabled"}
