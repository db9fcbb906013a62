"""The rows of what a database grows by: readers of auto scaling, custom endpoints, the Data API, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.arguments.rows import Row, Said, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from settings.growth import CustomEndpoint, Readers, Schedule
    from tests.arguments.rows import Where

CLUSTER: Final = "${aws_rds_cluster.aurora.id}"

DATABASE_GROUP: Final = "${aws_security_group.database.id}"

METRIC: Final = "target_tracking_scaling_policy_configuration.predefined_metric_specification.predefined_metric_type"

TRACKING: Final = "target_tracking_scaling_policy_configuration"


def _readers(where: Where) -> Readers:
    assert where.database.readers
    return where.database.readers


def _endpoint(where: Where) -> CustomEndpoint:
    return where.database.endpoints[where.part.replace("_", "-")]


def _peer(where: Where) -> str:
    return where.database.access.peered[where.part.replace("_", "-")]


def _schedule(where: Where) -> Schedule:
    return _readers(where).schedule[where.part.replace("_", "-")]


def _instances(keys: list[str] | None) -> list[str]:
    return [f"${{aws_rds_cluster_instance.instance_{key.replace('-', '_')}.id}}" for key in keys or ()]


def _scaled(address: str) -> tuple[Row, ...]:
    return rows(
        address,
        ("service_namespace", "rds", "What scales is a database"),
        ("scalable_dimension", "rds:cluster:ReadReplicaCount", "The number of readers, the one thing that RDS scales"),
    )


def _role(feature: str) -> Callable[[Where], str]:
    return lambda where: where.database.roles.model_dump(by_alias=True)[feature]


ROWS: tuple[Row, ...] = (
    *_scaled("aws_appautoscaling_target.readers"),
    *_scaled("aws_appautoscaling_policy.readers"),
    *_scaled("aws_appautoscaling_scheduled_action.readers_*"),
    *rows(
        "aws_appautoscaling_target.readers",
        ("resource_id", f"cluster:{CLUSTER}", "This cluster's readers"),
        ("min_capacity", Said(lambda w: _readers(w).minimum), "As the file says"),
        ("max_capacity", Said(lambda w: _readers(w).maximum), "As the file says; what it costs at most"),
        (
            "depends_on",
            Said(
                lambda w: [f"aws_rds_cluster_instance.instance_{key.replace('-', '_')}" for key in w.database.instances]
            ),
            "Without a reader there is nothing to measure, and scaling would begin by adding one",
        ),
    ),
    *rows(
        "aws_appautoscaling_policy.readers",
        ("name", Said(lambda w: w.names.reader_scaling), "Found beside the cluster's other names"),
        ("policy_type", "TargetTrackingScaling", "The one kind that RDS takes"),
        ("resource_id", "${aws_appautoscaling_target.readers.resource_id}", "Made after its target, gone before it"),
        (f"{TRACKING}.scale_in_cooldown", Said(lambda w: _readers(w).scale_in_cooldown_seconds), "As the file says"),
        (f"{TRACKING}.scale_out_cooldown", Said(lambda w: _readers(w).scale_out_cooldown_seconds), "As the file says"),
        (
            f"{TRACKING}.target_value",
            Said(lambda w: _readers(w).cpu_percent or _readers(w).connections),
            "What the readers keep to on the average",
        ),
    ),
    Row(
        "aws_appautoscaling_policy.readers",
        METRIC,
        "RDSReaderAverageCPUUtilization",
        "The file says cpu_percent",
        lambda w: _readers(w).cpu_percent is not None,
    ),
    *rows(
        "aws_appautoscaling_scheduled_action.readers_*",
        (
            "name",
            Said(lambda w: f"{w.names.reader_scaling}-{w.part.replace('_', '-')}"),
            "One for each name of the file",
        ),
        ("resource_id", "${aws_appautoscaling_target.readers.resource_id}", "Made after its target, gone before it"),
        ("schedule", Said(lambda w: f"cron({_schedule(w).cron})"), "When the file says"),
        ("timezone", Said(lambda w: _schedule(w).time_zone), "Office hours move with the zone's summer time"),
        ("scalable_target_action.min_capacity", Said(lambda w: str(_schedule(w).minimum)), "As the file says"),
        ("scalable_target_action.max_capacity", Said(lambda w: str(_schedule(w).maximum)), "As the file says"),
    ),
    Row("aws_rds_cluster.aurora", "enable_http_endpoint", True, "The Data API", lambda w: w.database.data_api),
    *rows(
        "aws_rds_cluster_endpoint.endpoint_*",
        (
            "cluster_endpoint_identifier",
            Said(lambda w: w.names.custom_endpoint(w.part.replace("_", "-"))),
            "First part of the host name; changing it replaces the endpoint",
        ),
        ("cluster_identifier", CLUSTER, "This cluster"),
        (
            "custom_endpoint_type",
            Said(lambda w: "ANY" if _endpoint(w).writer else "READER"),
            "An instance that becomes the writer leaves it, unless the file says otherwise",
        ),
    ),
    Row(
        "aws_rds_cluster_endpoint.endpoint_*",
        "static_members",
        Said(lambda w: _instances(_endpoint(w).instances)),
        "These instances and no other",
        lambda w: _endpoint(w).instances is not None,
    ),
    Row(
        "aws_rds_cluster_endpoint.endpoint_*",
        "excluded_members",
        Said(lambda w: _instances(_endpoint(w).excluding)),
        "All instances but these",
        lambda w: _endpoint(w).excluding is not None,
    ),
    Row(
        "aws_rds_cluster.aurora",
        "network_type",
        "DUAL",
        "IPv4 and IPv6, as the file says",
        lambda w: w.environment.network.is_dual,
    ),
    *(
        Row(
            "aws_vpc_security_group_ingress_rule.from_peered_*",
            f"cidr_ipv{protocol}",
            Said(_peer),
            "Only what the file names",
            lambda w, protocol=protocol: (":" in _peer(w)) == (protocol == 6),  # type: ignore[misc] # bound now
        )
        for protocol in (4, 6)
    ),
    Row(
        "aws_vpc_security_group_ingress_rule.from_peered_*",
        "description",
        "PostgreSQL from peered block <-*>",
        "Who reviews rules knows whom it admits",
    ),
    *rows(
        "aws_vpc_security_group_ingress_rule.from_ipv6_*",
        ("description", "PostgreSQL from IPv6 block <-*>", "Who reviews rules knows whom it admits"),
        (
            "cidr_ipv6",
            "${data.terraform_remote_state.network.outputs.vpc_ipv6_cidr}",
            "What Amazon gave the VPC, which nobody knows before",
        ),
    ),
    *rows(
        "aws_rds_cluster_role_association.*",
        ("db_cluster_identifier", CLUSTER, "This cluster"),
        ("role_arn", Said(lambda w: _role(w.part)(w)), "The role that the file names"),
    ),
    *(
        Row(f"aws_rds_cluster_role_association.{feature}", "feature_name", name, "The name that RDS has for it")
        for feature, name in (("s3_import", "s3Import"), ("lambda", "Lambda"))
    ),
    *(
        Row(
            address,
            "value",
            "${aws_rds_cluster_endpoint.endpoint_<*>.endpoint}",
            "Where whoever uses the endpoint connects",
        )
        for address in ("aws_ssm_parameter.endpoint_*", "output.endpoint_*")
    ),
    Row("data_aws_ec2_managed_prefix_list.s3", "name", "com.amazonaws.<region>.s3", "The region's own S3"),
    *rows(
        "aws_cloudformation_stack.proxy",
        *(
            (
                f"parameters.{parameter}",
                Said(lambda w, key=key: str(getattr(w.access.proxy.pool, key))),  # type: ignore[misc] # bound now
                "As the file says, in a template that is the same for all",
            )
            for parameter, key in (
                ("BorrowTimeoutSeconds", "borrow_timeout_seconds"),
                ("IdleClientTimeoutSeconds", "idle_client_timeout_seconds"),
                ("MaxConnectionsPercent", "max_connections_percent"),
                ("MaxIdleConnectionsPercent", "max_idle_connections_percent"),
            )
        ),
    ),
    *rows(
        "aws_vpc_security_group_egress_rule.to_endpoints_*|to_s3",
        ("security_group_id", DATABASE_GROUP, "The database itself calls"),
    ),
    Row(
        "aws_vpc_security_group_egress_rule.to_s3",
        "prefix_list_id",
        "${data.aws_ec2_managed_prefix_list.s3.id}",
        "S3's addresses in the region, never the world",
    ),
    Row(
        "aws_vpc_security_group_egress_rule.to_endpoints_*",
        "cidr_ipv4",
        Said(lambda w: w.created.cidr),
        "The VPC, in which the interface endpoint stands",
    ),
)
