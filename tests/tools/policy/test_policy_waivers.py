"""What the waivers are held against: a finding, an unused part of a waiver and a review that is due are problems."""

from __future__ import annotations

from datetime import date

import pytest

from settings.tiers import TIERS
from tools.policy import judgement
from tools.policy.scanner import Result
from tools.policy.stacks import Stack
from tools.policy.waivers import WAIVERS, Waiver

DAY = date(2026, 11, 22)


def stack(name: str, tier: str) -> Stack:
    tags = {"environment": name.split("-", maxsplit=1)[0], "tier": tier, "stack": name.split("-")[1]}
    return Stack(name, {"provider": {"aws": [{"default_tags": [{"tags": tags}]}]}})


STACKS = [stack("dev-database", "development"), stack("prod-database", "production")]


def failed(name: str = "dev-database", address: str = "aws_kms_key.data", check: str = "CKV_AWS_7") -> Result:
    return Result(name, address, check, "Ensure rotation")


def waiver(
    *addresses: str, tiers: tuple[str, ...] = ("development",), review: date = DAY, environment: str = "*"
) -> Waiver:
    return Waiver(
        check="CKV_AWS_7",
        addresses=addresses or ("aws_kms_key.data",),
        reason="a reason",
        review=review,
        tiers=tiers,
        environment=environment,
    )


def test_a_finding_without_a_waiver() -> None:
    assert judgement.problems([failed()], STACKS, [], DAY) == [
        "dev-database: aws_kms_key.data: CKV_AWS_7: Ensure rotation; fix it in the module that creates it, "
        "or add a waiver with its reason to tools/policy/waivers.py"
    ]


def test_a_finding_with_a_waiver() -> None:
    assert judgement.problems([failed()], STACKS, [waiver()], DAY) == []


def test_a_waiver_ends_after_its_day_of_review() -> None:
    assert judgement.problems([failed()], STACKS, [waiver(review=date(2026, 11, 21))], DAY) == [
        "tools/policy/waivers.py: the waiver of CKV_AWS_7 for aws_kms_key.data was to be reviewed by 2026-11-21: "
        "fix what it waives, or see that its reason still holds and set a new date"
    ]


def test_an_address_that_waives_nothing() -> None:
    assert judgement.problems([failed()], STACKS, [waiver("aws_kms_key.data", "aws_kms_key.logs")], DAY) == [
        "tools/policy/waivers.py: the waiver of CKV_AWS_7 for aws_kms_key.logs is not needed: take the address out"
    ]


def test_a_tier_in_which_nothing_is_waived() -> None:
    assert judgement.problems([failed()], STACKS, [waiver(tiers=("development", "production"))], DAY) == [
        "tools/policy/waivers.py: the waiver of CKV_AWS_7 is not needed in production: take the tier out"
    ]


@pytest.mark.parametrize(
    "other",
    [
        failed(name="prod-database"),
        failed(address="aws_kms_key.logs"),
        failed(check="CKV_AWS_33"),
    ],
)
def test_a_waiver_covers_nothing_else(other: Result) -> None:
    (problem,) = judgement.problems([failed(), other], STACKS, [waiver()], DAY)
    assert problem.startswith(f"{other.stack}: {other.address}: {other.check}: ")


def test_a_waiver_of_one_environment_covers_no_other() -> None:
    other = stack("test-database", "development")
    (problem,) = judgement.problems(
        [failed(), failed(name="test-database")], [*STACKS, other], [waiver(environment="test")], DAY
    )
    assert problem.startswith("dev-database: ")


def test_an_instance_key_may_be_anything() -> None:
    found = failed(address="aws_rds_cluster_instance.instance_analytics")
    assert judgement.problems([found], STACKS, [waiver("aws_rds_cluster_instance.instance_*")], DAY) == []


def test_the_day_is_that_of_source_date_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    assert judgement.today() == date(2030, 3, 17)


@pytest.mark.parametrize("one", WAIVERS, ids=lambda one: f"{one.check}-{'-'.join(one.tiers)}")
def test_each_waiver_says_why_and_where(one: Waiver) -> None:
    assert len(one.reason.split()) > 10
    assert set(one.tiers) <= set(TIERS)
    assert one.addresses
