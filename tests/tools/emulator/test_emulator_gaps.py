"""Every gap that the emulator mends is still one of moto's, and is mended. One that moto has closed fails here."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.harness import PATIENCE
from tools.emulator import deployment, gaps, process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Clients = Callable[[str], Any]

REGION = "eu-west-1"

ACCOUNT = "222222222222"

CLUSTER = {
    "DBClusterIdentifier": "one",
    "Engine": "aurora-postgresql",
    "MasterUsername": "admin1",
    "ManageMasterUserPassword": True,
}

INSIGHTS = {
    "DatabaseInsightsMode": "advanced",
    "EnablePerformanceInsights": True,
    "PerformanceInsightsRetentionPeriod": 465,
}

BUCKET = "one-terraform-state"

EXPIRY = {"NoncurrentDays": 90, "NewerNoncurrentVersions": 50}

ONLY_TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def cluster(clients: Clients, **changes: Any) -> dict[str, Any]:
    """Create a cluster and return what is reported of it."""
    rds = clients("rds")
    rds.create_db_cluster(**CLUSTER, **changes)
    (found,) = rds.describe_db_clusters()["DBClusters"]
    return dict(found)


def instance(clients: Clients, **changes: Any) -> dict[str, Any]:
    """Create a cluster with an instance and return what is reported of the instance."""
    cluster(clients)
    rds = clients("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="one-1",
        DBClusterIdentifier="one",
        DBInstanceClass="db.r5.large",
        Engine="aurora-postgresql",
        **changes,
    )
    (found,) = rds.describe_db_instances()["DBInstances"]
    return dict(found)


def bucket(clients: Clients) -> Any:
    """Create a bucket."""
    s3 = clients("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def accounts(clients: Clients) -> bool:
    return bool(clients("sts").get_caller_identity()["Account"] == ACCOUNT)


def managed_policies(clients: Clients) -> bool:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    return bool(clients("iam").get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn)


def storage_types(clients: Clients) -> bool:
    return bool(cluster(clients, StorageType="aurora-iopt1")["StorageType"] == "aurora-iopt1")


def scaling_of_serverless_v1(clients: Clients) -> bool:
    return "ScalingConfigurationInfo" not in cluster(clients)


def insights_of_a_cluster(clients: Clients) -> bool:
    found = cluster(clients, **INSIGHTS, MonitoringInterval=15, MonitoringRoleArn="arn:aws:iam::222222222222:role/x")
    return (found.get("PerformanceInsightsEnabled"), found.get("DatabaseInsightsMode")) == (True, "advanced") and (
        found.get("MonitoringInterval") == 15
    )


def insights_of_an_instance(clients: Clients) -> bool:
    found = instance(clients, **INSIGHTS)
    return (found.get("PerformanceInsightsEnabled"), found.get("PerformanceInsightsRetentionPeriod")) == (True, 465)


def certificate_authority(clients: Clients) -> bool:
    return bool(instance(clients)["CACertificateIdentifier"] == "rds-ca-rsa2048-g1")


def rotation(clients: Clients) -> bool:
    secret = cluster(clients)["MasterUserSecret"]["SecretArn"]
    manager = clients("secretsmanager")
    rules = {"ScheduleExpression": "rate(30 days)"}
    manager.rotate_secret(SecretId=secret, RotationRules=rules, RotateImmediately=False)
    described = manager.describe_secret(SecretId=secret)
    return (described["RotationEnabled"], described["RotationRules"]) == (True, rules)


def end_of_rotation(clients: Clients) -> bool:
    secret = cluster(clients)["MasterUserSecret"]["SecretArn"]
    manager = clients("secretsmanager")
    manager.rotate_secret(SecretId=secret, RotationRules={"ScheduleExpression": "rate(30 days)"})
    manager.cancel_rotate_secret(SecretId=secret)
    return manager.describe_secret(SecretId=secret).get("RotationRules", {}).get("ScheduleExpression") is None


def conditions_of_bucket_policies(clients: Clients) -> bool:
    s3 = bucket(clients)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [ONLY_TLS]}))
    s3.put_object(Bucket=BUCKET, Key="state", Body=b"{}")
    return True


def newer_versions(clients: Clients) -> bool:
    s3 = bucket(clients)
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": EXPIRY}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    (found,) = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    return bool(found["NoncurrentVersionExpiration"] == EXPIRY)


def descriptions_of_rules(clients: Clients) -> bool:
    ec2 = clients("ec2")
    group = ec2.create_security_group(GroupName="one", Description="one")["GroupId"]
    pair = {"GroupId": group, "Description": "from itself"}
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [pair]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    return [each.get("Description") for each in found if not each["IsEgress"]] == ["from itself"]


def ids_of_policies(clients: Clients) -> bool:
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    created = clients("iam").create_policy(PolicyName="one", PolicyDocument=json.dumps(allowed))["Policy"]
    return str(created["PolicyId"]).startswith("ANPA")


def sources_of_subscriptions(clients: Clients) -> bool:
    rds = clients("rds")
    topic = "arn:aws:sns:eu-west-1:222222222222:one"
    rds.create_event_subscription(
        SubscriptionName="one", SnsTopicArn=topic, SourceType="db-instance", SourceIds=["a", "b"]
    )
    rds.add_source_identifier_to_subscription(SubscriptionName="one", SourceIdentifier="c")
    rds.remove_source_identifier_from_subscription(SubscriptionName="one", SourceIdentifier="a")
    (found,) = rds.describe_event_subscriptions()["EventSubscriptionsList"]
    return bool(found["SourceIdsList"] == ["b", "c"])


def saved_queries(clients: Clients) -> bool:
    logs = clients("logs")
    asked = {"name": "one/Slow", "queryString": "fields @message", "logGroupNames": ["one"]}
    identifier = logs.put_query_definition(**asked)["queryDefinitionId"]
    logs.put_query_definition(queryDefinitionId=identifier, **asked | {"queryString": "fields @timestamp"})
    (found,) = logs.describe_query_definitions(queryDefinitionNamePrefix="one/")["queryDefinitions"]
    gone = logs.delete_query_definition(queryDefinitionId=identifier)["success"]
    left = logs.describe_query_definitions()["queryDefinitions"]
    return bool(found["queryString"] == "fields @timestamp" and found["logGroupNames"] == ["one"] and gone and not left)


def sources_of_event_subscriptions(clients: Clients) -> bool:
    rds = clients("rds")
    rds.create_event_subscription(
        SubscriptionName="one", SnsTopicArn="arn:aws:sns:eu-west-1:1:t", SourceType="db-cluster", SourceIds=["a", "b"]
    )
    rds.add_source_identifier_to_subscription(SubscriptionName="one", SourceIdentifier="c")
    rds.remove_source_identifier_from_subscription(SubscriptionName="one", SourceIdentifier="a")
    (found,) = rds.describe_event_subscriptions(SubscriptionName="one")["EventSubscriptionsList"]
    return bool(found["SourceIdsList"] == ["b", "c"])


def composite_alarms(clients: Clients) -> bool:
    cloudwatch = clients("cloudwatch")
    one = {"Namespace": "A", "MetricName": "a", "Statistic": "Sum", "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch.put_metric_alarm(AlarmName="a", Period=60, EvaluationPeriods=1, Threshold=1, **one)
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("a")')
    with pytest.raises(ClientError):
        cloudwatch.put_composite_alarm(AlarmName="none", AlarmRule='ALARM("a") OR ALARM("b")')
    (found,) = cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return bool(found["AlarmRule"] == 'ALARM("a")')


def keys_of_log_groups(clients: Clients) -> bool:
    logs = clients("logs")
    logs.create_log_group(logGroupName="one")
    logs.associate_kms_key(logGroupName="one", kmsKeyId="arn:aws:kms:eu-west-1:222222222222:key/one")
    (found,) = logs.describe_log_groups()["logGroups"]
    logs.disassociate_kms_key(logGroupName="one")
    (without,) = logs.describe_log_groups()["logGroups"]
    return "kmsKeyId" in found and "kmsKeyId" not in without


def log_groups_of_exports(clients: Clients) -> bool:
    cluster(clients, EnableCloudwatchLogsExports=["postgresql"])
    names = [group["logGroupName"] for group in clients("logs").describe_log_groups()["logGroups"]]
    return names == ["/aws/rds/cluster/one/postgresql"]


def restored_from_a_snapshot(clients: Clients) -> bool:
    cluster(clients, DatabaseName="app", BackupRetentionPeriod=9)
    rds = clients("rds")
    rds.create_db_cluster_snapshot(DBClusterIdentifier="one", DBClusterSnapshotIdentifier="before")
    found = rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="two", SnapshotIdentifier="before", Engine="aurora-postgresql", DatabaseName="other"
    )["DBCluster"]
    return (found["MasterUsername"], found["DatabaseName"], "MasterUserSecret" in found) == ("admin1", "app", False)


def restored_to_a_point_in_time(clients: Clients) -> bool:
    cluster(clients, DatabaseName="app", BackupRetentionPeriod=9)
    found = clients("rds").restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="two", SourceDBClusterIdentifier="one", UseLatestRestorableTime=True
    )["DBCluster"]
    same = (found["MasterUsername"], found["DatabaseName"], found["BackupRetentionPeriod"]) == ("admin1", "app", 9)
    return same and "MasterUserSecret" not in found


def later_exports(clients: Clients) -> bool:
    cluster(clients)
    rds = clients("rds")
    rds.modify_db_cluster(
        DBClusterIdentifier="one",
        EnableIAMDatabaseAuthentication=True,
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
    )
    (found,) = rds.describe_db_clusters()["DBClusters"]
    return (found["IAMDatabaseAuthenticationEnabled"], found["EnabledCloudwatchLogsExports"]) == (True, ["postgresql"])


def kept_secret(clients: Clients) -> bool:
    before = cluster(clients)["MasterUserSecret"]["SecretArn"]
    rds = clients("rds")
    rds.modify_db_cluster(DBClusterIdentifier="one", ManageMasterUserPassword=True)
    (found,) = rds.describe_db_clusters()["DBClusters"]
    return bool(found["MasterUserSecret"]["SecretArn"] == before)


BEHAVIOURS = (
    accounts,
    managed_policies,
    storage_types,
    scaling_of_serverless_v1,
    insights_of_a_cluster,
    insights_of_an_instance,
    certificate_authority,
    rotation,
    end_of_rotation,
    conditions_of_bucket_policies,
    newer_versions,
    descriptions_of_rules,
    ids_of_policies,
    sources_of_subscriptions,
    saved_queries,
    composite_alarms,
    sources_of_event_subscriptions,
    keys_of_log_groups,
    log_groups_of_exports,
    restored_from_a_snapshot,
    restored_to_a_point_in_time,
    later_exports,
    kept_secret,
)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an emulator."""
    with process.running(tmp_path_factory.mktemp("emulator") / "log") as address:
        yield address


def clients_of(address: str | None) -> Clients:
    """Return a function that makes clients of the emulator, or of moto in this process."""

    def one(service: str) -> Any:
        # Its types know each service by a literal name.
        client: Any = boto3.client
        return client(
            service,
            endpoint_url=address,
            region_name=REGION,
            aws_access_key_id=f"{gaps.ACCESS_KEY}{ACCOUNT}",
            aws_secret_access_key="none",  # noqa: S106 - nobody's
            config=Config(proxies={}, retries={"max_attempts": 0}),
        )

    return one


@pytest.fixture(autouse=True)
def _no_aws_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_the_emulator_has_the_gap_mended(behaviour: Callable[[Clients], bool], emulator: str) -> None:
    # What other tests have made goes first.
    reset = urllib.request.Request(f"{emulator}/moto-api/reset", method="POST")  # noqa: S310 - on this machine
    urllib.request.urlopen(reset, timeout=PATIENCE)  # noqa: S310 - on this machine
    assert behaviour(clients_of(emulator))


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.long
def test_moto_still_has_the_gap(behaviour: Callable[[Clients], bool]) -> None:
    with mock_aws():
        try:
            behaves = behaviour(clients_of(None))
        except (ClientError, KeyError, NotImplementedError):
            behaves = False
    assert not behaves, f"moto has closed the gap {behaviour.__name__}: take it out of tools/emulator/gaps.py"


def test_variables_name_the_account_and_no_place_of_the_user() -> None:
    variables = deployment.variables("http://127.0.0.1:1", ACCOUNT)
    assert variables["AWS_ACCESS_KEY_ID"].endswith(ACCOUNT)
    assert {variables["AWS_CONFIG_FILE"], variables["AWS_SHARED_CREDENTIALS_FILE"]} == {os.devnull}
