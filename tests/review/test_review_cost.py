"""What the review says a month costs more or less, against sums by hand."""

from __future__ import annotations

from typing import Any

import pytest

from review.words import CLOSE, OPEN
from tests.review.corpus import reviewed
from tests.review.plans_by_hand import CLUSTER, INSTANCE, MEMBER, RUNNING, entry, plan, updated

SCALING = {"serverlessv2_scaling_configuration": [{"min_capacity": 1, "max_capacity": 8}]}
WIDER = {"serverlessv2_scaling_configuration": [{"min_capacity": 1, "max_capacity": 16}]}
ENDPOINT = {"vpc_endpoint_type": "Interface", "subnet_ids": ["subnet-1", "subnet-2"]}
STAYS = entry(CLUSTER, ["no-op"], RUNNING, RUNNING)

CASES: dict[str, tuple[list[dict[str, Any]], str]] = {
    # 730 x (0.572 - 0.286)
    "a larger class": (
        [STAYS, updated(INSTANCE, MEMBER, instance_class="db.r6g.xlarge")],
        "a month costs about 208.78 USD more: -1 `db.r6g.large`, +1 `db.r6g.xlarge`",
    ),
    # 730 x 0.286
    "an instance less": (
        [STAYS, entry(INSTANCE, ["delete"], MEMBER, None)],
        "a month costs about 208.78 USD less: -1 `db.r6g.large`",
    ),
    # 730 x 8 x 0.14 at most
    "more capacity": (
        [
            updated(CLUSTER, {**RUNNING, **SCALING}, **WIDER),
            entry(INSTANCE, ["no-op"], *[{**MEMBER, "instance_class": "db.serverless"}] * 2),
        ],
        "a month costs at least 0.00, at most 817.60 USD more",
    ),
    # 730 x 0.286 x 0.3
    "I/O-Optimized": (
        [
            updated(CLUSTER, {**RUNNING, "storage_type": "aurora"}, storage_type="aurora-iopt1"),
            entry(INSTANCE, ["no-op"], MEMBER, MEMBER),
        ],
        "a month costs about 62.63 USD more",
    ),
    # 730 x (0.048 + 0.005) + 2 x 730 x 0.011 + 1 + 0.10
    "a gateway, an endpoint in two zones, a key, an alarm": (
        [
            STAYS,
            entry("aws_nat_gateway.a", ["create"], None, {}),
            entry("aws_vpc_endpoint.ssm", ["create"], None, ENDPOINT),
            entry("aws_vpc_endpoint.s3", ["create"], None, {"vpc_endpoint_type": "Gateway"}),
            entry("aws_kms_key.a", ["create"], None, {}),
            entry("aws_cloudwatch_metric_alarm.a", ["create"], None, {}),
        ],
        "a month costs about 55.85 USD more: +1 `aws_cloudwatch_metric_alarm`, +1 `aws_kms_key`, +1 `aws_nat_gateway`, "
        "+1 `aws_vpc_endpoint`",
    ),
    "what has no price, beside what has": (
        [
            STAYS,
            updated(INSTANCE, MEMBER, instance_class="db.r9x.large"),
            entry("aws_kms_key.a", ["create"], None, {}),
        ],
        "a month costs about 1.00 USD more: +1 `aws_kms_key`; not counted, for want of a price: `db.r9x.large`",
    ),
}


def told(*entries: dict[str, Any], **more: Any) -> list[str]:
    """Return what the review of a plan says about a month."""
    return [one.because for one in reviewed(plan(*entries, **more)).findings if one.rule == "monthly-cost"]


@pytest.mark.parametrize("case", CASES)
def test_a_month_costs_what_it_does_by_hand(case: str) -> None:
    entries, expected = CASES[case]
    (found,) = told(*entries)
    assert found.replace(OPEN, "`").replace(CLOSE, "`") == expected


def test_of_a_plan_that_changes_no_price_nothing_is_said() -> None:
    assert told(updated(CLUSTER, RUNNING, backup_retention_period=35), entry(INSTANCE, ["no-op"], MEMBER, MEMBER)) == []


def test_where_the_region_is_unknown_or_has_no_prices_nothing_is_said() -> None:
    key = entry("aws_kms_key.a", ["create"], None, {})
    assert told(key) == []
    far = {**RUNNING, "arn": RUNNING["arn"].replace("eu-west-1", "sa-east-1")}
    assert told(entry(CLUSTER, ["no-op"], far, far), key) == []


def test_the_region_of_the_provider_counts_unless_there_are_several() -> None:
    key = entry("aws_kms_key.a", ["create"], None, {})

    def provider(region: str) -> dict[str, Any]:
        return {
            "full_name": "registry.terraform.io/hashicorp/aws",
            "expressions": {"region": {"constant_value": region}},
        }

    one, two = {"aws": provider("us-east-1")}, {"aws": provider("us-east-1"), "aws.b": provider("eu-west-1")}
    assert len(told(key, configuration={"provider_config": one})) == 1
    assert told(key, configuration={"provider_config": two}) == []
    odd: Any
    for odd in (None, [], {"aws": None}, {"aws": {"full_name": 1}}, {"aws": {**provider("x"), "expressions": []}}):
        assert told(key, configuration={"provider_config": odd}) == []
