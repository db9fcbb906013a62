"""``main.py diff`` as people run it: a repository of environment files, an edit, text and exit codes out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from referencing import Registry, Resource

from tests.harness import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

FILES = ROOT / "envs"

DOCS = ROOT / "docs"

IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "ada"), ("EMAIL", "ada@example.com"))
}


def git(folder: Path, *arguments: str) -> None:
    environment = os.environ | IDENTITY | {"GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(folder), *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True)


@pytest.fixture
def envs(tmp_path: Path) -> Path:
    """Return the folder of a repository's environment files, dev and prod, as committed."""
    folder = tmp_path / "platform" / "envs"
    folder.mkdir(parents=True)
    for name in ("dev.yaml", "prod.yaml"):
        shutil.copy(FILES / name, folder)
    git(tmp_path, "init", "-q", str(folder.parent))
    commit(folder)
    return folder


def commit(envs: Path) -> None:
    git(envs, "add", "-A")
    git(envs, "commit", "-q", "--allow-empty", "-m", "as it is")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def as_said(command: str, document: dict[str, Any]) -> None:
    """Hold what a command printed against its schema in the documentation."""
    schemas = {name: json.loads((DOCS / f"{name}.schema.json").read_text()) for name in ("review", command)}
    resource = Resource.from_contents(schemas["review"])
    registry: Registry[Any] = Registry().with_resource("review.schema.json", resource)
    jsonschema.Draft202012Validator.check_schema(schemas[command])
    jsonschema.Draft202012Validator(schemas[command], registry=registry).validate(document)


def diff(envs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("diff", "--envs", str(envs), "--against", "HEAD", *arguments)


def told(envs: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code, and what the JSON says of each environment."""
    done = diff(envs, "--format", "json", *arguments)
    assert done.returncode in (0, 3), done.stderr
    as_said("diff", json.loads(done.stdout))
    return done.returncode, {one["environment"]: one for one in json.loads(done.stdout)["environments"]}


def rules(environment: dict[str, Any]) -> dict[str, str]:
    return {
        one["rule"]: one["severity"]
        for plan in environment["plans"]
        for one in [*plan["findings"], *(found for change in plan["changes"] for found in change["findings"])]
    }


def changes(environment: dict[str, Any]) -> dict[str, list[str]]:
    return {change["address"]: change["differences"] for plan in environment["plans"] for change in plan["changes"]}


def test_nothing_changes_where_only_a_comment_does(envs: Path) -> None:
    edit(envs / "prod.yaml", "tier:", "# quiet\ntier:")
    done = diff(envs)
    assert (done.returncode, done.stdout) == (0, "Nothing changes against HEAD: dev, prod\n")


@pytest.mark.long
def test_an_edit_is_judged_as_a_plan_is_and_every_difference_is_told(envs: Path) -> None:
    edit(envs / "prod.yaml", "database:", "database:\n  port: 6432")
    code, found = told(envs)
    assert (code, found["dev"]["fate"], found["prod"]["fate"]) == (3, "unchanged", "changed")
    assert rules(found["prod"])["rds_cluster.port"] == "high"
    assert changes(found["prod"])["aws_rds_cluster.aurora"] == ["port: 5432 → 6432"]
    assert changes(found["prod"])["aws_ssm_parameter.port"] == ["value: 5432 → 6432"]
    (finding,) = [
        one
        for plan in found["prod"]["plans"]
        for change in plan["changes"]
        for one in change["findings"]
        if one["rule"] == "rds_cluster.port"
    ]
    assert finding["affected"] == ["aws_rds_cluster_instance.instance_1", "aws_rds_cluster_instance.instance_2"]
    line = (envs / "prod.yaml").read_text().splitlines().index("  port: 6432") + 1
    assert (finding["file"], finding["line"]) == ("envs/prod.yaml", line)
    assert diff(envs, "--fail-on", "critical").returncode == 0
    assert diff(envs, "dev").stdout == "Nothing changes against HEAD: dev\n"
    comment = diff(envs, "--markdown")
    assert comment.returncode == 3
    assert comment.stdout.startswith("<!-- aurora-plan-review diff -->\n")
    assert "- `~` `aws_rds_cluster.aurora`\n  - `port`: `5432` → `6432`\n" in comment.stdout


@pytest.mark.long
def test_a_row_of_a_table_is_a_resource_that_changes(envs: Path) -> None:
    with (envs / "dev.yaml").open("a") as file:
        file.write("\nmonitoring:\n  thresholds:\n    commit_latency_milliseconds: 80\n")
    code, found = told(envs, "dev")
    alarm = 'aws_cloudwatch_metric_alarm.metric["commit_latency"]'
    assert (code, changes(found["dev"])[alarm]) == (0, ["threshold: 50 → 80"])
    assert not any("locals" in said for plan in found["dev"]["plans"] for said in plan["beside"])


@pytest.mark.long
def test_what_terraform_ignores_is_no_change_and_is_told(envs: Path) -> None:
    edit(envs / "prod.yaml", '"15.10"', '"15.12"')
    code, found = told(envs, "prod")
    ignored = [said for plan in found["prod"]["plans"] for said in plan["ignored"]]
    assert ignored == ["aws_rds_cluster.aurora.engine_version: 15.10 → 15.12"]
    assert (code, "aws_rds_cluster.aurora" in changes(found["prod"])) == (0, False)
    edit(envs / "prod.yaml", '"15.12"', '"15.12"\n  upgrade: true')
    code, found = told(envs, "prod")
    assert (code, "minor-upgrade" in rules(found["prod"])) == (3, True)


@pytest.mark.long
def test_an_environment_that_comes_is_all_new(envs: Path) -> None:
    shutil.copy(FILES / "staging.yaml", envs)
    code, found = told(envs, "--fail-on", "critical")
    assert (code, found["staging"]["fate"], found["prod"]["fate"]) == (0, "added", "unchanged")
    actions = {tuple(one["actions"]) for plan in found["staging"]["plans"] for one in plan["changes"]}
    assert actions == {("create",)}
    assert "state-elsewhere" not in rules(found["staging"])


@pytest.mark.long
def test_an_environment_that_goes_is_not_deleted_but_left_behind(envs: Path) -> None:
    (envs / "dev.yaml").unlink()
    code, found = told(envs)
    assert (code, found["dev"]["fate"], rules(found["dev"])) == (3, "removed", {"stack-gone": "high"})
    (database,) = [plan for plan in found["dev"]["plans"] if plan["source"] == "dev-database"]
    assert "aws_rds_cluster.aurora" in database["left"]
    assert database["changes"] == []
    code, found = told(envs, "dev")
    assert (code, list(found)) == (3, ["dev"])


@pytest.mark.long
def test_all_environments_may_go(envs: Path) -> None:
    for file in envs.glob("*.yaml"):
        file.unlink()
    code, found = told(envs)
    assert (code, {one["fate"] for one in found.values()}) == (3, {"removed"})


def test_files_that_are_not_read_are_not_taken_for_gone(envs: Path) -> None:
    for file in envs.glob("*.yaml"):
        file.rename(file.with_suffix(".yml"))
    done = diff(envs)
    assert (done.returncode, done.stdout) == (2, "")
    assert "envs/dev.yml:1: is not read; name it dev.yaml" in done.stderr


@pytest.mark.long
def test_a_renamed_environment_is_told_to_be_another_one(envs: Path) -> None:
    (envs / "dev.yaml").rename(envs / "sandbox.yaml")
    done = diff(envs)
    assert done.returncode == 3
    said = " ".join(done.stdout.split())
    assert "dev goes" in said
    assert "sandbox comes" in said
    assert "If sandbox is meant to be the same under another name: another name is another environment" in said


@pytest.mark.long
def test_a_stack_that_goes_is_left_behind_too(envs: Path) -> None:
    edit(envs / "dev.yaml", "access: {}", "")
    code, found = told(envs, "dev", "--fail-on", "high")
    gone = [plan["source"] for plan in found["dev"]["plans"] if plan["left"]]
    assert (code, gone) == (3, ["dev-access"])


@pytest.mark.long
def test_another_state_or_another_region_is_found(envs: Path) -> None:
    edit(envs / "prod.yaml", "bucket: experimentation-prod", "bucket: experimentation-production")
    code, found = told(envs, "prod")
    assert (code, rules(found["prod"])["state-elsewhere"]) == (3, "high")
    git(envs, "checkout", "-q", ".")
    edit(envs / "dev.yaml", "region: eu-west-1", "region: eu-central-1")
    code, found = told(envs, "dev")
    assert (code, rules(found["dev"])["another-place"]) == (3, "critical")


@pytest.mark.long
def test_less_protection_is_found_without_a_plan(envs: Path) -> None:
    edit(envs / "prod.yaml", "tier: production", "tier: production\nprotected: false")
    code, found = told(envs, "prod")
    assert (code, rules(found["prod"])["prevent-destroy-gone"]) == (3, "high")
    (database,) = [plan for plan in found["prod"]["plans"] if plan["source"] == "prod-database"]
    assert "aws_rds_cluster.aurora.lifecycle.prevent_destroy: true → nothing" in database["beside"]


@pytest.mark.long
def test_a_wrong_file_on_either_side_is_wrong_input(envs: Path) -> None:
    edit(envs / "dev.yaml", "tier: development", "tier: dev")
    here = diff(envs)
    assert (here.returncode, here.stdout) == (2, "")
    assert "envs/dev.yaml:3: tier: 'dev' is not one of" in here.stderr
    commit(envs)
    edit(envs / "dev.yaml", "tier: dev", "tier: development")
    there = diff(envs)
    assert (there.returncode, there.stdout) == (2, "")
    assert "--against: 'HEAD' does not synthesize dev, prod:" in there.stderr
    assert "envs/dev.yaml:3: tier: 'dev' is not one of" in there.stderr
    assert "Traceback" not in there.stderr
    assert diff(envs, "prod").returncode == 0


@pytest.mark.parametrize("reference", ["no-such-branch", "", "--help", "HEAD:envs", "HEAD\nHEAD"])
def test_what_is_no_commit_is_wrong_input(envs: Path, reference: str) -> None:
    done = run("diff", "--envs", str(envs), f"--against={reference}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"--against: {reference!r} is no commit of this repository\n"


def test_a_folder_outside_of_any_repository_is_wrong_input(tmp_path: Path) -> None:
    shutil.copytree(FILES, tmp_path / "envs")
    done = diff(tmp_path / "envs")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("envs: is in no git repository, so there is no commit to compare with\n")


def test_an_environment_that_neither_side_has_is_wrong_input(envs: Path) -> None:
    done = diff(envs, "pord")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean prod?" in done.stderr


def test_git_that_is_missing_is_a_failure(envs: Path, tmp_path: Path) -> None:
    done = run("diff", "--envs", str(envs), "--against", "HEAD", PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "--against: git cannot be run: No such file or directory\n"


@pytest.mark.long
def test_the_commits_own_generator_writes_its_side(tmp_path: Path) -> None:
    """The whole project in a folder of a repository, its generator changed and not committed."""
    project = tmp_path / "mono" / "platform"
    rooms = ("catalog", "checks", "commands", "envs", "findings", "modules", "operations", "reading", "review")
    for room in (*rooms, "settings", "stacks", "synthesis", "functions"):
        shutil.copytree(ROOT / room, project / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("main.py", "pyproject.toml"):
        shutil.copy(ROOT / file, project)
    git(tmp_path, "init", "-q", "mono")
    commit(tmp_path / "mono")
    edit(project / "settings" / "tiers.py", '"db.r5.large"),', '"db.r5.xlarge"),')
    done = subprocess.run(
        [sys.executable, "main.py", "diff", "--against", "HEAD", "--format", "json"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    found = {one["environment"]: one for one in json.loads(done.stdout)["environments"]}
    assert {name: one["fate"] for name, one in found.items()} == {
        "dev": "unchanged",
        "prod": "changed",
        "staging": "unchanged",
    }
    said = changes(found["prod"])["aws_rds_cluster_instance.instance_1"]
    assert said == ["instance_class: db.r5.large → db.r5.xlarge"]
