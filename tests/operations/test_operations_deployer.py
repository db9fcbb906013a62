"""``main.py deployer``: every recorded request is allowed, and nothing is without a request or a written reason."""

from __future__ import annotations

import fnmatch
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from catalog import deployer
from operations.deployer import POLICY_CHARACTERS, reference, size, types
from tests.harness import ENVIRONMENTS, ROOT, run, sampled

if TYPE_CHECKING:
    from pathlib import Path

RECORDED = ROOT / "tests" / "e2e" / "recorded" / "first"


def printed(name: str, envs: Path, *options: str) -> dict[str, dict[str, Any]]:
    done = run("deployer", name, "--envs", str(envs), *options)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def recorded() -> dict[str, dict[str, Any]]:
    """Return the policies, by role and name, of the environment that was recorded."""
    return printed("everything", RECORDED)


def statements(policies: dict[str, Any]) -> list[dict[str, Any]]:
    return [statement for policy in policies.values() for statement in policy["Statement"]]


def allows(policies: dict[str, Any], action: str, resource: str | None) -> bool:
    """Say whether an action is allowed, on the resource if one is named; conditions are taken to hold."""
    return any(
        action in statement["Action"]
        and (resource is None or any(fnmatch.fnmatchcase(resource, pattern) for pattern in statement["Resource"]))
        for statement in statements(policies)
    )


def arn(named: str) -> str:
    service, _, rest = named.partition(":")
    region = "" if service in ("iam", "s3") or rest.startswith("dashboard/") else "us-east-1"
    account = "" if service == "s3" else "666666666666"
    return f"arn:aws:{service}:{region}:{account}:{rest}"


@pytest.mark.parametrize("role", deployer.ROLES)
def test_every_recorded_request_is_allowed_on_what_it_named(
    recorded: dict[str, dict[str, Any]], role: deployer.Role
) -> None:
    refused = []
    for request in deployer.requests():
        if not request.types[role]:
            continue
        for one in deployer.actions()[request.service, request.operation]:
            if not one.types_of(request)[role]:
                continue
            of_lock: list[str | None] = [
                name for name in request.named if name.endswith(".tflock") == (one.asked_by == deployer.LOCK)
            ]
            refused += [
                f"{one.action} on {name}"
                for name in of_lock or [None]
                if not allows(recorded[role], one.action, name and arn(name))
            ]
    assert refused == []


def test_nothing_is_allowed_without_a_request_or_a_reason(recorded: dict[str, dict[str, Any]]) -> None:
    asked = {one.action for found in deployer.actions().values() for one in found}
    assert set(deployer.actions()) == {(one.service, one.operation) for one in deployer.requests()}
    reasons = {one.action: one for one in deployer.additions()}
    for role in deployer.ROLES:
        actions = {action for statement in statements(recorded[role]) for action in statement["Action"]}
        assert actions <= asked | set(reasons)
        assert not [action for action in actions if "*" in action]
    assert all(one.reason and one.source and re.search(r"20\d\d-\d\d|v5\.100", one.source) for one in reasons.values())


def test_every_type_that_is_synthesized_has_its_permissions() -> None:
    asking = {role: {kind for one in deployer.permissions() for kind in one.types[role]} for role in deployer.ROLES}
    stacks = {
        file.parent.name: json.loads(file.read_text()) for file in (ROOT / "tests" / "golden").glob("*/cdk.tf.json")
    }
    made = types(stacks) - {"terraform_data", "data.terraform_remote_state"}
    assert made - asking["plan"] - {deployer.LOCK} == set()
    assert {one for one in made if one.startswith("aws_")} - asking["apply"] == set()


def test_the_plan_role_changes_nothing_but_locks(recorded: dict[str, dict[str, Any]]) -> None:
    reading = re.compile(r"[a-z0-9-]+:(Describe|Get|List)|kms:(Decrypt|GenerateDataKey)$")
    others = [one for one in statements(recorded["plan"]) if not all(map(reading.match, one["Action"]))]
    assert [{*one["Action"]} - {"s3:GetObject"} for one in others] == [{"s3:DeleteObject", "s3:PutObject"}]
    for action in ("s3:DeleteObject", "s3:PutObject"):
        state = "arn:aws:s3:::recorded-terraform-state/recorded/everything/database.tfstate"
        assert allows(recorded["plan"], action, f"{state}.tflock")
        assert not allows(recorded["plan"], action, state)
        # A state is written anew, and never deleted.
        assert allows(recorded["apply"], action, state) == (action == "s3:PutObject")


@pytest.mark.parametrize("name", sampled(("maximal", "grown", "existing-vpc", "adopted", "restored"), "maximal"))
def test_policies_fit_and_name_this_environment_alone(name: str) -> None:
    found = printed(name, ENVIRONMENTS)
    for role, policies in found.items():
        assert 0 < len(policies) <= 10
        for title, policy in policies.items():
            assert title.startswith(f"{'legacy' if name == 'adopted' else 'experimentation'}-{name}-deployer-{role}-")
            assert size(policy) <= POLICY_CHARACTERS
    assert allows(found["apply"], "rds:DeleteDBCluster", None)
    assert not allows(found["plan"], "rds:ModifyDBCluster", None)
    assert allows(found["apply"], "ec2:CreateVpc", None) == (name in ("maximal", "grown", "restored"))
    for action in ("rds:ModifyDBCluster", "iam:PutRolePolicy", "lambda:UpdateFunctionCode", "ssm:PutParameter"):
        for resource in (
            "arn:aws:rds:us-east-1:666666666666:cluster:another",
            "arn:aws:iam::666666666666:role/another",
            "arn:aws:lambda:us-east-1:666666666666:function:another",
            "arn:aws:ssm:us-east-1:666666666666:parameter/another/prod/database/name",
        ):
            assert not allows(found["apply"], action, resource)


def test_what_has_ids_of_aws_is_deleted_by_its_tags_only(recorded: dict[str, dict[str, Any]]) -> None:
    for action in ("ec2:DeleteVpc", "ec2:DeleteSecurityGroup", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy"):
        found = [one for one in statements(recorded["apply"]) if action in one["Action"] and one["Resource"] != ["*"]]
        assert found
        for one in found:
            assert one["Condition"]["StringEquals"] == {
                "aws:ResourceTag/environment": "everything",
                "aws:ResourceTag/project": "recorded",
            }


def test_roles_are_passed_to_the_services_that_take_them_only(recorded: dict[str, dict[str, Any]]) -> None:
    passing = [one for one in statements(recorded["apply"]) if "iam:PassRole" in one["Action"]]
    assert {one["Condition"]["StringEquals"]["iam:PassedToService"] for one in passing} == {
        "lambda.amazonaws.com",
        "monitoring.rds.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
    }
    assert all(one["Action"] == ["iam:PassRole"] for one in passing)
    assert not allows(recorded["plan"], "iam:PassRole", None)


def test_everything_allows_what_another_file_of_the_environment_would_need(
    recorded: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "everything.yaml").write_text((RECORDED / "everything.yaml").read_text())
    whole = printed("everything", tmp_path, "--everything")
    for role in deployer.ROLES:
        assert {action for one in statements(recorded[role]) for action in one["Action"]} < {
            action for one in statements(whole[role]) for action in one["Action"]
        }


@pytest.mark.long
def test_files_are_written_for_the_command_line_of_aws(tmp_path: Path) -> None:
    done = run("deployer", "dev", "--output", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    written = {file.stem: json.loads(file.read_text()) for file in (tmp_path / "out").iterdir()}
    assert written == {title: one for role in printed("dev", ROOT / "envs").values() for title, one in role.items()}
    assert run("deployer", "dev", "--output", str(tmp_path / "out" / next(iter(written))) + ".json").returncode == 1
    assert run("deployer", "nothing").returncode == 2


def test_the_page_has_every_action() -> None:
    assert (ROOT / "docs" / "deployer-policy.md").read_text().endswith(reference())
