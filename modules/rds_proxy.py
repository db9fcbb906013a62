"""RDS Proxy, by CloudFormation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from cdktf_cdktf_provider_aws.cloudformation_stack import CloudformationStack
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy

from modules import policies
from modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct

    from settings.growth import Pool

TEMPLATE: Final[dict[str, Any]] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "RDS Proxy with end-to-end IAM authentication",
    "Parameters": {
        "BorrowTimeoutSeconds": {"Type": "Number", "Default": 30},
        "ClusterIdentifier": {"Type": "String"},
        "IdleClientTimeoutSeconds": {"Type": "Number", "Default": 1800},
        "MaxConnectionsPercent": {"Type": "Number", "Default": 80},
        "MaxIdleConnectionsPercent": {"Type": "Number", "Default": 40},
        "Name": {"Type": "String"},
        "RoleArn": {"Type": "String"},
        "SecurityGroupId": {"Type": "AWS::EC2::SecurityGroup::Id"},
        "SubnetIds": {"Type": "List<AWS::EC2::Subnet::Id>"},
    },
    "Resources": {
        "Proxy": {
            "Type": "AWS::RDS::DBProxy",
            "Properties": {
                "DBProxyName": {"Ref": "Name"},
                "EngineFamily": "POSTGRESQL",
                "DefaultAuthScheme": "IAM_AUTH",
                "RequireTLS": True,
                "DebugLogging": False,
                "IdleClientTimeout": {"Ref": "IdleClientTimeoutSeconds"},
                "RoleArn": {"Ref": "RoleArn"},
                "VpcSecurityGroupIds": [{"Ref": "SecurityGroupId"}],
                "VpcSubnetIds": {"Ref": "SubnetIds"},
            },
        },
        "Targets": {
            "Type": "AWS::RDS::DBProxyTargetGroup",
            "Properties": {
                "DBProxyName": {"Ref": "Proxy"},
                "TargetGroupName": "default",
                "DBClusterIdentifiers": [{"Ref": "ClusterIdentifier"}],
                "ConnectionPoolConfigurationInfo": {
                    "ConnectionBorrowTimeout": {"Ref": "BorrowTimeoutSeconds"},
                    "MaxConnectionsPercent": {"Ref": "MaxConnectionsPercent"},
                    "MaxIdleConnectionsPercent": {"Ref": "MaxIdleConnectionsPercent"},
                },
            },
        },
        "ReaderEndpoint": {
            "Type": "AWS::RDS::DBProxyEndpoint",
            "Properties": {
                "DBProxyName": {"Ref": "Proxy"},
                "DBProxyEndpointName": {"Fn::Join": ["-", [{"Ref": "Name"}, "reader"]]},
                "TargetRole": "READ_ONLY",
                "VpcSecurityGroupIds": [{"Ref": "SecurityGroupId"}],
                "VpcSubnetIds": {"Ref": "SubnetIds"},
            },
        },
    },
    "Outputs": {
        "Endpoint": {"Value": {"Fn::GetAtt": ["Proxy", "Endpoint"]}},
        "ReaderEndpoint": {"Value": {"Fn::GetAtt": ["ReaderEndpoint", "Endpoint"]}},
        "ResourceId": {"Value": {"Fn::Select": [6, {"Fn::Split": [":", {"Fn::GetAtt": ["Proxy", "DBProxyArn"]}]}]}},
    },
}
"""Constant: what differs between environments comes in as parameters, so that a plan shows it in plain words."""


class RdsProxy(Module):
    """A proxy to which clients, and which itself to the database, authenticate by IAM, and its read-only endpoint.

    End-to-end IAM needs ``default_auth_scheme``, which hashicorp/aws has only since 6.x and 5.100 refuses
    (hashicorp/terraform-provider-aws#44298). All that 5.100 has is ``auth`` with a secret per user, and a user with
    a password cannot be one of ours, whom ``rds_iam`` binds to IAM. CloudFormation has it, and its resource is the
    same in both majors of the provider.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        proxy_name: str,
        role_name: str,
        place: policies.Place,
        cluster_identifier: str,
        subnet_ids: Sequence[str],
        security_group_id: str,
        pool: Pool,
        statements: Sequence[policies.Statement],
        ready: Sequence[ITerraformDependable],
    ) -> None:
        """Create the proxy in a stack of a constant name; ``statements`` say as whom it may connect to the database."""
        super().__init__(scope, "rds_proxy")
        self.role = self.add(
            IamRole,
            "proxy",
            name=role_name,
            description="RDS Proxy",
            assume_role_policy=policies.trust("rds.amazonaws.com", place),
        )
        self.policy = self.add(
            IamRolePolicy,
            "proxy",
            name="connect-to-the-database",
            role=self.role.id,
            policy=policies.document(statements),
        )
        self.stack = self.add(
            CloudformationStack,
            "proxy",
            name=name,
            template_body=json.dumps(TEMPLATE, sort_keys=True),
            parameters={
                "ClusterIdentifier": cluster_identifier,
                "Name": proxy_name,
                "RoleArn": self.role.arn,
                "SecurityGroupId": security_group_id,
                "SubnetIds": ",".join(subnet_ids),
                "BorrowTimeoutSeconds": str(pool.borrow_timeout_seconds),
                "IdleClientTimeoutSeconds": str(pool.idle_client_timeout_seconds),
                "MaxConnectionsPercent": str(pool.max_connections_percent),
                "MaxIdleConnectionsPercent": str(pool.max_idle_connections_percent),
            },
            depends_on=[self.policy, *ready],
        )
        # By attribute and not by key: the quotes of a key would break the JSON of the policies that name it.
        self.endpoint, self.reader_endpoint, self.resource_id = (
            f"${{aws_cloudformation_stack.proxy.outputs.{output}}}"
            for output in ("Endpoint", "ReaderEndpoint", "ResourceId")
        )
