"""A stack with a function is planned and deployed with the very archive that git names."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tools.delivery import given, stacks

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def synthesized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder with a stack whose function is an archive of the one byte x."""
    monkeypatch.setattr(stacks, "ROOT", tmp_path)
    monkeypatch.setattr(stacks, "OUTPUT", tmp_path / "cdktf.out")
    function = {
        "filename": "../../../build/database-access.zip",
        "source_code_hash": base64.b64encode(hashlib.sha256(b"x").digest()).decode(),
    }
    for stack, code in (("dev-access", {"resource": {"aws_lambda_function": {"it": function}}}), ("dev-database", {})):
        folder = tmp_path / "cdktf.out" / "stacks" / stack
        folder.mkdir(parents=True)
        (folder / "cdk.tf.json").write_text(json.dumps(code))
    return tmp_path


def test_a_missing_archive_is_built_first(synthesized: Path) -> None:
    assert not (synthesized / "build").exists()
    with pytest.raises(given.StoppedError) as stopped:
        stacks.require_archives(stacks.folder("dev-access"))
    assert str(stopped.value) == ("dev-access needs build/database-access.zip, which is not built: run `make lambda`")
    stacks.require_archives(stacks.folder("dev-database"))


def test_another_archive_is_refused_and_the_right_one_taken(synthesized: Path) -> None:
    archive = synthesized / "build" / "database-access.zip"
    archive.parent.mkdir()
    archive.write_bytes(b"y")
    with pytest.raises(given.StoppedError) as stopped:
        stacks.require_archives(stacks.folder("dev-access"))
    assert str(stopped.value) == (
        "build/database-access.zip is not what dev-access expects: run `make lambda`, and commit the hash if it has "
        "changed"
    )
    archive.write_bytes(b"x")
    stacks.require_archives(stacks.folder("dev-access"))
