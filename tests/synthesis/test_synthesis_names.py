"""A file of another name keeps the database's names by what ``show`` prints of the old one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.harness import ENVIRONMENTS, ROOT, run

if TYPE_CHECKING:
    from pathlib import Path


def printed(name: str, envs: Path) -> dict[str, str]:
    """Return the section of names that ``show`` prints."""
    shown = run("show", name, "--envs", str(envs))
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.partition("\nNames\n")[2].partition("\n\n")[0].splitlines()
    return dict(line.split(maxsplit=1) for line in lines)


@pytest.mark.parametrize(
    "file", [ROOT / "envs" / "prod.yaml", ENVIRONMENTS / "adopted.yaml"], ids=lambda file: file.stem
)
def test_a_renamed_file_says_the_old_names(file: Path, tmp_path: Path) -> None:
    before = printed(file.stem, file.parent)
    said: dict[str, Any] = yaml.safe_load(file.read_text())
    names: dict[str, Any] = said.setdefault("names", {})
    names.setdefault("instances", {})
    for key, value in before.items():
        _, kind, *instance = key.split(".")
        if instance:
            names["instances"][instance[0]] = value
        else:
            names[kind] = value
    said["project"] = "renamed"
    (tmp_path / "live.yaml").write_text(json.dumps(said))
    assert printed("live", tmp_path) == before
