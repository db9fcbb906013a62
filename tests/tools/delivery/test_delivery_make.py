"""The Makefile says what is missing, in one sentence, and the lock files name no registry."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.markers import Marker

from tests.harness import ROOT
from tools import relock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tools.delivery.conftest import Project


@pytest.fixture
def ready(project: Project) -> Project:
    """Return a copy of the project in which nothing has to be installed."""
    (project.root / "node_modules").mkdir()
    shutil.copy(project.root / "package-lock.json", project.root / "node_modules" / ".locked")
    return project


def _first_line(text: str) -> str:
    return text.splitlines()[0]


def test_make_alone_lists_every_target(project: Project) -> None:
    listed = project.make()
    assert listed.returncode == 0
    phony = re.search(r"\.PHONY: (.+?)\n\n", (ROOT / "Makefile").read_text(), re.DOTALL)
    assert phony
    targets = set(phony[1].replace("\\", "").split()) - {"runtime", "dev", "servers", "scanner", "node_modules"}
    lines = listed.stdout.splitlines()
    named = [line.split()[1] for line in lines if line.startswith("  make ")]
    assert sorted(named) == sorted(targets - {"help"})
    # First what people use first.
    assert named[:3] == ["synth", "try", "try-down"]
    assert lines.index("Deploy") < lines.index("Develop")


def test_chosen_tests_install_what_they_need_and_all_tests_everything(project: Project) -> None:
    shown = project.make("--dry-run", "test").stdout
    assert "tools/environment.sh tests\n" in shown
    chosen = project.make("--dry-run", "test", "PYTEST_FLAGS=-k settings").stdout
    assert "tools/environment.sh dev\n" in chosen
    assert "tests\n" not in chosen
    assert "INSTALL_FOR_TESTS=1 .venv/bin/python -m pytest --most-written 500 -k settings\n" in chosen


def test_synth_prints_a_line_per_stack_and_environment_in_a_folder_with_a_space(project: Project) -> None:
    result = project.make("synth")
    assert result.returncode == 0, result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        f"cdktf.out/stacks/{stack}/cdk.tf.json"
        for stack in (
            *("dev-network", "dev-database", "dev-access", "dev-monitoring"),
            *("prod-state", "prod-network", "prod-database", "prod-access", "prod-monitoring"),
            *("staging-state", "staging-network", "staging-database", "staging-access", "staging-monitoring"),
        )
    ] + ["dev:", "prod:", "staging:"]


def test_an_old_python_is_named_and_nothing_is_made(project: Project, tmp_path: Path) -> None:
    shutil.rmtree(project.root / ".venv")
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\ncase "$2" in *exit*) exit 1 ;; *) echo "is Python 3.9.1" ;; esac\n')
    old.chmod(0o755)
    result = project.make("synth", f"PYTHON={old}")
    assert result.returncode != 0
    assert _first_line(result.stderr) == (
        f"Python 3.11 or newer is needed, and {old} is Python 3.9.1; name another one: make PYTHON=python3.12 ..."
    )
    assert not (project.root / ".venv").exists()
    assert not (project.root / ".pipenv").exists()


@pytest.mark.parametrize("damage", ["unfinished", "dangling", "outdated"])
def test_a_damaged_environment_is_made_again(project: Project, damage: str) -> None:
    venv = project.root / ".venv"
    if damage == "unfinished":
        (venv / ".unfinished").touch()
    elif damage == "dangling":
        (venv / "bin" / "python").unlink()
        (venv / "bin" / "python").symlink_to("python-that-has-been-removed")
    else:
        (venv / ".locked-dev").write_text("{}\n")
    # A Python that does not run keeps the test from installing anything: it shows that make would.
    result = project.make("synth", "PYTHON=no-python-of-this-name")
    assert result.returncode != 0
    assert "no-python-of-this-name does not run" in result.stderr


@pytest.mark.parametrize("target", ["plan", "deploy", "destroy", "output", "lock", "migrate-state"])
def test_a_missing_environment_is_asked_for_with_those_that_exist(ready: Project, target: str) -> None:
    result = ready.make(target)
    assert result.returncode != 0
    assert _first_line(result.stderr) == f"ENV is missing; there are dev, prod, staging: make {target} ENV=dev"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ENV=porD",), "ENV=porD is not an environment; there are dev, prod, staging: make plan ENV=dev"),
        (("ENV=dev", "STACK=db"), "STACK=db is not a stack of dev; there are network, database, access"),
        (
            ("ENV=../envs/dev",),
            "ENV=../envs/dev is not an environment; there are dev, prod, staging: make plan ENV=dev",
        ),
        (("ENV=$$(touch x)`touch x`",), "ENV=$(touch x)`touch x` is not an environment; there are dev, prod, staging"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(
    ready: Project, arguments: tuple[str, ...], message: str
) -> None:
    result = ready.make("plan", *arguments)
    assert result.returncode != 0
    assert _first_line(result.stderr).startswith(message)
    assert not (ready.root / "x").exists()


def test_without_terraform_it_is_asked_for(ready: Project) -> None:
    result = ready.make("plan", "ENV=dev", TERRAFORM_BINARY_NAME="no-terraform-of-this-name")
    assert result.returncode != 0
    assert _first_line(result.stderr) == "no-terraform-of-this-name is not on the PATH: install Terraform 1.11 or newer"


@pytest.mark.parametrize("target", ["deploy", "destroy"])
def test_nothing_is_changed_unasked(ready: Project, target: str) -> None:
    result = ready.make(target, "ENV=dev", TERRAFORM_BINARY_NAME="true")
    assert result.returncode != 0
    assert _first_line(result.stderr) == (
        f"{target} asks before it changes anything, and there is no terminal to ask on: set AUTO_APPROVE=1"
    )
    assert not ready.stacks.exists()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ("dev", "dev has no state stack: its state is not in a bucket that the project creates"),
        ("prod", "set `migrated: true` under `state:` in envs/prod.yaml, then run this again"),
    ],
)
def test_a_state_is_migrated_only_when_the_file_says_so(ready: Project, environment: str, message: str) -> None:
    result = ready.make("migrate-state", f"ENV={environment}", TERRAFORM_BINARY_NAME="true")
    assert result.returncode != 0
    assert _first_line(result.stderr) == message


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (None, "Terraform does not know here where the state of prod-state has been"),
        ("s3", "the state of prod-state has been moved already"),
        ("local", ""),
    ],
)
@pytest.mark.long
def test_a_state_is_migrated_only_from_where_it_has_been(ready: Project, before: str | None, message: str) -> None:
    file = ready.root / "envs" / "prod.yaml"
    file.write_text(file.read_text().replace("  backend: s3\n", "  backend: s3\n  migrated: true\n"))
    if before:
        folder = ready.stacks / "prod-state" / ".terraform"
        folder.mkdir(parents=True)
        (folder / "terraform.tfstate").write_text(json.dumps({"backend": {"type": before}}))
    result = ready.make("migrate-state", "ENV=prod", TERRAFORM_BINARY_NAME="echo")
    if message:
        assert result.returncode != 0
        assert _first_line(result.stderr).startswith(message)
    else:
        assert result.returncode == 0, result.stderr
        assert f"-chdir={ready.stacks}/prod-state init -migrate-state\n" in result.stdout


@pytest.mark.long
def test_a_kept_provider_lock_is_put_beside_its_stack(project: Project) -> None:
    lock = project.root / "locks" / "dev-network.terraform.lock.hcl"
    lock.parent.mkdir()
    lock.write_text("# kept\n")
    assert project.make("synth").returncode == 0
    assert (project.stacks / "dev-network" / ".terraform.lock.hcl").read_text() == "# kept\n"
    assert not (project.stacks / "dev-database" / ".terraform.lock.hcl").exists()


def test_lock_asks_terraform_for_every_stack_and_keeps_what_it_wrote(ready: Project, tmp_path: Path) -> None:
    terraform = tmp_path / "terraform"
    terraform.write_text('#!/bin/sh\necho "$@" > "${1#-chdir=}/.terraform.lock.hcl"\n')
    terraform.chmod(0o755)
    result = ready.make(
        "lock",
        *("ENV=prod", "PLATFORMS=linux_amd64 darwin_arm64", "LOCK_FLAGS=-fs-mirror='a folder'"),
        TERRAFORM_BINARY_NAME=str(terraform),
    )
    assert result.returncode == 0, result.stderr
    kept = {path.name: path.read_text() for path in (ready.root / "locks").iterdir()}
    assert sorted(kept) == [
        f"prod-{kind}.terraform.lock.hcl" for kind in ("access", "database", "monitoring", "network", "state")
    ]
    assert kept["prod-state.terraform.lock.hcl"] == (
        f"-chdir={ready.stacks}/prod-state providers lock "
        "-platform=linux_amd64 -platform=darwin_arm64 -fs-mirror=a folder\n"
    )


def test_the_lock_files_pin_everything_and_name_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert packages[""]["devDependencies"] == {"cdktf-cli": "0.21.0"}
    for name, entry in packages.items():
        assert "resolved" not in entry
        # A bundled package is part of another one, under that one's checksum.
        assert not name or entry.get("inBundle") or entry["integrity"].startswith("sha512-"), name
    python = json.loads((ROOT / "Pipfile.lock").read_text())
    assert python == relock.without_registry(python)
    for section in ("default", "develop"):
        for name, entry in python[section].items():
            assert entry["hashes"], name
    assert "source" not in tomllib.loads((ROOT / "Pipfile").read_text())


def test_relock_takes_the_registry_out_and_nothing_else() -> None:
    package = {"hashes": ["sha256:1"], "version": "==1.0"}
    locked: dict[str, dict[str, object]] = {
        "_meta": {"hash": {"sha256": "2"}, "sources": [{"name": "a", "url": "b"}]},
        "default": {"one": package | {"index": "a"}},
        "develop": {"two": package},
    }
    assert relock.without_registry(locked) == {
        "_meta": {"hash": {"sha256": "2"}, "sources": []},
        "default": {"one": package},
        "develop": {"two": package},
    }


@pytest.mark.parametrize("lock", ["Pipfile.lock", "tools/scanner/Pipfile.lock", "tools/successor/Pipfile.lock"])
def test_what_is_locked_is_installed_by_the_oldest_python_too(lock: str) -> None:
    # Resolving with a newer Python can lock releases that an older one leaves out.
    locked = json.loads((ROOT / lock).read_text())
    markers = {
        name: Marker(entry["markers"])
        for section in ("default", "develop")
        for name, entry in locked[section].items()
        if "markers" in entry
    }
    assert markers
    newest, oldest = (
        {"python_version": version, "python_full_version": f"{version}.0"} for version in ("3.13", "3.11")
    )
    assert {
        name for name, marker in markers.items() if marker.evaluate(newest) and not marker.evaluate(oldest)
    } == set()
