"""``make try`` twice, and ``make try-down``: a development environment for a person, which touches nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.guard import guard
from tests.harness import PATIENCE, ROOT
from tests.tools.delivery.conftest import Project, project
from tools.emulator import deployment, process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.terraform.terraform_runner import Terraform

__all__ = ["project"]

pytestmark = pytest.mark.e2e

GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture
def trying(project: Project) -> Iterator[Project]:
    """Yield a copy of the project, whose emulator is ended afterwards."""
    deployment.lend_archives(ROOT, project.root)
    guard().recorded(project.root / ".try" / process.RECORD)
    yield dataclasses.replace(project, timeout=PATIENCE)
    project.make("try-down")


def test_one_command_gives_an_environment_and_another_takes_it_away(
    trying: Project, terraform: Terraform, report: Callable[[str], None]
) -> None:
    variables = {"TF_CLI_CONFIG_FILE": str(terraform.configuration)}
    kept = sorted(path.name for path in trying.root.iterdir())
    report("make try")
    first = trying.make("try", **variables)
    assert first.returncode == 0, first.stdout + first.stderr
    contract = dict(re.findall(r"^  /experimentation/dev/database/(\S+) +(\S+)$", first.stdout, re.MULTILINE))
    assert contract["port"] == "5432"
    assert contract["engine-version"] == "15.10"
    assert contract["writer-endpoint"].startswith("experimentation-dev.cluster-")
    assert {f"/experimentation/dev/database/{name}" for name in contract} == {
        parameter["name"]
        for stack in ("dev-database", "dev-access")
        for parameter in json.loads((GOLDEN / stack / "cdk.tf.json").read_text())["resource"][
            "aws_ssm_parameter"
        ].values()
    }
    exported = (trying.root / ".try" / "environment").read_text()
    assert "export AWS_REGION=eu-west-1\nexport AWS_DEFAULT_REGION=eu-west-1\n" in exported
    assert "  exit\n" in first.stdout
    alarms = json.loads((GOLDEN / "dev-monitoring" / "cdk.tf.json").read_text())["locals"]["alarms"]
    for row in alarms.values():
        assert re.search(rf"^  {row['name']} +\S", first.stdout, re.MULTILINE), row["name"]
    for page in ("dashboard.html", "runbook.html", "environment.svg"):
        assert f"  .try/{page}\n" in first.stdout
        assert "experimentation-dev" in (trying.root / ".try" / page).read_text()
    said = re.search(r"The emulator stays at (\S+), account 111111111111", first.stdout)
    assert said

    report("make try, again")
    second = trying.make("try", **variables)
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"The emulator is running at {said[1]}" in second.stdout
    assert dict(re.findall(r"^  /experimentation/dev/database/(\S+) +(\S+)$", second.stdout, re.MULTILINE)) == contract
    states = trying.root / ".try" / "terraform-state" / "experimentation" / "dev"
    assert json.loads((states / "database.tfstate").read_text())["serial"] > 0

    ended = trying.make("try-down")
    assert (ended.returncode, ended.stdout) == (0, "The emulator has ended, and .try is gone.\n")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(said[1], timeout=PATIENCE)  # noqa: S310 - on this machine
    assert sorted(path.name for path in trying.root.iterdir()) == kept
