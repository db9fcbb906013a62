"""AWS services reachable from a VPC without a way to the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

from catalog import vpc_endpoints
from modules.data_perimeter import S3
from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from constructs import Construct

HTTPS = 443


class VpcEndpoints(Module):
    """The S3 gateway endpoint, which is free, and the chosen interface endpoints, which cost by the hour."""

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        region: str,
        vpc_id: str,
        vpc_cidr: str,
        route_table_ids: Sequence[str],
        subnet_ids: Mapping[str, Sequence[str]],
        policy: Callable[[str], str] | None,
    ) -> None:
        """Create the endpoints; the interface endpoint of a service stands in its ``subnet_ids``.

        ``policy`` gives the policy of a service's endpoint; without it AWS lets anybody reach anything.
        """
        super().__init__(scope, "vpc_endpoints")
        self.s3 = self.add(
            VpcEndpoint,
            "s3",
            vpc_id=vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{region}.s3",
            route_table_ids=list(route_table_ids),
            policy=policy(S3) if policy else None,
            tags={"Name": f"{name}-s3"},
        )
        self.security_group: SecurityGroup | None = None
        self.security_group_id = ""
        self.interfaces: dict[str, VpcEndpoint] = {}
        if not subnet_ids:
            return
        self.security_group = self.add(
            SecurityGroup,
            "endpoints",
            name=f"{name}-endpoints",
            description="VPC interface endpoints",
            vpc_id=vpc_id,
            tags={"Name": f"{name}-endpoints"},
        )
        self.security_group_id = self.security_group.id
        self.rule = self.add(
            VpcSecurityGroupIngressRule,
            "endpoints_from_vpc",
            security_group_id=self.security_group_id,
            description="HTTPS from the VPC",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=vpc_cidr,
        )
        self.interfaces = {
            service: self.add(
                VpcEndpoint,
                logical(service),
                vpc_id=vpc_id,
                vpc_endpoint_type="Interface",
                service_name=vpc_endpoints.interface_name(region, service),
                subnet_ids=list(its_subnets),
                security_group_ids=[self.security_group_id],
                private_dns_enabled=True,
                policy=policy(service) if policy else None,
                tags={"Name": f"{name}-{service}"},
            )
            for service, its_subnets in subnet_ids.items()
        }
