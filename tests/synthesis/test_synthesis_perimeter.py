"""No way out: what VPC endpoints let through, whom services act for, what the state bucket takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from settings.model import INTERFACE_ENDPOINTS
from tests.harness import merged, run
from tests.synthesis import iam
from tests.synthesis.variants import everything, resources, variants

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Synthesized

OURS, PARTNER, FOREIGN = "111111111111", "222222222222", "999999999999"

MOST_CHARACTERS = 20_480
"""Of an endpoint's policy, white space included (AWS PrivateLink Guide, endpoint policies)."""

CREATE: dict[str, Any] = {"create": {"interface_endpoints": list(INTERFACE_ENDPOINTS)}}


@pytest.fixture(scope="module")
def network() -> dict[str, dict[str, Any]]:
    """Return the endpoints of a network with all of them, by service."""
    return endpoints(variants(every={"network": CREATE}), "every")


def endpoints(output: Synthesized, environment: str) -> dict[str, dict[str, Any]]:
    """Return the endpoints of an environment, by service."""
    found = resources(output.stack(f"{environment}-network"), "aws_vpc_endpoint").values()
    return {endpoint["service_name"].rpartition(".")[2]: endpoint for endpoint in found}


def lets_through(endpoint: dict[str, Any], action: str, resource: str, **context: str) -> bool:
    """Whether a request passes an endpoint; ``principal`` and ``owner`` are accounts, none if there is no such."""
    keys = {
        "principal": "aws__PrincipalAccount",
        "owner": "aws__ResourceAccount",
        "service": "aws__PrincipalIsAWSService",
    }
    request = {"aws__PrincipalIsAWSService": "false"} | {keys[word]: value for word, value in context.items()}
    return iam.allowed(iam.statements(endpoint["policy"]), action, resource, **request)


def test_every_endpoint_has_a_policy_that_aws_takes(network: dict[str, dict[str, Any]]) -> None:
    assert network.keys() == {"s3", *INTERFACE_ENDPOINTS}
    for service, endpoint in network.items():
        assert len(endpoint["policy"]) <= MOST_CHARACTERS, service
        statements = json.loads(endpoint["policy"])["Statement"]
        assert {statement["Effect"] for statement in statements} == {"Allow"}
        assert {statement["Principal"] for statement in statements} == {"*"}


def test_an_application_of_the_account_keeps_working(network: dict[str, dict[str, Any]]) -> None:
    for service, endpoint in network.items():
        arn = f"arn:aws:{service}:eu-west-1:{OURS}:something/of-ours"
        assert lets_through(endpoint, f"{service}:Anything", arn, principal=OURS, owner=OURS), service


@pytest.mark.parametrize(("principal", "owner"), [(FOREIGN, FOREIGN), (FOREIGN, OURS), (OURS, FOREIGN)])
def test_foreign_credentials_and_foreign_resources_do_not_pass(
    principal: str, owner: str, network: dict[str, dict[str, Any]]
) -> None:
    for service, endpoint in network.items():
        arn = f"arn:aws:{service}:eu-west-1:{owner}:something/else"
        assert not lets_through(endpoint, f"{service}:Anything", arn, principal=principal, owner=owner), service


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject"])
@pytest.mark.parametrize(("principal", "owner"), [(FOREIGN, FOREIGN), (FOREIGN, OURS), (OURS, FOREIGN), ("", FOREIGN)])
def test_nothing_is_copied_to_or_from_a_foreign_bucket(
    action: str, principal: str, owner: str, network: dict[str, dict[str, Any]]
) -> None:
    who = {"principal": principal} if principal else {}
    for bucket in ("stolen-data", "al2023-repos-eu-west-1-evil", "prod-eu-west-1-starport-layer-bucket-evil"):
        assert not lets_through(network["s3"], action, f"arn:aws:s3:::{bucket}/dump", owner=owner, **who)


PROVIDED = [
    "amazon-ssm-eu-west-1/latest/VERSION",
    "aws-ssm-document-attachments-eu-west-1/a/b",
    "patch-baseline-snapshot-eu-west-1/x",
    "prod-eu-west-1-starport-layer-bucket/layer",
    "al2023-repos-eu-west-1-de612dc2/core/mirrors",
    "amazonlinux-2-repos-eu-west-1/2/core",
    "amazoncloudwatch-agent-eu-west-1/amazon_linux/arm64/latest/amazon-cloudwatch-agent.rpm",
]


@pytest.mark.parametrize("item", PROVIDED)
def test_agents_and_package_managers_read_what_aws_provides_and_write_nothing(
    item: str, network: dict[str, dict[str, Any]]
) -> None:
    arn = f"arn:aws:s3:::{item}"
    assert lets_through(network["s3"], "s3:GetObject", arn)
    assert lets_through(network["s3"], "s3:GetObject", arn, principal=OURS, owner=FOREIGN)
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl"):
        assert not lets_through(network["s3"], action, arn, principal=OURS, owner=FOREIGN)


def test_what_an_aws_service_signed_is_read_and_cloudformation_is_answered(network: dict[str, dict[str, Any]]) -> None:
    package = "arn:aws:s3:::awslambda-eu-west-1-tasks/package"
    assert lets_through(network["s3"], "s3:GetObject", package, service="true", owner=FOREIGN)
    assert not lets_through(network["s3"], "s3:PutObject", package, service="true", owner=FOREIGN)
    answer = "arn:aws:s3:::cloudformation-custom-resource-response-euwest1/answer"
    assert lets_through(network["s3"], "s3:PutObject", answer, service="true", owner=FOREIGN)
    assert not lets_through(network["s3"], "s3:PutObject", answer, principal=OURS, owner=FOREIGN)


def test_public_parameters_and_documents_are_for_this_account(network: dict[str, dict[str, Any]]) -> None:
    parameter = "arn:aws:ssm:eu-west-1::parameter/aws/service/ami-amazon-linux-latest/al2023"
    document = "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript"
    for action, arn in (("ssm:GetParameters", parameter), ("ssm:GetDocument", document), ("ssm:SendCommand", document)):
        assert lets_through(network["ssm"], action, arn, principal=OURS)
        assert not lets_through(network["ssm"], action, arn, principal=FOREIGN)
    assert not lets_through(network["ssm"], "ssm:PutParameter", parameter, principal=OURS)


def test_pods_take_on_roles_of_this_account_by_token(network: dict[str, dict[str, Any]]) -> None:
    action = "sts:AssumeRoleWithWebIdentity"
    assert lets_through(network["sts"], action, f"arn:aws:iam::{OURS}:role/app", owner=OURS)
    assert not lets_through(network["sts"], action, f"arn:aws:iam::{FOREIGN}:role/exfiltrate", owner=FOREIGN)
    assert not lets_through(network["kms"], action, f"arn:aws:iam::{OURS}:role/app", owner=OURS)


def test_a_trusted_account_counts_like_this_one_and_nobody_else_does() -> None:
    trusting = variants(trusting={"network": merged(CREATE, {"create": {"trusted_accounts": [PARTNER]}})})
    for service, endpoint in endpoints(trusting, "trusting").items():
        arn = f"arn:aws:{service}:eu-west-1:{PARTNER}:something/of-theirs"
        assert lets_through(endpoint, f"{service}:Anything", arn, principal=OURS, owner=PARTNER)
        assert lets_through(endpoint, f"{service}:Anything", arn, principal=PARTNER, owner=OURS)
        assert not lets_through(endpoint, f"{service}:Anything", arn, principal=OURS, owner=FOREIGN)


def test_open_endpoints_are_open_and_warned_of(tmp_path: Path) -> None:
    opened = {"network": merged(CREATE, {"create": {"endpoint_policies": False}})}
    assert {endpoint.get("policy") for endpoint in endpoints(variants(opened=opened), "opened").values()} == {None}
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "open.yaml").write_text(
        "tier: development\nproject: p\naws: {account_id: '111111111111', region: eu-west-1}\n"
        "network: {create: {cidr: 10.10.0.0/16, endpoint_policies: false}}\n"
    )
    told = run("check", "--envs", str(envs))
    assert told.returncode == 0, told.stderr
    assert "open-endpoints" in told.stdout + told.stderr


TRUSTS = {
    ("maximal-access", "function"): ("lambda.amazonaws.com", None),
    ("maximal-access", "proxy"): ("rds.amazonaws.com", None),
    ("maximal-database", "monitoring"): (
        "monitoring.rds.amazonaws.com",
        [
            "arn:aws:rds:us-east-1:666666666666:db:experimentation-maximal-*",
            "arn:aws:rds:us-east-1:666666666666:cluster:experimentation-maximal",
        ],
    ),
    ("maximal-network", "flow_logs"): (
        "vpc-flow-logs.amazonaws.com",
        "arn:aws:ec2:us-east-1:666666666666:vpc-flow-log/*",
    ),
}


@pytest.mark.parametrize(("stack", "role"), TRUSTS)
def test_services_act_for_this_account_alone(stack: str, role: str, examples: Synthesized) -> None:
    service, source = TRUSTS[stack, role]
    trust = json.loads(resources(examples.stack(stack), "aws_iam_role")[f"aws_iam_role.{role}"]["assume_role_policy"])
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": service}
    expected: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": "666666666666"}}
    assert statement["Condition"] == expected | ({"ArnLike": {"aws:SourceArn": source}} if source else {})


def test_no_role_is_trusted_to_a_service_without_saying_for_which_account(
    shipped: Synthesized, examples: Synthesized
) -> None:
    for stack, parsed in everything(shipped, examples).items():
        (account,) = parsed["provider"]["aws"][0]["allowed_account_ids"]
        for address, role in resources(parsed, "aws_iam_role").items():
            for statement in json.loads(role["assume_role_policy"])["Statement"]:
                assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": account}, (stack, address)


BUCKET = "arn:aws:s3:::experimentation-prod-terraform-state"

STATE = f"{BUCKET}/experimentation/prod/database.tfstate"

TERRAFORM = {
    "aws__SecureTransport": "true",
    "s3__TlsVersion": "1.3",
    "aws__PrincipalAccount": "333333333333",
    "aws__PrincipalIsAWSService": "false",
}
"""What Terraform's own requests say: nothing of encryption."""

KEY = "arn:aws:kms:eu-west-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

SSE = "s3__x-amz-server-side-encryption"

REFUSED: dict[str, dict[str, str | None]] = {
    "in the clear": {"aws__SecureTransport": "false", "s3__TlsVersion": None},
    "by an old TLS": {"s3__TlsVersion": "1.1"},
    "of another account": {"aws__PrincipalAccount": FOREIGN},
    "of nobody": {"aws__PrincipalAccount": None},
    "without the key": {SSE: "AES256"},
    "with the account's own key": {SSE: "aws:kms"},
    "with another key": {SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY.replace("1234abcd", "99999999")},
    "with a key of the client's": {f"{SSE}-customer-algorithm": "AES256"},
}


def refuses(shipped: Synthesized, **changes: str | None) -> bool:
    """Whether the state bucket refuses that a state is put."""
    arguments = resources(shipped.stack("prod-state"))["aws_s3_bucket_policy.state"]
    policy = iam.statements(arguments["policy"], aws_kms_key=KEY)
    request = {key: value for key, value in {**TERRAFORM, **changes}.items() if value is not None}
    return iam.denied(policy, "s3:PutObject", STATE, **request)


@pytest.mark.parametrize("changes", REFUSED.values(), ids=list(REFUSED))
def test_the_state_bucket_refuses_what_no_state_needs(changes: dict[str, str | None], shipped: Synthesized) -> None:
    assert refuses(shipped, **changes)


def test_the_state_bucket_takes_what_terraform_sends_and_its_one_key(shipped: Synthesized) -> None:
    assert not refuses(shipped)
    assert not refuses(shipped, **{SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY})


def test_the_key_of_the_state_is_never_granted_on(shipped: Synthesized, examples: Synthesized) -> None:
    for stack, parsed in everything(shipped, examples).items():
        if stack.endswith("-state"):
            (key,) = resources(parsed, "aws_kms_key").values()
            assert "kms:CreateGrant" not in key["policy"]
            assert "kms:RevokeGrant" in key["policy"]
