"""The database's security group: who may connect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

from modules.module import Module, logical
from modules.taken_over import description_left_alone
from settings.types import is_ipv6

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

BLOCKS: Mapping[str, str] = {"cidr": "block", "peered": "peered block", "ipv6": "IPv6 block"}
"""Kinds of blocks, as rules are described: the VPC's, a peer's, and all of the VPC's IPv6."""


class DatabaseAccess(Module):
    """A security group that admits the named security groups and blocks on the database's port, and no egress.

    Rules are resources of their own: inline rules would fight the rules that other stacks add
    (hashicorp/terraform-provider-aws#9692). Name and description are constant, for either replaces the group; one
    that others named keeps the description that they gave it.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        described: bool,
        vpc_id: str,
        port: int,
        security_groups: Mapping[str, str],
        blocks: Mapping[tuple[str, str], str],
    ) -> None:
        """Create the group; sources are given by a stable key each, blocks by their kind besides."""
        super().__init__(scope, "database_access")
        self.security_group = self.add(
            SecurityGroup,
            "database",
            name=name,
            description="Aurora PostgreSQL",
            vpc_id=vpc_id,
            tags={"Name": name},
            lifecycle=description_left_alone(described=described),
        )
        self.security_group_id = self.security_group.id
        # By the key of the source; groups and blocks of one key differ in their addresses.
        self.from_security_groups = {
            key: self.add(
                VpcSecurityGroupIngressRule,
                logical("from_security_group", key),
                security_group_id=self.security_group_id,
                description=f"PostgreSQL from security group {key}",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                referenced_security_group_id=source,
            )
            for key, source in security_groups.items()
        }
        self.from_blocks = {
            (kind, key): self.add(
                VpcSecurityGroupIngressRule,
                logical("from", kind, key),
                security_group_id=self.security_group_id,
                description=f"PostgreSQL from {BLOCKS[kind]} {key}",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=None if kind == "ipv6" or is_ipv6(block) else block,
                cidr_ipv6=block if kind == "ipv6" or is_ipv6(block) else None,
            )
            for (kind, key), block in blocks.items()
        }
