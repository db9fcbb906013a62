"""Plans of other people's shapes, in few words: modules of the registry, ``for_each``, neighbours, drift, OpenTofu.

Each risky one has the effects that the review has to name; of a harmless one it says nothing above ``none``.
"""

from __future__ import annotations

import json
from typing import Any

from tests.review.plans_by_hand import MEMBER, RUNNING, entry, plan, updated

C = 'module.aurora["main"].aws_rds_cluster.this[0]'
I1, I2 = (f'module.aurora["main"].aws_rds_cluster_instance.this["{key}"]' for key in ("one", "two"))
GROUP = "aws_rds_cluster_parameter_group.this"

CLUSTER: dict[str, Any] = {
    **RUNNING,
    "vpc_security_group_ids": ["sg-1"],
    "storage_encrypted": True,
    "kms_key_id": "arn:aws:kms:eu-west-1:444444444444:key/11111111-1111-1111-1111-111111111111",
    "iam_database_authentication_enabled": True,
    "db_subnet_group_name": "acme",
    "master_username": "root",
    "manage_master_user_password": True,
    "enabled_cloudwatch_logs_exports": ["postgresql"],
}

TWO: dict[str, Any] = {**MEMBER, "id": "acme-two", "identifier": "acme-two", "writer": False}

RULE: dict[str, Any] = {
    "id": "sgr-1",
    "security_group_id": "sg-1",
    "ip_protocol": "tcp",
    "from_port": 5432,
    "to_port": 5432,
    "cidr_ipv4": "10.0.1.0/24",
}

OLD_RULE: dict[str, Any] = {
    "id": "sgrule-1",
    "security_group_id": "sg-1",
    "type": "ingress",
    "protocol": "tcp",
    "from_port": 5432,
    "to_port": 5432,
    "cidr_blocks": ["10.0.1.0/24"],
    "self": False,
}

NEIGHBOUR: dict[str, Any] = {
    "identifier": "old",
    "engine": "postgres",
    "kms_key_id": "arn:one",
    "publicly_accessible": False,
    "deletion_protection": True,
    "instance_class": "db.t4g.small",
}

PREFIXES: dict[str, Any] = {"id": "pl-1", "name": "vpn", "entry": [{"cidr": "10.0.0.0/16", "description": ""}]}

PROXY: dict[str, Any] = {
    "name": "p",
    "engine_family": "POSTGRESQL",
    "require_tls": True,
    "auth": [{"iam_auth": "REQUIRED", "auth_scheme": "SECRETS", "secret_arn": "arn:secret"}],
    "vpc_subnet_ids": ["subnet-1"],
    "idle_client_timeout": 1800,
}

GLOBAL: dict[str, Any] = {
    "global_cluster_identifier": "g",
    "engine": "aurora-postgresql",
    "engine_version": "15.10",
    "deletion_protection": True,
}


def same(address: str, side: dict[str, Any]) -> dict[str, Any]:
    """Return an entry without a change."""
    return entry(address, ["no-op"], side, side)


def made(address: str, **after: Any) -> dict[str, Any]:
    """Return an entry of a creation."""
    return entry(address, ["create"], None, after, change={"after_unknown": {"id": True}})


def gone(address: str, **before: Any) -> dict[str, Any]:
    """Return an entry of a deletion."""
    return entry(address, ["delete"], before, None)


def anew(address: str, before: dict[str, Any], *paths: str, **after: Any) -> dict[str, Any]:
    """Return an entry of a replacement because of some arguments."""
    changed = {**before, **after}
    return entry(address, ["delete", "create"], before, changed, change={"replace_paths": [[path] for path in paths]})


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    """Return a statement that allows something."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def group(before: dict[str, str], after: dict[str, str], method: str = "immediate") -> dict[str, Any]:
    """Return an entry that changes a parameter group's values."""

    def listed(values: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "value": value, "apply_method": method} for name, value in values.items()]

    base = {"name": "acme", "family": "aurora-postgresql15", "parameter": listed(before)}
    return updated(GROUP, base, parameter=listed(after))


BESIDE = (same(C, CLUSTER), same(I1, MEMBER), same(I2, TWO))
"""A cluster of two instances that the plan leaves alone."""

NEVER_PLANNED: dict[str, Any] = {"resource_changes": []}

EVERYWHERE = [
    {
        "from_port": 0,
        "to_port": 0,
        "protocol": "-1",
        "cidr_blocks": ["0.0.0.0/0"],
        "ipv6_cidr_blocks": [],
        "prefix_list_ids": [],
        "security_groups": [],
        "self": False,
    }
]

CONTAINER = [{"name": "a", "environment": [{"name": "DB_PASSWORD", "value": "hunter22secret"}]}]

RISKY: dict[str, tuple[str, bytes]] = {
    "port of a cluster in a module": ("outage", plan(updated(C, CLUSTER, port=6432), same(I1, MEMBER))),
    "retention lowered": ("recovery-shortened", plan(updated(C, CLUSTER, backup_retention_period=1))),
    "protection off": ("guard-removed", plan(updated(C, CLUSTER, deletion_protection=False))),
    "final snapshot skipped": ("guard-removed", plan(updated(C, CLUSTER, skip_final_snapshot=True))),
    "backups go with the cluster": ("guard-removed", plan(updated(C, CLUSTER, delete_automated_backups=True))),
    "no IAM authentication": ("connections-drop", plan(updated(C, CLUSTER, iam_database_authentication_enabled=False))),
    "own password": ("connections-drop", plan(updated(C, CLUSTER, manage_master_user_password=None))),
    "major version": ("outage", plan(updated(C, CLUSTER, engine_version="16.8", allow_major_version_upgrade=True))),
    "version lowered": ("refused", plan(updated(C, CLUSTER, engine_version="15.5"))),
    "another group": ("restart-pending", plan(updated(C, CLUSTER, db_cluster_parameter_group_name="b"), *BESIDE[1:])),
    "exports end": ("guard-removed", plan(updated(C, CLUSTER, enabled_cloudwatch_logs_exports=[]))),
    "Data API off": (
        "connections-drop",
        plan(updated(C, {**CLUSTER, "enable_http_endpoint": True}, enable_http_endpoint=False)),
    ),
    "public instance": ("access-widened", plan(BESIDE[0], updated(I1, MEMBER, publicly_accessible=True))),
    "class of the writer at once": (
        "outage",
        plan(BESIDE[0], updated(I1, MEMBER, instance_class="db.r6g.xlarge", apply_immediately=True)),
    ),
    "instance group": ("restart-pending", plan(BESIDE[0], updated(I1, MEMBER, db_parameter_group_name="other"))),
    "port known later": (
        "outage",
        plan(entry(C, ["update"], CLUSTER, {**CLUSTER, "port": None}, change={"after_unknown": {"port": True}})),
    ),
    "protection known later": (
        "guard-removed",
        plan(
            entry(
                C,
                ["update"],
                CLUSTER,
                {**CLUSTER, "deletion_protection": None},
                change={"after_unknown": {"deletion_protection": True}},
            )
        ),
    ),
    "moved, and another port": (
        "outage",
        plan(entry(C, ["update"], CLUSTER, {**CLUSTER, "port": 6000}, previous_address="aws_rds_cluster.old")),
    ),
    "imported and replaced": (
        "replacement",
        plan(
            entry(
                C,
                ["delete", "create"],
                CLUSTER,
                {**CLUSTER, "kms_key_id": "arn:other"},
                change={"replace_paths": [["kms_key_id"]], "importing": {"id": "acme"}},
            )
        ),
    ),
    "another snapshot": ("replacement", plan(anew(C, CLUSTER, "snapshot_identifier", snapshot_identifier="b"))),
    "another master user": ("replacement", plan(anew(C, CLUSTER, "master_username", master_username="b"))),
    "replaced by what is nested": (
        "replacement",
        plan(
            entry(
                C,
                ["delete", "create"],
                CLUSTER,
                CLUSTER,
                change={"replace_paths": [["restore_to_point_in_time", 0, "restore_type"]]},
            )
        ),
    ),
    "all of it known later": (
        "replacement",
        plan(
            entry(
                C,
                ["delete", "create"],
                CLUSTER,
                None,
                change={"after_unknown": True, "replace_paths": [["kms_key_id"]]},
            )
        ),
    ),
    "tainted": (
        "replacement",
        plan(entry(C, ["delete", "create"], CLUSTER, CLUSTER, action_reason="replace_because_tainted")),
    ),
    "actions nobody knows": ("replacement", plan(entry(C, ["delete", "create", "forget"], CLUSTER, CLUSTER))),
    "count becomes for_each": (
        "replacement",
        plan(
            gone("aws_rds_cluster.a[0]", **CLUSTER),
            entry('aws_rds_cluster.a["x"]', ["create"], None, CLUSTER),
        ),
    ),
    "count is smaller": (
        "replacement deletion",
        plan(
            BESIDE[0],
            anew("module.db.aws_rds_cluster_instance.this[0]", MEMBER, "identifier", identifier="acme-two"),
            gone("module.db.aws_rds_cluster_instance.this[1]", **TWO),
        ),
    ),
    "the module is gone": (
        "deletion",
        plan(entry(C, ["delete"], CLUSTER, None, action_reason="delete_because_no_module")),
    ),
    "OpenTofu's enabled is false": (
        "deletion",
        plan(entry(C, ["delete"], CLUSTER, None, action_reason="delete_because_enabled_false")),
    ),
    "deposed": ("deletion", plan(BESIDE[0], entry(C, ["delete"], CLUSTER, None, deposed="abcd1234"))),
    "forgotten": ("forgotten", plan(entry(C, ["forget"], CLUSTER, None))),
    "OpenTofu forgets and makes": ("forgotten", plan(entry(C, ["forget", "create"], CLUSTER, CLUSTER))),
    "errored": ("refused", plan(updated(C, CLUSTER, tags={"a": "b"}), errored=True)),
    "incomplete": ("deferred", plan(*BESIDE, complete=False)),
    "deferred": (
        "deferred",
        plan(
            *BESIDE,
            deferred_changes=[{"reason": "provider_config_unknown", "resource_change": updated(C, CLUSTER, port=1)}],
        ),
    ),
    "an action reboots": (
        "reboot",
        plan(
            *BESIDE,
            action_invocations=[{"address": "action.reboot.x", "type": "aws_rds_cluster_instance_reboot"}],
        ),
    ),
    "drift alone": ("drift", plan(resource_drift=[updated(C, CLUSTER, backup_retention_period=1)], **NEVER_PLANNED)),
    "drift of a guard": ("drift", plan(*BESIDE, resource_drift=[updated(C, CLUSTER, deletion_protection=False)])),
    "an instance has gone": ("drift", plan(BESIDE[0], resource_drift=[gone(I1, **MEMBER)])),
    "a neighbour is deleted": ("deletion", plan(gone("aws_db_instance.old", **NEIGHBOUR))),
    "a neighbour is replaced": (
        "replacement",
        plan(anew("aws_db_instance.old", NEIGHBOUR, "kms_key_id", kms_key_id="b")),
    ),
    "a neighbour is public": (
        "access-widened",
        plan(updated("aws_db_instance.old", NEIGHBOUR, publicly_accessible=True)),
    ),
    "a neighbour is unprotected": (
        "guard-removed",
        plan(updated("aws_db_instance.old", NEIGHBOUR, deletion_protection=False)),
    ),
    "everybody in a prefix list": (
        "access-widened",
        plan(*BESIDE, made("aws_ec2_managed_prefix_list_entry.a", cidr="0.0.0.0/0", prefix_list_id="pl-1")),
    ),
    "a block more in a prefix list that the database admits": (
        "access-widened",
        plan(
            *BESIDE,
            same("aws_vpc_security_group_ingress_rule.a", {**RULE, "cidr_ipv4": None, "prefix_list_id": "pl-1"}),
            updated(
                "aws_ec2_managed_prefix_list.a",
                PREFIXES,
                entry=[*PREFIXES["entry"], {"cidr": "172.16.0.0/16", "description": ""}],
            ),
        ),
    ),
    "a block less in a prefix list": (
        "connections-drop",
        plan(*BESIDE, updated("aws_ec2_managed_prefix_list.a", PREFIXES, entry=[])),
    ),
    "IPv6 to everybody by the old rule": (
        "access-widened",
        plan(*BESIDE, updated("aws_security_group_rule.a", OLD_RULE, ipv6_cidr_blocks=["::/0"])),
    ),
    "the old rule replaced by a wider one": (
        "access-widened",
        plan(*BESIDE, anew("aws_security_group_rule.a", OLD_RULE, "cidr_blocks", cidr_blocks=["10.0.0.0/8"])),
    ),
    "another account's group": (
        "access-widened",
        plan(
            *BESIDE,
            made("aws_security_group_rule.a", **OLD_RULE | {"cidr_blocks": None, "source_security_group_id": "9/sg-7"}),
        ),
    ),
    "every port": (
        "access-widened",
        plan(*BESIDE, updated("aws_vpc_security_group_ingress_rule.a", RULE, ip_protocol="-1", from_port=None)),
    ),
    "a rule deleted": ("connections-drop", plan(*BESIDE, gone("aws_vpc_security_group_ingress_rule.a", **RULE))),
    "the default group opened": (
        "access-widened",
        plan(
            *BESIDE,
            updated("aws_default_security_group.d", {"id": "sg-1", "ingress": []}, ingress=EVERYWHERE),
        ),
    ),
    "a source known later": (
        "access-widened",
        plan(
            *BESIDE,
            entry(
                "aws_vpc_security_group_ingress_rule.a",
                ["create"],
                None,
                {**RULE, "cidr_ipv4": None},
                change={"after_unknown": {"cidr_ipv4": True, "id": True}},
            ),
        ),
    ),
    "an inline route goes": (
        "connections-drop",
        plan(
            updated(
                "aws_route_table.a",
                {"id": "rtb-1", "route": [{"cidr_block": "10.9.0.0/16", "vpc_peering_connection_id": "pcx-1"}]},
                route=[],
            )
        ),
    ),
    "an inline rule of a network list": (
        "connections-drop",
        plan(
            updated(
                "aws_network_acl.a",
                {"id": "acl-1", "ingress": [{"rule_no": 100, "action": "allow"}]},
                ingress=[{"rule_no": 100, "action": "deny"}],
            )
        ),
    ),
    "a route of the transit gateway": (
        "connections-drop",
        plan(gone("aws_ec2_transit_gateway_route.r", destination_cidr_block="10.0.0.0/8")),
    ),
    "peering": ("connections-drop", plan(gone("aws_vpc_peering_connection.p", id="pcx-1"))),
    "a subnet": ("connections-drop", plan(gone("aws_subnet.s", id="subnet-1", cidr_block="10.0.1.0/24"))),
    "a replica key": ("data-loss", plan(gone("aws_kms_replica_key.a", arn="arn:key"))),
    "a grant": ("connections-drop", plan(gone("aws_kms_grant.a", name="a", key_id="k"))),
    "a key disabled": (
        "outage",
        plan(updated("aws_kms_key.k", {"arn": "arn:k", "is_enabled": True}, is_enabled=False)),
    ),
    "a key's policy for everybody": (
        "access-widened",
        plan(
            updated(
                "aws_kms_key_policy.a",
                {"key_id": "k", "policy": policy(allow("kms:*", Principal={"AWS": "arn:aws:iam::444444444444:root"}))},
                policy=policy(allow("kms:*", Principal={"AWS": "*"})),
            )
        ),
    ),
    "a secret's policy for everybody": (
        "access-widened",
        plan(
            made(
                "aws_secretsmanager_secret_policy.a",
                secret_arn="arn:secret",  # noqa: S106 - a name
                policy=policy(allow("secretsmanager:GetSecretValue", Principal="*")),
            )
        ),
    ),
    "whoever may connect as anybody": (
        "access-widened",
        plan(made("aws_iam_user_policy.a", name="a", user="bob", policy=policy(allow("rds-db:connect")))),
    ),
    "a policy of AWS that reaches every database": (
        "access-widened",
        plan(
            made("aws_iam_role_policy_attachment.a", role="a", policy_arn="arn:aws:iam::aws:policy/AmazonRDSFullAccess")
        ),
    ),
    "a trust without its condition": (
        "access-widened",
        plan(
            updated(
                "aws_iam_role.r",
                {
                    "name": "r",
                    "assume_role_policy": policy(
                        {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRoleWithWebIdentity",
                            "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/x"},
                            "Condition": {"StringEquals": {"x:sub": "repo:a/b:ref:main"}},
                        }
                    ),
                },
                assume_role_policy=policy(
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/x"},
                        "Condition": {"StringLike": {"x:sub": "repo:*"}},
                    }
                ),
            )
        ),
    ),
    "an inline policy of a role": (
        "access-widened",
        plan(
            updated(
                "aws_iam_role.r",
                {"name": "r", "inline_policy": [{"name": "a", "policy": policy(allow("s3:GetObject"))}]},
                inline_policy=[{"name": "a", "policy": policy(allow("*"))}],
            )
        ),
    ),
    "a snapshot for everybody": (
        "access-widened",
        plan(
            made(
                "aws_rds_cluster_snapshot_copy.a",
                target_db_cluster_snapshot_identifier="a",
                shared_accounts=["all"],
            )
        ),
    ),
    "a cluster that is shared": (
        "access-widened",
        plan(made("aws_ram_resource_association.a", resource_arn="arn:aws:rds:eu-west-1:444444444444:cluster:acme")),
    ),
    "a parameter leads elsewhere": (
        "connections-drop",
        plan(
            updated(
                "aws_ssm_parameter.endpoint",
                {"name": "/acme/host", "type": "String", "value": "a.cluster-x.eu-west-1.rds.amazonaws.com"},
                value="b.cluster-x.eu-west-1.rds.amazonaws.com",
            )
        ),
    ),
    "a name leads elsewhere": (
        "connections-drop",
        plan(
            updated(
                "aws_route53_record.db",
                {"name": "store.acme", "type": "CNAME", "records": ["a.cluster-x.eu-west-1.rds.amazonaws.com"]},
                records=["b.cluster-x.eu-west-1.rds.amazonaws.com"],
            )
        ),
    ),
    "a name of the database goes": (
        "connections-drop",
        plan(gone("aws_route53_record.db", name="db.acme", type="A", records=["10.0.0.1"])),
    ),
    "a password in a container": (
        "secret-exposed",
        plan(made("aws_ecs_task_definition.t", family="app", container_definitions=json.dumps(CONTAINER))),
    ),
    "a password in a plain parameter": (
        "secret-exposed",
        plan(made("aws_ssm_parameter.p", name="/acme/db/password", type="String", value="hunter22secret")),
    ),
    "a backup plan that keeps less": (
        "recovery-shortened",
        plan(
            updated(
                "aws_backup_plan.a",
                {"name": "a", "rule": [{"rule_name": "d", "lifecycle": [{"delete_after": 35}]}]},
                rule=[{"rule_name": "d", "lifecycle": [{"delete_after": 7}]}],
            )
        ),
    ),
    "a vault without its policy": ("guard-removed", plan(gone("aws_backup_vault_policy.a", backup_vault_name="v"))),
    "rotation ends": ("guard-removed", plan(gone("aws_secretsmanager_secret_rotation.a", rotation_lambda_arn="x"))),
    "a schedule stands still": (
        "guard-removed",
        plan(updated("aws_scheduler_schedule.s", {"name": "partitions", "state": "ENABLED"}, state="DISABLED")),
    ),
    "proxy without TLS": ("access-widened", plan(updated("aws_db_proxy.p", PROXY, require_tls=False))),
    "proxy in other subnets": (
        "replacement",
        plan(anew("aws_db_proxy.p", PROXY, "vpc_subnet_ids", vpc_subnet_ids=["b"])),
    ),
    "proxy with a smaller pool": (
        "connections-drop",
        plan(
            updated(
                "aws_db_proxy_default_target_group.t",
                {"db_proxy_name": "p", "connection_pool_config": [{"max_connections_percent": 90}]},
                connection_pool_config=[{"max_connections_percent": 5}],
            )
        ),
    ),
    "proxy without a target": (
        "connections-drop",
        plan(gone("aws_db_proxy_target.t", db_proxy_name="p", target_arn="x")),
    ),
    "global: protection off": (
        "guard-removed",
        plan(updated("aws_rds_global_cluster.g", GLOBAL, deletion_protection=False)),
    ),
    "global: version": ("outage", plan(updated("aws_rds_global_cluster.g", GLOBAL, engine_version="16.8"))),
    "global: dissolved": ("deletion", plan(gone("aws_rds_global_cluster.g", **GLOBAL))),
    "global: a Region leaves": (
        "promotion",
        plan(updated(C, {**CLUSTER, "global_cluster_identifier": "g"}, global_cluster_identifier=None)),
    ),
    "less is audited": (
        "guard-removed",
        plan(*BESIDE, group({"pgaudit.log": "all", "log_connections": "1"}, {"pgaudit.log": "none"})),
    ),
    "fewer kinds are audited": (
        "guard-removed",
        plan(*BESIDE, group({"pgaudit.log": "ddl,role"}, {"pgaudit.log": "ddl"})),
    ),
    "TLS not required": ("access-widened", plan(*BESIDE, group({"rds.force_ssl": "1"}, {"rds.force_ssl": "0"}))),
    "a static parameter": (
        "restart-pending",
        plan(*BESIDE, group({}, {"rds.logical_replication": "1"}, method="pending-reboot")),
    ),
}
"""Expected effects, with spaces, and the plan."""

HARMLESS: dict[str, bytes] = {
    "nothing": plan(*BESIDE),
    "tags": plan(updated(C, CLUSTER, tags={"a": "b"}), updated(I1, MEMBER, tags_all={"a": "b"})),
    "a reader more": plan(*BESIDE[:2], made(I2, **{key: value for key, value in TWO.items() if key != "id"})),
    "longer retention": plan(updated(C, CLUSTER, backup_retention_period=35)),
    "another engine's port": plan(updated(C, {**CLUSTER, "engine": "aurora-mysql"}, port=3307)),
    "a neighbour's class": plan(updated("aws_db_instance.x", NEIGHBOUR, instance_class="db.t4g.medium")),
    "another engine's instance": plan(gone("aws_db_instance.x", **NEIGHBOUR | {"engine": "mysql"})),
    "a new cluster": plan(
        made(C, **{key: value for key, value in CLUSTER.items() if key not in ("id", "arn")}),
        made(I1, **MEMBER),
        made("module.aurora.aws_security_group.this[0]", name="acme", ingress=[]),
        entry(
            'module.aurora.aws_security_group_rule.this["a"]',
            ["create"],
            None,
            {**OLD_RULE, "security_group_id": None},
            change={"after_unknown": {"security_group_id": True, "id": True}},
        ),
    ),
    "a web server": plan(
        *BESIDE,
        made("aws_instance.web", instance_type="t3.micro"),
        made(
            "aws_vpc_security_group_ingress_rule.web",
            **RULE | {"security_group_id": "sg-9", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
        ),
    ),
    "out of a group": plan(
        *BESIDE, made("aws_security_group_rule.out", **OLD_RULE | {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]})
    ),
    "more tasks": plan(updated("aws_ecs_service.app", {"name": "a", "desired_count": 1}, desired_count=2)),
    "fewer tasks at least": plan(
        updated(
            "aws_appautoscaling_target.t",
            {"resource_id": "service/a/b", "service_namespace": "ecs", "min_capacity": 2},
            min_capacity=1,
        )
    ),
    "more readers at most": plan(
        updated(
            "aws_appautoscaling_target.t",
            {"resource_id": "cluster:acme", "service_namespace": "rds", "max_capacity": 4},
            max_capacity=8,
        )
    ),
    "logs kept longer": plan(
        updated("aws_cloudwatch_log_group.a", {"name": "/aws/rds/acme", "retention_in_days": 30}, retention_in_days=90)
    ),
    "a dynamic parameter": plan(*BESIDE, group({"work_mem": "4096"}, {"work_mem": "8192"})),
    "parameters in another order": plan(
        *BESIDE, group({"work_mem": "4096", "log_connections": "1"}, {"log_connections": "1", "work_mem": "4096"})
    ),
    "more is audited": plan(*BESIDE, group({"log_statement": "ddl"}, {"log_statement": "mod"})),
    "on in another spelling": plan(*BESIDE, group({"log_connections": "1"}, {"log_connections": "on"})),
    "moved": plan(entry(C, ["no-op"], CLUSTER, CLUSTER, previous_address="aws_rds_cluster.old")),
    "imported": plan(entry(C, ["no-op"], CLUSTER, CLUSTER, change={"importing": {"id": "acme"}})),
    "a refresh fills in": plan(
        *BESIDE,
        resource_drift=[
            updated(
                C, {**CLUSTER, "tags": None}, tags={}, cluster_members=["a"], hosted_zone_id="Z", reader_endpoint="r"
            )
        ],
    ),
    "drift of a stranger": plan(*BESIDE, resource_drift=[updated("aws_autoscaling_group.a", {"name": "a"}, size=2)]),
    "data is read": plan(*BESIDE, entry("data.aws_rds_cluster.x", ["read"], None, {}, mode="data")),
    "a function's code": plan(updated("aws_lambda_function.f", {"function_name": "f"}, source_code_hash="b")),
    "a policy in another order": plan(
        updated(
            "aws_iam_policy.p",
            {"name": "p", "policy": policy(allow(["a:B", "a:C"]))},
            policy=policy(allow(["a:C", "a:B"])),
        )
    ),
    "a new role that connects as one user": plan(
        made(
            "aws_iam_role.r",
            name="app",
            assume_role_policy=policy(
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
            ),
        ),
        made(
            "aws_iam_role_policy.r",
            name="connect",
            role="app",
            policy=policy(allow("rds-db:connect", "arn:aws:rds-db:eu-west-1:444444444444:dbuser:cluster-ABC/app")),
        ),
    ),
    "a new key": plan(
        made("aws_kms_key.a", policy=policy(allow("kms:*", Principal={"AWS": "arn:aws:iam::444444444444:root"})))
    ),
    "a web address": plan(
        updated(
            "aws_route53_record.www", {"name": "www.acme.com", "type": "A", "records": ["1.2.3.4"]}, records=["5.6.7.8"]
        )
    ),
    "a web address goes": plan(gone("aws_route53_record.www", name="www.acme.com", type="A", records=["1.2.3.4"])),
    "a name asked for more often": plan(
        updated("aws_route53_record.db", {"name": "db.acme", "type": "CNAME", "records": ["a"], "ttl": 300}, ttl=60)
    ),
    "what may be done with a secret": plan(
        made("aws_ssm_parameter.p", name="/acme/policies/read-secret", type="String", value=None),
        made("aws_ssm_parameter.q", name="/acme/db/secret", type="String", value="arn:aws:secretsmanager:x:1:secret:y"),
    ),
    "a block in two halves": plan(
        *BESIDE,
        updated(
            "aws_security_group_rule.a",
            {**OLD_RULE, "cidr_blocks": ["10.0.0.0/8"]},
            cidr_blocks=["10.0.0.0/9", "10.128.0.0/9"],
        ),
    ),
    "what a newer provider writes down": plan(
        updated(
            C,
            {**CLUSTER, "engine_lifecycle_support": None},
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
        )
    ),
    "a switch of the application": plan(
        updated("aws_ssm_parameter.f", {"name": "/app/flag", "type": "String", "value": "on"}, value="off")
    ),
    "a container's image": plan(
        anew(
            "aws_ecs_task_definition.t",
            {
                "family": "app",
                "container_definitions": json.dumps(
                    [{"image": "x:1", "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:secret"}]}]
                ),
            },
            "container_definitions",
            container_definitions=json.dumps(
                [{"image": "x:2", "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:secret"}]}]
            ),
        )
    ),
    "a new list of blocks": plan(made("aws_ec2_managed_prefix_list.a", name="web", entry=[{"cidr": "0.0.0.0/0"}])),
    "a route more": plan(
        updated(
            "aws_route_table.a",
            {"id": "rtb", "route": []},
            route=[{"cidr_block": "10.0.0.0/8", "transit_gateway_id": "t"}],
        )
    ),
    "a snapshot of our own": plan(
        made("aws_db_cluster_snapshot.a", db_cluster_snapshot_identifier="a", shared_accounts=[])
    ),
    "a larger pool": plan(
        updated(
            "aws_db_proxy_default_target_group.t",
            {"db_proxy_name": "p", "connection_pool_config": [{"max_connections_percent": 50}]},
            connection_pool_config=[{"max_connections_percent": 90}],
        )
    ),
    "protection on": plan(updated(C, {**CLUSTER, "deletion_protection": False}, deletion_protection=True)),
    "a group that nothing uses": plan(
        *BESIDE, gone("aws_rds_cluster_parameter_group.old", name="old", family="aurora-postgresql14")
    ),
    "something else replaced": plan(anew("null_resource.x", {"triggers": {"a": "1"}}, "triggers", triggers={"a": "2"})),
}
"""Plans of which nothing is to be said above ``none``."""
