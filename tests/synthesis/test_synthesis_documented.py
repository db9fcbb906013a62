"""Commands, ARNs and policies in the documents against the policies that are synthesized."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.harness import ROOT
from tests.synthesis import iam
from tests.synthesis.test_synthesis_calls import KNOWN
from tests.synthesis.variants import resources, variants

if TYPE_CHECKING:
    from tests.harness import Synthesized

DOCUMENTS = ("README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")))

ACCOUNT = "333333333333"

PLACE = f"eu-west-1:{ACCOUNT}"

BY_OPERATORS = {
    r"rds (?!generate-db-auth-token).*": "clusters and snapshots are for administrators",
    r"s3(api)? .*": "states are for who deploys",
    r"ssm start-session": "who may open a tunnel is decided where the instance is",
    r"secretsmanager .*": "the master user's secret is for administrators",
    r"(backup|cloudwatch|ec2|events|iam|kms|logs|service-quotas|sns|sqs|sts) .*": "the account is for administrators",
}
"""Commands for which no policy is handed out here, and why; every other one has to be in ACTIONS."""

ACTIONS = {
    "ssm get-parameters-by-path": ("ssm:GetParametersByPath", "path", "ssm:{place}:parameter{value}", "read_contract"),
    "ssm get-parameter": ("ssm:GetParameter", "name", "ssm:{place}:parameter{value}", "read_contract"),
    "ssm get-parameters": ("ssm:GetParameters", "names", "ssm:{place}:parameter{value}", "read_contract"),
    "rds generate-db-auth-token": (
        "rds-db:connect",
        "username",
        "rds-db:{place}:dbuser:" + KNOWN["cluster_resource_id"] + "/{value}",
        "connect_as_{value}",
    ),
    "lambda invoke": ("lambda:InvokeFunction", "function-name", "lambda:{place}:function:{value}", "invoke_{part}"),
}
"""By command: the action, the option that names the resource, the resource, and the policy that has to allow it."""


class Command(NamedTuple):
    """A command of the AWS command line, in a document."""

    document: str
    operation: str
    text: str


def commands() -> list[Command]:
    """Return every command of the documents."""
    # Operations have a hyphen, but for invoke; words that only follow "aws" in a sentence do not.
    pattern = re.compile(r"aws ([a-z0-9]+ (?:[a-z]+-[a-z-]+|invoke))( [^\n`|]*)?")
    return [
        Command(document, match[1], match[0])
        for document in DOCUMENTS
        for match in pattern.finditer((ROOT / document).read_text().replace("\\\n", " "))
    ]


@pytest.fixture(scope="module")
def documented() -> Synthesized:
    """Return the environments that the documents speak of, with the users that they name."""
    users = {"users": {"checkout": {"role": "writer"}, "analytics": {"role": "reader"}}}
    return variants(
        prod={"aws": {"account_id": ACCOUNT}, "network": {"create": {"interface_endpoints": ["ssm"]}}, "access": users},
        dev={"aws": {"account_id": ACCOUNT}, "network": {"create": {"interface_endpoints": ["ssm"]}}, "access": users},
    )


def policy(output: Synthesized, environment: str, name: str) -> list[iam.Statement]:
    """Return what one of an environment's policies for applications allows."""
    found = resources(output.stack(f"{environment}-access"))[f"aws_iam_policy.{name}"]
    return iam.statements(found["policy"], **KNOWN)


def test_the_documents_have_commands_to_hold_against_the_policies() -> None:
    operations = {command.operation for command in commands()}
    assert {
        "ssm get-parameter",
        "ssm get-parameters-by-path",
        "rds generate-db-auth-token",
        "lambda invoke",
    } <= operations


@pytest.mark.parametrize("command", commands(), ids=lambda command: f"{command.document}-{command.operation}")
def test_every_command_is_allowed_by_the_policy_that_its_page_hands_out(
    command: Command, documented: Synthesized
) -> None:
    if any(re.fullmatch(pattern, command.operation) for pattern in BY_OPERATORS):
        return
    action, option, resource, name = ACTIONS[command.operation]
    given = re.search(rf"--{option} (\S+)", command.text)
    assert given, command.text
    value = given[1].strip("\"'()")
    environment = "dev" if "-dev-" in command.text or "/dev/" in command.text else "prod"
    part = "owner" if "database-owner" in value else "access"
    arn = "arn:aws:" + resource.format(place=PLACE, value=value)
    held = policy(documented, environment, name.format(value=value, part=part))
    assert iam.allowed(held, action, arn), (command, arn)
    others = {"dev": "prod", "prod": "dev"}[environment]
    if "connect" not in action:
        assert not iam.allowed(policy(documented, others, name.format(value=value, part=part)), action, arn)


def test_every_arn_that_a_container_is_given_is_one_that_its_policy_reads(documented: Synthesized) -> None:
    arns = [
        arn for document in DOCUMENTS for arn in re.findall(r'"valueFrom": "([^"]+)"', (ROOT / document).read_text())
    ]
    assert len(arns) >= 3
    held = policy(documented, "prod", "read_contract")
    for arn in arns:
        # ECS reads all at once, Kubernetes' External Secrets one by one.
        for action in ("ssm:GetParameters", "ssm:GetParameter"):
            assert iam.allowed(held, action, arn), (action, arn)
            assert not iam.allowed(held, action, arn.replace("/database/", "/another/"))
        parameters = {
            parameter["name"]
            for kind in ("database", "access")
            for parameter in resources(documented.stack(f"prod-{kind}"), "aws_ssm_parameter").values()
        }
        assert arn.partition("parameter")[2] in parameters


def test_every_policy_that_a_document_names_exists(documented: Synthesized) -> None:
    there = {
        name.removeprefix("aws_iam_policy.") for name in resources(documented.stack("prod-access"), "aws_iam_policy")
    }
    there |= {"read_secret"}  # with master_secret alone
    pattern = r"`(?:policies/)?((?:read|connect|invoke)-[a-z-]+)`"
    named = {(document, name) for document in DOCUMENTS for name in re.findall(pattern, (ROOT / document).read_text())}
    assert {name for _, name in named} >= {"read-contract", "connect-writer", "invoke-owner"}
    unknown = {(document, name) for document, name in named if name.replace("-", "_") not in there}
    assert unknown == set()
