"""How applications reach the database: the function, the policies they attach, the network between, the proxy."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from catalog import limits
from tests.harness import ROOT
from tests.synthesis import iam
from tests.synthesis.variants import alike, chosen, everything, policy, resources, variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Synthesized

SSM: dict[str, Any] = {"create": {"interface_endpoints": ["ssm"]}}

IDENTITY_POLICIES = ("aws_iam_policy", "aws_iam_role_policy")

DATABASE = "${data.terraform_remote_state.database.outputs.security_group_id}"

OWN = {"checkout": "writer", "analytics": "reader", "operator": "migrator"}
"""The users that the example names."""

USERS = {"reader": "experiment_reader", "writer": "experiment_writer", "migrator": "experiment_migrator"}

CLUSTER = "${data.terraform_remote_state.database.outputs.cluster_resource_id}"

PROXIED = ("reader", "writer")

PROXY = "${aws_cloudformation_stack.proxy.outputs.ResourceId}"

FUNCTIONS = {"function": "database-access", "owner": "database-owner"}
"""The functions by what their roles are called."""

WILD = {
    (role, sid): wild
    for role, function in FUNCTIONS.items()
    for sid, wild in {
        # Lambda keeps these interfaces, whose ids nobody knows before; the function's own code is denied all of it.
        "CreateInterfaces": {"arn:aws:ec2:*:network-interface/*"},
        "AddressInterfaces": {"arn:aws:ec2:*:network-interface/*"},
        "DeleteInterfaces": {"arn:aws:ec2:*:*/*"},
        "DescribeInterfaces": {"*"},
        "InterfacesAreNotForTheCode": {"*"},
        # X-Ray has no resources.
        "SendTraces": {"*"},
        # Streams of the one group.
        "WriteLogs": {f"arn:aws:logs:*:log-group:/aws/lambda/*-{function}:log-stream:*"},
    }.items()
} | {
    # Parameters of the one contract.
    ("read_contract", "ReadContractByName"): {"arn:aws:ssm:*:parameter/experimentation/*/database/*"},
    # CloudWatch's metrics have no resources.
    ("chat_page", "ReadMetrics"): {"*"},
    # Streams of the one group.
    ("flow_logs", "WriteFlowLogs"): {"arn:aws:logs:*:log-group:/aws/vpc/*/flow-logs:log-stream:*"},
}
"""Every wild card in what a role may do, by policy and statement, with its reason; * stands for what differs."""


def statements(*outputs: Synthesized) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every statement of every policy of an identity, with its stack and the policy's logical id."""
    for stack, parsed in everything(*outputs).items():
        for address, arguments in resources(parsed, *IDENTITY_POLICIES).items():
            for statement in policy(arguments).values():
                yield stack, address.partition(".")[2], statement


def test_no_statement_is_wider_than_it_has_to_be(shipped: Synthesized, examples: Synthesized) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for stack, name, statement in statements(shipped, examples):
        assert isinstance(statement["Resource"], list), (stack, statement)
        assert not [action for action in statement["Action"] if "*" in action], (stack, statement)
        assert "NotAction" not in statement
        assert "NotResource" not in statement
        wild = {resource for resource in statement["Resource"] if "*" in resource}
        if wild:
            found.setdefault((name, statement["Sid"]), set()).update(wild)
    patterns = {
        key: {re.escape(allowed).replace(r"\*", ".+") for allowed in resources_} for key, resources_ in WILD.items()
    }
    unexpected = {
        (*key, resource)
        for key, wild in found.items()
        for resource in wild
        if not any(re.fullmatch(pattern, resource) for pattern in patterns.get(key, ()))
    }
    assert unexpected == set()
    assert found.keys() == WILD.keys()


def test_every_statement_is_in_the_documentation_with_its_reason(shipped: Synthesized, examples: Synthesized) -> None:
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]]
        for line in (ROOT / "docs" / "access-policies.md").read_text().splitlines()
        if line.startswith("| `")
    ]
    documented = {row[0]: row for row in rows}
    assert len(documented) == len(rows)
    synthesized: dict[str, set[str]] = {}
    for stack, _, statement in statements(shipped, examples):
        if stack.endswith("-access"):
            synthesized.setdefault(statement["Sid"], set()).update(statement["Action"])
    assert documented.keys() == synthesized.keys()
    for sid, actions in synthesized.items():
        _, may, on, reason = documented[sid]
        assert sorted(re.findall(r"[a-z0-9-]+:[A-Za-z]+", may)) == sorted(actions), sid
        assert on, sid
        assert len(reason) > 20, sid


def connect_resources(stack: dict[str, Any], role: str) -> list[str]:
    """Return what a role's managed policy lets one connect to."""
    arguments = resources(stack, "aws_iam_policy")[f"aws_iam_policy.connect_{role}"]
    (statement,) = policy(arguments).values()
    assert statement["Action"] == ["rds-db:connect"]
    found: list[str] = statement["Resource"]
    return found


@pytest.mark.parametrize(("role", "user"), USERS.items())
def test_connecting_is_allowed_to_this_cluster_as_this_user_only(role: str, user: str, shipped: Synthesized) -> None:
    assert connect_resources(shipped.stack("prod-access"), role) == [
        f"arn:aws:rds-db:eu-west-1:333333333333:dbuser:{CLUSTER}/{user}"
    ]


@pytest.mark.parametrize(("role", "user"), USERS.items())
def test_the_proxy_is_one_more_place_to_connect_to_but_not_for_migrations(
    role: str, user: str, examples: Synthesized
) -> None:
    arn = "arn:aws:rds-db:us-east-1:666666666666:dbuser"
    directly, by_proxy = f"{arn}:{CLUSTER}/{user}", f"{arn}:{PROXY}/{user}"
    expected = [directly] if role == "migrator" else [directly, by_proxy]
    assert connect_resources(examples.stack("maximal-access"), role) == expected


def test_secret_is_readable_where_asked_for_only_that_one_and_by_its_key_only(
    shipped: Synthesized, examples: Synthesized
) -> None:
    asking = {stack for stack, _, statement in statements(shipped, examples) if "Secret" in statement["Sid"]}
    assert asking == {"maximal-access"}
    stack = examples.stack("maximal-access")
    assert "ReadMasterSecret" not in policy(resources(stack)["aws_iam_role_policy.function"])
    for address in ("aws_iam_policy.read_secret", "aws_iam_role_policy.owner"):
        found = policy(resources(stack)[address])
        state = "${data.terraform_remote_state.database.outputs"
        assert found["ReadMasterSecret"]["Resource"] == [f"{state}.secret_arn}}"]
        assert found["DecryptMasterSecret"]["Resource"] == [f"{state}.secrets_key_arn}}"]
        assert found["DecryptMasterSecret"]["Condition"] == {
            "StringEquals": {
                "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
                "kms:EncryptionContext:SecretARN": f"{state}.secret_arn}}",
            }
        }
    outputs = examples.stack("maximal-database")["output"]
    assert outputs["secrets_key_arn"]["value"] == "${aws_kms_key.secrets.arn}"
    assert "secrets_key_arn" not in shipped.stack("prod-database")["output"]


def test_contract_names_every_policy_and_whether_queries_are_answered(
    shipped: Synthesized, examples: Synthesized
) -> None:
    for name, environment, more in (
        ("dev", "dev", {}),
        ("prod", "prod", {}),
        (
            "maximal",
            "maximal",
            {
                "policies/read-secret": "${aws_iam_policy.read_secret.arn}",
                **{f"policies/connect-as-{user}": f"${{aws_iam_policy.connect_as_{user}.arn}}" for user in OWN},
                "proxy-endpoint": "${aws_cloudformation_stack.proxy.outputs.Endpoint}",
                "proxy-reader-endpoint": "${aws_cloudformation_stack.proxy.outputs.ReaderEndpoint}",
            },
        ),
    ):
        stack = (examples if name == "maximal" else shipped).stack(f"{name}-access")
        expected = {
            f"policies/{purpose}": f"${{aws_iam_policy.{purpose.replace('-', '_')}.arn}}"
            for purpose in (
                *("read-contract", "connect-reader", "connect-writer", "connect-migrator"),
                *("invoke-access", "invoke-owner"),
            )
        }
        expected |= {"query-enabled": "false" if name == "prod" else "true", **more}
        path = f"/experimentation/{environment}/database/"
        parameters = resources(stack, "aws_ssm_parameter").values()
        assert {parameter["name"].removeprefix(path): parameter["value"] for parameter in parameters} == expected
        assert {parameter["type"] for parameter in parameters} == {"String"}
        published = {key.replace("_", "-"): output["value"] for key, output in stack["output"].items()}
        alias = {
            "function-alias-arn": "${aws_lambda_alias.live.arn}",
            "owner-function-alias-arn": "${aws_lambda_alias.live_owner.arn}",
        }
        # What watches the proxy is told its name.
        assert ("proxy-name" in published) == ("proxy-endpoint" in expected)
        published.pop("proxy-name", None)
        assert published == {key.replace("/", "-"): value for key, value in expected.items()} | alias


def rules(stack: dict[str, Any], direction: str) -> set[tuple[str, str, str, int]]:
    """Return the rules of a stack: whose, to or from where, the protocol and the port."""
    found = resources(stack, f"aws_vpc_security_group_{direction}_rule").values()
    for rule in found:
        assert rule["from_port"] == rule["to_port"]
        assert rule["description"]
    return {
        (
            rule["security_group_id"],
            str(rule.get("cidr_ipv4") or rule["referenced_security_group_id"]),
            rule["ip_protocol"],
            rule["from_port"],
        )
        for rule in found
    }


FUNCTION = "${aws_security_group.function.id}"

PROXY_GROUP = "${aws_security_group.proxy.id}"

ENDPOINTS = "${data.terraform_remote_state.network.outputs.endpoints_security_group_id}"


def test_function_reaches_the_database_and_the_endpoints_and_nobody_reaches_the_function(shipped: Synthesized) -> None:
    for name in ("dev", "staging", "prod"):
        stack = shipped.stack(f"{name}-access")
        assert rules(stack, "egress") == {(FUNCTION, DATABASE, "tcp", 5432), (FUNCTION, ENDPOINTS, "tcp", 443)}
        assert rules(stack, "ingress") == {(DATABASE, FUNCTION, "tcp", 5432)}
        network = shipped.stack(f"{name}-network")
        assert network["output"]["endpoints_security_group_id"]["value"] == "${aws_security_group.endpoints.id}"


def test_with_a_proxy_both_reach_the_database_and_the_databases_sources_reach_the_proxy(examples: Synthesized) -> None:
    stack = examples.stack("maximal-access")
    assert rules(stack, "egress") == {
        (FUNCTION, DATABASE, "tcp", 6432),
        (FUNCTION, PROXY_GROUP, "tcp", 5432),
        (FUNCTION, ENDPOINTS, "tcp", 443),
        (PROXY_GROUP, DATABASE, "tcp", 6432),
    }
    assert rules(stack, "ingress") == {
        (DATABASE, FUNCTION, "tcp", 6432),
        (DATABASE, PROXY_GROUP, "tcp", 6432),
        (PROXY_GROUP, FUNCTION, "tcp", 5432),
        (PROXY_GROUP, "sg-0a1b2c3d4e5f60718", "tcp", 5432),
        (PROXY_GROUP, "10.60.0.0/18", "tcp", 5432),
        (PROXY_GROUP, "10.60.128.0/24", "tcp", 5432),
    }


EXISTING: dict[str, Any] = {
    "vpc_id": "vpc-0a1b2c3d",
    "cidr": "10.10.0.0/16",
    "database_subnets": {"eu-west-1b": "subnet-1a1b2c3d", "eu-west-1a": "subnet-0a1b2c3d"},
}


def vpc_config(stack: dict[str, Any]) -> dict[str, Any]:
    """Return where a stack's function is."""
    config, other = (function["vpc_config"] for function in resources(stack, "aws_lambda_function").values())
    assert config == other
    found: dict[str, Any] = config
    return found


def test_https_leaves_by_nat_where_there_is_no_endpoint_and_within_a_given_vpc_to_its_block() -> None:
    other = {"private_subnets": {"eu-west-1a": "subnet-2a1b2c3d"}}
    output = variants(
        nat={"access": {}, "network": {"create": {"nat": "single"}}},
        both={"access": {}, "network": {"create": {"nat": "single", "interface_endpoints": ["ssm"]}}},
        half={
            "access": {"master_secret": True},
            "network": {"create": {"nat": "single", "interface_endpoints": ["ssm"]}},
        },
        given={"access": {}, "network": {"create": None, "existing": {**EXISTING, "interface_endpoints": ["ssm"]}}},
        given_nat={"access": {}, "network": {"create": None, "existing": {**EXISTING, **other, "nat": True}}},
    )
    https = {
        stack: {rule[1] for rule in rules(output.stack(stack), "egress") if rule[3] == 443}
        for stack in output.stacks
        if stack.endswith("-access")
    }
    assert https == {
        "nat-access": {"0.0.0.0/0"},
        "both-access": {ENDPOINTS},
        "half-access": {"0.0.0.0/0"},
        "given-access": {"10.10.0.0/16"},
        "given-nat-access": {"0.0.0.0/0"},
    }
    assert vpc_config(output.stack("given-access"))["subnet_ids"] == ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
    assert vpc_config(output.stack("given-nat-access"))["subnet_ids"] == ["subnet-2a1b2c3d"]


def test_function_is_what_was_built_in_the_private_subnets_and_knows_the_contracts_path_only(
    shipped: Synthesized,
) -> None:
    stack = shipped.stack("prod-access")
    function = resources(stack, "aws_lambda_function")["aws_lambda_function.database_access"]
    built = (ROOT / "functions" / "database_access.sha256").read_text().strip()
    assert chosen({"it": function}, "filename", "source_code_hash", "handler", "runtime", "architectures") == {
        "it": {
            "filename": "../../../build/database-access.zip",
            "source_code_hash": built,
            "handler": "database_access.handler.handle",
            "runtime": "python3.13",
            "architectures": ["arm64"],
        }
    }
    variables = function["environment"]["variables"]
    assert variables["CONTRACT_PREFIX"] == "/experimentation/prod/database"
    assert {name for name in variables if not name.startswith("POWERTOOLS_")} == {
        "CONTRACT_PREFIX",
        "DATABASE_ACTIONS",
    }
    assert function["kms_key_arn"] == "${aws_kms_key.access.arn}"
    assert vpc_config(stack) == {
        "security_group_ids": [FUNCTION],
        "subnet_ids": [
            f"${{data.terraform_remote_state.network.outputs.private_subnet_ids[{index}]}}" for index in range(3)
        ],
    }
    assert {"aws_iam_role_policy.function", "aws_cloudwatch_log_group.function"} <= {*function["depends_on"]}


def test_consumers_call_the_alias_of_a_published_version(shipped: Synthesized) -> None:
    found = resources(shipped.stack("prod-access"))
    assert found["aws_lambda_function.database_access"]["publish"] is True
    # An account that begins with 10 instances could set none aside.
    assert "reserved_concurrent_executions" not in found["aws_lambda_function.database_access"]
    assert found["aws_lambda_alias.live"]["function_version"] == "${aws_lambda_function.database_access.version}"


def test_partitions_are_made_every_day_by_one_rule_that_may_call_the_alias_only(examples: Synthesized) -> None:
    found = resources(examples.stack("maximal-access"))
    assert found["aws_cloudwatch_event_rule.partitions"]["schedule_expression"] == "cron(5 23 * * ? *)"
    target = found["aws_cloudwatch_event_target.partitions"]
    assert target["arn"] == "${aws_lambda_alias.live_owner.arn}"
    assert json.loads(target["input"]) == {"action": "partitions", "scheduled": True}
    permission = found["aws_lambda_permission.partitions"]
    assert permission["function_name"] == "experimentation-maximal-database-owner"
    assert permission["qualifier"] == "${aws_lambda_alias.live_owner.name}"
    assert permission["principal"] == "events.amazonaws.com"
    assert permission["source_arn"] == "${aws_cloudwatch_event_rule.partitions.arn}"
    assert permission["action"] == "lambda:InvokeFunction"


def test_function_role_has_its_own_policy_alone_and_code_cannot_touch_interfaces(
    shipped: Synthesized, examples: Synthesized
) -> None:
    for name, parsed in everything(shipped, examples).items():
        if not name.endswith("-access"):
            continue
        assert resources(parsed, "aws_iam_role_policy_attachment") == {}
        functions = {function["role"]: function for function in resources(parsed, "aws_lambda_function").values()}
        assert functions.keys() == {f"${{aws_iam_role.{role}.arn}}" for role in FUNCTIONS}
        for role in FUNCTIONS:
            found = policy(resources(parsed, "aws_iam_role_policy")[f"aws_iam_role_policy.{role}"])
            allowed = {
                action
                for statement in found.values()
                for action in statement["Action"]
                if action.startswith("ec2:") and statement["Effect"] == "Allow"
            }
            denied = found["InterfacesAreNotForTheCode"]
            assert (denied["Effect"], {*denied["Action"]}) == ("Deny", allowed)
            (source,) = denied["Condition"]["ArnEquals"].values()
            assert source.endswith(f":function:{functions[f'${{aws_iam_role.{role}.arn}}']['function_name']}")


def test_tracing_is_off_unless_asked_for(shipped: Synthesized, examples: Synthesized) -> None:
    modes = {}
    for name, parsed in everything(shipped, examples).items():
        for function in resources(parsed, "aws_lambda_function").values():
            modes[name] = function["tracing_config"]["mode"]
            sids = policy(resources(parsed, "aws_iam_role_policy")["aws_iam_role_policy.function"])
            assert ("SendTraces" in sids) == (modes[name] == "Active")
    assert modes == {
        "dev-access": "PassThrough",
        "staging-access": "PassThrough",
        "prod-access": "PassThrough",
        "existing-vpc-access": "PassThrough",
        "maximal-access": "Active",
        "replaced-access": "PassThrough",
        "grown-access": "PassThrough",
    }


def test_proxy_is_iam_from_end_to_end_over_tls_with_a_reader_endpoint(examples: Synthesized) -> None:
    stack = examples.stack("maximal-access")
    proxy = resources(stack, "aws_cloudformation_stack")["aws_cloudformation_stack.proxy"]
    template = json.loads(proxy["template_body"])
    kinds = {resource["Type"]: resource["Properties"] for resource in template["Resources"].values()}
    assert set(kinds) == {"AWS::RDS::DBProxy", "AWS::RDS::DBProxyTargetGroup", "AWS::RDS::DBProxyEndpoint"}
    assert kinds["AWS::RDS::DBProxy"]["DefaultAuthScheme"] == "IAM_AUTH"
    assert kinds["AWS::RDS::DBProxy"]["RequireTLS"] is True
    assert "Auth" not in kinds["AWS::RDS::DBProxy"]
    assert kinds["AWS::RDS::DBProxyEndpoint"]["TargetRole"] == "READ_ONLY"
    assert proxy["parameters"].keys() == template["Parameters"].keys()
    assert proxy["parameters"]["ClusterIdentifier"] == "experimentation-maximal"
    (statements_,) = [policy(resources(stack, "aws_iam_role_policy")["aws_iam_role_policy.proxy"])]
    arn = f"arn:aws:rds-db:us-east-1:666666666666:dbuser:{CLUSTER}"
    assert {tuple(statement["Resource"]) for statement in statements_.values()} == {
        # Whoever may connect to it, which migrators may not.
        tuple(f"{arn}/{user}" for user in ("analytics", "checkout", *(f"experiment_function_{r}" for r in PROXIED))),
    }


def faults(template: dict[str, Any]) -> dict[str, set[str]]:
    """Return by cfn-lint's rule what is wrong with a template in any region, but for what it merely mentions."""
    # Four seconds of import, which whoever collects or chooses other tests need not wait for.
    from cfnlint.api import lint_all  # type: ignore[import-untyped] # noqa: PLC0415 - has none

    found: dict[str, set[str]] = {}
    for match in lint_all(json.dumps(template)):
        if match.rule.severity != "informational":
            found.setdefault(match.rule.id, set()).add(match.message)
    return found


@pytest.mark.long
def test_proxy_template_is_what_cloudformation_accepts_where_there_are_proxies(examples: Synthesized) -> None:
    proxy = resources(examples.stack("maximal-access"), "aws_cloudformation_stack")["aws_cloudformation_stack.proxy"]
    template = json.loads(proxy["template_body"])
    found = faults(template)
    assert found.keys() == {"E3006"}
    missing = {message.rpartition("'")[0].rpartition("'")[2] for message in found["E3006"]}
    assert missing == limits.REGIONS_WITHOUT_RDS_PROXY
    template["Resources"]["Proxy"]["Properties"]["DefaultAuthSchema"] = "IAM_AUTH"
    assert faults(template).keys() == {"E3002", "E3006"}


def test_policies_and_services_are_those_of_the_partition() -> None:
    output = variants(
        china={
            "aws": {"region": "cn-north-1", "zones": ["cn-north-1a", "cn-north-1b"]},
            "network": {"create": {"interface_endpoints": ["ssm", "secretsmanager"]}},
            "access": {"master_secret": True, "proxy": {"enabled": True}},
        },
        gov={"aws": {"region": "us-gov-west-1"}, "network": SSM, "access": {}},
    )
    for stack, partition, suffix in (
        ("china-access", "aws-cn", "amazonaws.com.cn"),
        ("gov-access", "aws-us-gov", "amazonaws.com"),
    ):
        text = json.dumps(output.stack(stack))
        assert {*re.findall(r"arn:(aws[a-z-]*):", text)} == {partition}
        region = output.stack(stack)["provider"]["aws"][0]["region"]
        assert f"lambda.{region}.{suffix}" in text


def test_nothing_of_access_touches_network_or_database_but_two_outputs() -> None:
    tried = alike(
        without={"network": {"create": {"interface_endpoints": ["ssm", "secretsmanager"]}}},
        having={
            "network": {"create": {"interface_endpoints": ["ssm", "secretsmanager"]}},
            "access": {"master_secret": True, "proxy": {"enabled": True}},
        },
    )
    for kind, output in (("network", "endpoints_security_group_id"), ("database", "secrets_key_arn")):
        before, after = (tried[variant][kind] for variant in ("without", "having"))
        assert resources(before) == resources(after)
        assert {*after["output"]} - {*before["output"]} == {output}


def test_the_schedule_the_key_and_the_logs_are_of_this_environment(shipped: Synthesized) -> None:
    found = resources(shipped.stack("prod-access"))
    statements_ = policy(found["aws_kms_key.access"])
    assert statements_.keys() == {"AccountAdministersKey", "UseThroughServices", "GrantToServices", "LogGroupsUseKey"}
    (condition,) = statements_["UseThroughServices"]["Condition"].values()
    assert condition["kms:ViaService"] == ["lambda.eu-west-1.amazonaws.com"]
    group = found["aws_cloudwatch_log_group.function"]
    assert group["name"] == f"/aws/lambda/{found['aws_lambda_function.database_access']['function_name']}"
    assert group["retention_in_days"] == 365
    (trust,) = policy(found["aws_iam_role.function"], "assume_role_policy").values()
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "333333333333"}}


def role_policy(stack: dict[str, Any], role: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a role of the stack, by their ids."""
    return policy(resources(stack, "aws_iam_role_policy")[f"aws_iam_role_policy.{role}"])


def test_two_functions_of_one_archive_have_each_their_actions_rights_and_log(examples: Synthesized) -> None:
    stack = examples.stack("maximal-access")
    functions = resources(stack, "aws_lambda_function")
    reading, owning = (functions[f"aws_lambda_function.database_{name}"] for name in ("access", "owner"))
    assert reading["source_code_hash"] == owning["source_code_hash"]
    assert reading["environment"]["variables"]["DATABASE_ACTIONS"] == "health,query,upgrade-check"
    assert owning["environment"]["variables"]["DATABASE_ACTIONS"] == "migrate,partitions"
    assert (reading["role"], owning["role"]) == ("${aws_iam_role.function.arn}", "${aws_iam_role.owner.arn}")
    # What is set aside is for those who ask: a migration and the daily partitions need one at a time.
    assert reading["reserved_concurrent_executions"] == 20
    assert "reserved_concurrent_executions" not in owning
    connecting = {role: {sid for sid in role_policy(stack, role) if sid.startswith("ConnectAs")} for role in FUNCTIONS}
    assert connecting == {
        "function": {"ConnectAsExperimentFunctionReader", "ConnectAsExperimentFunctionWriter"},
        "owner": {"ConnectAsExperimentFunctionMigrator"},
    }
    for role, name in FUNCTIONS.items():
        group = resources(stack, "aws_cloudwatch_log_group")[f"aws_cloudwatch_log_group.{role}"]
        assert group["name"] == f"/aws/lambda/experimentation-maximal-{name}"
        written = role_policy(stack, role)["WriteLogs"]["Resource"]
        assert {resource.split(":")[6] for resource in written} == {group["name"]}
        assert group["retention_in_days"] == 731


def test_who_may_ask_for_health_cannot_migrate(shipped: Synthesized) -> None:
    stack = shipped.stack("prod-access")
    arn = "arn:aws:lambda:eu-west-1:333333333333:function:experimentation-prod-database-"
    invoke = "lambda:InvokeFunction"
    by_policy = {
        purpose: iam.statements(resources(stack)[f"aws_iam_policy.invoke_{purpose}"]["policy"])
        for purpose in ("access", "owner")
    }
    for purpose, statements_ in by_policy.items():
        reached = {name for name in ("access", "owner") if iam.allowed(statements_, invoke, f"{arn}{name}:live")}
        assert reached == {purpose}
        # By the alias alone: neither a version that was replaced, nor what nobody published.
        assert not iam.allowed(statements_, invoke, f"{arn}{purpose}")
        assert not iam.allowed(statements_, invoke, f"{arn}{purpose}:1")
        assert not iam.allowed(statements_, "lambda:UpdateFunctionCode", f"{arn}{purpose}:live")
    # No other policy for applications calls any function.
    for address, arguments in resources(stack, *IDENTITY_POLICIES).items():
        if not address.startswith("aws_iam_policy.invoke_"):
            assert "lambda:InvokeFunction" not in arguments["policy"], address


def test_each_user_has_a_policy_by_which_one_connects_as_it_and_nobody_else(examples: Synthesized) -> None:
    stack = examples.stack("maximal-access")
    arn = "arn:aws:rds-db:us-east-1:666666666666:dbuser"
    for user, role in OWN.items():
        places = [CLUSTER] if role == "migrator" else [CLUSTER, PROXY]
        assert connect_resources(stack, f"as_{user}") == [f"{arn}:{place}/{user}" for place in places]


def test_the_functions_are_told_the_users_and_log_in_as_their_own(shipped: Synthesized, examples: Synthesized) -> None:
    def variables_of(output: Synthesized, environment: str, function: str) -> dict[str, str]:
        found = resources(output.stack(f"{environment}-access"), "aws_lambda_function")
        variables: dict[str, str] = found[f"aws_lambda_function.database_{function}"]["environment"]["variables"]
        return {name: value for name, value in variables.items() if name.startswith("DATABASE_")}

    reading = variables_of(examples, "maximal", "access")
    assert reading == {
        "DATABASE_ACTIONS": "health,query,upgrade-check",
        "DATABASE_USER_READER": "experiment_function_reader",
        "DATABASE_USER_WRITER": "experiment_function_writer",
    }
    owning = variables_of(examples, "maximal", "owner")
    assert json.loads(owning.pop("DATABASE_USERS")) == OWN
    assert owning == {
        "DATABASE_ACTIONS": "migrate,partitions",
        "DATABASE_USER_MIGRATOR": "experiment_function_migrator",
    }
    # Where nobody is named any more, the next migration removes who was.
    assert variables_of(shipped, "prod", "owner") == {"DATABASE_ACTIONS": "migrate,partitions", "DATABASE_USERS": "{}"}


def test_while_applications_move_the_proxy_connects_as_the_groups_too() -> None:
    users = {"users": {"checkout": {"role": "writer"}}, "proxy": {"enabled": True}}
    moving = variants(
        moving={
            "network": SSM,
            "access": {**users, "shared_logins": True},
            "accept": [{"warning": "access-shared-logins", "reason": "billing moves next week"}],
        }
    ).stack("moving-access")
    (statement,) = role_policy(moving, "proxy").values()
    assert [resource.rpartition("/")[2] for resource in statement["Resource"]] == [
        "checkout",
        "experiment_function_reader",
        "experiment_function_writer",
        "experiment_reader",
        "experiment_writer",
    ]
    owner = resources(moving, "aws_lambda_function")["aws_lambda_function.database_owner"]
    assert owner["environment"]["variables"]["DATABASE_SHARED_LOGINS"] == "true"


@pytest.mark.long
def test_as_many_users_as_there_may_be_fit_into_what_aws_takes() -> None:
    names = {f"u{number:02}{'x' * 60}": {"role": "migrator"} for number in range(29)} | {"v" * 63: {"role": "writer"}}
    stack = variants(many={"project": "p", "network": SSM, "access": {"users": names, "proxy": {"enabled": True}}})
    functions = resources(stack.stack("many-access"), "aws_lambda_function").values()
    variables = [function["environment"]["variables"] for function in functions]
    assert max(sum(len(name) + len(value) for name, value in each.items()) for each in variables) < 4096
    writers = {name: {"role": "writer"} for name in names}
    stack = variants(many={"project": "p", "network": SSM, "access": {"users": writers, "proxy": {"enabled": True}}})
    policies_ = resources(stack.stack("many-access"), "aws_iam_role_policy")
    known = CLUSTER, "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert len(policies_["aws_iam_role_policy.proxy"]["policy"].replace(*known).replace(" ", "")) < 10_240
