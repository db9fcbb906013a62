"""A daily call of the function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget,
    CloudwatchEventTargetDeadLetterConfig,
    CloudwatchEventTargetRetryPolicy,
)
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission

from modules.module import Module

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
    from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
    from constructs import Construct


HANDED_OVER_WITHIN_SECONDS = 6 * 60 * 60
"""How long EventBridge tries to hand a call over to Lambda; the next one is a day later."""

HANDED_OVER_RETRIES = 10


class DailyAction(Module):
    """An EventBridge rule that calls the function's alias with one action, every day at one time (UTC).

    A rule rather than EventBridge Scheduler: it needs no role, and the permission names this rule and this alias. The
    event says that it is scheduled, so that a failure raises. What cannot be handed over goes to ``failed_runs``.
    """

    def __init__(
        self,
        scope: Construct,
        action: str,
        *,
        name: str,
        description: str,
        time: str,
        function_name: str,
        alias: LambdaAlias,
        failed_runs: SqsQueue,
    ) -> None:
        """Create the rule; ``time`` is such as 00:30."""
        super().__init__(scope, f"daily_{action}")
        hours, minutes = time.split(":")
        self.rule = self.add(
            CloudwatchEventRule,
            action,
            name=name,
            description=description,
            schedule_expression=f"cron({int(minutes)} {int(hours)} * * ? *)",
        )
        self.target = self.add(
            CloudwatchEventTarget,
            action,
            rule=self.rule.name,
            target_id=action,
            arn=alias.arn,
            input=json.dumps({"action": action, "scheduled": True}),
            retry_policy=CloudwatchEventTargetRetryPolicy(
                maximum_event_age_in_seconds=HANDED_OVER_WITHIN_SECONDS, maximum_retry_attempts=HANDED_OVER_RETRIES
            ),
            dead_letter_config=CloudwatchEventTargetDeadLetterConfig(arn=failed_runs.arn),
        )
        self.permission = self.add(
            LambdaPermission,
            action,
            statement_id=action,
            action="lambda:InvokeFunction",
            function_name=function_name,
            qualifier=alias.name,
            principal="events.amazonaws.com",
            source_arn=self.rule.arn,
        )
