"""Takes the package registry out of a Pipfile.lock, so that each machine installs from the one it is set up for.

pipenv writes the registry that it asked into the lock file; versions and checksums are what is locked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def without_registry(lock: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Return the lock without sources and without each package's reference to one."""
    stripped = {section: dict(entries) for section, entries in lock.items()}
    stripped["_meta"]["sources"] = []
    for section in stripped.keys() - {"_meta"}:
        stripped[section] = {
            name: {key: value for key, value in entry.items() if key != "index"} if isinstance(entry, dict) else entry
            for name, entry in stripped[section].items()
        }
    return stripped


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its argument
        sys.exit("usage: python tools/relock.py <Pipfile.lock>")
    lock_file = Path(sys.argv[1])
    lock_file.write_text(json.dumps(without_registry(json.loads(lock_file.read_text())), indent=4) + "\n")
