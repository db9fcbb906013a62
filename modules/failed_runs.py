"""Where scheduled runs end up that failed for good, and the alarm that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import (
    LambdaFunctionEventInvokeConfig,
    LambdaFunctionEventInvokeConfigDestinationConfig,
    LambdaFunctionEventInvokeConfigDestinationConfigOnFailure,
)
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy

from modules import policies
from modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import ITerraformDependable
    from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
    from constructs import Construct

RETRIES = 2
"""How often Lambda runs an asynchronous call again that raised, after one minute and then after two: as often as it can
(Lambda Developer Guide, how Lambda handles errors with asynchronous invocation; read November 2026)."""

TRIED_FOR_SECONDS = 6 * 60 * 60
"""How long Lambda keeps a call that it cannot run, the longest that it does, for the next one is a day later."""

KEPT_SECONDS = 14 * 24 * 60 * 60
"""How long the queue keeps what failed, the longest that SQS does."""

ALARM_PERIOD_SECONDS = 300


class FailedRuns(Module):
    """Bounded retries of a function's asynchronous calls, a queue for what is left, and an alarm on that queue.

    A run that raised goes there by Lambda, with the event and the error; a call that EventBridge could not hand over
    at all goes there by EventBridge. The alarm fires until somebody has read the queue and emptied it.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        place: policies.Place,
        function_name: str,
        alias: LambdaAlias,
        rule_name: str,
        alarm_actions: Sequence[str],
        ready: Sequence[ITerraformDependable],
    ) -> None:
        """Create them; ``ready`` is what lets the function's role write to the queue, which Lambda checks at once."""
        super().__init__(scope, "failed_runs")
        self.queue = self.add(
            SqsQueue,
            "failed_runs",
            name=name,
            message_retention_seconds=KEPT_SECONDS,
            # With SQS's own key: what is in it is an event that anybody may read here, and the type of a failure. A key
            # of ours would have to be open to EventBridge and to the function.
            sqs_managed_sse_enabled=True,
        )
        arn = place.arn("sqs", name)
        self.policy = self.add(
            SqsQueuePolicy,
            "failed_runs",
            queue_url=self.queue.url,
            policy=policies.document(
                [policies.send_by_rule(place, rule_name, arn), policies.refuse_plain_text("sqs:*", arn)]
            ),
        )
        self.retries = self.add(
            LambdaFunctionEventInvokeConfig,
            "failed_runs",
            function_name=function_name,
            qualifier=alias.name,
            maximum_retry_attempts=RETRIES,
            maximum_event_age_in_seconds=TRIED_FOR_SECONDS,
            destination_config=LambdaFunctionEventInvokeConfigDestinationConfig(
                on_failure=LambdaFunctionEventInvokeConfigDestinationConfigOnFailure(destination=self.queue.arn)
            ),
            depends_on=list(ready),
        )
        self.alarm = self.add(
            CloudwatchMetricAlarm,
            "failed_runs",
            alarm_name=name,
            alarm_description=(
                "A daily run failed for good: in a week, inserts find no partition. What failed is in the queue "
                "of this name; docs/connecting.md, When the daily run fails, says what to do."
            ),
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": name},
            statistic="Maximum",
            period=ALARM_PERIOD_SECONDS,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            treat_missing_data="notBreaching",
            alarm_actions=list(alarm_actions) or None,
            ok_actions=list(alarm_actions) or None,
        )
