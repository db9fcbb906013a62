"""The rooms of the house: each has its place in the contracts, and each contract refuses what it is there for."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import ROOT, sampled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPORTED_AS = {"functions": "database_access"}

CONTRACTS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


NOT_KEPT = {"build", "cdktf.out", "node_modules", "terraform-state"}
"""Folders at the top that .gitignore names."""


def folders() -> set[str]:
    """Return the folders at the top that are kept in git."""
    return {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - NOT_KEPT


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the Python of every room but the tests, with an empty room of theirs."""
    copy = tmp_path_factory.mktemp("house")
    for room in CONTRACTS["root_packages"]:
        source = ROOT / "functions" / room if room == "database_access" else ROOT / room
        for file in source.rglob("*.py") if room != "tests" else ():
            if ".venv" not in file.parts:
                target = copy / room / file.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)
    (copy / "tests").mkdir()
    (copy / "tests" / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


@pytest.fixture
def wrong(house: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Yield the house with one import more, in a file of its own."""
    room, line = request.param
    file = house / room / "one_more.py"
    file.write_text(line + "\n")
    yield house
    file.unlink()


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    """Hold a house to the contracts."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"], cwd=house, capture_output=True, text=True, check=False
    )


def test_the_house_as_it_is_keeps_every_contract(house: Path) -> None:
    kept = lint(house)
    assert kept.returncode == 0, kept.stdout
    assert "0 broken" in kept.stdout


WRONG = (
    ("findings", "from settings.model import Environment"),
    ("findings", "from catalog import regions"),
    ("catalog", "from findings.finding import Finding"),
    ("settings", "from checks import rules"),
    ("settings", "from reading.loader import load"),
    ("checks", "from reading.document import read"),
    ("checks", "from modules.policies import Place"),
    ("reading", "from stacks.database import DatabaseStack"),
    ("modules", "from stacks.environment_stack import EnvironmentStack"),
    ("modules", "from checks import rules"),
    ("stacks", "from reading.loader import load"),
    ("stacks", "from synthesis import app"),
    ("synthesis", "from commands import common"),
    ("review", "from modules.policies import Place"),
    ("review", "from checks import rules"),
    ("operations", "from reading.loader import load"),
    ("operations", "import review"),
    ("review", "import operations"),
    ("settings", "from cdktf import Token"),
    ("review", "import cdktf_cdktf_provider_aws"),
    ("database_access", "from settings.names import Names"),
    ("database_access", "import constructs"),
    ("synthesis", "from database_access import contract"),
    ("commands", "import tools.trial"),
    ("tools", "import tests"),
)


@pytest.mark.parametrize(
    "wrong",
    sampled(WRONG, *WRONG[::8]),
    indirect=True,
    ids=lambda value: f"{value[0]}: {value[1]}",
)
def test_an_import_that_runs_upwards_is_refused(wrong: Path) -> None:
    broken = lint(wrong)
    assert broken.returncode == 1, broken.stdout
    assert "one_more" in broken.stdout


def test_every_folder_with_python_is_held_to_the_contracts() -> None:
    # What docs has is for the code of others.
    ours = folders() - {"docs"}
    rooms = {IMPORTED_AS.get(folder, folder) for folder in ours if any((ROOT / folder).rglob("*.py"))}
    assert rooms == set(CONTRACTS["root_packages"])
    layers = next(contract["layers"] for contract in CONTRACTS["contracts"] if contract["id"] == "downwards")
    assert {room for layer in layers for room in layer.split(" | ")} == rooms - {"database_access"}


def test_a_stranger_sees_at_most_sixteen_folders_and_finds_each_in_the_design() -> None:
    assert len(folders()) <= 16
    table = (ROOT / "docs" / "design.md").read_text().split("## How it is built")[1].split("\n## ")[0]
    for folder in folders() - {"docs", "locks"}:
        assert f"`{folder}/`" in table, f"docs/design.md, How it is built: no line says what {folder}/ is"


def test_main_only_names_the_commands() -> None:
    assert len((ROOT / "main.py").read_text().splitlines()) < 60
