"""A first plan with the real provider: everything is created, nothing is unknown that need not be.

The plan is of the stack as synthesized but for three things that a test cannot have: the state backend is left
out, the upstream state is a local file with made-up ids, and the provider asks a stand-in of AWS STS who it is.
``allowed_account_ids`` is in force.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.terraform import terraform_runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.terraform

NETWORK = {
    "aws_cloudwatch_log_group": 1,
    "aws_default_security_group": 1,
    "aws_flow_log": 1,
    "aws_iam_role": 1,
    "aws_iam_role_policy": 1,
    "aws_kms_alias": 1,
    "aws_kms_key": 1,
    "aws_route_table": 4,
    "aws_route_table_association": 6,
    "aws_subnet": 6,
    "aws_vpc": 1,
    "aws_vpc_endpoint": 1,
}

ENDPOINTS = {"aws_security_group": 1, "aws_vpc_security_group_ingress_rule": 1}

STATE = {
    "aws_kms_alias": 1,
    "aws_kms_key": 1,
    "aws_s3_bucket": 1,
    "aws_s3_bucket_lifecycle_configuration": 1,
    "aws_s3_bucket_ownership_controls": 1,
    "aws_s3_bucket_policy": 1,
    "aws_s3_bucket_public_access_block": 1,
    "aws_s3_bucket_server_side_encryption_configuration": 1,
    "aws_s3_bucket_versioning": 1,
}

DATABASE = {
    "aws_cloudwatch_log_group": 3,
    "aws_db_parameter_group": 1,
    "aws_db_subnet_group": 1,
    "aws_iam_role": 1,
    "aws_iam_role_policy_attachment": 1,
    "aws_kms_alias": 3,
    "aws_kms_key": 3,
    "aws_rds_cluster": 1,
    "aws_rds_cluster_parameter_group": 1,
    "aws_secretsmanager_secret_rotation": 1,
    "aws_security_group": 1,
    "aws_ssm_parameter": 11,
    "terraform_data": 1,
}

ACCESS = {
    "aws_cloudwatch_event_rule": 1,
    "aws_cloudwatch_event_target": 1,
    "aws_cloudwatch_log_group": 2,
    "aws_cloudwatch_metric_alarm": 1,
    "aws_iam_policy": 6,
    "aws_iam_role": 2,
    "aws_iam_role_policy": 2,
    "aws_kms_alias": 1,
    "aws_kms_key": 1,
    "aws_lambda_alias": 2,
    "aws_lambda_function": 2,
    "aws_lambda_function_event_invoke_config": 1,
    "aws_lambda_permission": 1,
    "aws_security_group": 1,
    "aws_sqs_queue": 1,
    "aws_sqs_queue_policy": 1,
    "aws_ssm_parameter": 7,
    "aws_vpc_security_group_egress_rule": 2,
    "aws_vpc_security_group_ingress_rule": 1,
}

MONITORING = {
    "aws_cloudwatch_composite_alarm": 1,
    "aws_cloudwatch_dashboard": 1,
    "aws_cloudwatch_event_rule": 2,
    "aws_cloudwatch_event_target": 2,
    "aws_cloudwatch_log_metric_filter": 6,
    "aws_cloudwatch_query_definition": 5,
    "aws_db_event_subscription": 6,
    "aws_kms_alias": 1,
    "aws_kms_key": 1,
    "aws_sns_topic": 2,
    "aws_sns_topic_policy": 2,
}

COUNTS: dict[str, dict[str, int]] = {
    "dev-network": NETWORK | ENDPOINTS | {"aws_vpc_endpoint": 2},
    "serverless-network": NETWORK,
    "prod-network": NETWORK | ENDPOINTS | {"aws_vpc_endpoint": 3},
    "maximal-network": NETWORK
    | ENDPOINTS
    | {
        "aws_eip": 3,
        "aws_internet_gateway": 1,
        "aws_nat_gateway": 3,
        "aws_route": 4,
        "aws_route_table": 5,
        "aws_route_table_association": 9,
        "aws_subnet": 9,
        "aws_vpc_endpoint": 4,
    },
    "grown-network": NETWORK
    | ENDPOINTS
    | {
        "aws_egress_only_internet_gateway": 1,
        "aws_eip": 1,
        "aws_internet_gateway": 1,
        "aws_nat_gateway": 1,
        "aws_route": 8,
        "aws_route_table": 5,
        "aws_route_table_association": 9,
        "aws_subnet": 9,
        "aws_vpc_endpoint": 4,
    },
    "prod-state": STATE,
    "staging-state": STATE,
    "dev-database": DATABASE | {"aws_rds_cluster_instance": 1, "aws_vpc_security_group_ingress_rule": 1},
    "prod-database": DATABASE | {"aws_rds_cluster_instance": 2, "aws_vpc_security_group_ingress_rule": 1},
    "existing-vpc-database": DATABASE | {"aws_rds_cluster_instance": 2, "aws_vpc_security_group_ingress_rule": 1},
    "serverless-database": DATABASE | {"aws_rds_cluster_instance": 1},
    "grown-database": DATABASE
    | {
        "aws_appautoscaling_policy": 1,
        "aws_appautoscaling_scheduled_action": 2,
        "aws_appautoscaling_target": 1,
        "aws_backup_plan": 1,
        "aws_backup_selection": 1,
        "aws_backup_vault": 2,
        "aws_backup_vault_lock_configuration": 2,
        "aws_iam_role": 2,
        "aws_iam_role_policy_attachment": 2,
        "aws_kms_alias": 6,
        "aws_kms_key": 6,
        "aws_rds_cluster_activity_stream": 1,
        "aws_rds_cluster_endpoint": 2,
        "aws_rds_cluster_instance": 3,
        "aws_rds_cluster_role_association": 2,
        "aws_ssm_parameter": 14,
        "aws_vpc_security_group_egress_rule": 2,
        "aws_vpc_security_group_ingress_rule": 4,
    },
    "restored-database": DATABASE | {"aws_rds_cluster_instance": 1},
    "dev-access": ACCESS,
    "prod-access": ACCESS,
    "existing-vpc-access": ACCESS,
    "maximal-access": ACCESS
    | {
        "aws_cloudformation_stack": 1,
        "aws_cloudwatch_log_group": 3,
        "aws_iam_policy": 10,
        "aws_iam_role": 3,
        "aws_iam_role_policy": 3,
        "aws_security_group": 2,
        "aws_ssm_parameter": 13,
        "aws_vpc_security_group_egress_rule": 4,
        "aws_vpc_security_group_ingress_rule": 6,
        # What RDS Proxy is called follows its first subnets, which a state remembers.
        "terraform_data": 1,
    },
    "maximal-database": DATABASE | {"aws_rds_cluster_instance": 4, "aws_vpc_security_group_ingress_rule": 3},
    "dev-monitoring": MONITORING | {"aws_cloudwatch_metric_alarm": 31},
    "prod-monitoring": MONITORING | {"aws_cloudwatch_metric_alarm": 41, "aws_sns_topic_subscription": 2},
    "serverless-monitoring": MONITORING | {"aws_cloudwatch_log_metric_filter": 5, "aws_cloudwatch_metric_alarm": 18},
    "maximal-monitoring": MONITORING
    | {
        "aws_chatbot_slack_channel_configuration": 1,
        "aws_cloudwatch_metric_alarm": 50,
        "aws_iam_role": 1,
        "aws_iam_role_policy": 1,
        "aws_sns_topic": 1,
        "aws_sns_topic_policy": 1,
        "aws_sns_topic_subscription": 3,
    },
}


def stacks(*kinds: str) -> list[Any]:
    """Return the stacks of some kinds, to be planned: every one takes long, and production's database tells most."""
    chosen = [stack for stack in COUNTS if stack.endswith(kinds)]
    return [stack if stack == "prod-database" else pytest.param(stack, marks=pytest.mark.long) for stack in chosen]


ASSIGNED_BY_AWS = {
    "aws_rds_cluster": {
        *("arn", "id", "cluster_identifier_prefix", "cluster_resource_id", "hosted_zone_id", "db_system_id"),
        *("endpoint", "reader_endpoint", "cluster_members", "iam_roles", "master_user_secret"),
        *("engine_version_actual", "ca_certificate_identifier", "ca_certificate_valid_till", "network_type"),
        *("allocated_storage", "availability_zones", "cluster_scalability_type"),
    },
    "aws_rds_cluster_instance": {
        *("arn", "id", "identifier_prefix", "dbi_resource_id", "endpoint", "port", "writer", "network_type"),
        *("engine_version", "engine_version_actual", "kms_key_id", "storage_encrypted"),
        *("db_subnet_group_name", "preferred_backup_window"),
    },
    "aws_rds_cluster_parameter_group": {"arn", "id", "name_prefix"},
    "aws_db_parameter_group": {"arn", "id", "name_prefix"},
}
"""What nobody but AWS can know before a resource exists."""

MADE_BY_THE_SAME_PLAN = {
    "aws_rds_cluster": {
        *("kms_key_id", "master_user_secret_kms_key_id", "performance_insights_kms_key_id"),
        "vpc_security_group_ids",
    },
    "aws_rds_cluster_instance": {"cluster_identifier", "monitoring_role_arn", "performance_insights_kms_key_id"},
    "aws_rds_cluster_parameter_group": set[str](),
    "aws_db_parameter_group": set[str](),
}
"""References to keys, roles and groups that are created too."""

CLUSTER_ONLY_IN = {
    "dev-database": {"monitoring_role_arn"},
    "existing-vpc-database": {"monitoring_role_arn"},
    "serverless-database": {"monitoring_role_arn"},
    # Name of the database and user are the source's.
    "restored-database": {"monitoring_role_arn", "database_name", "master_username"},
    # The snapshot's name ends in the id of this incarnation.
    "grown-database": {"monitoring_role_arn", "final_snapshot_identifier"},
    "prod-database": {"monitoring_role_arn", "final_snapshot_identifier"},
    # A cluster that cannot pause has no time to pause after.
    "maximal-database": {
        *("monitoring_role_arn", "final_snapshot_identifier"),
        "serverlessv2_scaling_configuration.seconds_until_auto_pause",
    },
}

SAID_IN = {"grown-database": {"network_type"}}
"""What AWS assigns unless the file says it."""

UPSTREAM: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.11.0",
    "serial": 1,
    "lineage": "11111111-1111-1111-1111-111111111111",
    "outputs": {
        "vpc_id": {"value": "vpc-0a1b2c3d4e5f60718", "type": "string"},
        "database_subnet_ids": {
            "value": ["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"],
            "type": ["tuple", ["string", "string"]],
        },
        "private_subnet_ids": {
            "value": ["subnet-0a1b2c3d4e5f60720", "subnet-0a1b2c3d4e5f60721", "subnet-0a1b2c3d4e5f60722"],
            "type": ["tuple", ["string", "string", "string"]],
        },
        "vpc_ipv6_cidr": {"value": "2001:db8:1:2a00::/56", "type": "string"},
        "endpoints_security_group_id": {"value": "sg-0a1b2c3d4e5f60720", "type": "string"},
        "security_group_id": {"value": "sg-0a1b2c3d4e5f60719", "type": "string"},
        "cluster_resource_id": {"value": "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "type": "string"},
        "secret_arn": {
            "value": "arn:aws:secretsmanager:us-east-1:666666666666:secret:rds!cluster-1234abcd-AbCdEf",
            "type": "string",
        },
        "secrets_key_arn": {
            "value": "arn:aws:kms:us-east-1:666666666666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "type": "string",
        },
    },
    "resources": [],
}

IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::{0}:user/test</Arn><UserId>TEST</UserId><Account>{0}</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"""


PREFIX_LISTS = """<DescribeManagedPrefixListsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<prefixListSet><item><prefixListId>pl-0a1b2c3d</prefixListId><prefixListName>s3</prefixListName></item></prefixListSet>
</DescribeManagedPrefixListsResponse>"""

ENTRIES = """<GetManagedPrefixListEntriesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<entrySet><item><cidr>192.0.2.0/24</cidr></item></entrySet></GetManagedPrefixListEntriesResponse>"""


class _Identity(BaseHTTPRequestHandler):
    """AWS STS as far as GetCallerIdentity, for the account in the path; EC2 as far as its managed prefix lists."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        lists = {"DescribeManagedPrefixLists": PREFIX_LISTS, "GetManagedPrefixListEntries": ENTRIES}
        answers = [answer for action, answer in lists.items() if f"Action={action}&" in asked]
        body = (answers[0] if answers else IDENTITY.format(self.path.strip("/"))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextlib.contextmanager
def identity_service() -> Iterator[str]:
    """Serve the stand-in of STS and yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Identity)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Plan:
    """A first plan of a stack, and every warning and error on the way."""

    diagnostics: list[dict[str, Any]]
    shown: dict[str, Any]

    def created(self, kind: str = "") -> dict[str, dict[str, Any]]:
        """Return the change of each resource, all or of a type, by address."""
        return {
            change["address"]: change["change"]
            for change in self.shown["resource_changes"]
            if change["mode"] == "managed" and kind in ("", change["type"])
        }


def plan(terraform: Terraform, source: Path, folder: Path, *, account: str) -> Plan:
    """Plan a copy of a stack with credentials of an account."""
    stack = json.loads((source / "cdk.tf.json").read_text())
    stack["terraform"] = {key: stack["terraform"][key] for key in ("required_version", "required_providers")}
    (folder / "cdk.tf.json").write_text(json.dumps(stack, indent=2))
    with identity_service() as address:
        override: dict[str, Any] = {
            "provider": {
                "aws": {
                    "access_key": "test",
                    "secret_key": "test",
                    "skip_metadata_api_check": "true",
                    "endpoints": [{"sts": f"{address}/{account}", "ec2": address}],
                }
            }
        }
        if isinstance(stack["provider"]["aws"], list) and len(stack["provider"]["aws"]) > 1:
            # An override is merged with the one configuration of the same alias.
            default = override["provider"]["aws"]
            aliases = [one["alias"] for one in stack["provider"]["aws"] if "alias" in one]
            override["provider"]["aws"] = [default, *({"alias": alias} | default for alias in aliases)]
        if "terraform_remote_state" in stack.get("data", {}):
            (folder / "upstream.tfstate").write_text(json.dumps(UPSTREAM))
            state = {"backend": "local", "config": {"path": "upstream.tfstate"}}
            override["data"] = {"terraform_remote_state": dict.fromkeys(stack["data"]["terraform_remote_state"], state)}
        (folder / "test_override.tf.json").write_text(json.dumps(override))
        planned = terraform.run(folder, "plan", "-json", "-lock=false", "-out=planned")
    diagnostics = terraform_runner.diagnostics(planned.stdout)
    if planned.returncode:
        return Plan(diagnostics, {})
    return Plan(diagnostics, json.loads(terraform.run(folder, "show", "-json", "planned").stdout))


@pytest.fixture
def planned(
    terraform: Terraform, stack_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Plan]:
    """Return a function that plans a stack in its own account, once for all tests and workers."""

    def one(stack: str) -> Plan:
        def build(folder: Path) -> None:
            source = stack_folder(stack)
            (account,) = json.loads((source / "cdk.tf.json").read_text())["provider"]["aws"][0]["allowed_account_ids"]
            done = plan(terraform, source, folder, account=account)
            (folder / "done.json").write_text(json.dumps([done.diagnostics, done.shown]))

        folder = terraform_runner.once(terraform_runner.shared_folder(tmp_path_factory) / "plans" / stack, build)
        return Plan(*json.loads((folder / "done.json").read_text()))

    return one


def unknown(change: dict[str, Any]) -> set[str]:
    """Return the attributes of a change that are known only after the apply, nested ones by dotted path."""

    def walk(value: Any, path: str) -> Iterator[str]:
        if value is True:
            yield path
        elif isinstance(value, dict):
            for key, item in value.items():
                yield from walk(item, f"{path}.{key}" if path else key)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item, path)

    return set(walk(change["after_unknown"], ""))


@pytest.mark.parametrize("stack", stacks(""))
def test_first_plan_only_creates_and_creates_exactly_this(stack: str, planned: Callable[[str], Plan]) -> None:
    result = planned(stack)
    assert result.diagnostics == []
    changes = result.shown["resource_changes"]
    assert {change["address"]: change["change"]["actions"] for change in changes} == {
        change["address"]: ["create"] for change in changes
    }
    assert dict(Counter(change["type"] for change in changes)) == COUNTS[stack]
    assert result.shown["complete"]


@pytest.mark.parametrize("stack", stacks("-database"))
def test_nothing_of_the_database_is_unknown_but_what_aws_assigns(stack: str, planned: Callable[[str], Plan]) -> None:
    result = planned(stack)
    found = {address: unknown(change) for kind in ASSIGNED_BY_AWS for address, change in result.created(kind).items()}
    expected = {
        address: (
            ASSIGNED_BY_AWS[kind]
            | MADE_BY_THE_SAME_PLAN[kind]
            | (CLUSTER_ONLY_IN[stack] if kind == "aws_rds_cluster" else set())
        )
        - (SAID_IN.get(stack, set()) if kind == "aws_rds_cluster" else set())
        for kind in ASSIGNED_BY_AWS
        for address in result.created(kind)
    }
    assert found == expected


@pytest.mark.parametrize("stack", stacks("-access"))
def test_what_a_policy_allows_can_be_read_in_the_plan(stack: str, planned: Callable[[str], Plan]) -> None:
    result = planned(stack)
    found = {**result.created("aws_iam_policy"), **result.created("aws_iam_role_policy")}
    hidden = {address for address, change in found.items() if "policy" in unknown(change)}
    # Ids of what the same plan makes: the function's security group, the proxy.
    assert hidden == {"aws_iam_role_policy.function", "aws_iam_role_policy.owner"} | (
        {f"aws_iam_policy.connect_{one}" for one in ("reader", "writer", "as_analytics", "as_checkout")}
        if stack == "maximal-access"
        else set()
    )


@pytest.mark.parametrize("stack", stacks("-database"))
def test_no_password_is_in_the_plan(stack: str, planned: Callable[[str], Plan]) -> None:
    (cluster,) = planned(stack).created("aws_rds_cluster").values()
    passwords = {key: value for key, value in cluster["after"].items() if "password" in key and value is not None}
    assert passwords == {"manage_master_user_password": True}


@pytest.mark.parametrize("stack", stacks("-database"))
def test_every_resource_carries_the_default_tags(stack: str, planned: Callable[[str], Plan]) -> None:
    environment = stack.removesuffix("-database")
    wanted = {"project": "experimentation", "environment": environment, "stack": "database", "managed-by": "terraform"}
    missing = {
        address: change["after"]["tags_all"]
        for address, change in planned(stack).created().items()
        if "tags_all" in (change["after"] or {}) and not wanted.items() <= (change["after"]["tags_all"] or {}).items()
    }
    assert missing == {}


@pytest.mark.long
def test_plan_in_another_account_is_refused(
    terraform: Terraform, stack_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    result = plan(terraform, stack_folder("prod-database"), tmp_path, account="999999999999")
    assert result.shown == {}
    assert [(found["severity"], found["summary"]) for found in result.diagnostics] == [
        ("error", "AWS account ID not allowed: 999999999999")
    ]
