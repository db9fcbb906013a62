"""A VPC's flow logs in an encrypted log group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy

from modules import policies
from modules.module import Module

if TYPE_CHECKING:
    from constructs import Construct


class FlowLogs(Module):
    """Accepted and rejected connections of the whole VPC, with a role that can write to this log group only."""

    def __init__(
        self,
        scope: Construct,
        *,
        vpc_id: str,
        group_name: str,
        role_name: str,
        retention_days: int,
        key_arn: str,
        kept: bool,
        place: policies.Place,
    ) -> None:
        super().__init__(scope, "flow_logs")
        self.group = self.add(
            CloudwatchLogGroup,
            "flow_logs",
            name=group_name,
            retention_in_days=retention_days,
            kms_key_id=key_arn,
            skip_destroy=kept,
        )
        group_arn = place.arn("logs", f"log-group:{group_name}")
        self.role = self.add(
            IamRole,
            "flow_logs",
            name=role_name,
            description="VPC flow logs",
            assume_role_policy=policies.trust("vpc-flow-logs.amazonaws.com", place, place.arn("ec2", "vpc-flow-log/*")),
        )
        self.policy = self.add(
            IamRolePolicy,
            "flow_logs",
            name="write-flow-logs",
            role=self.role.name,
            policy=policies.document(
                [
                    {
                        "Sid": "WriteFlowLogs",
                        "Effect": "Allow",
                        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                        "Resource": [group_arn, f"{group_arn}:log-stream:*"],
                    }
                ]
            ),
        )
        self.flow_log = self.add(
            FlowLog,
            "vpc",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=self.group.arn,
            iam_role_arn=self.role.arn,
            max_aggregation_interval=600,
            tags={"Name": group_name},
            depends_on=[self.policy],
        )
