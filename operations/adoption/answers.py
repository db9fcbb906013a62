"""Reads what the AWS command line answers, as JSON: describe-db-clusters and its companions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.adoption.found import Attributes, Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Answer = dict[str, Any]

CLUSTER = {
    "DBClusterArn": "arn",
    "DBClusterIdentifier": "cluster_identifier",
    "Engine": "engine",
    "EngineVersion": "engine_version",
    "EngineMode": "engine_mode",
    "DatabaseName": "database_name",
    "MasterUsername": "master_username",
    "Port": "port",
    "StorageEncrypted": "storage_encrypted",
    "KmsKeyId": "kms_key_id",
    "StorageType": "storage_type",
    "DBSubnetGroup": "db_subnet_group_name",
    "DBClusterParameterGroup": "db_cluster_parameter_group_name",
    "BackupRetentionPeriod": "backup_retention_period",
    "PreferredBackupWindow": "preferred_backup_window",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "EnabledCloudwatchLogsExports": "enabled_cloudwatch_logs_exports",
    "DatabaseInsightsMode": "database_insights_mode",
    "HttpEndpointEnabled": "enable_http_endpoint",
    "GlobalClusterIdentifier": "global_cluster_identifier",
    "ReplicationSourceIdentifier": "replication_source_identifier",
    "NetworkType": "network_type",
    "ActivityStreamStatus": "activity_stream_status",
}

INSTANCE = {
    "DBInstanceIdentifier": "identifier",
    "DBClusterIdentifier": "cluster_identifier",
    "DBInstanceClass": "instance_class",
    "AvailabilityZone": "availability_zone",
    "PromotionTier": "promotion_tier",
    "CACertificateIdentifier": "ca_cert_identifier",
    "MonitoringInterval": "monitoring_interval",
    "PerformanceInsightsEnabled": "performance_insights_enabled",
    "PerformanceInsightsKMSKeyId": "performance_insights_kms_key_id",
    "PerformanceInsightsRetentionPeriod": "performance_insights_retention_period",
    "PubliclyAccessible": "publicly_accessible",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
}


def resources(document: Mapping[str, Any]) -> Iterator[Resource] | None:
    """Return what a document of answers says; None if it has no answer that is known here."""
    known = [key for key in READERS if isinstance(document.get(key), list)]
    return _read(document, known) if known else None


def _read(document: Mapping[str, Any], known: list[str]) -> Iterator[Resource]:
    for key in known:
        for answer in document[key]:
            yield from READERS[key](answer)


def _renamed(answer: Answer, names: Mapping[str, str]) -> Attributes:
    return {ours: answer[theirs] for theirs, ours in names.items() if answer.get(theirs) is not None}


def _tags(answer: Answer) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in answer.get("TagList") or ()}


def _cluster(answer: Answer) -> Iterator[Resource]:
    attributes = _renamed(answer, CLUSTER)
    attributes["vpc_security_group_ids"] = [
        group["VpcSecurityGroupId"] for group in answer.get("VpcSecurityGroups") or ()
    ]
    scaling = answer.get("ServerlessV2ScalingConfiguration")
    if scaling:
        attributes["serverlessv2_scaling_configuration"] = [
            {
                "min_capacity": scaling.get("MinCapacity"),
                "max_capacity": scaling.get("MaxCapacity"),
                "seconds_until_auto_pause": scaling.get("SecondsUntilAutoPause"),
            }
        ]
    secret = answer.get("MasterUserSecret")
    if secret:
        attributes["master_user_secret"] = [
            {"secret_arn": secret.get("SecretArn"), "kms_key_id": secret.get("KmsKeyId")}
        ]
    domains = answer.get("DomainMemberships") or ()
    attributes["domain"] = domains[0].get("Domain") if domains else None
    attributes["tags"] = _tags(answer)
    yield Resource(kind="aws_rds_cluster", attributes=attributes)


def _instance(answer: Answer) -> Iterator[Resource]:
    attributes = _renamed(answer, INSTANCE)
    groups = answer.get("DBParameterGroups") or ()
    attributes["db_parameter_group_name"] = groups[0]["DBParameterGroupName"] if groups else None
    yield Resource(kind="aws_rds_cluster_instance", attributes=attributes)
    if isinstance(answer.get("DBSubnetGroup"), dict):
        yield from _subnet_group(answer["DBSubnetGroup"])


def _subnet_group(answer: Answer) -> Iterator[Resource]:
    subnets = answer.get("Subnets") or ()
    yield Resource(
        kind="aws_db_subnet_group",
        attributes={
            "name": answer["DBSubnetGroupName"],
            "vpc_id": answer.get("VpcId"),
            "subnet_ids": [subnet["SubnetIdentifier"] for subnet in subnets],
        },
    )
    for subnet in subnets:
        yield Resource(
            kind="aws_subnet",
            attributes={
                "id": subnet["SubnetIdentifier"],
                "availability_zone": (subnet.get("SubnetAvailabilityZone") or {}).get("Name"),
                "vpc_id": answer.get("VpcId"),
            },
        )


def _subnet(answer: Answer) -> Iterator[Resource]:
    names = {"SubnetId": "id", "AvailabilityZone": "availability_zone", "VpcId": "vpc_id", "CidrBlock": "cidr_block"}
    yield Resource(kind="aws_subnet", attributes=_renamed(answer, names))


def _vpc(answer: Answer) -> Iterator[Resource]:
    vpc = _renamed(answer, {"VpcId": "id", "CidrBlock": "cidr_block"})
    kinds = (
        ("CidrBlockAssociationSet", "CidrBlock", "CidrBlockState"),
        ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock", "Ipv6CidrBlockState"),
    )
    vpc["cidr_blocks"] = [
        one[block]
        for associations, block, state in kinds
        for one in answer.get(associations) or ()
        if one.get(state, {}).get("State") == "associated"
    ]
    yield Resource(kind="aws_vpc", attributes=vpc)


def _parameter(answer: Answer) -> Iterator[Resource]:
    if answer.get("Source") == "user" and answer.get("ParameterValue") is not None:
        setting = {"name": answer["ParameterName"], "value": answer["ParameterValue"]}
        yield Resource(kind="parameter", attributes=setting)


def _log_group(answer: Answer) -> Iterator[Resource]:
    names = {"logGroupName": "name", "retentionInDays": "retention_in_days", "kmsKeyId": "kms_key_id"}
    yield Resource(kind="aws_cloudwatch_log_group", attributes=_renamed(answer, names))


READERS: Mapping[str, Callable[[Answer], Iterator[Resource]]] = {
    "DBClusters": _cluster,
    "DBInstances": _instance,
    "DBSubnetGroups": _subnet_group,
    "Subnets": _subnet,
    "Vpcs": _vpc,
    "Parameters": _parameter,
    "logGroups": _log_group,
}
"""By the key under which the command line lists its answers."""
