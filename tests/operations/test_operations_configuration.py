"""The reference of an environment file's keys is the schema's, whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from catalog import effects
from operations.changing import BY_KEY
from operations.configuration import keys, titles
from reading import examples, loader
from tests.harness import ROOT, merged, run

if TYPE_CHECKING:
    from pathlib import Path

FILE = {
    "tier": "production",
    "project": "experimentation",
    "aws": {"account_id": "333333333333", "region": "eu-west-1"},
    "network": {"create": {"cidr": "10.30.0.0/16", "interface_endpoints": ["ssm"]}},
    "database": {"engine_version": "15.10"},
    "access": {},
    "state": {"backend": "http", "address": "https://state.example.com"},
}
"""What every example is put into."""

SUBNETS = {"eu-west-1a": "subnet-0a1b2c3d", "eu-west-1b": "subnet-1a1b2c3d"}

SCHEMA: dict[str, Any] = json.loads((ROOT / "envs" / "environment.schema.json").read_text())


def test_the_reference_in_git_is_what_the_command_prints() -> None:
    result = run("configuration")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (ROOT / "docs" / "configuration.md").read_text(), "run make configuration"


def test_every_property_of_the_schema_has_a_row() -> None:
    said = list(keys(SCHEMA))
    names = {key.rpartition(".")[2] for key in said}
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        assert set(part.get("properties", {})) <= names
    assert {"database.instances.<key>.zone", "accept[].reason", "network.existing.database_subnets"} <= set(said)


def test_every_row_says_what_the_key_is_and_what_it_takes() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", (ROOT / "docs" / "configuration.md").read_text(), re.M
    )
    assert len(rows) == len(list(keys(SCHEMA)))
    for key, *cells in rows:
        assert all(cells), key


def test_defaults_stand_beside_one_another_by_tier() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    assert "| development: `7`; staging: `30`; production: `365` |" in text
    assert "| `5432` |" in text


def test_a_row_says_what_a_change_does_and_the_block_what_it_is_called_elsewhere() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    assert re.search(r"^\| `database\.port` \| .* \| `5432` \| \*\*outage\*\*, at once \|$", text, re.M)
    assert re.search(r"^\| `database\.name` .* \| \*\*replacement\*\*, at once \|$", text, re.M)
    assert re.search(r"^Elsewhere .*`database\.instance_class` is `instance_type`, `db_instance_class`", text, re.M)
    assert re.search(r"^\| `iam_database_authentication_enabled`.* \| IAM authentication is always on \|$", text, re.M)


def test_what_changing_says_is_said_of_keys_that_there_are() -> None:
    said = set(keys(SCHEMA))
    blocks = {key.rpartition(".")[0].removesuffix(".<key>") for key in said} | said
    assert {key for key, _ in BY_KEY} <= blocks
    for key, what in BY_KEY:
        for kind, argument in () if isinstance(what, str) else what:
            assert effects.rows(kind, argument), (key, kind, argument)


def test_every_block_has_an_example_that_a_file_can_have(tmp_path: Path) -> None:
    blocks = [(path, kind) for _, path, kind in titles(SCHEMA) if path]
    assert [path for path, kind in blocks if not examples.of(path, kind)] == []
    for path, values in examples.BLOCKS.items():
        for number, value in enumerate(values):
            data = merged(FILE, {path: value})
            if path in {"network", "state"}:
                data[path] = value  # one of several
            if path == "adopt":
                data["database"] |= {"exists": True}  # what is taken over runs already
            jsonschema.Draft202012Validator(SCHEMA).validate(data)
            envs = tmp_path / f"{path}-{number}" / "envs"
            envs.mkdir(parents=True)
            (envs / "example.yaml").write_text(json.dumps(data, indent=1))
            wrong = [one for one in loader.inspect(envs).errors if one.rule != "acceptance"]
            assert wrong == [], path


def test_editors_show_the_examples_beside_the_blocks() -> None:
    network = SCHEMA["$defs"]["Network"]["properties"]
    assert network["existing"]["examples"][0]["database_subnets"]["eu-west-1a"].startswith("subnet-")
    database = SCHEMA["$defs"]["Database"]["properties"]
    assert set(database["instances"]["examples"][0]) == {"writer", "standby", "reports"}
    assert SCHEMA["properties"]["accept"]["examples"][0][0]["warning"] == "protected-burstable"


@pytest.mark.parametrize(
    "changes",
    [
        {"network": {"existing": {"vpc_id": "vpc-0a1b2c3d", "cidr": "10.0.0.0/16", "database_subnets": SUBNETS}}},
        {"network": {"create": None}},
        {"database": {"instance_class": "serverless", "capacity": {"minimum": 0.7, "maximum": 8}}},
        {"database": {"readers": {"minimum": 2, "maximum": 4}}},
        {"database": {"readers": {"minimum": 2, "maximum": 4, "cpu_percent": 60, "connections": 100}}},
        {"database": {"endpoints": {"one": {}}}},
        {"database": {"origin": {"latest": True}}},
        {"database": {"origin": {"snapshot": "one", "cluster": "two"}}},
        {"network": {"create": {"cidr": "10.30.0.0"}}},
    ],
)
def test_editors_say_what_check_says(changes: dict[str, Any], tmp_path: Path) -> None:
    data = merged(FILE, changes)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(data)
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "wrong.yaml").write_text(json.dumps(data, indent=1))
    assert loader.inspect(tmp_path / "envs").errors
