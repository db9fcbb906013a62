"""The rows of the network stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settings import topology
from tests.arguments.rows import LEAVES_LAST, PREVENT_DESTROY, Row, Said, Such, Where, protected, rows

if TYPE_CHECKING:
    from settings.topology import PlacedSubnet

VPC = "${aws_vpc.main.id}"


def _subnets(where: Where) -> dict[str, PlacedSubnet]:
    return {
        f"{one.kind}_{one.letter}": one
        for one in topology.subnets(where.created, topology.zones(where.environment.aws))
    }


def _letters(where: Where) -> list[str]:
    return sorted({one.letter for one in _subnets(where).values()})


def _letters_of(where: Where, service: str) -> list[str]:
    """Return the letters of the zones in which an endpoint stands."""
    chosen = where.created.endpoint_zones.get(service.replace("_", "-"))
    return sorted(zone[-1] for zone in chosen) if chosen else _letters(where)


def _nat_of(where: Where, letter: str) -> str:
    """Return the letter of the NAT gateway that a zone uses."""
    return letter if where.created.nat == "per_zone" else _letters(where)[0]


def _route_tables(where: Where) -> list[str]:
    return [f"${{aws_route_table.private_{letter}.id}}" for letter in _letters(where)] + [
        "${aws_route_table.isolated.id}"
    ]


def _has(where: Where, table: str) -> bool:
    """Whether there is a route table of this name."""
    return table == "isolated" or any(name == table or name.startswith(f"{table}_") for name in _subnets(where))


def _dual(where: Where) -> bool:
    return where.created.ip == "dual"


def _protected_subnet(where: Where) -> bool:
    return where.protected and not where.name.startswith("public")


ROWS: tuple[Row, ...] = (
    *rows(
        "aws_vpc.main",
        ("cidr_block", Said(lambda w: w.created.cidr), "The block that the file gives; a change replaces everything"),
        ("enable_dns_support", True, "Without it no endpoint of the database resolves"),
        ("enable_dns_hostnames", True, "Interface endpoints with private DNS are refused without it"),
        ("tags.Name", "<prefix>", "The console shows this one"),
    ),
    Row("aws_vpc.main", *PREVENT_DESTROY, protected),
    *rows(
        "aws_subnet.*",
        ("vpc_id", VPC, "They are of this VPC"),
        ("cidr_block", Said(lambda w: _subnets(w)[w.name].cidr), "Each zone's place in the block is fixed"),
        ("availability_zone", Said(lambda w: _subnets(w)[w.name].zone), "A changed zone replaces what stands in it"),
        ("map_public_ip_on_launch", False, "Nothing gets a public address by itself, in public subnets neither"),
        ("tags.Name", "<prefix>-<-*>", "The console shows this one"),
    ),
    Row("aws_subnet.*", *PREVENT_DESTROY, _protected_subnet),
    Row("aws_subnet.*", *LEAVES_LAST),
    Row("aws_route_table.*", *LEAVES_LAST),
    Row(
        "aws_subnet.*",
        "ipv6_cidr_block",
        Said(lambda w: f"${{cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, {_subnets(w)[w.name].place})}}"),
        "Its place in what Amazon gives follows from its kind and its zone alone",
        _dual,
    ),
    Row("aws_vpc.main", "assign_generated_ipv6_cidr_block", True, "A /56 of Amazon's", _dual),
    *rows(
        "aws_route.ipv6_*",
        ("destination_ipv6_cidr_block", "::/0", "All that has no nearer way"),
        ("route_table_id", "${aws_route_table.<*>.id}", "The zone's own table, or that of NAT"),
    ),
    Row(
        "aws_route.ipv6_private_*", "egress_only_gateway_id", "${aws_egress_only_internet_gateway.main.id}", "Out alone"
    ),
    Row("aws_route.ipv6_public", "gateway_id", "${aws_internet_gateway.main.id}", "The VPC's own gateway"),
    *rows(
        "aws_egress_only_internet_gateway.main",
        ("vpc_id", VPC, "It is of this VPC"),
        ("tags.Name", "<prefix>", "The console shows this one"),
    ),
    *rows(
        "aws_route_table.*",
        ("vpc_id", VPC, "They are of this VPC"),
        ("tags.Name", "<prefix>-<-*>", "The console shows this one"),
    ),
    *rows(
        "aws_route_table_association.private_*",
        ("subnet_id", "${aws_subnet.private_<*>.id}", "The zone's own subnet"),
        ("route_table_id", "${aws_route_table.private_<*>.id}", "The zone's own way out"),
    ),
    *rows(
        "aws_route_table_association.isolated_*",
        ("subnet_id", "${aws_subnet.isolated_<*>.id}", "The zone's own subnet"),
        ("route_table_id", "${aws_route_table.isolated.id}", "No way out; the main table might get one"),
    ),
    *rows(
        "aws_route_table_association.public_*",
        ("subnet_id", "${aws_subnet.public_<*>.id}", "The zone's own subnet"),
        ("route_table_id", "${aws_route_table.public.id}", "The way out for NAT"),
    ),
    *rows(
        "aws_route.public",
        ("route_table_id", "${aws_route_table.public.id}", "NAT gateways reach the internet by it"),
        ("destination_cidr_block", "0.0.0.0/0", "All that has no nearer way"),
        ("gateway_id", "${aws_internet_gateway.main.id}", "The VPC's own gateway"),
    ),
    *rows(
        "aws_route.private_*",
        ("route_table_id", "${aws_route_table.private_<*>.id}", "The zone's own table"),
        ("destination_cidr_block", "0.0.0.0/0", "All that has no nearer way"),
        (
            "nat_gateway_id",
            Said(lambda w: f"${{aws_nat_gateway.{_nat_of(w, w.part)}.id}}"),
            "Its own zone's where each has one: traffic between zones costs, and another zone may be away",
        ),
    ),
    Row("output.vpc_ipv6_cidr", "value", "${aws_vpc.main.ipv6_cidr_block}", "Who is admitted where all of it is"),
    *(
        Row(
            "output.route_table_ids",
            f"value.{table}",
            f"${{aws_route_table.{table}.id}}",
            "Whoever peers with the VPC adds routes to it",
            lambda w, table=table: _has(w, table),  # type: ignore[misc] # bound now
        )
        for table in ("isolated", "public", *(f"private_{letter}" for letter in "abcd"))
    ),
    *rows(
        "aws_internet_gateway.main",
        ("vpc_id", VPC, "It is of this VPC"),
        ("tags.Name", "<prefix>", "The console shows this one"),
    ),
    *rows(
        "aws_eip.nat_*",
        ("domain", "vpc", "NAT gateways take no other address"),
        ("tags.Name", "<prefix>-<*>", "Whoever admits it elsewhere finds the zone's address"),
    ),
    *rows(
        "aws_nat_gateway.*",
        ("allocation_id", "${aws_eip.nat_<*>.id}", "The zone's own address, which others may have admitted"),
        ("subnet_id", "${aws_subnet.public_<*>.id}", "Only from a public subnet is there a way out"),
        ("depends_on", ["aws_route.public"], "Without the route it has no way out, and its creation fails"),
        ("tags.Name", "<prefix>-<*>", "The console shows this one"),
    ),
    *rows(
        "aws_default_security_group.emptied",
        ("vpc_id", VPC, "Taken over without rules, so that what names no group reaches nothing"),
        ("tags.Name", "<prefix>-default", "The console shows this one"),
    ),
    *rows(
        "aws_flow_log.vpc",
        ("vpc_id", VPC, "All of the VPC's interfaces, those to come as well"),
        ("traffic_type", "ALL", "Accepted traffic tells who was there, rejected who tried"),
        ("log_destination_type", "cloud-watch-logs", "Searched where the other logs are"),
        ("log_destination", "${aws_cloudwatch_log_group.flow_logs.arn}", "The encrypted group with its retention"),
        ("max_aggregation_interval", 600, "One minute costs ten times as many records"),
        ("iam_role_arn", "${aws_iam_role.flow_logs.arn}", "VPC writes in this role"),
        ("depends_on", ["aws_iam_role_policy.flow_logs"], "Without the policy the first records are lost"),
        ("tags.Name", Said(lambda w: w.names.flow_log_group), "The console shows this one"),
    ),
    *rows(
        "aws_cloudwatch_log_group.flow_logs",
        ("name", Said(lambda w: w.names.flow_log_group), "The key's policy names it"),
        ("retention_in_days", Said(lambda w: w.created.flow_log_retention_days), "Without it they are kept for ever"),
        ("kms_key_id", "${aws_kms_key.flow_logs.arn}", "They tell who speaks with whom"),
        ("skip_destroy", Said(lambda w: w.protected), "Logs outlive a protected environment"),
    ),
    *rows(
        "aws_iam_role.flow_logs",
        ("name", Said(lambda w: w.names.flow_logs_role), "Left out, it has a random name"),
        ("description", "VPC flow logs", "Who reviews roles knows what it is for"),
        ("assume_role_policy", Such(lambda text: "vpc-flow-logs.amazonaws.com" in text), "VPC's flow logs assume it"),
    ),
    *rows(
        "aws_iam_role_policy.flow_logs",
        ("name", "write-flow-logs", "A change of it replaces the policy"),
        ("role", "${aws_iam_role.flow_logs.name}", "The role that VPC writes in"),
        (
            "policy",
            Such(lambda text: "logs:PutLogEvents" in text),
            "docs/access-policies.md says why each statement is",
        ),
    ),
    *rows(
        "aws_kms_key.flow_logs",
        ("description", Such(lambda text: "low logs" in text), "Who is about to delete a key reads what it is for"),
    ),
    *rows(
        "aws_security_group.endpoints",
        ("name", "<prefix>-endpoints", "A change of it replaces the group"),
        ("description", "VPC interface endpoints", "A change of it replaces the group"),
        ("tags.Name", "<prefix>-endpoints", "The console shows this one"),
        ("vpc_id", VPC, "It is of this VPC"),
    ),
    *rows(
        "aws_vpc_security_group_ingress_rule.endpoints_from_vpc",
        ("security_group_id", "${aws_security_group.endpoints.id}", "The endpoints' own group"),
        ("cidr_ipv4", Said(lambda w: w.created.cidr), "All of the VPC and nobody else"),
        ("description", "HTTPS from the VPC", "Who reviews rules knows whom it admits"),
        ("from_port", 443, "AWS's interfaces listen there"),
        ("to_port", 443, "And at no other port"),
        ("ip_protocol", "tcp", "HTTPS speaks TCP"),
    ),
    *rows(
        "aws_vpc_endpoint.*",
        ("vpc_id", VPC, "It is of this VPC"),
        ("service_name", "com.amazonaws.<region>.<*>", "The region's own service"),
        ("tags.Name", "<prefix>-<*>", "The console shows this one"),
    ),
    Row(
        "aws_vpc_endpoint.*",
        "policy",
        Such(lambda text: "aws:PrincipalAccount" in text or "aws:PrincipalOrgID" in text or "aws:Resource" in text),
        "No way out to another account's services; tests/synthesis/test_synthesis_perimeter.py holds each statement",
        lambda w: w.created.endpoint_policies,
    ),
    *rows(
        "aws_vpc_endpoint.s3",
        ("vpc_endpoint_type", "Gateway", "It costs nothing, unlike an interface"),
        ("route_table_ids", Said(_route_tables), "Without a route the endpoint is not used; isolated subnets as well"),
    ),
    *rows(
        "aws_vpc_endpoint.*",
        ("vpc_endpoint_type", "Interface", "Reached by addresses in the subnets"),
        ("private_dns_enabled", True, "Without it the SDK's names lead out of the VPC, where there is no way"),
        (
            "subnet_ids",
            Said(lambda w: [f"${{aws_subnet.private_{letter}.id}}" for letter in _letters_of(w, w.part)]),
            "One in each zone, for each zone may be away, unless the file leaves some out",
        ),
        ("security_group_ids", ["${aws_security_group.endpoints.id}"], "The default group admits nobody"),
        when=lambda w: w.name != "s3",
    ),
)
