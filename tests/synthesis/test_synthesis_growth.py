"""What a database grows by, as Terraform reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness import Synthesized

STACK = "grown-database"

READERS = {"service_namespace": "rds", "scalable_dimension": "rds:cluster:ReadReplicaCount"}


def test_readers_come_and_go_within_bounds_that_count_the_files_own(examples: Synthesized) -> None:
    target = examples.resource(STACK, "aws_appautoscaling_target.readers")
    assert {key: target[key] for key in (*READERS, "min_capacity", "max_capacity", "resource_id")} == {
        **READERS,
        "min_capacity": 2,
        "max_capacity": 6,
        "resource_id": "cluster:${aws_rds_cluster.aurora.id}",
    }
    assert set(target["depends_on"]) == {
        f"aws_rds_cluster_instance.instance_{key}" for key in ("writer", "standby", "reports")
    }
    policy = examples.resource(STACK, "aws_appautoscaling_policy.readers")
    assert policy["target_tracking_scaling_policy_configuration"] == {
        "predefined_metric_specification": {"predefined_metric_type": "RDSReaderAverageCPUUtilization"},
        "target_value": 60,
        "scale_in_cooldown": 300,
        "scale_out_cooldown": 300,
    }
    assert policy["resource_id"] == "${aws_appautoscaling_target.readers.resource_id}"
    morning = examples.resource(STACK, "aws_appautoscaling_scheduled_action.readers_morning")
    assert (morning["schedule"], morning["timezone"]) == ("cron(30 6 ? * MON-FRI *)", "Europe/Berlin")
    assert morning["scalable_target_action"] == {"min_capacity": "4", "max_capacity": "8"}


def test_endpoints_follow_their_instances_and_are_in_the_contract(examples: Synthesized) -> None:
    analytics = examples.resource(STACK, "aws_rds_cluster_endpoint.endpoint_analytics")
    assert analytics["static_members"] == ["${aws_rds_cluster_instance.instance_reports.id}"]
    assert analytics["custom_endpoint_type"] == "READER"
    application = examples.resource(STACK, "aws_rds_cluster_endpoint.endpoint_application")
    assert application["excluded_members"] == ["${aws_rds_cluster_instance.instance_reports.id}"]
    assert "static_members" not in application
    contract = examples.resource(STACK, "aws_ssm_parameter.endpoint_analytics")
    assert contract["name"] == "/experimentation/grown/database/endpoint-analytics"
    assert contract["value"] == "${aws_rds_cluster_endpoint.endpoint_analytics.endpoint}"


def test_a_role_brings_the_way_out_that_it_needs_and_no_other(examples: Synthesized) -> None:
    associated = examples.stack(STACK)["resource"]["aws_rds_cluster_role_association"]
    assert {key: one["feature_name"] for key, one in associated.items()} == {
        "s3_import": "s3Import",
        "lambda": "Lambda",
    }
    ways = examples.stack(STACK)["resource"]["aws_vpc_security_group_egress_rule"]
    assert {(one.get("prefix_list_id"), one.get("cidr_ipv4"), one["from_port"]) for one in ways.values()} == {
        ("${data.aws_ec2_managed_prefix_list.s3.id}", None, 443),
        (None, "10.60.0.0/24", 443),
    }
    assert "iam_roles" not in examples.resource(STACK, "aws_rds_cluster.aurora")
    assert examples.stack(STACK)["data"]["aws_ec2_managed_prefix_list"]["s3"]["name"] == "com.amazonaws.eu-central-1.s3"


def test_the_data_api_and_the_pool_are_as_the_file_says(examples: Synthesized) -> None:
    assert examples.resource(STACK, "aws_rds_cluster.aurora")["enable_http_endpoint"] is True
    parameters = examples.resource("grown-access", "aws_cloudformation_stack.proxy")["parameters"]
    assert {key: parameters[key] for key in parameters if key.endswith(("Percent", "Seconds"))} == {
        "BorrowTimeoutSeconds": "10",
        "IdleClientTimeoutSeconds": "1800",
        "MaxConnectionsPercent": "70",
        "MaxIdleConnectionsPercent": "40",
    }
    assert "data_api" in examples.stack("grown-access")["resource"]["aws_iam_policy"]


def test_taken_out_of_the_file_all_of_it_goes(synthesize: Callable[..., Synthesized]) -> None:
    database: dict[str, Any] = {"instance_class": "db.r6g.large", "instances": 2}
    grown = {
        "readers": {"minimum": 1, "maximum": 3, "connections": 200},
        "endpoints": {"x": {"instances": ["1"]}},
        "data_api": True,
        "roles": {"s3_export": "arn:aws:iam::111111111111:role/export"},
    }
    with_all = set(synthesize(database=database | grown).stack("test-database")["resource"])
    without = synthesize(database=database).stack("test-database")
    assert with_all - set(without["resource"]) == {
        "aws_appautoscaling_policy",
        "aws_appautoscaling_target",
        "aws_rds_cluster_endpoint",
        "aws_rds_cluster_role_association",
        "aws_vpc_security_group_egress_rule",
    }
    assert "enable_http_endpoint" not in without["resource"]["aws_rds_cluster"]["aurora"]
