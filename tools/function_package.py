"""Builds the zip of the Lambda function: ``make lambda``.

The bytes are the same on every machine: versions and checksums are those of Pipfile.lock, entries are sorted, times and
modes are fixed, and nothing is compressed, for zlib's output differs between its versions and its replacements. The
hash that Lambda shows for the zip goes into functions/database_access.sha256, which is all that a synth reads.

``--local`` makes the zip for the interpreter that runs this instead, to try it where it was built, and keeps the hash.

It needs pip beside the interpreter and nothing else.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SOURCE = ROOT / "functions" / "database_access"

ZIP = ROOT / "build" / "database-access.zip"

HASH = ROOT / "functions" / "database_access.sha256"

REQUIREMENTS = (
    "aws-lambda-powertools",
    "botocore",
    "jmespath",
    "psycopg",
    "psycopg-binary",
    "python-dateutil",
    "six",
    "typing-extensions",
    "urllib3",
)
"""Everything that the function runs with; pip refuses the list where it lacks something that is needed."""

LAMBDA = ("--implementation=cp", "--python-version=3.13", "--abi=cp313")

PLATFORMS = ("manylinux_2_28_aarch64", "manylinux2014_aarch64")
"""What Lambda's arm64 runtimes on Amazon Linux 2023 run, which has glibc 2.34; the first has precedence."""

SERVICES = ("rds", "secretsmanager", "ssm", "sts")
"""The services whose descriptions are kept: those of all others are nine tenths of the SDK."""

UNUSED = "aws_lambda_powertools/event_handler/openapi/swagger_ui/"

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can hold."""

MODE = 0o100644

BYTES_AT_MOST = 25_000_000


def requirements(lock: dict[str, dict[str, dict[str, object]]]) -> str:
    """Return what to install, as pip reads it, with the checksums of every file that may be taken for it."""
    known = lock["develop"] | lock["default"]
    lines = []
    for name in REQUIREMENTS:
        checksums = known[name]["hashes"]
        assert isinstance(checksums, list)  # noqa: S101 - pipenv's own format
        lines.append(f"{name}{known[name]['version']} " + " ".join(f"--hash={checksum}" for checksum in checksums))
    return "\n".join(lines) + "\n"


def download(folder: Path, *, local: bool) -> list[Path]:
    """Download the wheels, sorted by name."""
    listed = folder / "requirements.txt"
    listed.write_text(requirements(json.loads((ROOT / "Pipfile.lock").read_text())))
    target = [] if local else [*LAMBDA, *(f"--platform={platform}" for platform in PLATFORMS)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--only-binary=:all:", "--dest", str(folder), *target, "--requirement", str(listed)]
    subprocess.run(command, check=True)
    return sorted(folder.glob("*.whl"))


def contents(wheels: list[Path]) -> dict[str, bytes]:
    """Return the zip's entries by name: what is in the wheels, and the function's own source."""
    entries: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            entries |= {name: archive.read(name) for name in archive.namelist() if needed(name)}
    own = [path for path in SOURCE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return entries | {path.relative_to(SOURCE.parent).as_posix(): path.read_bytes() for path in own}


def needed(name: str) -> bool:
    """Whether an entry of a wheel goes into the zip."""
    folders = name.split("/")
    if name.endswith("/") or folders[0].endswith(".data"):
        return False
    if folders[:2] == ["botocore", "data"]:
        return len(folders) == len(("botocore", "data", "endpoints.json")) or folders[2] in SERVICES
    return not name.startswith(UNUSED)


def write(entries: dict[str, bytes], file: Path) -> None:
    """Write the zip."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system = 3  # Unix, on every machine
            entry.external_attr = MODE << 16
            archive.writestr(entry, entries[name])


def digest(file: Path) -> str:
    """Return the SHA-256 of a file as Lambda writes it, in base64."""
    return base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()


def main(*, file: Path, local: bool) -> int:
    """Build the zip, and write down its hash if it is the one for Lambda."""
    with tempfile.TemporaryDirectory() as folder:
        write(contents(download(Path(folder), local=local)), file)
    size, found = file.stat().st_size, digest(file)
    print(f"{file}: {size / 1e6:.1f} MB, SHA-256 {found}")
    if size > BYTES_AT_MOST:
        print(f"{file} is larger than {BYTES_AT_MOST / 1e6:.0f} MB", file=sys.stderr)
        return 1
    if not local and file == ZIP and (not HASH.exists() or HASH.read_text().strip() != found):
        HASH.write_text(found + "\n")
        print(f"{HASH.relative_to(ROOT)} has changed: commit it")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the zip of the Lambda function.")
    parser.add_argument("--output", type=Path, default=ZIP)
    parser.add_argument("--local", action="store_true", help="for this interpreter rather than for Lambda")
    chosen = parser.parse_args()
    sys.exit(main(file=chosen.output, local=chosen.local))
