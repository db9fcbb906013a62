"""The security group of what connects to the database: the function, the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

from modules.database_access import BLOCKS
from modules.module import Module, logical
from modules.vpc_endpoints import HTTPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

PROXY_PORT: Final = 5432
"""Where RDS Proxy listens, whatever the database's port is (Aurora User Guide, Connecting through RDS Proxy)."""


class ClientNetwork(Module):
    """A security group that reaches the database, and the database's rule that admits it.

    The rule stands here and not in the database's stack: the group does not exist when that stack is applied. Both
    stacks keep rules as resources of their own, so neither takes the other's away.
    """

    def __init__(
        self,
        scope: Construct,
        logical_id: str,
        *,
        name: str,
        description: str,
        vpc_id: str,
        databases: Mapping[str, str],
        port: int,
    ) -> None:
        """Create the group; its name and description are constant, for either replaces it.

        ``databases`` are the security groups of the clusters that it reaches, each by a stable key.
        """
        super().__init__(scope, f"{logical_id}_network")
        self.logical_id, self.description = logical_id, description
        self.security_group = self.add(
            SecurityGroup,
            logical_id,
            name=name,
            description=description,
            vpc_id=vpc_id,
            tags={"Name": name},
        )
        self.security_group_id = self.security_group.id
        ways = {key: self._reach(key, "the database", group, port) for key, group in databases.items()}
        self.to_databases = {key: egress for key, (egress, _) in ways.items()}
        self.admitted = [ingress for _, ingress in ways.values()]

    def reach_aws(self, *, endpoints_security_group_id: str | None, blocks: Sequence[str]) -> None:
        """Allow HTTPS to the interface endpoints' security group, or else to blocks."""
        self.to_aws = [
            self.add(
                VpcSecurityGroupEgressRule,
                f"{self.logical_id}_to_aws" if number == 1 else f"{self.logical_id}_to_aws_{number}",
                security_group_id=self.security_group_id,
                description="HTTPS to AWS",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                referenced_security_group_id=endpoints_security_group_id,
                cidr_ipv4=block,
            )
            for number, block in enumerate([None] if endpoints_security_group_id else blocks, 1)
        ]

    def reach_proxy(self, proxy_security_group_id: str) -> None:
        """Allow connections to the proxy, and have the proxy admit them."""
        self.to_proxy, self.admitted_by_proxy = self._reach("proxy", "RDS Proxy", proxy_security_group_id, PROXY_PORT)

    def admit(self, *, security_groups: Mapping[str, str], blocks: Mapping[tuple[str, str], str]) -> None:
        """Admit sources on the proxy's port, each by a stable key, blocks by their kind besides."""
        sources: list[tuple[str, str, str | None, str | None]] = [
            *(("security_group", key, group, None) for key, group in security_groups.items()),
            *((kind, key, None, block) for (kind, key), block in blocks.items()),
        ]
        self.rules = [
            self.add(
                VpcSecurityGroupIngressRule,
                logical(self.logical_id, "from", kind, key),
                security_group_id=self.security_group_id,
                description=f"PostgreSQL from {'security group' if group else BLOCKS[kind]} {key}",
                ip_protocol="tcp",
                from_port=PROXY_PORT,
                to_port=PROXY_PORT,
                referenced_security_group_id=group,
                cidr_ipv4=cidr,
            )
            for kind, key, group, cidr in sources
        ]

    def _reach(
        self, logical_id: str, name: str, security_group_id: str, port: int
    ) -> tuple[VpcSecurityGroupEgressRule, VpcSecurityGroupIngressRule]:
        """Open both sides of the way to another security group."""
        egress = self.add(
            VpcSecurityGroupEgressRule,
            f"{self.logical_id}_to_{logical_id}",
            security_group_id=self.security_group_id,
            description=f"PostgreSQL to {name}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=security_group_id,
        )
        ingress = self.add(
            VpcSecurityGroupIngressRule,
            f"{logical_id}_from_{self.logical_id}",
            security_group_id=security_group_id,
            description=f"PostgreSQL from {self.description}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=self.security_group_id,
        )
        return egress, ingress
