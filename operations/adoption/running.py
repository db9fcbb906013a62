"""A running cluster with all that its environment file has to say, or the reasons why there can be none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from operations.adoption.found import Found, UnreadableError

if TYPE_CHECKING:
    from operations.adoption.found import Attributes, Resource

ENGINE = "aurora-postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something that a file cannot take over: what, why, and what can be done."""

    what: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}; {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One cluster and what belongs to it."""

    cluster: Attributes
    address: str | None
    instances: list[Resource]
    subnet_group: Resource | None
    zones: dict[str, list[str]]
    """The group's subnets by zone."""
    vpc_id: str | None
    cidr: str | None
    more_cidrs: list[str]
    """The VPC's other blocks, those of IPv6 too, as far as they are known."""
    settings: dict[str, str]
    """Parameters that somebody set, cluster's and instances' groups together."""
    log_groups: dict[str, Attributes]
    """By export; those that are known."""
    found: Found = field(repr=False)

    @property
    def identifier(self) -> str:
        """The cluster's identifier."""
        return str(self.cluster["cluster_identifier"])

    @property
    def place(self) -> tuple[str, str]:
        """Region and account, as the cluster's ARN has them."""
        _, _, _, region, account, *_ = str(self.cluster.get("arn", ":::::")).split(":")
        return region, account

    @property
    def version(self) -> str:
        """The version that runs, exact."""
        return str(self.cluster.get("engine_version_actual") or self.cluster["engine_version"])


def choose(found: Found, identifier: str | None) -> Running:
    """Return the cluster that was asked for, or the only one. Raises UnreadableError."""
    clusters = [one for one in found.of("aws_rds_cluster") if one.attributes.get("cluster_identifier")]
    names = [str(one.attributes["cluster_identifier"]) for one in clusters]
    if identifier:
        clusters = [one for one in clusters if one.attributes["cluster_identifier"] == identifier]
    if not clusters:
        there = f"; there are {', '.join(names)}" if names else ""
        message = f"there is no cluster {identifier or 'in it'}{there}"
        raise UnreadableError(message)
    if len({one.attributes["cluster_identifier"] for one in clusters}) > 1:
        message = f"there are {len(names)} clusters; say which: CLUSTER={names[0]}, or {', '.join(names[1:])}"
        raise UnreadableError(message)
    chosen = max(clusters, key=lambda one: one.address is not None)
    return _completed(found, chosen)


def _completed(found: Found, chosen: Resource) -> Running:
    cluster = chosen.attributes
    own = str(cluster["cluster_identifier"])
    instances = {
        str(one.attributes["identifier"]): one
        for one in found.of("aws_rds_cluster_instance")
        if one.attributes.get("cluster_identifier") == own and one.attributes.get("identifier")
    }
    group = found.named("aws_db_subnet_group", "name", cluster.get("db_subnet_group_name"))
    subnets = group.attributes.get("subnet_ids") or [] if group else []
    zones: dict[str, list[str]] = {}
    vpcs: Counter[str] = Counter()
    for subnet in subnets:
        known = found.named("aws_subnet", "id", subnet)
        if known and known.attributes.get("availability_zone"):
            zones.setdefault(str(known.attributes["availability_zone"]), []).append(str(subnet))
            vpcs[str(known.attributes.get("vpc_id"))] += 1
    vpc_id = (group.attributes.get("vpc_id") if group else None) or next(iter(vpcs), None)
    vpc = found.named("aws_vpc", "id", vpc_id)
    return Running(
        cluster=cluster,
        address=chosen.address,
        instances=sorted(instances.values(), key=lambda one: str(one.attributes["identifier"])),
        subnet_group=group,
        zones=zones,
        vpc_id=str(vpc_id) if vpc_id else None,
        cidr=vpc.attributes.get("cidr_block") if vpc else None,
        more_cidrs=_more_cidrs(vpc.attributes) if vpc else [],
        settings=_settings(found, cluster, [one.attributes for one in instances.values()]),
        log_groups=_log_groups(found, own),
        found=found,
    )


def _more_cidrs(vpc: Attributes) -> list[str]:
    blocks = [*(vpc.get("cidr_blocks") or ()), vpc.get("ipv6_cidr_block")]
    return [str(block) for block in dict.fromkeys(blocks) if block and block != vpc.get("cidr_block")]


def _settings(found: Found, cluster: Attributes, instances: list[Attributes]) -> dict[str, str]:
    wanted = [("aws_rds_cluster_parameter_group", cluster.get("db_cluster_parameter_group_name"))]
    wanted += [("aws_db_parameter_group", one.get("db_parameter_group_name")) for one in instances]
    listed: list[Any] = [one.attributes for one in found.of("parameter")]
    for kind, name in wanted:
        group = found.named(kind, "name", name) if name else None
        listed += group.attributes.get("parameter") or [] if group else []
    # An instance's value goes before its cluster's, and stands later here.
    return {str(one["name"]): str(one["value"]) for one in listed}


def _log_groups(found: Found, identifier: str) -> dict[str, Attributes]:
    prefix = f"/aws/rds/cluster/{identifier}/"
    groups = [one.attributes for one in found.of("aws_cloudwatch_log_group")]
    return {str(one["name"]).removeprefix(prefix): one for one in groups if str(one.get("name", "")).startswith(prefix)}


def hindrances(running: Running) -> list[Left]:
    """Return why this cluster cannot be adopted at all; nothing is written then."""
    cluster = running.cluster
    left = []
    if cluster.get("engine") != ENGINE:
        left.append(
            Left(
                what=f"engine {cluster.get('engine')}",
                reason=f"this is for {ENGINE} only",
                remedy="leave it where it is",
            )
        )
    if cluster.get("engine_mode") not in (None, "", "provisioned"):
        left.append(
            Left(
                what=f"engine mode {cluster['engine_mode']}",
                reason="another mode replaces the cluster",
                remedy="Serverless v1 is converted by aws rds modify-db-cluster --engine-mode provisioned "
                "--allow-engine-mode-change; then adopt it",
            )
        )
    if not cluster.get("storage_encrypted"):
        left.append(
            Left(
                what="unencrypted storage",
                reason="encryption cannot be added to a running cluster, and without it this project makes none",
                remedy="take a snapshot, and make an environment of it with database.origin: {snapshot: …}, which "
                "encrypts it with a key of its own",
            )
        )
    elif not cluster.get("kms_key_id"):
        left.append(
            Left(
                what="storage encrypted by a key that AWS owns",
                reason="it has no ARN that a file could name, and another key replaces the cluster",
                remedy="take a snapshot, and make an environment of it with database.origin: {snapshot: …}",
            )
        )
    for attribute, what in (
        ("global_cluster_identifier", "membership in a global database"),
        ("replication_source_identifier", "replication from another cluster"),
        ("domain", "Kerberos by a directory"),
    ):
        if cluster.get(attribute):
            left.append(
                Left(
                    what=f"{what} ({cluster[attribute]})",
                    reason="a file cannot say it, so a plan would end it",
                    remedy="end it on purpose first, or leave the cluster where it is",
                )
            )
    return left + _missing(running)


def _missing(running: Running) -> list[Left]:
    region, account = running.place
    wanted = {
        "the cluster's ARN": region and account,
        "the cluster's instances": running.instances,
        "the subnets of its subnet group, with their zones": running.zones,
        "the VPC's block": running.cidr,
    }
    sources = {
        "the cluster's ARN": "aws rds describe-db-clusters",
        "the cluster's instances": "aws rds describe-db-instances",
        "the subnets of its subnet group, with their zones": "aws rds describe-db-subnet-groups",
        "the VPC's block": f"aws ec2 describe-vpcs --vpc-ids {running.vpc_id or '<id>'}",
    }
    left = [
        Left(what=what, reason="is not in what was given", remedy=f"add the JSON of {sources[what]}")
        for what, value in wanted.items()
        if not value
    ]
    for one in running.instances if running.zones else ():
        zone = one.attributes.get("availability_zone")
        if zone not in running.zones:
            left.append(
                Left(
                    what=f"instance {one.attributes['identifier']} in {zone or 'an unknown zone'}",
                    reason="its subnet group has no subnet there that is known, and another zone replaces it",
                    remedy="add the JSON of aws rds describe-db-instances and describe-db-subnet-groups",
                )
            )
    return left
