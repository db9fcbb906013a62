"""The same source on cdktn, the successor of cdktf, in an environment of its own: the golden files hold there, too."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from synthesis import bindings
from tests.harness import ENVIRONMENTS, PATIENCE, ROOT, run

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTHON = ROOT / "tools" / "successor" / ".venv" / "bin" / "python"

GOLDEN = ROOT / "tests" / "golden"

VERSION = re.compile(r'("//": \{\n\s+"metadata": \{.*?"version": )"[0-9.]+"', re.DOTALL)

EMPTY = re.compile(r"([{\[])\n\s+([}\]])")


def synthesized(envs: Path, output: Path, **variables: str) -> tuple[dict[str, str], str]:
    """Synthesize a folder's environments on cdktn; return each stack's JSON and what jsii says of its loading."""
    done = subprocess.run(
        [PYTHON, ROOT / "main.py", "synth", "--envs", envs, "--output", output],
        env=os.environ | {"AURORA_CDK": "cdktn", "JSII_DEBUG_TIMING": "1"} | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {path.parent.name: path.read_text() for path in output.glob("stacks/*/cdk.tf.json")}, done.stdout


def as_golden(text: str) -> str:
    """Return JSON without the version in its metadata, and with empty tables as cdktn writes them: on one line."""
    versions = VERSION.findall(text)
    assert len(versions) == 1
    return EMPTY.sub(r"\1\2", VERSION.sub(r"\1", text))


@pytest.mark.long
def test_golden_files_differ_in_the_version_alone(tmp_path: Path) -> None:
    made: dict[str, str] = {}
    for envs in (ROOT / "envs", ENVIRONMENTS):
        stacks, said = synthesized(envs, tmp_path / envs.name)
        made |= stacks
        assert Path(re.findall(r"require\((.*provider-aws.*?)\)", said)[0]).name == "lazy-index.js"
    golden: Mapping[str, str] = {path.parent.name: path.read_text() for path in GOLDEN.glob("*/cdk.tf.json")}
    assert made.keys() == golden.keys()
    assert {name: as_golden(text) for name, text in made.items()} == {
        name: as_golden(text) for name, text in golden.items()
    }


@pytest.mark.long
def test_stock_loading_gives_the_same_there(tmp_path: Path) -> None:
    lazy, _ = synthesized(ROOT / "envs", tmp_path / "lazy")
    stock, said = synthesized(ROOT / "envs", tmp_path / "stock", AURORA_STOCK_BINDINGS="1")
    assert stock == lazy
    assert Path(re.findall(r"require\((.*provider-aws.*?)\)", said)[0]).name == "index.js"


@pytest.mark.parametrize(
    ("cdk", "said"),
    [("terrain", "'terrain' is no CDK that the project runs on; there are cdktf, cdktn"), ("cdktn", "not installed")],
)
def test_what_cannot_run_is_said_and_nothing_is_written(cdk: str, said: str, tmp_path: Path) -> None:
    result = run("synth", "dev", "--output", str(tmp_path / "out"), AURORA_CDK=cdk)
    assert result.returncode == 2
    assert result.stderr.startswith("AURORA_CDK: ")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_node_that_is_not_there_is_said_too(tmp_path: Path) -> None:
    result = run("synth", "dev", "--fresh", "--output", str(tmp_path / "out"), JSII_NODE="/nonexistent")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith("JSII_NODE: /nonexistent cannot be run")
    assert not (tmp_path / "out").exists()


def test_cdktf_is_what_is_chosen_without_a_word(tmp_path: Path) -> None:
    assert bindings.CDK == "cdktf"
    unsaid = run("synth", "dev", "--fresh", "--output", str(tmp_path / "out"), AURORA_CDK="")
    assert unsaid.returncode == 0, unsaid.stderr
    assert '"version": "0.21.0"' in (tmp_path / "out" / "stacks" / "dev-database" / "cdk.tf.json").read_text()
