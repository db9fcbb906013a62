"""The functions' roles against the calls that each was seen to make: all of them, and nothing more."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from database_access.connections import ROLES
from tests.functions.recorded import BY_EVENT, CONTRACT, SECRET, Permission
from tests.synthesis import iam
from tests.synthesis.variants import resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness import Synthesized

KNOWN = {
    "cluster_resource_id": "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ResourceId": "prx-0123456789abcdef0",
    "private_subnet_ids": "subnet-0a1b2c3d4e5f60720",
    "aws_security_group": "sg-0a1b2c3d4e5f60720",
    "secret_arn": "arn:aws:secretsmanager:us-east-1:666666666666:secret:rds!cluster-1234abcd-AbCdEf",
    "secrets_key_arn": "arn:aws:kms:us-east-1:666666666666:key/1234abcd-12ab-44cd-96ef-1234567890ab",
}
"""What stands for the references in a policy, by what they refer to."""

BY_LAMBDA = {
    *("logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"),
    *("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
}
"""What Lambda itself does in the function's name."""

DECRYPTION = "kms:Decrypt"
"""What Secrets Manager does in the function's name, when that reads the secret."""


@dataclass(frozen=True)
class Deployed:
    """An access stack with ids for its references."""

    stack: dict[str, Any]
    place: str
    contract: str
    proxy: bool
    name: str = "function"
    """What the role of one of the two functions is called."""

    @property
    def role(self) -> list[iam.Statement]:
        """What the function may do."""
        return iam.statements(resources(self.stack)[f"aws_iam_role_policy.{self.name}"]["policy"], **KNOWN)

    @property
    def arguments(self) -> dict[str, Any]:
        """The function's arguments."""
        functions = resources(self.stack, "aws_lambda_function").values()
        (found,) = [one for one in functions if one["role"] == f"${{aws_iam_role.{self.name}.arn}}"]
        return found

    @property
    def needed(self) -> frozenset[Permission]:
        """What its actions were seen to need; it reads the secret only where the environment lets it."""
        actions = self.arguments["environment"]["variables"]["DATABASE_ACTIONS"].split(",")
        needed = [permissions for event, permissions in BY_EVENT.items() if json.loads(event)["action"] in actions]
        return frozenset().union(*needed) - (frozenset() if self.proxy else {SECRET})

    def policy(self, name: str) -> list[iam.Statement]:
        """Return what a policy for applications allows."""
        return iam.statements(resources(self.stack)[f"aws_iam_policy.{name}"]["policy"], **KNOWN)

    @property
    def function(self) -> str:
        """ARN of the function."""
        return f"arn:aws:lambda:{self.place}:function:{self.arguments['function_name']}"

    def user(self, name: str, server: str = KNOWN["cluster_resource_id"]) -> str:
        """ARN of a database user."""
        return f"arn:aws:rds-db:{self.place}:dbuser:{server}/{name}"

    def resource(self, permission: Permission) -> str:
        """ARN of what was recorded by its kind; users connect as the library does, by the proxy where there is one."""
        if permission == CONTRACT:
            return f"arn:aws:ssm:{self.place}:parameter{self.contract}"
        if permission == SECRET:
            return KNOWN["secret_arn"]
        (role,) = [role for role in ROLES.values() if role.user == permission.resource]
        by_proxy = self.proxy and role.proxy
        # Where users are named, a function has its own.
        variables = self.arguments["environment"]["variables"]
        login = variables.get(f"DATABASE_USER_{role.user.rpartition('_')[2].upper()}", role.user)
        return self.user(login, KNOWN["ResourceId" if by_proxy else "cluster_resource_id"])


@pytest.fixture(params=[(name, role) for name in ("prod", "maximal") for role in ("function", "owner")], ids="-".join)
def deployed(request: pytest.FixtureRequest, shipped: Synthesized, examples: Synthesized) -> Deployed:
    """Return each function of an access stack as shipped, and of one with secret, tracing and proxy."""
    name, role = request.param
    if name == "prod":
        stack = shipped.stack("prod-access")
        return Deployed(stack, "eu-west-1:333333333333", "/experimentation/prod/database", proxy=False, name=role)
    stack = examples.stack("maximal-access")
    return Deployed(stack, "us-east-1:666666666666", "/experimentation/maximal/database", proxy=True, name=role)


@pytest.fixture
def needed(deployed: Deployed) -> frozenset[Permission]:
    """Return what the function was seen to need."""
    return deployed.needed


@pytest.fixture
def by_code(deployed: Deployed) -> Callable[[str, str], bool]:
    """Return a function that says whether the function's own code may do something."""
    return lambda action, resource: iam.allowed(
        deployed.role, action, resource, lambda__SourceFunctionArn=deployed.function
    )


def test_every_call_that_was_made_is_allowed(
    deployed: Deployed, needed: frozenset[Permission], by_code: Callable[[str, str], bool]
) -> None:
    refused = [permission for permission in needed if not by_code(permission.action, deployed.resource(permission))]
    assert refused == []


def test_nothing_is_allowed_that_was_never_called(
    deployed: Deployed, needed: frozenset[Permission], by_code: Callable[[str, str], bool]
) -> None:
    called = {(permission.action, deployed.resource(permission)) for permission in needed}
    allowed = {
        (action, resource)
        for statement in deployed.role
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
        for resource in statement["Resource"]
        # A pattern stands for itself: what matches it is allowed or refused alike.
        if by_code(action, resource) and action not in BY_LAMBDA
    }
    assert allowed == called


def test_the_secret_is_decrypted_by_secrets_manager_alone(deployed: Deployed, needed: frozenset[Permission]) -> None:
    region = deployed.place.partition(":")[0]
    reading = {
        "kms__ViaService": f"secretsmanager.{region}.amazonaws.com",
        "kms__EncryptionContext:SecretARN": KNOWN["secret_arn"],
    }
    key, policy = KNOWN["secrets_key_arn"], deployed.role
    assert iam.allowed(policy, DECRYPTION, key, **reading) == (SECRET in needed)
    for change in (
        {"kms__ViaService": f"rds.{region}.amazonaws.com"},
        {"kms__EncryptionContext:SecretARN": KNOWN["secret_arn"] + "x"},
    ):
        assert not iam.allowed(policy, DECRYPTION, key, **reading | change)
    assert not iam.allowed(policy, DECRYPTION, key)


def test_the_two_functions_do_all_between_them_and_nothing_of_each_others_alone(deployed: Deployed) -> None:
    other = replace(deployed, name={"function": "owner", "owner": "function"}[deployed.name])
    assert deployed.needed | other.needed == frozenset().union(*BY_EVENT.values()) - (
        frozenset() if deployed.proxy else {SECRET}
    )
    assert deployed.needed & other.needed == {CONTRACT}
    for permission in other.needed - {CONTRACT}:
        assert not iam.allowed(deployed.role, permission.action, other.resource(permission))


def test_neighbours_of_what_is_allowed_are_refused(deployed: Deployed, by_code: Callable[[str, str], bool]) -> None:
    parameters = f"arn:aws:ssm:{deployed.place}:parameter"
    neighbours = [
        ("rds-db:connect", deployed.user("clusteradmin")),
        ("rds-db:connect", deployed.user("experiment_writer", "cluster-ANOTHER")),
        ("rds-db:connect", deployed.user("experiment_migrator", KNOWN["ResourceId"])),
        ("ssm:GetParametersByPath", f"{parameters}/experimentation"),
        ("ssm:GetParametersByPath", f"{parameters}{deployed.contract}-of-others"),
        ("ssm:GetParametersByPath", f"{parameters}/"),
        ("ssm:GetParameter", f"{parameters}{deployed.contract}/port"),
        ("ssm:PutParameter", f"{parameters}{deployed.contract}/port"),
        ("secretsmanager:GetSecretValue", KNOWN["secret_arn"] + "x"),
        ("secretsmanager:PutSecretValue", KNOWN["secret_arn"]),
        ("logs:CreateLogGroup", f"arn:aws:logs:{deployed.place}:log-group:/aws/lambda/another"),
        ("logs:PutLogEvents", f"arn:aws:logs:{deployed.place}:log-group:/aws/lambda/another:log-stream:x"),
        ("lambda:InvokeFunction", deployed.function),
    ]
    assert [neighbour for neighbour in neighbours if by_code(*neighbour)] == []


def test_lambda_keeps_the_interfaces_and_the_code_cannot(
    deployed: Deployed, by_code: Callable[[str, str], bool]
) -> None:
    ec2 = f"arn:aws:ec2:{deployed.place}"
    calls = [
        ("ec2:CreateNetworkInterface", f"{ec2}:network-interface/*"),
        ("ec2:CreateNetworkInterface", f"{ec2}:subnet/{KNOWN['private_subnet_ids']}"),
        ("ec2:CreateNetworkInterface", f"{ec2}:security-group/{KNOWN['aws_security_group']}"),
        ("ec2:DeleteNetworkInterface", f"{ec2}:*/*"),
        ("ec2:DeleteNetworkInterface", f"{ec2}:network-interface/eni-0a1b2c3d4e5f60718"),
        ("ec2:AssignPrivateIpAddresses", f"{ec2}:network-interface/eni-0a1b2c3d4e5f60718"),
        ("ec2:UnassignPrivateIpAddresses", f"{ec2}:network-interface/eni-0a1b2c3d4e5f60718"),
        ("ec2:DescribeNetworkInterfaces", "*"),
        ("ec2:DescribeSubnets", "*"),
    ]
    assert [call for call in calls if not iam.allowed(deployed.role, *call)] == []
    assert [call for call in calls if by_code(*call)] == []
    elsewhere = f"{ec2}:subnet/subnet-0a1b2c3d4e5f60799"
    assert not iam.allowed(deployed.role, "ec2:CreateNetworkInterface", elsewhere)


@pytest.mark.parametrize(("user", "role"), [("checkout", "writer"), ("analytics", "reader"), ("operator", "migrator")])
def test_an_application_of_its_own_connects_as_itself_alone(user: str, role: str, examples: Synthesized) -> None:
    stack = examples.stack("maximal-access")
    deployed = Deployed(stack, "us-east-1:666666666666", "/experimentation/maximal/database", proxy=True)
    policy = deployed.policy("read_contract") + deployed.policy(f"connect_as_{user}")
    everybody = ["checkout", "analytics", "operator", "platformadmin", *(each.user for each in ROLES.values())]
    everybody += [f"experiment_function_{name}" for name in ROLES]
    for server in (KNOWN["cluster_resource_id"], KNOWN["ResourceId"], "cluster-ANOTHER"):
        connects = {one for one in everybody if iam.allowed(policy, "rds-db:connect", deployed.user(one, server))}
        places = {KNOWN["cluster_resource_id"], *([KNOWN["ResourceId"]] if role != "migrator" else [])}
        assert connects == ({user} if server in places else set()), server


def test_a_consumer_with_the_policies_connects_as_its_role_and_no_other(deployed: Deployed) -> None:
    servers = [KNOWN["cluster_resource_id"], KNOWN["ResourceId"]]
    for name, role in ROLES.items():
        policy = deployed.policy("read_contract") + deployed.policy(f"connect_{name}")
        assert iam.allowed(policy, CONTRACT.action, deployed.resource(CONTRACT))
        places = servers if deployed.proxy and role.proxy else servers[:1]
        for server in servers:
            for user in [each.user for each in ROLES.values()] + ["clusteradmin"]:
                expected = server in places and user == role.user
                assert iam.allowed(policy, "rds-db:connect", deployed.user(user, server)) == expected, (name, user)
