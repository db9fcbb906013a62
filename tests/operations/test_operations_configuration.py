"""The reference of an environment file's keys is the schema's, whole."""

from __future__ import annotations

import json
import re
from typing import Any

from operations.configuration import keys
from tests.harness import ROOT, run

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
        r"^\| `([^`]+)` \| (.*?) \| (.*?) \| (.*?) \|$", (ROOT / "docs" / "configuration.md").read_text(), re.M
    )
    assert len(rows) == len(list(keys(SCHEMA)))
    for key, *cells in rows:
        assert all(cells), key


def test_defaults_stand_beside_one_another_by_tier() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    assert "| development: `7`; staging: `30`; production: `365` |" in text
    assert "| `5432` |" in text
