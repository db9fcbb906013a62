"""A VPC with its subnets and routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Fn, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.egress_only_internet_gateway import EgressOnlyInternetGateway
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc

from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from settings.topology import PlacedSubnet, SubnetKind

ANYWHERE = "0.0.0.0/0"

ANYWHERE_IPV6 = "::/0"


class Network(Module):
    """A VPC whose default security group admits nothing.

    Private subnets have one route table per zone, always, so that turning NAT on or off or moving it only
    adds, removes or changes routes. Isolated subnets share one table that never gets a default route. Public
    subnets and the internet gateway exist only if there are NAT gateways.

    Another block replaces the VPC or a subnet. AWS deletes neither while a database is in it, which an apply finds
    out only after it has taken away what is around them; where they are protected, the plan is refused. A zone that is
    left gives up its subnets and its route table last: endpoints leave them first, or AWS would refuse.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        cidr: str,
        subnets: Sequence[PlacedSubnet],
        nat_zones: Sequence[str],
        protected: bool,
        dual: bool = False,
    ) -> None:
        """Create the VPC; ``nat_zones`` are the zones with a NAT gateway, which serve the others in turn.

        A ``dual`` one has a /56 of Amazon's IPv6 addresses, and each subnet a /64 of it; with NAT, private subnets
        get out by IPv6 through an egress-only gateway.
        """
        super().__init__(scope, "network")
        never_destroyed = TerraformResourceLifecycle(prevent_destroy=True) if protected else None
        # Terraform deletes before it updates what has used the deleted, unless it creates before it destroys.
        leaves_last = TerraformResourceLifecycle(create_before_destroy=True)
        held = TerraformResourceLifecycle(create_before_destroy=True, prevent_destroy=True if protected else None)
        self.vpc = self.add(
            Vpc,
            "main",
            cidr_block=cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            assign_generated_ipv6_cidr_block=True if dual else None,
            tags={"Name": name},
            lifecycle=never_destroyed,
        )
        self.vpc_id = self.vpc.id
        # Adopted and emptied: what AWS puts into it admits its own members and all egress.
        self.default_security_group = self.add(
            DefaultSecurityGroup, "emptied", vpc_id=self.vpc_id, tags={"Name": f"{name}-default"}
        )
        self.subnets = {
            (placed.kind, placed.zone): self.add(
                Subnet,
                logical(placed.kind, placed.letter),
                vpc_id=self.vpc_id,
                cidr_block=placed.cidr,
                availability_zone=placed.zone,
                ipv6_cidr_block=Fn.cidrsubnet(self.vpc.ipv6_cidr_block, 8, placed.place) if dual else None,
                map_public_ip_on_launch=False,
                tags={"Name": f"{name}-{placed.kind}-{placed.letter}"},
                lifecycle=held if placed.kind != "public" else leaves_last,
            )
            for placed in subnets
        }
        self.subnet_ids = {place: subnet.id for place, subnet in self.subnets.items()}
        self.route_tables: dict[str, RouteTable] = {}
        self.route_table_ids: dict[str, str] = {}
        for placed in subnets:
            table = logical("private", placed.letter) if placed.kind == "private" else placed.kind
            if table not in self.route_tables:
                self.route_tables[table] = self.add(
                    RouteTable,
                    table,
                    vpc_id=self.vpc_id,
                    tags={"Name": f"{name}-{table.replace('_', '-')}"},
                    lifecycle=leaves_last,
                )
                self.route_table_ids[table] = self.route_tables[table].id
            self.add(
                RouteTableAssociation,
                logical(placed.kind, placed.letter),
                subnet_id=self.subnet_ids[placed.kind, placed.zone],
                route_table_id=self.route_table_ids[table],
            )
        self.nat_gateways = self._route_out(name, nat_zones) if nat_zones else {}
        if nat_zones and dual:
            self._route_out_by_ipv6(name)

    def _route_out_by_ipv6(self, name: str) -> None:
        only_out = self.add(EgressOnlyInternetGateway, "main", vpc_id=self.vpc_id, tags={"Name": name})
        for table, table_id in self.route_table_ids.items():
            if table == "isolated":
                continue
            self.add(
                Route,
                logical("ipv6", table),
                route_table_id=table_id,
                destination_ipv6_cidr_block=ANYWHERE_IPV6,
                gateway_id=self.gateway.id if table == "public" else None,
                egress_only_gateway_id=None if table == "public" else only_out.id,
            )

    def ids(self, kind: SubnetKind) -> list[str]:
        """Return the ids of the subnets of one kind, by zone."""
        return [subnet_id for (its_kind, _), subnet_id in self.subnet_ids.items() if its_kind == kind]

    def _route_out(self, name: str, nat_zones: Sequence[str]) -> dict[str, NatGateway]:
        self.gateway = gateway = self.add(InternetGateway, "main", vpc_id=self.vpc_id, tags={"Name": name})
        to_internet = self.add(
            Route,
            "public",
            route_table_id=self.route_table_ids["public"],
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )
        gateways = {}
        for zone in nat_zones:
            tags = {"Name": f"{name}-{zone[-1]}"}
            address = self.add(Eip, logical("nat", zone[-1]), domain="vpc", tags=tags)
            gateways[zone] = self.add(
                NatGateway,
                zone[-1],
                allocation_id=address.id,
                subnet_id=self.subnet_ids["public", zone],
                tags=tags,
                depends_on=[to_internet],
            )
        private_zones = [zone for kind, zone in self.subnets if kind == "private"]
        for index, zone in enumerate(private_zones):
            nat = gateways.get(zone, gateways[nat_zones[index % len(nat_zones)]])
            self.add(
                Route,
                logical("private", zone[-1]),
                route_table_id=self.route_table_ids[logical("private", zone[-1])],
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=nat.id,
            )
        return gateways
