"""Stacks that a file no longer has: what they made is still there, and somebody has to say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import BASE, merged, run, sampled

if TYPE_CHECKING:
    from pathlib import Path

WITH_ACCESS = {"network": {"create": {"interface_endpoints": ["ssm"]}}, "access": {}}


def said(folder: Path, **environments: dict[str, Any]) -> str:
    """Synthesize exactly these environments and return what is said besides the summary."""
    envs = folder / "envs"
    envs.mkdir(exist_ok=True)
    for file in envs.iterdir():
        file.unlink()
    for name, changes in environments.items():
        (envs / f"{name}.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))
    done = run("synth", "--envs", str(envs), "--output", str(folder / "out"))
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_stack_that_left_the_file_is_named_once_with_what_to_do(tmp_path: Path) -> None:
    assert "in no file any more" not in said(tmp_path, one=WITH_ACCESS)
    told = said(tmp_path, one={})
    assert told.count("in no file any more") == 1
    assert "one-access is in no file any more" in told
    assert "make destroy ENV=one STACK=access" in told
    assert "in no file any more" not in said(tmp_path, one={})


S3 = {"backend": "s3", "bucket": "example-terraform-state", "region": "eu-west-1", "prefix": "teams"}

BACKENDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "local": ({"backend": "local"}, {"path": "../../../terraform-state/experimentation/one/access.tfstate"}),
    "s3": (
        S3,
        {
            "bucket": "example-terraform-state",
            "key": "teams/experimentation/one/access.tfstate",
            "region": "eu-west-1",
            "use_lockfile": True,
        },
    ),
    "cloud": (
        {"backend": "cloud", "organization": "example"},
        {"organization": "example", "workspaces": {"name": "experimentation-one-access"}},
    ),
    "http": (
        {"backend": "http", "address": "https://state.example.com"},
        dict.fromkeys(
            ("address", "lock_address", "unlock_address"), "https://state.example.com/experimentation/one/access"
        ),
    ),
    "pg": ({"backend": "pg"}, {"schema_name": "experimentation_one_access"}),
}
"""Backends, and where the state of a stack is that the file does not have."""


def removing(folder: Path, changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the code that takes away the stacks that a file does not have, by stack."""
    said(folder, one=changes)
    done = run("stacks", "one", "--gone", "--envs", str(folder / "envs"), "--output", str(folder / "out"))
    assert done.returncode == 0, done.stderr
    return {
        stack: json.loads((folder / "out" / "gone" / stack / "cdk.tf.json").read_text())
        for stack in done.stdout.split()
    }


@pytest.mark.parametrize("backend", sampled(BACKENDS, "s3"))
def test_a_stack_that_is_gone_is_emptied_where_its_state_is(backend: str, tmp_path: Path) -> None:
    state, place = BACKENDS[backend]
    (code,) = removing(tmp_path, {"state": state, "protected": False}).values()
    synthesized = tmp_path / "out" / "stacks" / "one-database" / "cdk.tf.json"
    terraform = code["terraform"]
    assert (terraform if backend == "cloud" else terraform["backend"])[backend] == place
    assert code["provider"] == json.loads(synthesized.read_text())["provider"]
    assert code.keys() == {"terraform", "provider"}


def test_every_stack_that_a_file_can_have_is_gone_or_there(tmp_path: Path) -> None:
    network = {
        "create": None,
        "existing": {
            "vpc_id": "vpc-0a1b2c3d4e5f60718",
            "cidr": "10.10.0.0/16",
            "database_subnets": {"eu-west-1a": "subnet-0a1b2c3d4e5f60711", "eu-west-1b": "subnet-0a1b2c3d4e5f60712"},
        },
    }
    gone = removing(tmp_path, {"network": network, "monitoring": {"enabled": False}})
    assert list(gone) == ["one-network", "one-access", "one-monitoring"]
    assert list(removing(tmp_path, WITH_ACCESS)) == []


def test_logs_that_outlive_a_protected_environment_keep_their_keys(tmp_path: Path) -> None:
    (code,) = removing(tmp_path, {"protected": True}).values()
    assert code["removed"] == [{"from": "aws_kms_key.access", "lifecycle": {"destroy": False}}]


def test_an_environment_has_to_be_synthesized_before_its_stacks_are_emptied(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(json.dumps(BASE))
    done = run("stacks", "one", "--gone", "--envs", str(tmp_path), "--output", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "synthesize one first" in done.stderr
