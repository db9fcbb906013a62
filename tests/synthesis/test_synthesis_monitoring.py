"""Alarms, events and topics: thresholds against values computed by hand, who may send, addresses that stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import loader
from settings import alarms
from tests.harness import BASE, merged, run
from tests.synthesis.variants import policy, resources, variants

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.harness import Synthesized

GIB = 1024**3

CLASSES: dict[str, tuple[int, int, int, int, int, int]] = {
    # class: free memory in bytes, 5 and 10 %; connections, 90 and 75 % of LEAST(memory / 9531392, 5000) with the
    # memory that is left of 4, 8, 16, 32, 64 and 128 GiB (400, 823, 1668, 3360, 5000, 5000); local storage, 10 %
    "db.t3.medium": (214_748_364, 429_496_729, 360, 300, 805_306_368, 30),
    "db.t4g.large": (429_496_729, 858_993_459, 740, 617, 1_771_674_009, 30),
    "db.r5.large": (858_993_459, 1_717_986_918, 1501, 1251, 3_328_599_654, 0),
    "db.r6g.xlarge": (1_717_986_918, 3_435_973_836, 3024, 2520, 6_764_573_491, 0),
    "db.r7g.2xlarge": (3_435_973_836, 6_871_947_673, 4500, 3750, 13_529_146_982, 0),
    "db.r8g.4xlarge": (6_871_947_673, 13_743_895_347, 4500, 3750, 26_843_545_600, 0),
}

CAPACITIES: dict[str, tuple[float, float, int, int]] = {
    # minimum and maximum ACU; connections, 90 and 75 %: 188 (AWS's table says 189), 1,668 (1,669), 5,000; and
    # 2,000 where the minimum is 0 or 0.5
    "small": (1, 1, 169, 141),
    "medium": (0.5, 16, 1800, 1500),
    "large": (8, 64, 4500, 3750),
}


MIXED = {"1": {"instance_class": "db.r5.xlarge"}, "2": {"instance_class": "db.r5.large"}}

PAUSING = {"engine_version": "16.8", "instance_class": "serverless", "capacity": {"minimum": 0, "maximum": 2}}


def stack(output: Synthesized, name: str) -> dict[str, Any]:
    """Return a monitoring stack."""
    return output.stack(f"{name}-monitoring")


def rows(output: Synthesized, name: str, table: str = "alarms") -> dict[str, dict[str, Any]]:
    """Return the rows of a table of a monitoring stack."""
    found: dict[str, dict[str, Any]] = stack(output, name)["locals"][table]
    return found


def threshold(row: dict[str, Any]) -> float:
    """Return where an alarm goes off."""
    return float(row["threshold"])


@pytest.fixture(scope="module")
def made() -> Synthesized:
    """Return environments of each class and each capacity, with a reader, and some others."""
    by_class = {
        name.replace(".", "-"): {"database": {"engine_version": "16.8", "instance_class": name, "instances": 2}}
        for name in CLASSES
    }
    by_capacity = {
        name: {
            "database": {
                "engine_version": "16.8",
                "instance_class": "serverless",
                "capacity": {"minimum": minimum, "maximum": maximum},
            }
        }
        for name, (minimum, maximum, *_) in CAPACITIES.items()
    }
    return variants(
        **by_class,
        **by_capacity,
        alone={},
        mixed={"database": {"instances": MIXED}},
        off={"monitoring": {"enabled": False}},
        own={"database": {"parameters": {"max_connections": 200, "autovacuum_freeze_max_age": 400_000_000}}},
        running={"monitoring": {"thresholds": {"running_max_connections": 100}}},
        pausing={"database": PAUSING},
        newer={"database": {"engine_version": "16.9"}},
        heard={"monitoring": {"notify": {"page": {"topic": "arn:aws:sns:eu-west-1:111111111111:on-call"}}}},
    )


@pytest.mark.parametrize("name", CLASSES)
def test_thresholds_of_a_class_are_those_computed_by_hand(name: str, made: Synthesized) -> None:
    page, ticket, connections, fewer, local, credits_ = CLASSES[name]
    found = rows(made, name.replace(".", "-"))
    for role in ("writer", "reader"):
        assert {
            key: threshold(found[f"{role}_{key}"])
            for key in ("memory_page", "memory_ticket", "connections_page", "connections_ticket")
        } == {
            "memory_page": page,
            "memory_ticket": ticket,
            "connections_page": connections,
            "connections_ticket": fewer,
        }
    assert threshold(found["local_storage_page_1"]) == local
    assert threshold(found["local_storage_ticket_2"]) == pytest.approx(local * 2, abs=1)
    assert ("cpu_credits_1" in found, "cpu_surplus_2" in found) == (bool(credits_), bool(credits_))
    assert not credits_ or threshold(found["cpu_credits_1"]) == credits_
    assert (threshold(found["load_ticket_1"]), threshold(found["load_page_1"])) == (1, 2)


@pytest.mark.parametrize("name", CAPACITIES)
def test_thresholds_of_a_capacity_are_those_computed_by_hand(name: str, made: Synthesized) -> None:
    _, maximum, connections, fewer = CAPACITIES[name]
    found = rows(made, name)
    assert (threshold(found["writer_connections_page"]), threshold(found["writer_connections_ticket"])) == (
        connections,
        fewer,
    )
    assert threshold(found["capacity_at_maximum_1"]) == maximum
    assert threshold(found["capacity_utilization_1"]) == 90
    absent = {"writer_memory_page", "local_storage_page_1", "load_page_1", "cpu_credits_1", "reader_lag"}
    assert absent.isdisjoint(found)


def test_latencies_have_the_units_that_cloudwatch_has(made: Synthesized) -> None:
    found = rows(made, "db-r5-large")
    assert (found["commit_latency"]["metric"], threshold(found["commit_latency"])) == ("CommitLatency", 50)
    assert (found["writer_read_latency"]["metric"], threshold(found["writer_read_latency"])) == ("ReadLatency", 0.02)
    assert found["write_latency"]["percentile"] == "p90"
    assert "statistic" not in found["write_latency"]


def test_an_own_value_of_max_connections_and_freeze_age_decides(made: Synthesized) -> None:
    found = rows(made, "own")
    assert (threshold(found["writer_connections_page"]), threshold(found["transaction_age_ticket"])) == (
        180,
        500_000_000,
    )
    assert threshold(rows(made, "alone")["transaction_age_ticket"]) == 250_000_000


def test_what_runs_before_the_reboot_can_be_said(made: Synthesized) -> None:
    assert threshold(rows(made, "running")["writer_connections_page"]) == 90


def test_the_smallest_class_that_can_hold_a_role_decides(made: Synthesized) -> None:
    mixed = rows(made, "mixed")
    assert threshold(mixed["writer_memory_page"]) == int(0.05 * 16 * GIB)
    assert threshold(mixed["reader_memory_page"]) == int(0.05 * 16 * GIB)
    # What AWS feeds by instance goes by that instance's own class.
    assert threshold(mixed["local_storage_page_1"]) == int(62 * GIB / 10)
    assert threshold(mixed["local_storage_page_2"]) == int(31 * GIB / 10)


def test_alarms_follow_the_writer_and_not_an_instance(made: Synthesized) -> None:
    found = rows(made, "db-r5-large")
    by_instance = {key for key, row in found.items() if "DBInstanceIdentifier" in row["dimensions"]}
    assert {key.rpartition("_")[0] for key in by_instance} == {
        "load_page",
        "load_ticket",
        "local_storage_page",
        "local_storage_ticket",
    }
    assert found["writer_down"]["dimensions"] == {
        "DBClusterIdentifier": "experimentation-db-r5-large",
        "Role": "WRITER",
    }


def test_missing_data_is_taken_as_each_metric_needs(made: Synthesized) -> None:
    found = rows(made, "db-r5-large")
    assert {key: found[key]["missing"] for key in ("writer_down", "load_page_1", "reader_lag", "writer_cpu")} == {
        "writer_down": "breaching",
        "load_page_1": "notBreaching",
        "reader_lag": "notBreaching",
        "writer_cpu": "missing",
    }
    # A cluster that pauses is not down.
    assert rows(made, "pausing")["writer_down"]["missing"] == "notBreaching"


def test_one_instance_has_no_alarm_of_readers(made: Synthesized) -> None:
    assert not [key for key in rows(made, "alone") if key.startswith("reader_")]


def test_the_volume_is_held_against_what_its_version_takes(made: Synthesized) -> None:
    assert threshold(rows(made, "alone")["volume_limit"]) == int(0.8 * 128 * 1024 * GIB)
    assert threshold(rows(made, "newer")["volume_limit"]) == int(0.8 * 256 * 1024 * GIB)


def test_without_monitoring_there_is_no_such_stack(made: Synthesized) -> None:
    assert "off-monitoring" not in made.stacks
    assert "off-database" in made.stacks


def test_only_services_of_this_account_send_to_the_topics(shipped: Synthesized) -> None:
    parsed = shipped.stack("prod-monitoring")
    for severity in ("page", "ticket"):
        arguments = resources(parsed)[f"aws_sns_topic_policy.{severity}"]
        statements = policy(arguments)
        senders = {one["Principal"]["Service"]: one["Condition"]["ArnLike"] for one in statements.values()}
        assert {service: condition["aws:SourceArn"] for service, condition in senders.items()} == {
            "cloudwatch.amazonaws.com": "arn:aws:cloudwatch:eu-west-1:333333333333:alarm:experimentation-prod-*",
            "events.amazonaws.com": "arn:aws:events:eu-west-1:333333333333:rule/experimentation-prod-*",
            "events.rds.amazonaws.com": "arn:aws:rds:eu-west-1:333333333333:*",
        }
        assert {one["Action"] for one in statements.values()} == {"sns:Publish"}
        assert {one["Resource"] for one in statements.values()} == {f"${{aws_sns_topic.{severity}.arn}}"}
        assert resources(parsed)[f"aws_sns_topic.{severity}"]["kms_master_key_id"] == "${aws_kms_key.notifications.arn}"


def test_every_sender_may_use_the_key(shipped: Synthesized) -> None:
    statements = policy(resources(shipped.stack("prod-monitoring"))["aws_kms_key.notifications"])
    use = statements["SendersUseKey"]
    assert sorted(use["Principal"]["Service"]) == [
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
        "events.rds.amazonaws.com",
    ]
    assert all(":333333333333:" in arn for arn in use["Condition"]["ArnLike"]["aws:SourceArn"])


def test_a_topic_that_exists_takes_the_place_of_our_own(made: Synthesized) -> None:
    topic = "arn:aws:sns:eu-west-1:111111111111:on-call"
    parsed = stack(made, "heard")
    assert {row["actions"][0] for row in rows(made, "heard").values()} == {topic, "${aws_sns_topic.ticket.arn}"}
    assert "aws_sns_topic.page" not in resources(parsed)
    assert resources(parsed)["aws_cloudwatch_composite_alarm.experiments_at_risk"]["alarm_actions"] == [topic]


def test_failovers_and_refused_upgrades_page(shipped: Synthesized) -> None:
    events = rows(shipped, "prod", "event_subscriptions")
    paging = {
        category
        for row in events.values()
        for category in row["categories"]
        if row["topic"] == "${aws_sns_topic.page.arn}"
    }
    assert paging == {"failover", "failure", "low storage"}
    rule = rows(shipped, "prod", "event_rules")["upgrade_fails"]
    assert rule["topic"] == "${aws_sns_topic.page.arn}"
    assert "RDS-EVENT-0174" in json.loads(rule["pattern"])["detail"]["EventID"]


def test_instances_have_no_category_that_only_clusters_have(shipped: Synthesized, examples: Synthesized) -> None:
    for output, name in ((shipped, "prod"), (examples, "maximal")):
        for row in rows(output, name, "event_subscriptions").values():
            assert row["source"] == "db-cluster" or "failover" not in row["categories"]


def test_experiments_are_at_risk_when_anything_pages(shipped: Synthesized) -> None:
    composite = resources(shipped.stack("prod-monitoring"))["aws_cloudwatch_composite_alarm.experiments_at_risk"]
    rule = composite["alarm_rule"]
    assert len(rule) <= 10_240
    paging = [row["name"] for row in rows(shipped, "prod").values() if "page" in row["actions"][0]]
    assert len(paging) <= 100
    assert [name for name in paging if f'ALARM("{name}")' not in rule] == []


def test_a_daily_run_that_failed_for_good_pages(shipped: Synthesized) -> None:
    alarm = resources(shipped.stack("prod-access"))["aws_cloudwatch_metric_alarm.failed_runs"]
    topic = resources(shipped.stack("prod-monitoring"))["aws_sns_topic.page"]["name"]
    assert alarm["alarm_actions"] == [f"arn:aws:sns:eu-west-1:333333333333:{topic}"] == alarm["ok_actions"]
    # One that did not even begin is missed within a day.
    absent = rows(shipped, "prod")["daily_run_absent"]
    assert (absent["period"], absent["missing"], absent["comparison"]) == (
        86400,
        "breaching",
        "LessThanOrEqualToThreshold",
    )
    counted = rows(shipped, "prod", "log_metrics")["daily_run_done"]
    groups = resources(shipped.stack("prod-access"), "aws_cloudwatch_log_group").values()
    assert counted["log_group"] in {group["name"] for group in groups}


def test_names_and_descriptions_fit(shipped: Synthesized, examples: Synthesized) -> None:
    for output, name in ((shipped, "prod"), (examples, "maximal"), (examples, "existing-vpc")):
        found = rows(output, name)
        assert len({row["name"] for row in found.values()}) == len(found)
        assert [key for key, row in found.items() if len(row["name"]) > 255 or len(row["about"]) > 1024] == []
        assert [key for key, row in found.items() if "section " not in row["about"]] == []


def test_another_instance_changes_no_other_alarm(synthesize: Callable[..., Synthesized]) -> None:
    two = rows(synthesize(database={"instances": 2}), "test")
    three = rows(synthesize(database={"instances": 3}), "test")
    assert {key: row for key, row in three.items() if key in two} == two
    assert {key.rpartition("_")[2] for key in three.keys() - two.keys()} == {"3"}


WRONG = {
    "page-before-ticket": (
        {"thresholds": {"connections_page_percent": 60}},
        "monitoring.thresholds.connections_page_percent: 60 pages before the ticket at 75",
    ),
    "free-page-before-ticket": (
        {"thresholds": {"freeable_memory_page_percent": 20}},
        "monitoring.thresholds.freeable_memory_page_percent: 20 pages before the ticket at 10",
    ),
    "region": (
        {"notify": {"page": {"topic": "arn:aws:sns:us-east-1:111111111111:on-call"}}},
        "monitoring.notify.page.topic: is in us-east-1; alarms of eu-west-1 send to topics there only",
    ),
    "unit": (
        {"thresholds": {"commit_latency_seconds": 1}},
        "monitoring.thresholds.commit_latency_seconds: is not a key here",
    ),
    "percent": (
        {"thresholds": {"cpu_percent": 900}},
        "monitoring.thresholds.cpu_percent: 900 is not between 0.1 and 100 percent",
    ),
    "address": (
        {"notify": {"ticket": {"email": {"team": "growth"}}}},
        "monitoring.notify.ticket.email.team: 'growth' is not an e-mail address",
    ),
    "secret-in-address": (
        {"notify": {"page": {"https": {"x": "https://user:secret@example.com/"}}}},
        "monitoring.notify.page.https.x: the value is not an https:// address without user, password",
    ),
    "existing-and-subscribed": (
        {"notify": {"page": {"topic": "no-topic"}}},
        "monitoring.notify.page.topic: 'no-topic' is not the ARN of a standard SNS topic",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_key(name: str, tmp_path: Path) -> None:
    from tests.harness import BASE, merged  # noqa: PLC0415 - beside what it is for

    changes, message = WRONG[name]
    (tmp_path / "test.yaml").write_text(json.dumps(merged(BASE, {"monitoring": changes}), indent=1))
    result = run("check", "--envs", str(tmp_path))
    assert result.returncode == 2
    assert message in result.stderr
    assert "secret" not in result.stderr.replace("secret-in", "")
    assert "Traceback" not in result.stderr


EVERYTHING: dict[str, Any] = {
    "database": {
        "engine_version": "16.8",
        "instances": {
            "1": {"instance_class": "db.t4g.large"},
            "2": {"instance_class": "serverless", "promotion_tier": 2},
        },
        "capacity": {"minimum": 1, "maximum": 8},
        "parameters": {"rds.logical_replication": 1},
    },
    "network": {"create": {"interface_endpoints": ["ssm", "secretsmanager"]}},
    "access": {"proxy": {"enabled": True}},
}
"""An environment with alarms of every kind."""


OTHER_THRESHOLDS: dict[str, float] = {
    "cpu_percent": 80,
    "load_ticket_sessions_per_vcpu": 0.5,
    "load_page_sessions_per_vcpu": 3,
    "connections_ticket_percent": 60,
    "connections_page_percent": 95,
    "running_max_connections": 100,
    "freeable_memory_ticket_percent": 20,
    "freeable_memory_page_percent": 4,
    "local_storage_ticket_percent": 30,
    "local_storage_page_percent": 5,
    "transaction_age_ticket_transactions": 100_000_000,
    "transaction_age_page_transactions": 1_500_000_000,
    "reader_lag_milliseconds": 1000,
    "deadlocks_per_minute": 1,
    "commit_latency_milliseconds": 40,
    "read_latency_seconds": 0.01,
    "write_latency_seconds": 0.01,
    "cache_hit_percent": 70,
    "volume_limit_percent": 70,
    "volume_budget_gibibytes": 100,
    "replication_slot_gibibytes": 5,
    "cpu_credit_balance_credits": 20,
    "capacity_utilization_percent": 80,
    "function_duration_percent": 70,
    "proxy_borrow_latency_milliseconds": 50,
    "fatal_errors_per_five_minutes": 5,
    "failed_authentications_per_five_minutes": 5,
}
"""Another value than the usual one for every key of ``monitoring.thresholds``."""


def test_every_threshold_of_the_file_moves_an_alarm(tmp_path: Path) -> None:
    def thresholds(**said: float) -> dict[str, float]:
        changes = EVERYTHING | {"monitoring": {"thresholds": said}}
        # JSON is YAML, and quotes what has to be quoted.
        (tmp_path / "one.yaml").write_text(json.dumps(merged(BASE, changes)))
        (loaded,) = loader.load(tmp_path)
        assert set(type(loaded.environment.monitoring.thresholds).model_fields) == set(OTHER_THRESHOLDS)
        return {alarm.key: alarm.threshold for alarm in alarms.alarms(loaded)}

    usual = thresholds()
    assert [key for key, value in OTHER_THRESHOLDS.items() if thresholds(**{key: value}) == usual] == []
