"""The runbook: a section for every alarm, and no command that AWS's API does not know."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from tests.harness import ENVIRONMENTS, ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [
    *(("prod", ROOT / "envs"), ("dev", ROOT / "envs")),
    *(("maximal", ENVIRONMENTS), ("serverless", ENVIRONMENTS), ("adopted", ENVIRONMENTS), ("grown", ENVIRONMENTS)),
]

SESSION = botocore.session.get_session()


def page(name: str, envs: Path) -> str:
    """Return an environment's runbook."""
    result = run("runbook", name, "--envs", str(envs))
    assert result.returncode == 0, result.stderr
    return result.stdout


def commands(text: str) -> list[str]:
    """Return the command lines of a page."""
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


def problems(command: str) -> str:
    """Return what AWS's own description of its API has against a command of its command line, or nothing."""
    program, service, operation, *options = shlex.split(command)
    if program != "aws" or service not in SESSION.get_available_services():
        return f"no service: {command}"
    model = SESSION.get_service_model(service)
    named = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in named:
        return f"no operation {operation}"
    shape = model.operation_model(named[operation]).input_shape
    assert shape is not None
    members = {xform_name(name, "-"): name for name in shape.members}
    given: dict[str, Any] = {}
    while options:
        option = options.pop(0).removeprefix("--")
        if option not in members:
            return f"{operation} has no --{option}"
        kind = shape.members[members[option]].type_name
        if kind == "boolean":
            given[members[option]] = True
        else:
            value = options.pop(0)
            given[members[option]] = int(value) if kind == "integer" else [value] if kind == "list" else value
    return str(ParamValidator().validate(given, shape).generate_report())


@pytest.mark.parametrize(("name", "envs"), PAGES)
def test_every_command_is_one_of_aws_with_all_that_it_needs(name: str, envs: Path) -> None:
    found = commands(page(name, envs))
    assert len(found) >= 5
    assert {command: problems(command) for command in found if problems(command)} == {}
    assert not re.search(r"<[a-z-]+>", "\n".join(found))


@pytest.mark.parametrize(
    "command",
    [
        "aws rds failover-db-clusters --db-cluster-identifier one",
        "aws rds failover-db-cluster --cluster one",
        "aws rds create-db-cluster-snapshot --db-cluster-identifier one",
        "aws rsd describe-events",
    ],
)
def test_a_wrong_command_is_noticed(command: str) -> None:
    assert problems(command)


@pytest.mark.parametrize(
    ("name", "stack", "fixture"), [("prod", "prod", "shipped"), ("maximal", "maximal", "examples")]
)
def test_each_alarm_names_a_section_that_there_is_and_stands_in_it(
    name: str, stack: str, fixture: str, request: pytest.FixtureRequest
) -> None:
    text = page(name, ROOT / "envs" if fixture == "shipped" else ENVIRONMENTS)
    alarms = request.getfixturevalue(fixture).stack(f"{stack}-monitoring")["locals"]["alarms"]
    sections = dict(re.findall(r"\n## [^\n]*\(([a-z-]+)\)\n(.*?)(?=\n## |\n# |\Z)", text, re.DOTALL))
    assert "experiments-at-risk" in sections
    for row in alarms.values():
        (section,) = re.findall(r"section ([a-z-]+)\.", row["about"])
        assert f"`{row['name']}`" in sections[section]
