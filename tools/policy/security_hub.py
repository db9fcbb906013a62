"""The controls of AWS Security Hub for what the stacks create, and those that a reader would look for.

Sources: AWS Security Hub User Guide, "AWS Foundational Security Best Practices standard", for what belongs to the
standard, and its chapters of controls for Amazon RDS and Amazon EC2 for what each asks, as published in 2025;
Prowler 5.46.0 (Apache-2.0, 2026-11) for the other services. Read on 2026-11-22.
"""

from __future__ import annotations

from typing import Final

from tools.policy.controls import (
    ALL_UNSET,
    FALSE,
    IS_SET,
    NO_DECRYPTION,
    NO_WILDCARD,
    NOT_ANYONE,
    NOT_ANYWHERE,
    NOTHING,
    OWN_KEY,
    SEVERAL,
    TRUE,
    Control,
    all_of,
    at_least,
    everywhere,
    holding,
    none_of,
    one_of,
    rate_of_days,
    some,
    waived,
)

CLUSTER: Final = "aws_rds_cluster.*"
INSTANCE: Final = "aws_rds_cluster_instance.*"
KEY: Final = "aws_kms_key.*"
INGRESS: Final = "aws_vpc_security_group_ingress_rule.*"
POLICY: Final = "aws_iam_*policy.*"
ENDPOINT: Final = "aws_vpc_endpoint.*"
BUCKET: Final = "aws_s3_bucket.*"
BLOCK: Final = "aws_s3_bucket_public_access_block.*"
BUCKET_POLICY: Final = "aws_s3_bucket_policy.*"
FUNCTION: Final = "aws_lambda_function.*"

NO_BUCKET: Final = "its state is not in a bucket that is made here"
NO_FUNCTION: Final = "no Lambda function is made here"
NO_HOST: Final = "No EC2 instance, volume, launch template or host of any kind is created."
OF_THE_ACCOUNT: Final = "A setting of the account or of the organisation, and not of a database."
OTHER_ENGINE: Final = "About another database engine than Aurora PostgreSQL."
PAID_BY_THE_HOUR: Final = (
    "An interface endpoint costs by the hour and zone, and nothing here calls this service; environments name the "
    "endpoints that their applications need, in `network.create.interface_endpoints`."
)

FOUNDATIONAL: Final = (
    Control(
        ids=("RDS.1",),
        asks="Snapshots are private",
        not_applicable="No snapshot is created or shared; a final snapshot is private unless somebody shares it.",
    ),
    Control(
        ids=("RDS.2",),
        asks="Instances are not publicly accessible",
        address=INSTANCE,
        attribute="publicly_accessible",
        condition=FALSE,
    ),
    Control(
        ids=("RDS.3", "RDS.27"),
        asks="Storage is encrypted",
        address=CLUSTER,
        attribute="storage_encrypted",
        condition=TRUE,
    ),
    Control(
        ids=("RDS.4",),
        asks="Snapshots are encrypted, which follows from the cluster's key",
        address=CLUSTER,
        attribute="kms_key_id",
        condition=OWN_KEY,
    ),
    Control(
        ids=("RDS.5",),
        asks="An instance has a standby in another zone",
        not_applicable="About instances outside a cluster; RDS.15 is the one about clusters.",
    ),
    Control(
        ids=("RDS.6",),
        asks="Enhanced Monitoring is on",
        address=INSTANCE,
        attribute="monitoring_interval",
        condition=one_of(1, 5, 10, 15, 30, 60),
    ),
    Control(
        ids=("RDS.7",),
        asks="The cluster is protected from deletion",
        address=CLUSTER,
        attribute="deletion_protection",
        condition=TRUE,
        deviates=waived("CKV_AWS_139"),
    ),
    Control(
        ids=("RDS.8",),
        asks="Instances are protected from deletion",
        not_applicable="Its list of engines leaves Aurora out, where it is a property of the cluster: RDS.7.",
    ),
    Control(
        ids=("RDS.9", "RDS.37"),
        asks="PostgreSQL's log goes to CloudWatch Logs",
        address=CLUSTER,
        attribute="enabled_cloudwatch_logs_exports",
        condition=holding("postgresql"),
    ),
    Control(
        ids=("RDS.10", "RDS.12"),
        asks="IAM authentication is on",
        address=CLUSTER,
        attribute="iam_database_authentication_enabled",
        condition=TRUE,
    ),
    Control(
        ids=("RDS.11",),
        asks="Instances are backed up",
        not_applicable="About instances outside a cluster; RDS.50 is the one about clusters.",
    ),
    Control(
        ids=("RDS.13",),
        asks="Minor upgrades are applied automatically",
        address=INSTANCE,
        attribute="auto_minor_version_upgrade",
        condition=TRUE,
        deviates=waived("CKV_AWS_226"),
    ),
    Control(
        ids=("RDS.14",),
        asks="Backtracking is on",
        not_applicable="Only Aurora MySQL can do that.",
    ),
    Control(
        ids=("RDS.15",),
        asks="Instances are spread over zones",
        address=INSTANCE,
        attribute="availability_zone",
        condition=SEVERAL,
        deviates={
            "development": "One instance is enough to develop against, and the data is in three zones anyway; "
            "`database.instances: 2` adds a second one in another zone."
        },
    ),
    Control(
        ids=("RDS.16",),
        asks="Snapshots get the cluster's tags",
        address=CLUSTER,
        attribute="copy_tags_to_snapshot",
        condition=TRUE,
    ),
    Control(
        ids=("RDS.17",),
        asks="Snapshots get the instance's tags",
        address=INSTANCE,
        attribute="copy_tags_to_snapshot",
        condition=TRUE,
    ),
    Control(
        ids=("RDS.19", "RDS.20"),
        asks="Subscriptions to events, where there are some, have the critical ones of clusters and instances",
        not_applicable="Only existing subscriptions are looked at, and none is created.",
    ),
    Control(
        ids=("RDS.21", "RDS.22"),
        asks="Somebody subscribes to events of parameter groups and security groups",
        address="aws_db_event_subscription.*",
        attribute="source_type",
        condition=some("a subscription", "db-parameter-group"),
        deviates=everywhere(
            "Parameter groups change by a reviewed plan only, and the database has no group of the legacy kind that "
            "RDS.22 is about. Whom an event should reach is for the team to say; one subscription serves all of an "
            "account's databases."
        ),
    ),
    Control(
        ids=("RDS.23",),
        asks="The port is not the engine's default",
        address=CLUSTER,
        attribute="port",
        condition=none_of(5432),
        deviates=everywhere(
            "Who can connect is decided by isolated or private subnets, the security group, TLS and authentication; an "
            "unusual port adds nothing to them and is one more thing to get wrong. `database.port` changes it."
        ),
    ),
    Control(
        ids=("RDS.24",),
        asks="The administrator's name is not a default one",
        address=CLUSTER,
        attribute="master_username",
        condition=none_of("admin", "postgres"),
    ),
    Control(
        ids=("RDS.25",),
        asks="The administrator of an instance has no default name",
        not_applicable="About instances outside a cluster; RDS.24 is the one about clusters.",
    ),
    Control(
        ids=("RDS.34", "RDS.40", "RDS.41", "RDS.42", "RDS.44", "RDS.45", "RDS.48"),
        asks="Logs, TLS and tags of Aurora MySQL, MySQL, MariaDB and SQL Server",
        not_applicable=OTHER_ENGINE,
    ),
    Control(
        ids=("RDS.35", "RDS.36", "RDS.47"),
        asks="Upgrades, logs and tags of RDS for PostgreSQL and of Multi-AZ clusters",
        not_applicable="Does not count for Aurora, for which RDS.13, RDS.37 and RDS.16 ask the same.",
    ),
    Control(ids=("RDS.43",), asks="Proxies ask for TLS", not_applicable="No RDS Proxy is created."),
    Control(
        ids=("RDS.46",),
        asks="Private subnets have no route to an internet gateway; isolated ones have no route out at all",
        address="aws_route.private_*",
        attribute="gateway_id",
        condition=ALL_UNSET,
    ),
    Control(
        ids=("KMS.1", "KMS.2"),
        asks="No IAM policy allows decryption with all keys",
        address=POLICY,
        attribute="policy.Statement[?Effect=='Allow' && Resource[?@=='*' || ends_with(@, ':key/*')]].Action[]",
        condition=NO_DECRYPTION,
    ),
    Control(
        ids=("KMS.3",),
        asks="A key is not deleted by mistake: days in which a deletion can be taken back",
        address=KEY,
        attribute="deletion_window_in_days",
        condition=at_least(7),
    ),
    Control(
        ids=("KMS.5",),
        asks="Keys are not open to the public",
        address=KEY,
        attribute="policy.Statement[].Principal[]",
        condition=NOT_ANYONE,
    ),
    Control(
        ids=("SecretsManager.1",),
        asks="Secrets rotate by themselves",
        address=CLUSTER,
        attribute="manage_master_user_password",
        condition=TRUE,
    ),
    Control(
        ids=("SecretsManager.2",),
        asks="The rotation succeeds",
        not_applicable="Seen in a running account only; RDS itself rotates the secret, and the password with it.",
    ),
    Control(
        ids=("SecretsManager.3",),
        asks="No secret is left unused",
        not_applicable="The only secret is the one that RDS creates, uses and deletes with the cluster.",
    ),
    Control(
        ids=("SecretsManager.4",),
        asks="Secrets rotate within 90 days",
        address="aws_secretsmanager_secret_rotation.*",
        attribute="rotation_rules.schedule_expression",
        condition=rate_of_days(90),
    ),
    Control(
        ids=("EC2.2",),
        asks="The VPC's default security group admits nothing",
        address="aws_default_security_group.*",
        attribute="ingress || egress",
        condition=NOTHING,
    ),
    Control(
        ids=("EC2.6",),
        asks="The VPC has flow logs",
        address="aws_flow_log.*",
        attribute="traffic_type",
        condition=one_of("ALL", "REJECT"),
    ),
    Control(
        ids=("EC2.10",),
        asks="The VPC has an endpoint for EC2's interface",
        address=ENDPOINT,
        attribute="service_name",
        condition=some("ec2", r"\.ec2$"),
        deviates=everywhere(PAID_BY_THE_HOUR),
    ),
    Control(
        ids=("EC2.15",),
        asks="Subnets give no public addresses",
        address="aws_subnet.*",
        attribute="map_public_ip_on_launch",
        condition=FALSE,
    ),
    Control(
        ids=("EC2.16", "EC2.21"),
        asks="Network access lists are in use and do not open the ports of SSH and Remote Desktop",
        not_applicable="Only the VPC's default access list exists, which these controls leave out.",
    ),
    Control(
        ids=("EC2.18", "EC2.19"),
        asks="Security groups admit nobody from anywhere",
        address=INGRESS,
        attribute="cidr_ipv4 || cidr_ipv6 || referenced_security_group_id",
        condition=NOT_ANYWHERE,
    ),
    Control(
        ids=("EC2.57",),
        asks="The VPC has an endpoint for Systems Manager",
        address=ENDPOINT,
        attribute="service_name",
        condition=some("ssm", r"\.ssm$"),
    ),
    Control(
        ids=("EC2.55", "EC2.56", "EC2.58", "EC2.60"),
        asks="The VPC has endpoints for container registries and Incident Manager",
        not_applicable="Neither is used; applications that use them bring the endpoints along.",
    ),
    Control(
        ids=(
            *("EC2.1", "EC2.3", "EC2.4", "EC2.7", "EC2.8", "EC2.9", "EC2.17", "EC2.24", "EC2.25"),
            *("EC2.170", "EC2.173", "EC2.180", "EC2.181", "SSM.1", "SSM.2", "SSM.3"),
        ),
        asks="Hosts, their volumes, addresses and patches",
        not_applicable=NO_HOST,
    ),
    Control(
        ids=("EC2.20", "EC2.23", "EC2.51", "EC2.171"),
        asks="VPN connections and transit gateways",
        not_applicable="None is created.",
    ),
    Control(
        ids=("EC2.172", "S3.1", "SSM.6", "SSM.7"), asks="Settings of a whole account", not_applicable=OF_THE_ACCOUNT
    ),
    Control(
        ids=("S3.2", "S3.3", "S3.8"),
        asks="The bucket refuses to become public",
        address=BLOCK,
        attribute="[block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets]",
        condition=all_of(wanted=True),
        absent=NO_BUCKET,
    ),
    Control(
        ids=("S3.5",),
        asks="The bucket refuses requests without TLS",
        address=BUCKET_POLICY,
        attribute="policy.Statement[?Effect=='Deny' && Action==['s3:*']].Condition.Bool.\"aws:SecureTransport\"",
        condition=all_of("false"),
        absent=NO_BUCKET,
    ),
    Control(
        ids=("S3.6",),
        asks="The bucket's policy gives other accounts nothing: whom it allows something",
        address=BUCKET_POLICY,
        attribute="policy.Statement[?Effect=='Allow'].Principal[]",
        condition=NOTHING,
        absent=NO_BUCKET,
    ),
    Control(
        ids=("S3.9",),
        asks="Accesses to the bucket are logged",
        address="aws_s3_bucket_logging.*",
        attribute="target_bucket",
        condition=IS_SET,
        subject=BUCKET,
        absent=NO_BUCKET,
        deviates=waived("CKV_AWS_18"),
    ),
    Control(
        ids=("S3.12",),
        asks="The bucket has no access control lists",
        address="aws_s3_bucket_ownership_controls.*",
        attribute="rule.object_ownership",
        condition=one_of("BucketOwnerEnforced"),
        absent=NO_BUCKET,
    ),
    Control(
        ids=("S3.13",),
        asks="What is no longer needed leaves the bucket",
        address="aws_s3_bucket_lifecycle_configuration.*",
        attribute="rule[].status",
        condition=all_of("Enabled"),
        absent=NO_BUCKET,
    ),
    Control(
        ids=("S3.19", "S3.24", "S3.25"),
        asks="Access points and directory buckets",
        not_applicable="None is created.",
    ),
    Control(
        ids=("IAM.1", "IAM.21"),
        asks="No policy allows everything, or everything of a service",
        address=POLICY,
        attribute="policy.Statement[?Effect=='Allow'].Action[]",
        condition=NO_WILDCARD,
    ),
    Control(
        ids=tuple(f"IAM.{number}" for number in range(2, 9)),
        asks="Users, the root user, their passwords, keys and second factors",
        not_applicable="No user is created; these are of the account.",
    ),
    Control(ids=("SSM.4",), asks="Documents are not public", not_applicable="No Systems Manager document is created."),
    Control(
        ids=("Lambda.1",),
        asks="Functions are not open to the public",
        address="aws_lambda_permission.*",
        attribute="principal",
        condition=none_of("*"),
        absent=NO_FUNCTION,
    ),
    Control(
        ids=("Lambda.2",),
        asks="Functions run on a supported runtime",
        address=FUNCTION,
        attribute="runtime",
        # AWS Lambda Developer Guide, "Lambda runtimes", 2026: those that stay supported for more than a year.
        condition=one_of("python3.12", "python3.13", "python3.14"),
        absent=NO_FUNCTION,
    ),
    Control(
        ids=("Lambda.5",),
        asks="Functions in a VPC are in several zones",
        address=FUNCTION,
        attribute="vpc_config.subnet_ids",
        condition=IS_SET,
        absent=NO_FUNCTION,
    ),
)
"""Every control of the standard for RDS, KMS, Secrets Manager, EC2, S3, IAM, Systems Manager and Lambda."""

OTHER: Final = (
    Control(
        ids=("RDS.18",),
        asks="The database is in a VPC",
        address=CLUSTER,
        attribute="db_subnet_group_name",
        condition=IS_SET,
    ),
    Control(
        ids=("RDS.26",),
        asks="A backup plan covers the instance",
        not_applicable="About instances outside a cluster; why the cluster has no plan of AWS Backup is a waiver.",
    ),
    Control(
        ids=("RDS.28", "RDS.29", "RDS.30", "RDS.33"),
        asks="Cluster, snapshots, instances and subnet group are tagged, as is all else",
        address="provider.aws",
        attribute="keys(default_tags[0].tags)",
        condition=holding("environment", "managed-by", "project", "stack", "tier"),
    ),
    Control(
        ids=("RDS.38",),
        asks="Connections are encrypted",
        address="aws_rds_cluster_parameter_group.*",
        attribute="parameter[?name=='rds.force_ssl'].value",
        condition=all_of("1"),
    ),
    Control(
        ids=("RDS.50",),
        asks="Backups are kept for 7 days or more",
        address=CLUSTER,
        attribute="backup_retention_period",
        condition=at_least(7),
    ),
    Control(ids=("KMS.4",), asks="Keys are rotated", address=KEY, attribute="enable_key_rotation", condition=TRUE),
    Control(
        ids=("EC2.13", "EC2.14"),
        asks="Security groups do not open SSH and Remote Desktop to anywhere",
        address=INGRESS,
        attribute="cidr_ipv4 || cidr_ipv6 || referenced_security_group_id",
        condition=NOT_ANYWHERE,
    ),
    Control(
        ids=("S3.7",),
        asks="The bucket is copied to another region",
        address="aws_s3_bucket_replication_configuration.*",
        attribute="rule[].status",
        condition=all_of("Enabled"),
        subject=BUCKET,
        absent=NO_BUCKET,
        deviates=waived("CKV_AWS_144"),
    ),
    Control(
        ids=("S3.11",),
        asks="The bucket tells somebody of changes",
        address="aws_s3_bucket_notification.*",
        attribute="bucket",
        condition=IS_SET,
        subject=BUCKET,
        absent=NO_BUCKET,
        deviates=waived("CKV2_AWS_62"),
    ),
    Control(
        ids=("S3.14",),
        asks="The bucket keeps old versions",
        address="aws_s3_bucket_versioning.*",
        attribute="versioning_configuration.status",
        condition=one_of("Enabled"),
        absent=NO_BUCKET,
    ),
    Control(
        ids=("S3.15",),
        asks="Objects in the bucket are locked",
        address=BUCKET,
        attribute="object_lock_enabled",
        condition=TRUE,
        absent=NO_BUCKET,
        deviates=dict.fromkeys(
            ("staging", "production"),
            "A state is written anew by every change, and its older versions are there to be kept for 90 days and then "
            "to go; the bucket itself cannot be deleted by Terraform while a state is in it.",
        ),
    ),
    Control(
        ids=("S3.20",),
        asks="Versions are deleted with a second factor only",
        address="aws_s3_bucket_versioning.*",
        attribute="versioning_configuration.mfa_delete",
        condition=one_of("Enabled"),
        absent=NO_BUCKET,
        deviates=dict.fromkeys(
            ("staging", "production"),
            "Only the root user, with the device at hand, can switch it on, which Terraform should not run as; it also "
            "excludes the lifecycle rule that S3.13 asks for.",
        ),
    ),
    Control(
        ids=("S3.17",),
        asks="The bucket is encrypted with KMS",
        address="aws_s3_bucket_server_side_encryption_configuration.*",
        attribute="rule[].apply_server_side_encryption_by_default.sse_algorithm",
        condition=all_of("aws:kms"),
        absent=NO_BUCKET,
    ),
    Control(
        ids=("CloudWatch.16",),
        asks="Logs are kept for a year",
        address="aws_cloudwatch_log_group.*",
        attribute="retention_in_days",
        condition=at_least(365),
        deviates=waived("CKV_AWS_338"),
    ),
    Control(
        ids=tuple(f"CloudWatch.{number}" for number in range(1, 15)),
        asks="Alarms on what CloudTrail records",
        not_applicable=OF_THE_ACCOUNT,
    ),
    Control(
        ids=("Lambda.3",),
        asks="Functions are in a VPC",
        address=FUNCTION,
        attribute="vpc_config.subnet_ids",
        condition=IS_SET,
        absent=NO_FUNCTION,
    ),
)
"""Controls of other standards in Security Hub that fit what is created."""
