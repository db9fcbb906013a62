"""The rows of the monitoring stack; tests/synthesis/test_synthesis_monitoring.py holds what stands in its tables."""

from __future__ import annotations

import json
from typing import Any

from tests.arguments.rows import Row, Said, Such, Where, rows

ALARM = "aws_cloudwatch_metric_alarm.metric"

TABLE = "Each alarm is a row of local.alarms, so that forty of them cost one construct"

ADDRESS = "Rows are addresses: a key that stays keeps its resource"


def _topics(where: Where) -> list[str]:
    """Return the policies of our own topics."""
    notify = where.environment.monitoring.notify
    own = {"page": notify.page.topic is None, "ticket": notify.ticket.topic is None}
    return [f"aws_sns_topic_policy.{severity}" for severity, ours in own.items() if ours]


def _page(where: Where) -> list[str]:
    return [where.environment.monitoring.notify.page.topic or "${aws_sns_topic.page.arn}"]


def _page_by_name(where: Where) -> list[str]:
    """Return the page topic as another stack's alarm names it, which comes before the topic."""
    ours = where.filled("arn:aws:sns:<region>:<account>:") + where.names.topic("page")
    return [where.environment.monitoring.notify.page.topic or ours]


def _topic_of(where: Where) -> str:
    severity = where.name.partition("_")[0]
    topic: str | None = getattr(where.environment.monitoring.notify, severity).topic
    return topic or f"${{aws_sns_topic.{severity}.arn}}"


def _endpoint(where: Where) -> str:
    severity, protocol, key = where.name.split("_", 2)
    named: dict[str, str] = getattr(getattr(where.environment.monitoring.notify, severity), protocol)
    return named[key.replace("_", "-")]


def _chatbot(where: Where) -> Any:
    return where.environment.monitoring.notify.page.chatbot


def _column(address: str, because: str, **columns: str) -> tuple[Row, ...]:
    return rows(address, *((argument, f"${{each.value.{name}}}", because) for argument, name in columns.items()))


ROWS: tuple[Row, ...] = (
    *_column(
        ALARM,
        TABLE,
        alarm_actions="actions",
        alarm_description="about",
        alarm_name="name",
        comparison_operator="comparison",
        datapoints_to_alarm="periods",
        dimensions="dimensions",
        evaluation_periods="periods",
        metric_name="metric",
        namespace="namespace",
        ok_actions="actions",
        period="period",
        threshold="threshold",
        treat_missing_data="missing",
    ),
    *rows(
        ALARM,
        ("for_each", "${local.alarms}", ADDRESS),
        ("statistic", "${try(each.value.statistic, null)}", "A percentile is an extended statistic instead"),
        ("extended_statistic", "${try(each.value.percentile, null)}", "CloudWatch takes one of the two"),
        ("depends_on", Said(_topics), "A topic whose policy is not there yet takes no message"),
    ),
    *rows(
        "aws_cloudwatch_composite_alarm.experiments_at_risk",
        ("alarm_name", "<prefix>-experiments-at-risk", "The first thing that is looked at"),
        ("alarm_description", Such(lambda text: "runbook" in text), "It says where it stands what to do"),
        ("alarm_rule", Such(lambda rule: rule.startswith("ALARM(")), "test_synthesis_monitoring.py holds the rule"),
        ("alarm_actions", Said(_page), "Somebody is woken"),
        ("ok_actions", Said(_page), "And may sleep again"),
        ("depends_on", [ALARM], "CloudWatch refuses a rule with alarms that do not exist"),
    ),
    *rows(
        "aws_cloudwatch_metric_alarm.failed_runs",
        ("alarm_actions", Said(_page_by_name), "A daily run that failed for good wakes somebody"),
        ("ok_actions", Said(_page_by_name), "Who may sleep again"),
    ),
    *_column(
        "aws_cloudwatch_log_metric_filter.line",
        "Each filter is a row of local.log_metrics",
        log_group_name="log_group",
        name="name",
        pattern="pattern",
    ),
    *rows(
        "aws_cloudwatch_log_metric_filter.line",
        ("for_each", "${local.log_metrics}", ADDRESS),
        ("metric_transformation.name", "${each.value.metric}", "Alarms ask for it by this name"),
        ("metric_transformation.namespace", "<prefix>/logs", "Two environments of an account are not mixed up"),
        ("metric_transformation.value", "1", "Each line counts once"),
    ),
    *_column(
        "aws_db_event_subscription.of",
        "Each subscription is a row of local.event_subscriptions",
        event_categories="categories",
        name="name",
        sns_topic="topic",
        source_ids="identifiers",
        source_type="source",
    ),
    *rows(
        "aws_db_event_subscription.of",
        ("for_each", "${local.event_subscriptions}", ADDRESS),
        ("depends_on", Said(_topics), "RDS refuses a topic that does not take its messages"),
    ),
    *_column(
        "aws_cloudwatch_event_rule.on",
        "Each rule is a row of local.event_rules",
        description="about",
        event_pattern="pattern",
        name="name",
    ),
    Row("aws_cloudwatch_event_rule.on", "for_each", "${local.event_rules}", ADDRESS),
    *rows(
        "aws_cloudwatch_event_target.on",
        ("for_each", "${aws_cloudwatch_event_rule.on}", "Each rule has a target, after it exists"),
        ("rule", "${each.value.name}", "The rule of the same key"),
        ("target_id", "topic", "Left out, it is random"),
        ("arn", "${local.event_rules[each.key].topic}", "Who hears of it, by severity"),
    ),
    *rows(
        "aws_cloudwatch_dashboard.main",
        ("dashboard_name", "<prefix>-<region>", "Dashboards of an account are global, environments are regional"),
        (
            "dashboard_body",
            Such(lambda text: bool(json.loads(text)["widgets"])),
            "test_synthesis_dashboard.py holds it",
        ),
    ),
    *_column(
        "aws_cloudwatch_query_definition.saved",
        "Each query is a row of local.saved_queries",
        log_group_names="log_groups",
        name="name",
        query_string="query",
    ),
    Row("aws_cloudwatch_query_definition.saved", "for_each", "${local.saved_queries}", ADDRESS),
    Row(
        "aws_kms_key.notifications",
        "description",
        Such(lambda text: "alarms" in text),
        "Who is about to delete a key reads what it is for",
    ),
    *rows(
        "aws_sns_topic.page|ticket",
        ("name", Said(lambda w: w.names.topic(w.name)), "The access stack's alarm names the topic so"),
        ("kms_master_key_id", "${aws_kms_key.notifications.arn}", "What alarms say is encrypted under our key"),
    ),
    *rows(
        "aws_sns_topic_policy.page|ticket",
        ("arn", Said(lambda w: f"${{aws_sns_topic.{w.name}.arn}}"), "The topic of the same name"),
        ("policy", Such(lambda text: "aws:SourceArn" in text), "test_synthesis_monitoring.py holds who may send"),
    ),
    *rows(
        "aws_sns_topic_subscription.*",
        ("topic_arn", Said(_topic_of), "The severity that it is said for"),
        ("protocol", Said(lambda w: w.name.split("_")[1]), "As the file says"),
        ("endpoint", Said(_endpoint), "As the file says"),
    ),
    *rows(
        "aws_iam_role.chat_*",
        ("name", "<prefix>-chat-<*>", "IAM is global: each environment has its own"),
        ("description", "AWS Chatbot reads metrics for what it posts", "Who looks at it knows what it is for"),
        ("assume_role_policy", Such(lambda text: "chatbot.amazonaws.com" in text), "AWS Chatbot alone takes it on"),
    ),
    *rows(
        "aws_iam_role_policy.chat_*",
        ("name", "read-metrics", "What it allows"),
        ("role", "${aws_iam_role.chat_<*>.id}", "The role of the same name"),
        ("policy", Such(lambda text: "cloudwatch:GetMetricData" in text), "A post has the alarm's graph in it"),
    ),
    *rows(
        "aws_chatbot_slack_channel_configuration.page",
        ("configuration_name", "<prefix>-chat-page", "Names are the account's"),
        ("iam_role_arn", "${aws_iam_role.chat_page.arn}", "What it may read"),
        ("slack_team_id", Said(lambda w: _chatbot(w).workspace_id), "As the file says"),
        ("slack_channel_id", Said(lambda w: _chatbot(w).channel_id), "As the file says"),
        ("sns_topic_arns", Said(_page), "What it posts"),
        ("logging_level", "ERROR", "A post that fails is in CloudWatch Logs"),
    ),
)
