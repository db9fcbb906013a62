"""A daily run that fails is heard of: from what the schedule sends, to what Lambda does with it, to the alarm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from database_access import handler
from tests.functions.platform import REGION, LambdaContext, variables_set
from tests.harness import ROOT

if TYPE_CHECKING:
    from tests.functions.arena import Arena

STACK = json.loads((ROOT / "tests" / "golden" / "dev-access" / "cdk.tf.json").read_text())["resource"]


def scheduled(arena: Arena) -> dict[str, Any]:
    """Invoke the function with what the rule's target sends."""
    event = json.loads(STACK["aws_cloudwatch_event_target"]["partitions"]["input"])
    with variables_set(CONTRACT_PREFIX=arena.prefix):
        answer: dict[str, Any] = handler.handle(event, LambdaContext())
    return answer


def unlisted(arena: Arena) -> str:
    arena.arrange("INSERT INTO experimentation.partitioned_tables VALUES ('absent', 1)")
    return "partitions failed: partitions-failed: absent"


def no_list(arena: Arena) -> str:
    arena.arrange("DROP TABLE experimentation.partitioned_tables")
    return "partitions failed: migration-failed"


def nobody_to_log_in(arena: Arena) -> str:
    arena.arrange("REVOKE rds_iam FROM experiment_migrator")
    return "partitions failed: authentication-failed"


TROUBLE = {unlisted: "", no_list: "", nobody_to_log_in: "GRANT rds_iam TO experiment_migrator"}
"""What breaks the daily run, and what puts it right for the tests that follow."""


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: trouble.__name__)
def test_a_scheduled_run_that_fails_raises_after_it_has_told(
    field: Arena, trouble: Any, caplog: pytest.LogCaptureFixture
) -> None:
    message = trouble(field)
    try:
        with pytest.raises(handler.ScheduledRunFailed) as raised:
            scheduled(field)
        answer = field.invoke("partitions")
    finally:
        if TROUBLE[trouble]:
            field.arrange(TROUBLE[trouble])
    assert str(raised.value) == message
    assert [record.message for record in caplog.records] == ["failed", "failed"]
    assert answer["ok"] is False, "whoever reads the answer is answered"


def test_a_scheduled_run_that_succeeds_answers(ground: Arena) -> None:
    assert scheduled(ground)["ok"] is True


def test_a_contract_that_cannot_be_read_raises_when_scheduled(ground: Arena) -> None:
    broken = ground.published_anew(port="5432x")
    with pytest.raises(handler.ScheduledRunFailed, match="partitions failed: contract-unreadable"):
        scheduled(broken)  # type: ignore[arg-type] # the same kind of environment


@pytest.mark.parametrize(
    "event",
    [
        {"action": "partition", "scheduled": True},
        {"action": "partitions", "scheduled": True, "authenticate": "password"},
        {"action": "partitions", "scheduled": "yes"},
        {"action": "health", "scheduled": True},
    ],
)
def test_a_scheduled_event_that_is_wrong_raises(ground: Arena, event: dict[str, Any]) -> None:
    with (
        variables_set(CONTRACT_PREFIX=ground.prefix),
        pytest.raises(handler.ScheduledRunFailed, match="invalid-event"),
    ):
        handler.handle(event, LambdaContext())


def test_what_raised_is_tried_again_left_in_a_queue_and_alarmed() -> None:
    retries = STACK["aws_lambda_function_event_invoke_config"]["failed_runs"]
    target = STACK["aws_cloudwatch_event_target"]["partitions"]
    queue = STACK["aws_sqs_queue"]["failed_runs"]
    alarm = STACK["aws_cloudwatch_metric_alarm"]["failed_runs"]
    assert target["arn"] == "${aws_lambda_alias.live_owner.arn}"
    assert (retries["function_name"], retries["qualifier"]) == (
        STACK["aws_lambda_function"]["database_owner"]["function_name"],
        "${aws_lambda_alias.live_owner.name}",
    ), "of the alias that is called, for retries are of a qualifier each"
    assert 1 <= retries["maximum_retry_attempts"] <= 2
    assert retries["destination_config"]["on_failure"]["destination"] == "${aws_sqs_queue.failed_runs.arn}"
    assert target["dead_letter_config"]["arn"] == "${aws_sqs_queue.failed_runs.arn}"
    assert alarm["dimensions"] == {"QueueName": queue["name"]}
    statements = json.loads(STACK["aws_iam_role_policy"]["owner"]["policy"])["Statement"]
    (sending,) = [statement for statement in statements if "sqs:SendMessage" in statement["Action"]]
    assert sending["Resource"] == [f"arn:aws:sqs:{REGION}:111111111111:{queue['name']}"]
    # The queue, its policy, the retries and the alarm are taken by an AWS, and a message is seen by what alarms.
    sqs = boto3.client("sqs")
    address = sqs.create_queue(
        QueueName=queue["name"],
        Attributes={
            "SqsManagedSseEnabled": "true",
            "MessageRetentionPeriod": str(queue["message_retention_seconds"]),
            "Policy": STACK["aws_sqs_queue_policy"]["failed_runs"]["policy"],
        },
    )["QueueUrl"]
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=alarm["alarm_name"],
        Namespace=alarm["namespace"],
        MetricName=alarm["metric_name"],
        Dimensions=[{"Name": name, "Value": value} for name, value in alarm["dimensions"].items()],
        Statistic=alarm["statistic"],
        Period=alarm["period"],
        EvaluationPeriods=alarm["evaluation_periods"],
        ComparisonOperator=alarm["comparison_operator"],
        Threshold=alarm["threshold"],
        TreatMissingData=alarm["treat_missing_data"],
    )
    sqs.send_message(QueueUrl=address, MessageBody=json.dumps({"requestPayload": json.loads(target["input"])}))
    attributes = sqs.get_queue_attributes(
        QueueUrl=address, AttributeNames=[alarm["metric_name"].replace("Visible", "")]
    )
    (visible,) = attributes["Attributes"].values()
    assert int(visible) > alarm["threshold"]
