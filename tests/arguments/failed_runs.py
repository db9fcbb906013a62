"""The rows of what becomes of scheduled runs that failed."""

from __future__ import annotations

from tests.arguments.rows import Row, Said, Such, rows

NAME = Said(lambda w: w.names.failed_runs)

QUEUE = "${aws_sqs_queue.failed_runs.arn}"

ROWS: tuple[Row, ...] = (
    *rows(
        "aws_sqs_queue.failed_runs",
        ("name", NAME, "The function's policy names it"),
        ("message_retention_seconds", 1209600, "The longest that SQS keeps: nobody may look for two weeks"),
        ("sqs_managed_sse_enabled", True, "What is in it is encrypted, under a key that EventBridge can use"),
    ),
    *rows(
        "aws_sqs_queue_policy.failed_runs",
        ("queue_url", "${aws_sqs_queue.failed_runs.url}", "The queue that it is about"),
        (
            "policy",
            Such(lambda text: "sqs:SendMessage" in text and "aws:SourceArn" in text and "aws:SecureTransport" in text),
            "The schedule's rule alone may send from outside, and nobody in plain text",
        ),
    ),
    *rows(
        "aws_lambda_function_event_invoke_config.failed_runs",
        ("function_name", Said(lambda w: w.names.owner_function), "The function that the schedule calls"),
        (
            "qualifier",
            "${aws_lambda_alias.live_owner.name}",
            "The schedule calls the alias; of another call it says nothing",
        ),
        ("maximum_retry_attempts", 2, "As often as Lambda can"),
        ("maximum_event_age_in_seconds", 21600, "The longest that Lambda keeps a call; the next one is a day later"),
        ("destination_config.on_failure.destination", QUEUE, "What failed for good is left somewhere"),
        ("depends_on", ["aws_iam_role_policy.owner"], "Lambda refuses a destination that the role may not write to"),
    ),
    *rows(
        "aws_cloudwatch_event_target.partitions",
        ("dead_letter_config.arn", QUEUE, "A call that could not be handed over is left somewhere"),
        ("retry_policy.maximum_retry_attempts", 10, "Bounded, so that what fails is known the same day"),
        ("retry_policy.maximum_event_age_in_seconds", 21600, "As long as Lambda keeps a call"),
    ),
    *rows(
        "aws_cloudwatch_metric_alarm.failed_runs",
        ("alarm_name", NAME, "The queue's name, which the description refers to"),
        ("alarm_description", Such(lambda text: "docs/connecting.md" in text), "Who is woken reads what to do"),
        ("namespace", "AWS/SQS", "Where SQS counts"),
        ("metric_name", "ApproximateNumberOfMessagesVisible", "What is in the queue has failed"),
        ("dimensions.QueueName", NAME, "This queue; without it the metric has no data"),
        ("statistic", "Maximum", "One message in the period is one too many"),
        ("period", 300, "SQS counts every five minutes"),
        ("evaluation_periods", 1, "The first message counts"),
        ("comparison_operator", "GreaterThanThreshold", "More than none"),
        ("threshold", 0, "None is as it should be"),
        ("treat_missing_data", "notBreaching", "An unused queue counts nothing, which is as it should be"),
    ),
)
