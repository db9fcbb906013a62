"""``main.py ci``: pipelines as files, their shell steps run, and what they must never have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness import ROOT, run

FILES = {"github": Path(".github", "workflows", "aurora.yml"), "gitlab": Path(".gitlab-ci.yml")}

ROOMS = (
    *("catalog", "checks", "commands", "envs", "findings", "functions", "modules", "operations", "reading", "review"),
    *("settings", "stacks", "synthesis"),
)

IDENTITY = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")


def written(host: str, root: Path) -> dict[str, Any]:
    done = run("ci", host, "--root", str(root))
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
    assert not [file for file in FILES.values() if "ACCESS_KEY" in (tmp_path / file).read_text()]


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_a_pipeline_is_written_anew_and_that_of_others_is_left_alone(tmp_path: Path, host: str) -> None:
    written(host, tmp_path)
    written(host, tmp_path)
    file = tmp_path / FILES[host]
    file.write_text("stages: [mine]\n")
    done = run("ci", host, "--root", str(tmp_path))
    assert (done.returncode, done.stdout, file.read_text()) == (2, "", "stages: [mine]\n")
    assert done.stderr == f"{file}: is another pipeline; move it away, or take in what is missing by hand\n"


def test_a_wrong_file_or_host_writes_nothing(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "prod.yaml").write_text("tier: prod\n")
    assert run("ci", "github", "--envs", str(envs), "--root", str(tmp_path / "out")).returncode == 2
    assert run("ci", "gitea", "--root", str(tmp_path / "out")).returncode == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
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
