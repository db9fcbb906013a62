"""What RDS and Secrets Manager tell by themselves: event subscriptions, and EventBridge rules for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.db_event_subscription import DbEventSubscription

from modules.module import Rows, column, list_column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct

    from settings.events import Rule, Subscription


class EventSubscriptions(Rows):
    """``aws_db_event_subscription.of["<key>"]`` and ``aws_cloudwatch_event_rule.on["<key>"]`` with its target."""

    def __init__(
        self,
        scope: Construct,
        *,
        subscriptions: Sequence[Subscription],
        rules: Sequence[Rule],
        name: Callable[[str], str],
        topics: Mapping[str, str],
        ready: Sequence[ITerraformDependable],
    ) -> None:
        """Subscribe the topics; ``ready`` are the policies without which RDS cannot send to them."""
        super().__init__(scope, "event_subscriptions")
        self.subscriptions = self.add_rows(
            DbEventSubscription,
            "of",
            "event_subscriptions",
            {
                one.key: {
                    "name": name(f"{one.key}_events"),
                    "topic": topics[one.severity],
                    "source": one.source,
                    "categories": list(one.categories),
                    "identifiers": list(one.identifiers),
                }
                for one in subscriptions
            },
            name=column("name"),
            sns_topic=column("topic"),
            source_type=column("source"),
            event_categories=list_column("categories"),
            source_ids=list_column("identifiers"),
            depends_on=list(ready) or None,
        )
        self.rules = self.add_rows(
            CloudwatchEventRule,
            "on",
            "event_rules",
            {
                rule.key: {
                    "name": name(rule.key),
                    "about": rule.about,
                    "pattern": rule.pattern,
                    "topic": topics[rule.severity],
                }
                for rule in rules
            },
            name=column("name"),
            description=column("about"),
            event_pattern=column("pattern"),
        )
        self.targets = self.add(
            CloudwatchEventTarget,
            "on",
            rule=column("name"),
            target_id="topic",
            arn="${local.event_rules[each.key].topic}",
        )
        self.targets.add_override("for_each", "${aws_cloudwatch_event_rule.on}")
