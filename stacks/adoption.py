"""Import blocks for what a database stack takes over rather than makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdktf import TerraformResource

    from settings.past import Adoption
    from stacks.database import DatabaseStack


def take_over(stack: DatabaseStack, adopt: Adoption) -> None:
    """Import what exists; each id is as the AWS provider's documentation of the resource gives it.

    Terraform leaves an import of what is in the state already alone.
    """
    names = stack.loaded.names
    version = stack.loaded.environment.database.engine_version
    imported: list[tuple[TerraformResource, str]] = [(stack.aurora.cluster, names.cluster)]
    imported += [(stack.aurora_instances.instances[key], names.instance(key)) for key in adopt.instances]
    if adopt.subnet_group and stack.aurora.subnet_group:
        imported.append((stack.aurora.subnet_group, names.subnet_group))
    if "cluster" in adopt.parameter_groups:
        imported.append((stack.parameter_groups.cluster, names.cluster_parameter_group(version)))
    if "instance" in adopt.parameter_groups:
        imported.append((stack.parameter_groups.instance, names.instance_parameter_group(version)))
    imported += [(stack.log_groups.groups[kind], names.log_group(kind)) for kind in adopt.log_groups]
    if adopt.security_group:
        imported.append((stack.access.security_group, adopt.security_group))
    sources = stack.access.from_security_groups | {key: rule for (_, key), rule in stack.access.from_blocks.items()}
    imported += [(sources[key], rule) for key, rule in adopt.rules.items()]
    imported += [(stack.keys[purpose].key, key_id) for purpose, key_id in adopt.keys.items()]
    if adopt.monitoring_role:
        role = stack.monitoring_role
        imported.append((role.role, names.monitoring_role))
        imported.append((role.attachment, f"{names.monitoring_role}/{role.policy_arn}"))
    for resource, identity in imported:
        resource.import_from(identity)
