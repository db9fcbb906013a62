"""Roles that the cluster itself assumes, and the way to the services that they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdktf_cdktf_provider_aws.data_aws_ec2_managed_prefix_list import DataAwsEc2ManagedPrefixList
from cdktf_cdktf_provider_aws.rds_cluster_role_association import RdsClusterRoleAssociation
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule

from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

FEATURES: Final = {"s3_import": "s3Import", "s3_export": "s3Export", "lambda": "Lambda"}
"""Names that RDS has for them (aws rds describe-db-engine-versions, SupportedFeatureNames)."""

BY_GATEWAY: Final = frozenset({"s3_import", "s3_export"})
"""What is reached at S3's own addresses, by the VPC's gateway endpoint."""

HTTPS: Final = 443


class ClusterRoles(Module):
    """One association for each role, and HTTPS out of the database's security group to what the role is for.

    That is S3's prefix list, or the VPC, in which the interface endpoint stands; never the world.
    The cluster's own ``iam_roles`` stays unset: it would take away what the associations add.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        cluster_id: str,
        region: str,
        roles: Mapping[str, str],
        security_group_id: str,
        vpc_cidrs: Sequence[str],
    ) -> None:
        """Associate roles, by a key of ``FEATURES``."""
        super().__init__(scope, "cluster_roles")
        self.associations = {
            feature: self.add(
                RdsClusterRoleAssociation,
                logical(feature),
                db_cluster_identifier=cluster_id,
                feature_name=FEATURES[feature],
                role_arn=arn,
            )
            for feature, arn in roles.items()
        }
        self.to_s3 = self._to_s3(region, security_group_id) if roles.keys() & BY_GATEWAY else None
        self.to_endpoints = [
            self.add(
                VpcSecurityGroupEgressRule,
                logical("to_endpoints", str(number)),
                security_group_id=security_group_id,
                description="HTTPS to the VPC's interface endpoints",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                cidr_ipv4=cidr,
            )
            for number, cidr in enumerate(vpc_cidrs if roles.keys() - BY_GATEWAY else (), 1)
        ]

    def _to_s3(self, region: str, security_group_id: str) -> VpcSecurityGroupEgressRule:
        s3 = self.add(DataAwsEc2ManagedPrefixList, "s3", name=f"com.amazonaws.{region}.s3")
        return self.add(
            VpcSecurityGroupEgressRule,
            "to_s3",
            security_group_id=security_group_id,
            description="HTTPS to S3 in this region",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            prefix_list_id=s3.id,
        )
