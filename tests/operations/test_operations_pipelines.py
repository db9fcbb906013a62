"""``main.py ci``: pipelines as files, their shell steps run, and what they must never have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.harness import BASE, ROOT, run

FILES = {
    "github": Path(".github", "workflows", "aurora.yml"),
    "gitlab": Path(".gitlab-ci.yml"),
    "atlantis": Path("atlantis.yaml"),
    "hcp": Path(".github", "workflows", "aurora-hcp.yml"),
}

SCHEMAS = Path(__file__).parent / "schemas"
"""What SchemaStore (Apache License 2.0) and GitLab (MIT License) say that hosts accept, without descriptions."""

SCHEMA_OF = {"github": "github-workflows", "hcp": "github-workflows", "gitlab": "gitlab-ci"}

ROOMS = (
    *("catalog", "checks", "commands", "envs", "findings", "functions", "modules", "operations", "reading", "review"),
    *("settings", "stacks", "synthesis"),
)

IDENTITY = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")


def written(host: str, root: Path, *options: str) -> dict[str, Any]:
    done = run("ci", host, "--root", str(root), *options)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load((root / FILES[host]).read_text())
    return found


def step(workflow: dict[str, Any], job: str, start: str) -> str:
    (found,) = [one["run"] for one in workflow["jobs"][job]["steps"] if one.get("name", "").startswith(start)]
    return str(found)


def bash(script: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step as the host does."""
    (cwd.parent / "step.sh").write_text(script)
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(cwd.parent / "step.sh")]
    return subprocess.run(command, cwd=cwd, env=os.environ | variables, capture_output=True, text=True, check=False)


def test_only_environments_whose_state_outlives_a_job_are_deployed(tmp_path: Path) -> None:
    github = written("github", tmp_path)
    (finding,) = [one for one in github["jobs"]["check"]["steps"] if one.get("id") == "touched"]
    assert json.loads(finding["env"]["ENVIRONMENTS"]) == ["prod", "staging"]
    gitlab = written("gitlab", tmp_path)
    jobs = {name for name in gitlab if name.startswith(("plan-", "deploy-"))}
    assert jobs == {"plan-prod", "plan-staging", "deploy-prod", "deploy-staging"}
    assert gitlab["deploy-prod"]["variables"] == {"ENV": "prod", "AWS_REGION": "eu-west-1"}


def test_nothing_runs_with_more_than_it_needs(tmp_path: Path) -> None:
    github = written("github", tmp_path)
    assert github["permissions"] == {"contents": "read"}
    assert "id-token" not in github["jobs"]["check"]["permissions"]
    assert github["jobs"]["plan"]["environment"] == "${{ matrix.environment }}-plan"
    assert github["jobs"]["deploy"]["environment"] == "${{ matrix.environment }}"
    assert github["jobs"]["deploy"]["if"].startswith("github.event_name == 'push' && ")
    assert "fork != true" in github["jobs"]["plan"]["if"]
    # What an event says reaches a shell as a variable, never as a part of the script.
    scripts = [one["run"] for job in github["jobs"].values() for one in job["steps"] if "run" in one]
    assert not [script for script in scripts if "${{" in script]
    gitlab = written("gitlab", tmp_path)
    assert gitlab[".deploy"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "when": "manual"}]
    for host, file in FILES.items():
        written(host, tmp_path)
        assert "ACCESS_KEY" not in (tmp_path / file).read_text()


@pytest.fixture(scope="module")
def at_hcp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two environments, of which one has its state, and its runs, at HCP Terraform."""
    envs = tmp_path_factory.mktemp("envs")
    states = {"runs": {"backend": "cloud", "organization": "acme"}, "own": {"backend": "s3", "bucket": "a-bucket"}}
    states["enterprise"] = states["runs"] | {"hostname": "tfe.my-company.example"}
    states["own"]["region"] = "eu-west-1"
    for name, state in states.items():
        (envs / f"{name}.yaml").write_text(json.dumps(BASE | {"state": state}))
    return envs


@pytest.mark.parametrize("host", SCHEMA_OF)
def test_a_host_accepts_its_pipeline(tmp_path: Path, at_hcp: Path, host: str) -> None:
    validator = jsonschema.Draft7Validator(json.loads((SCHEMAS / f"{SCHEMA_OF[host]}.json").read_text()))
    for options in ((), ("--envs", str(at_hcp))):
        # YAML 1.1 takes "on" for a truth, the hosts do not.
        workflow: dict[Any, Any] = written(host, tmp_path, *options)
        found = {("on" if key is True else key): value for key, value in workflow.items()}
        assert [error.message for error in validator.iter_errors(found)] == []
    found["unheard"] = 1
    assert list(validator.iter_errors(found))


def test_runs_at_hcp_have_a_token_and_no_role(tmp_path: Path, at_hcp: Path) -> None:
    hcp = written("hcp", tmp_path, "--envs", str(at_hcp))
    for job, name in (("plan", "Plan"), ("deploy", "Deploy")):
        assert "id-token" not in hcp["jobs"][job]["permissions"]
        (found,) = [one for one in hcp["jobs"][job]["steps"] if one.get("name", "").startswith(name)]
        assert {key: value for key, value in found["env"].items() if key.startswith("TF_")} == {
            "TF_TOKEN_app_terraform_io": "${{ secrets.AURORA_HCP_TOKEN }}",
            "TF_TOKEN_tfe_my__company_example": "${{ secrets.AURORA_HCP_TOKEN }}",
        }
    assert "aws-actions" not in (tmp_path / FILES["hcp"]).read_text()

    def planned(workflow: dict[str, Any]) -> list[str]:
        (finding,) = [one for one in workflow["jobs"]["check"]["steps"] if one.get("id") == "touched"]
        names: list[str] = json.loads(finding["env"]["ENVIRONMENTS"])
        return names

    assert planned(hcp) == ["enterprise", "runs"]
    assert planned(written("github", tmp_path, "--envs", str(at_hcp))) == ["own"]
    assert planned(written("hcp", tmp_path)) == []


def test_atlantis_has_a_project_of_its_own_for_each_environment(tmp_path: Path) -> None:
    atlantis = written("atlantis", tmp_path)
    assert (atlantis["version"], [one["name"] for one in atlantis["projects"]]) == (3, ["prod", "staging"])
    for one in atlantis["projects"]:
        # Folder and workspace are what Atlantis locks.
        assert (one["dir"], one["workspace"]) == (".", one["name"])
        assert one["apply_requirements"] == ["approved", "mergeable", "undiverged"]
        assert f"envs/{one['name']}.yaml" in one["autoplan"]["when_modified"]
        workflow = atlantis["workflows"][one["workflow"]]
        profiles = [workflow[stage]["steps"][0]["env"] for stage in ("plan", "apply")]
        assert profiles == [{"name": "AWS_PROFILE", "value": f"{one['name']}-{stage}"} for stage in ("plan", "apply")]
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "dev.yaml").write_text(json.dumps(BASE))
    nothing = written("atlantis", tmp_path, "--envs", str(envs))
    assert (nothing["projects"], nothing["workflows"]) == ([], {})


def test_atlantis_applies_the_reviewed_commit_only_after_a_review_that_lets_it(tmp_path: Path) -> None:
    """Runs a project's steps as Atlantis does, with stand-ins for what they call."""
    work, tools = tmp_path / "work", tmp_path / "tools"
    (work / ".venv" / "bin").mkdir(parents=True)
    tools.mkdir()
    calls, code = tmp_path / "calls", tmp_path / "code"
    for stub in (work / ".venv" / "bin" / "python", tools / "make", tools / "sh", tools / "git"):
        stub.write_text(
            f'#!/bin/bash\necho "$AWS_PROFILE $ENV $(basename "$0") $*" >> {calls}\n'
            f'case "$*" in *delivery*) exit "$(cat {code})";; esac\n'
        )
        stub.chmod(0o755)
    workflow = written("atlantis", tmp_path)["workflows"]["aurora-prod"]

    def ran(stage: str, commit: str) -> bool:
        said = {"PATH": f"{tools}:{os.environ['PATH']}", "PLANFILE": str(tmp_path / "plan"), "HEAD_COMMIT": commit}
        for one in workflow[stage]["steps"]:
            if "env" in one and "value" in one["env"]:
                said[one["env"]["name"]] = one["env"]["value"]
            elif "env" in one:
                said[one["env"]["name"]] = bash(one["env"]["command"], work, **said).stdout.strip()
            else:
                script = one["run"]["command"] if isinstance(one["run"], dict) else one["run"]
                if bash(script, work, **said).returncode:
                    return False
        return True

    code.write_text("3")
    assert not ran("plan", "one")
    assert not (tmp_path / "plan").exists()
    code.write_text("0")
    assert ran("plan", "one")
    assert not ran("apply", "another")
    assert ran("apply", "one")
    said = calls.read_text().splitlines()
    assert said[-1] == "prod-apply prod make deploy"
    assert [line for line in said if "deploy" in line.split()] == said[-1:]
    assert "prod-plan prod python -m tools.delivery review" in said


@pytest.mark.parametrize("host", FILES)
def test_a_pipeline_is_written_anew_and_that_of_others_is_left_alone(tmp_path: Path, host: str) -> None:
    written(host, tmp_path)
    written(host, tmp_path)
    file = tmp_path / FILES[host]
    file.write_text("stages: [mine]\n")
    done = run("ci", host, "--root", str(tmp_path))
    assert (done.returncode, done.stdout, file.read_text()) == (2, "", "stages: [mine]\n")
    assert done.stderr == f"{file}: is another pipeline; move it away, or take in what is missing by hand\n"


def test_it_says_which_environments_are_checked_alone(tmp_path: Path) -> None:
    done = run("ci", "gitlab", "--root", str(tmp_path))
    assert "plans and deploys prod, staging\n" in done.stdout
    assert "dev is checked alone: its state is local" in done.stdout


def test_a_wrong_file_or_host_writes_nothing(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "prod.yaml").write_text("tier: prod\n")
    assert run("ci", "github", "--envs", str(envs), "--root", str(tmp_path / "out")).returncode == 2
    assert run("ci", "gitea", "--root", str(tmp_path / "out")).returncode == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.long
@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is part of the host's runners, and not installed here")
def test_the_environments_that_are_touched_are_found(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for room in ROOMS:
        shutil.copytree(ROOT / room, project / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("main.py", "pyproject.toml"):
        shutil.copy(ROOT / name, project)
    (project / ".venv").symlink_to(Path(sys.executable).parent.parent)
    (project / ".gitignore").write_text(".venv\n")
    script = step(written("github", project), "check", "Find")
    for arguments in (("init", "-q"), ("add", "-A"), (*IDENTITY, "commit", "-q", "-m", "as it is")):
        command = ["git", *arguments]
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    file = project / "envs" / "prod.yaml"
    file.write_text(file.read_text().replace("database:", "database:\n  port: 6432", 1))
    dev = project / "envs" / "dev.yaml"
    dev.write_text(dev.read_text() + "\nmonitoring: {enabled: false}\n")
    names = '["prod", "staging"]'
    out = tmp_path / "output"
    done = bash(script, project, BASE="HEAD", ENVIRONMENTS=names, GITHUB_OUTPUT=str(out))
    assert (done.returncode, out.read_text()) == (0, 'touched=["prod"]\n'), done.stderr
    out.unlink()
    done = bash(script, project, BASE="0" * 40, ENVIRONMENTS=names, GITHUB_OUTPUT=str(out))
    assert (done.returncode, out.read_text()) == (0, f"touched={names}\n"), done.stderr
    out.unlink()
    file.write_text("tier: prod\n")
    done = bash(script, project, BASE="HEAD", ENVIRONMENTS=names, GITHUB_OUTPUT=str(out))
    assert (done.returncode, out.exists()) == (1, False)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is part of the host's runners, and not installed here")
@pytest.mark.parametrize(
    ("there", "method", "place"),
    [
        ([], "POST", "issues/7/comments"),
        ([{"id": 5, "user": {"type": "Bot"}, "body": "<!-- aurora-plan-review prod -->\nold"}], "PATCH", "comments/5"),
        ([{"id": 5, "user": {"type": "Bot"}, "body": "<!-- aurora-plan-review dev -->\n"}], "POST", "7/comments"),
        ([{"id": 5, "user": {"type": "User"}, "body": "<!-- aurora-plan-review prod -->\n"}], "POST", "7/comments"),
    ],
)
def test_one_comment_is_found_again_and_updated(
    tmp_path: Path, there: list[dict[str, Any]], method: str, place: str
) -> None:
    work, tools = tmp_path / "work", tmp_path / "tools"
    work.mkdir()
    tools.mkdir()
    script = step(written("github", tmp_path), "plan", "Comment")
    (work / "review.md").write_text("<!-- aurora-plan-review prod -->\n\n### harmless\n")
    (tmp_path / "there.json").write_text(json.dumps(there))
    calls = tmp_path / "calls"
    stub = tools / "gh"
    stub.write_text(f'#!/bin/sh\necho "$@" >> {calls}\ncase "$*" in *--paginate*) cat {tmp_path}/there.json;; esac\n')
    stub.chmod(0o755)
    surroundings = {"PATH": f"{tools}:{os.environ['PATH']}", "NUMBER": "7", "GITHUB_REPOSITORY": "a/b"}
    done = bash(script, work, **surroundings)
    assert done.returncode == 0, done.stderr
    last = calls.read_text().splitlines()[-1]
    assert f"--method {method} " in last
    assert f"{place} -F body=@review.md" in last
    calls.unlink()
    (work / "review.md").write_text("Stop: planning fails\n")
    assert bash(script, work, **surroundings).returncode == 0
    assert not calls.exists()
