"""What installs the packages of a lock file: everything, by its checksums, and compiled where it is used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from tests.harness import ROOT
from tools import install

if TYPE_CHECKING:
    from pathlib import Path


def locked(*sections: str) -> dict[str, str]:
    """Return the lines for pip of some sections of the project's lock file."""
    lock = json.loads((ROOT / "Pipfile.lock").read_text())
    return {name: line for section in sections for name, line in install.requirements(lock[section]).items()}


def test_a_package_is_asked_for_by_version_condition_and_every_checksum() -> None:
    line = install.requirements(
        {"one": {"version": "==1.0", "markers": "sys_platform == 'a'", "hashes": ["s:1", "s:2"]}}
    )
    assert line == {"one": "one==1.0 ; sys_platform == 'a' --hash=s:1 --hash=s:2"}
    for name, line_ in locked("default", "develop").items():
        asked = Requirement(line_.split(" --hash=")[0])
        assert (asked.name, str(asked.specifier)[:2]) == (name, "==")
        assert " --hash=sha256:" in line_


def test_each_package_is_in_one_part_and_the_bindings_are_alone() -> None:
    names = sorted(locked("default", "develop"))
    for count in (1, 2, 4):
        parts = install.parts(names, count)
        assert sorted(name for part in parts for name in part) == names
        assert ["cdktf-cdktf-provider-aws"] in parts
        assert len(parts) == max(2, count)
    assert install.parts(["a"], 4) == [["a"]]


def test_every_binding_that_the_stacks_import_is_found() -> None:
    files = [file.read_text() for room in ("modules", "stacks") for file in (ROOT / room).glob("*.py")]
    lines = [
        line for text in files for line in re.findall(r"^\s*(?:from|import) cdktf_cdktf_provider_aws.*", text, re.M)
    ]
    used = install.used_bindings([ROOT / "modules", ROOT / "stacks"])
    assert {line.split()[1].partition(".")[2] for line in lines} == used
    assert "rds_cluster" in used


def test_what_is_used_is_compiled_and_what_is_seldom_used_is_not(tmp_path: Path) -> None:
    modules = ("used/part", "sympy/core", "cdktf_cdktf_provider_aws/rds_cluster", "cdktf_cdktf_provider_aws/unused")
    for module in modules:
        (tmp_path / module).mkdir(parents=True)
        (tmp_path / module / "__init__.py").write_text("")
    program = f"import pathlib; from tools import install; install.compile_used(pathlib.Path({str(tmp_path)!r}))"
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)},
        check=True,
    )
    compiled = {path.parent.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.pyc")}
    assert compiled == {"used/part", "cdktf_cdktf_provider_aws/rds_cluster"}
