"""The built function, as far as synthesis needs to know it: its place and its hash, never its bytes."""

from __future__ import annotations

import re
from pathlib import Path

HASH_FILE = Path(__file__).resolve().parents[1] / "functions" / "database_access.sha256"
"""What ``make lambda`` wrote about the archive that it built; kept in git, as the archive is not."""

ARCHIVE = "build/database-access.zip"
"""The archive, relative to the repository."""

_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=")

CERTIFICATES = HASH_FILE.parent / "database_access" / "certificates" / "rds.pem"
"""Whom the function trusts to be the database; ``make certificates`` notes each authority's name above it."""


def trusts_databases_of(region: str) -> bool:
    """Whether the function has a certificate authority of the databases in a region."""
    return f"# Amazon RDS {region} Root CA" in CERTIFICATES.read_text(encoding="ascii")


def function_hash() -> str | None:
    """Return the archive's SHA-256 in base64, as Lambda reports it, or None where there is no such line."""
    try:
        line = HASH_FILE.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return line if _SHA256.fullmatch(line) else None
