"""Stacks that a file no longer has: what they made is still there, and somebody has to say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.harness import BASE, merged, run

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
