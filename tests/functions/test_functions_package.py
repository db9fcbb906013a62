"""The zip: what is in it, for which machine, and that it is the same each time."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

from tests.harness import ROOT

pytestmark = pytest.mark.long

BUILD = ROOT / "tools" / "function_package.py"

HASH = ROOT / "functions" / "database_access.sha256"

AARCH64 = 183
"""The machine in the head of an ELF file (System V ABI)."""

GLIBC = (2, 34)
"""Of Amazon Linux 2023, which Lambda's Python 3.13 runs on."""


@cache
def pip() -> str:
    """Return an interpreter that has pip: the project's own environment is made without."""
    suits = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    for candidate in (sys.executable, ROOT / ".pipenv" / "bin" / "python", shutil.which("python3")):
        if candidate and Path(candidate).exists():
            found = subprocess.run([candidate, "-c", suits], capture_output=True, check=False)
            if found.returncode == 0:
                return str(candidate)
    pytest.skip("no interpreter with pip; get one with: make lambda")


def build(file: Path, *arguments: str) -> None:
    done = subprocess.run(
        [pip(), str(BUILD), "--output", str(file), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the zip for Lambda."""
    file = tmp_path_factory.mktemp("package") / "database-access.zip"
    build(file)
    return file


def test_it_is_the_same_each_time_and_the_one_that_synth_names(package: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    build(again)
    assert again.read_bytes() == package.read_bytes()
    digest = base64.b64encode(hashlib.sha256(package.read_bytes()).digest()).decode()
    assert HASH.read_text() == digest + "\n", "the function was changed: run make lambda and commit the hash"


def test_its_entries_say_nothing_of_where_and_when_it_was_built(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
    names = [entry.filename for entry in entries]
    assert names == sorted(set(names))
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}, "the runtime's user has to read them"
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert not [name for name in names if name.endswith(".pyc")]
    assert "database_access/handler.py" in names
    assert "database_access/migrations/0001_experimentation.sql" in names


def test_it_stays_under_25_megabytes(package: Path) -> None:
    assert package.stat().st_size < 25_000_000


def test_everything_compiled_is_for_lambdas_runtime_and_architecture(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        wheels = {
            name.split("/")[0]: archive.read(name).decode() for name in archive.namelist() if name.endswith("/WHEEL")
        }
        compiled = [name for name in archive.namelist() if re.search(r"\.so(\.|$)", name)]
        machines = {name: archive.read(name)[:20] for name in compiled}
    assert len(wheels) == 9
    platform_specific = {
        name: re.findall(r"^Tag: (.+)$", text, re.MULTILINE)
        for name, text in wheels.items()
        if "Root-Is-Purelib: true" not in text
    }
    assert [name.split("-")[0] for name in platform_specific] == ["psycopg_binary"]
    for tags in platform_specific.values():
        assert tags
        for tag in tags:
            match = re.fullmatch(r"cp313-cp313-manylinux_(\d+)_(\d+)_aarch64", tag)
            assert match, tag
            assert (int(match[1]), int(match[2])) <= GLIBC
    assert len(compiled) > 2
    for name, head in machines.items():
        assert head[:4] == b"\x7fELF", name
        assert int.from_bytes(head[18:20], "little") == AARCH64, name
        assert name.startswith(("psycopg_binary/", "psycopg_binary.libs/")), name


def test_its_sources_import_in_an_interpreter_that_sees_nothing_else(tmp_path: Path) -> None:
    file, folder = tmp_path / "local.zip", tmp_path / "task"
    build(file, "--local")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    program = """
import sys
sys.path.append(sys.argv[1])
from database_access.handler import handle
class Context:
    function_name = function_version = aws_request_id = invoked_function_arn = "x"
    memory_limit_in_mb = 128
import json, psycopg, botocore.session
answer = handle({"action": "health"}, Context())
outside = [
    name for name, module in sys.modules.items()
    if "site-packages" in (getattr(module, "__file__", None) or "")
]
for service in ("rds", "secretsmanager", "ssm", "sts"):
    botocore.session.get_session().create_client(service, region_name="eu-west-1")
print(json.dumps({"answer": answer, "outside": outside, "psycopg": psycopg.pq.__impl__, "at": psycopg.__file__}))
"""
    done = subprocess.run(
        [pip(), "-I", "-S", "-c", program, str(folder)], capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["outside"] == []
    assert report["psycopg"] == "binary"
    assert report["at"].startswith(str(folder))
    assert report["answer"]["error"]["type"] == "contract-unreadable"
