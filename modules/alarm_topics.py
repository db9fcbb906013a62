"""The two SNS topics that alarms and events go to, their key, and who is subscribed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.chatbot_slack_channel_configuration import ChatbotSlackChannelConfiguration
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription

from modules import policies
from modules.encryption_key import EncryptionKey
from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdktf import ITerraformDependable
    from constructs import Construct

    from settings.watching import Recipients

CHAT_ACTIONS = ("cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics")
"""What AWS Chatbot draws an alarm's graph with (AWS Chatbot Administrator Guide, notification permissions).

None of them can be narrowed to a resource (Service Authorization Reference, Amazon CloudWatch).
"""


class AlarmTopics(Module):
    """A topic for each severity, unless one that exists is named, and its subscriptions.

    Only CloudWatch, EventBridge and RDS send to them, in the name of this account's own resources. A subscription by
    e-mail is pending until somebody follows the link in AWS's mail; Terraform cannot do that.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        place: policies.Place,
        recipients: Mapping[str, Recipients],
        name: Callable[[str], str],
        key_alias: str,
        chat_name: Callable[[str], str],
        senders: Mapping[str, str],
        protected: bool,
    ) -> None:
        """Create what is ours: ``senders`` are services with a pattern of the ARNs that they send for."""
        super().__init__(scope, "alarm_topics")
        self.arns: dict[str, str] = {}
        self.topics: dict[str, SnsTopic] = {}
        self.policies: list[ITerraformDependable] = []
        self.subscriptions: dict[str, SnsTopicSubscription] = {}
        own = [severity for severity, wanted in recipients.items() if wanted.topic is None]
        self.key = (
            EncryptionKey(
                scope,
                "notifications",
                alias=key_alias,
                description="What alarms and events say on their way to those who are subscribed",
                statements=[
                    policies.administration(place),
                    *policies.use_through(place, "sns"),
                    policies.use_by_senders(dict(senders)),
                ],
                protected=protected,
            )
            if own
            else None
        )
        for severity, wanted in recipients.items():
            if wanted.topic is not None:
                self.arns[severity] = wanted.topic
            else:
                self._topic(severity, name(severity), dict(senders))
            self._subscribe(severity, wanted)
            if wanted.chatbot is not None:
                self._chat(place, severity, wanted.chatbot.workspace_id, wanted.chatbot.channel_id, chat_name(severity))

    def _topic(self, severity: str, name: str, senders: dict[str, str]) -> None:
        if self.key is None:
            raise ValueError("a topic of our own needs the key")
        topic = self.add(SnsTopic, severity, name=name, kms_master_key_id=self.key.arn)
        self.topics[severity] = topic
        self.arns[severity] = topic.arn
        self.policies.append(
            self.add(
                SnsTopicPolicy,
                severity,
                arn=topic.arn,
                policy=policies.document(policies.publish(topic.arn, senders)),
            )
        )

    def _subscribe(self, severity: str, wanted: Recipients) -> None:
        for protocol, endpoints in (("email", wanted.email), ("https", wanted.https)):
            for key, endpoint in endpoints.items():
                logical_id = logical(severity, protocol, key)
                self.subscriptions[logical_id] = self.add(
                    SnsTopicSubscription,
                    logical_id,
                    topic_arn=self.arns[severity],
                    protocol=protocol,
                    endpoint=endpoint,
                )

    def _chat(self, place: policies.Place, severity: str, workspace: str, channel: str, name: str) -> None:
        role = self.add(
            IamRole,
            logical("chat", severity),
            name=name,
            description="AWS Chatbot reads metrics for what it posts",
            assume_role_policy=policies.trust("chatbot.amazonaws.com", place),
        )
        self.add(
            IamRolePolicy,
            logical("chat", severity),
            name="read-metrics",
            role=role.id,
            policy=policies.document(
                [{"Sid": "ReadMetrics", "Effect": "Allow", "Action": list(CHAT_ACTIONS), "Resource": ["*"]}]
            ),
        )
        self.add(
            ChatbotSlackChannelConfiguration,
            severity,
            configuration_name=name,
            iam_role_arn=role.arn,
            slack_team_id=workspace,
            slack_channel_id=channel,
            sns_topic_arns=[self.arns[severity]],
            logging_level="ERROR",
        )
