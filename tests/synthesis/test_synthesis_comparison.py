"""``main.py compare``: where two environments differ, and which line, tier or default is the reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml

from tests.harness import BASE, ROOT, merged, run

if TYPE_CHECKING:
    from pathlib import Path


def folder(place: Path, **environments: dict[str, Any]) -> Path:
    envs = place / "envs"
    envs.mkdir()
    for name, changes in environments.items():
        (envs / f"{name}.yaml").write_text(yaml.safe_dump(merged(BASE, changes), sort_keys=False))
    return envs


def compared(envs: Path, one: str, other: str) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Return values and reasons by part and name."""
    done = run("compare", one, other, "--envs", str(envs), "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["format"], found["environments"]) == (1, [one, other])
    schema = json.loads((ROOT / "docs" / "compare.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(found)
    return {
        part: {row["name"]: [(side["value"], side["origin"]) for side in row["values"]] for row in found[part]}
        for part in ("settings", "stacks", "instances", "parameters")
    }


def test_what_is_alike_differs_in_nothing(tmp_path: Path) -> None:
    envs = folder(tmp_path, blue=NETWORK, green=OTHER)
    found = compared(envs, "blue", "green")
    assert {part: list(rows) for part, rows in found.items()} == {
        "settings": ["network.create.cidr"],
        "stacks": [],
        "instances": [],
        "parameters": [],
    }
    same = run("compare", "blue", "blue", "--envs", str(envs))
    assert same.stdout.splitlines()[-1] == "They differ in nothing but their names"


NETWORK = {"network": {"create": {"cidr": "10.10.0.0/16"}}}
OTHER = {"network": {"create": {"cidr": "10.20.0.0/16"}}}


def test_each_value_has_its_reason(tmp_path: Path) -> None:
    envs = folder(
        tmp_path,
        blue={"database": {"engine_version": "15.10", "parameters": {"work_mem": 8192}}, **NETWORK},
        green={
            "database": {"engine_version": "16.8", "instance_class": "db.r6g.large", "instances": 2},
            "access": {},
            "network": {"create": {"cidr": "10.20.0.0/16", "interface_endpoints": ["ssm"]}},
            "monitoring": {"enabled": False},
            "tier": "staging",
            "state": {"backend": "local"},
        },
    )
    found = compared(envs, "blue", "green")
    lines = (envs / "blue.yaml").read_text().splitlines()
    version = f"envs/blue.yaml:{next(n for n, line in enumerate(lines, 1) if 'engine_version' in line)}"
    assert found["settings"]["database.engine_version"][0] == ("15.10", version)
    assert found["settings"]["database.logs.postgresql"] == [("14", "tier development"), ("30", "tier staging")]
    assert found["stacks"]["access"][0] == ("-", "-")
    assert found["stacks"]["access"][1][0] == "yes"
    assert found["stacks"]["monitoring"][0] == ("yes", "default (monitoring)")
    assert found["instances"]["1"][0][1] == "tier development (database.instance_class)"
    assert found["instances"]["1"][1][1].endswith(" (database.instance_class)")
    assert found["instances"]["2"][0] == ("-", "tier development (database.instances)")
    parameter = f"envs/blue.yaml:{next(n for n, line in enumerate(lines, 1) if 'work_mem' in line)}"
    assert found["parameters"]["work_mem"][0] == ("8192", f"{parameter} (database.parameters.work_mem)")


def test_the_same_formula_comes_to_other_numbers_because_of_the_class(tmp_path: Path) -> None:
    small = {"database": {"engine_version": "15.10", "tuning": "full", "instance_class": "db.r5.large"}}
    large = {"database": {"engine_version": "15.10", "tuning": "full", "instance_class": "db.r5.xlarge"}}
    envs = folder(tmp_path, blue={**small, **NETWORK}, green={**large, **OTHER})
    found = compared(envs, "blue", "green")
    reasons = [reason for sides in found["parameters"].values() for _, reason in sides]
    assert reasons
    assert all(reason.endswith(" (database.instance_class)") for reason in reasons)


def test_a_table_for_documents(tmp_path: Path) -> None:
    envs = folder(tmp_path, blue=NETWORK, green=OTHER)
    done = run("compare", "blue", "green", "--envs", str(envs), "--format", "markdown")
    assert done.returncode == 0
    assert "| network.create.cidr | 10.10.0.0/16 | envs/blue.yaml:" in done.stdout


def test_a_wrong_file_or_name_is_wrong_input(tmp_path: Path) -> None:
    envs = folder(tmp_path, blue=NETWORK, green={**OTHER, "tier": "prod"})
    wrong = run("compare", "blue", "green", "--envs", str(envs))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "envs/green.yaml:1: tier: 'prod' is not one of" in wrong.stderr
    unknown = run("compare", "blue", "blew", "--envs", str(envs))
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "did you mean blue?" in unknown.stderr
