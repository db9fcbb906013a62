"""``<environment>-network``: a VPC for the environment, where its file says create."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cdktf import TerraformOutput

from modules import data_perimeter, policies
from modules.encryption_key import EncryptionKey
from modules.flow_logs import FlowLogs
from modules.network import Network
from modules.vpc_endpoints import VpcEndpoints
from settings import topology
from stacks.environment_stack import EnvironmentStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from settings.loaded import Loaded
    from settings.model import CreatedNetwork

NAT_ZONES = {"none": slice(0, 0), "single": slice(0, 1), "per_zone": slice(None)}
"""Which zones get a NAT gateway."""


class NetworkStack(EnvironmentStack):
    """The VPC, its flow logs and its endpoints."""

    def __init__(self, scope: Construct, *, loaded: Loaded, network: CreatedNetwork) -> None:
        super().__init__(scope, kind="network", loaded=loaded)
        names, environment = loaded.names, loaded.environment
        zones = topology.zones(environment.aws)
        self.network = Network(
            self,
            name=names.prefix,
            cidr=network.cidr,
            subnets=topology.subnets(network, zones),
            nat_zones=zones[NAT_ZONES[network.nat]],
            protected=environment.protected,
            dual=network.ip == "dual",
        )
        self.key = EncryptionKey(
            self,
            "flow_logs",
            alias=names.key_alias("flow-logs"),
            description=f"VPC flow logs of {names.prefix}",
            statements=[
                policies.administration(self.place),
                policies.use_by_logs(self.place, [names.flow_log_group]),
            ],
            protected=environment.protected,
        )
        self.flow_logs = FlowLogs(
            self,
            vpc_id=self.network.vpc_id,
            group_name=names.flow_log_group,
            role_name=names.flow_logs_role,
            retention_days=network.flow_log_retention_days,
            key_arn=self.key.arn,
            kept=environment.protected,
            place=self.place,
        )
        self.endpoints = VpcEndpoints(
            self,
            name=names.prefix,
            region=environment.aws.region,
            vpc_id=self.network.vpc_id,
            vpc_cidr=network.cidr,
            route_table_ids=[table_id for table, table_id in self.network.route_table_ids.items() if table != "public"],
            subnet_ids={
                service: [
                    self.network.subnet_ids["private", zone]
                    for zone in zones
                    if zone in network.endpoint_zones.get(service, zones)
                ]
                for service in network.interface_endpoints
            },
            policy=partial(self._perimeter, network.trusted_accounts) if network.endpoint_policies else None,
        )
        for name, value, about in (
            ("vpc_id", self.network.vpc_id, "The VPC"),
            (
                "database_subnet_ids",
                self.network.ids(network.database_subnets),
                "Subnets of the database, by zone",
            ),
            ("private_subnet_ids", self.network.ids("private"), "Private subnets, by zone"),
            (
                "route_table_ids",
                self.network.route_table_ids,
                "Route tables, to which whoever peers with the VPC adds routes: private by zone, isolated, public",
            ),
        ):
            TerraformOutput(self, name, static_id=True, value=value, description=about)
        if network.ip == "dual":
            TerraformOutput(
                self,
                "vpc_ipv6_cidr",
                static_id=True,
                value=self.network.vpc.ipv6_cidr_block,
                description="The VPC's block of IPv6",
            )
        if self.endpoints.security_group and environment.access:
            TerraformOutput(
                self,
                "endpoints_security_group_id",
                static_id=True,
                value=self.endpoints.security_group_id,
                description="Security group of the interface endpoints",
            )

    def _perimeter(self, trusted_accounts: Sequence[str], service: str) -> str:
        return data_perimeter.endpoint_policy(self.place, service, trusted_accounts)
