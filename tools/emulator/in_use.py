"""What AWS refuses to take away or to change while something stands on it, and moto 5.2.5 takes away regardless.

Each rule is a method of moto's that asks first; who uses what is read from moto's own records at that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.emulator import proxies

if TYPE_CHECKING:
    from collections.abc import Iterator


def refuse() -> None:
    """Ask before anything is taken away; call it once, after moto was imported."""
    _security_groups()
    _subnets()
    _networks()
    _subnet_groups()
    _parameter_groups()


def _interfaces(ec2: Any) -> Iterator[tuple[str, set[str], set[str]]]:
    """Yield who has network interfaces: its name, its security groups, its subnets."""
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415 - imported once the environment is prepared
    from moto.rds.models import rds_backends  # noqa: PLC0415 - as above

    for endpoint in ec2.vpc_end_points.values():
        if endpoint.state != "deleted" and endpoint.vpc_endpoint_type == "Interface":
            yield endpoint.id, set(endpoint.security_group_ids), set(endpoint.subnet_ids or ())
    for gateway in ec2.nat_gateways.values():
        if gateway.state != "deleted":
            yield gateway.id, set(), {gateway.subnet_id}
    for function in lambda_backends[ec2.account_id][ec2.region_name].list_functions():
        place = function.vpc_config or {}
        yield function.function_name, set(place.get("SecurityGroupIds", ())), set(place.get("SubnetIds", ()))
    rds = rds_backends[ec2.account_id][ec2.region_name]
    for cluster in rds.clusters.values():
        yield cluster.db_cluster_identifier, set(cluster.vpc_security_group_ids), set()
    for instance in rds.databases.values():
        yield instance.db_instance_identifier, set(), _stands_in(rds, instance)
    for proxy in proxies.standing(rds):
        yield proxy.physical_resource_id, set(proxy.said["VpcSecurityGroupIds"]), set(proxy.said["VpcSubnetIds"])


def _group_of(rds: Any, instance: Any) -> Any:
    """Return the subnet group of an instance: its cluster's."""
    cluster = rds.clusters.get(instance.db_cluster_identifier)
    named = cluster.db_subnet_group_name if cluster else instance.db_subnet_group_name
    return rds.subnet_groups.get(named) if named else None


def _stands_in(rds: Any, instance: Any) -> set[str]:
    """Return the subnets of an instance's group that are in its zone."""
    group = _group_of(rds, instance)
    return {
        subnet["SubnetIdentifier"]
        for subnet in (group.subnets if group else ())
        if subnet["SubnetAvailabilityZone"]["Name"] == instance.availability_zone
    }


def _security_groups() -> None:
    """DeleteSecurityGroup: refused while an interface has the group, or a rule of another group names it.

    EC2 API Reference, DeleteSecurityGroup (read November 2026).
    """
    from moto.ec2.exceptions import DependencyViolationError  # noqa: PLC0415 - as above
    from moto.ec2.models.security_groups import SecurityGroupBackend  # noqa: PLC0415 - as above

    delete = SecurityGroupBackend._delete_security_group

    def named_by(self: Any, group_id: str) -> Iterator[str]:
        for groups in self.groups.values():
            for group in groups.values():
                rules = (*group.ingress_rules, *group.egress_rules)
                if group.id != group_id and any(rule.source_group.get("GroupId") == group_id for rule in rules):
                    yield group.id

    def deleted(self: Any, vpc_id: str | None, group_id: str) -> None:
        users = [name for name, groups, _ in _interfaces(self) if group_id in groups]
        if users or (users := list(named_by(self, group_id))):
            message = f"resource {group_id} has a dependent object: {', '.join(users)}"
            raise DependencyViolationError(message)
        delete(self, vpc_id, group_id)

    SecurityGroupBackend._delete_security_group = deleted  # type: ignore[method-assign]


def _subnets() -> None:
    """DeleteSubnet: refused while anything has a network interface in it (EC2 API Reference, DeleteSubnet)."""
    from moto.ec2.exceptions import DependencyViolationError  # noqa: PLC0415 - as above
    from moto.ec2.models.subnets import SubnetBackend  # noqa: PLC0415 - as above

    delete = SubnetBackend.delete_subnet

    def deleted(self: Any, subnet_id: str) -> Any:
        users = [name for name, _, subnets in _interfaces(self) if subnet_id in subnets]
        if users:
            message = f"The subnet '{subnet_id}' has dependencies and cannot be deleted: {', '.join(users)}"
            raise DependencyViolationError(message)
        return delete(self, subnet_id)

    SubnetBackend.delete_subnet = deleted  # type: ignore[method-assign] # mended


def _networks() -> None:
    """DeleteVpc: refused while it has security groups but the default one (EC2 API Reference, DeleteVpc)."""
    from moto.ec2.exceptions import DependencyViolationError  # noqa: PLC0415 - as above
    from moto.ec2.models.vpcs import VPCBackend  # noqa: PLC0415 - as above

    delete = VPCBackend.delete_vpc

    def deleted(self: Any, vpc_id: str) -> Any:
        left = [group.id for group in self.groups[vpc_id].values() if not group.is_default]
        if left:
            message = f"The vpc '{vpc_id}' has dependencies and cannot be deleted: {', '.join(left)}"
            raise DependencyViolationError(message)
        return delete(self, vpc_id)

    VPCBackend.delete_vpc = deleted  # type: ignore[method-assign] # mended


def _subnet_groups() -> None:
    """ModifyDBSubnetGroup: refused for a subnet that an instance stands in (seen in aws/aws-cdk#26135), or one zone.

    DeleteDBSubnetGroup: refused while a cluster or an instance is in the group (Amazon RDS API Reference, both).
    """
    from moto.rds.exceptions import InvalidParameterValue, RDSClientError  # noqa: PLC0415 - as above
    from moto.rds.models import RDSBackend  # noqa: PLC0415 - as above

    modify, delete = RDSBackend.modify_db_subnet_group, RDSBackend.delete_subnet_group

    def modified(self: Any, subnet_name: str, description: str, subnets: list[Any]) -> Any:
        kept = {subnet.id for subnet in subnets}
        if len({subnet.availability_zone for subnet in subnets}) == 1:
            message = "DB Subnet Group doesn't meet availability zone coverage requirement."
            raise RDSClientError("DBSubnetGroupDoesNotCoverEnoughAZs", message)
        used = {
            subnet
            for instance in self.databases.values()
            if (its := _group_of(self, instance)) and its.name == subnet_name
            for subnet in _stands_in(self, instance)
        }
        if used - kept:
            message = f"Some of the subnets to be deleted are currently in use: {', '.join(sorted(used - kept))}"
            raise InvalidParameterValue(message)
        # moto takes it out of its record and does not put it back.
        self.subnet_groups[subnet_name] = group = modify(self, subnet_name, description, subnets)
        return group

    def deleted(self: Any, subnet_name: str) -> Any:
        users = [one.db_cluster_identifier for one in self.clusters.values() if one.db_subnet_group_name == subnet_name]
        if users:
            message = f"Cannot delete the subnet group '{subnet_name}': {', '.join(users)} is still using it."
            raise RDSClientError("InvalidDBSubnetGroupStateFault", message)
        return delete(self, subnet_name)

    RDSBackend.modify_db_subnet_group = modified  # type: ignore[method-assign] # mended
    RDSBackend.delete_subnet_group = deleted  # type: ignore[method-assign] # mended


def _parameter_groups() -> None:
    """DeleteDBClusterParameterGroup, DeleteDBParameterGroup: refused while a cluster or an instance has the group.

    Amazon RDS API Reference, both.
    """
    from moto.rds.exceptions import RDSClientError  # noqa: PLC0415 - as above
    from moto.rds.models import RDSBackend  # noqa: PLC0415 - as above

    of_cluster, of_instance = RDSBackend.delete_db_cluster_parameter_group, RDSBackend.delete_db_parameter_group

    def ask(name: str, users: list[str]) -> None:
        if users:
            message = f"One or more database instances or clusters are still members of {name}: {', '.join(users)}"
            raise RDSClientError("InvalidDBParameterGroupState", message)

    def cluster_group_deleted(self: Any, db_cluster_parameter_group_name: str) -> None:
        name = db_cluster_parameter_group_name
        ask(name, [one.db_cluster_identifier for one in self.clusters.values() if one.parameter_group == name])
        of_cluster(self, name)

    def instance_group_deleted(self: Any, db_parameter_group_name: str) -> Any:
        name = db_parameter_group_name
        users = [one for one in self.databases.values() if one.db_parameter_group_name == name]
        ask(name, [one.db_instance_identifier for one in users])
        return of_instance(self, name)

    RDSBackend.delete_db_cluster_parameter_group = cluster_group_deleted  # type: ignore[method-assign] # mended
    RDSBackend.delete_db_parameter_group = instance_group_deleted  # type: ignore[method-assign] # mended
