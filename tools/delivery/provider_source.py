"""Where Terraform is told to take providers from, and what that asks of a command that would ask the registry.

``terraform providers lock`` asks the registry whatever the configuration says, unless it is given a mirror (Terraform
documentation, "Command: providers lock"). Where the user's configuration names a mirror, it is told.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROVIDER: Final = Path("registry.terraform.io", "hashicorp", "aws")

IMPLIED: Final = (
    Path.home() / ".terraform.d" / "plugins",
    Path.home() / ".local" / "share" / "terraform" / "plugins",
    Path("/usr/local/share/terraform/plugins"),
    Path("/usr/share/terraform/plugins"),
)
"""Folders that Terraform takes a provider from without being told (documentation, "Implied Local Mirror
Directories")."""

METHODS: Final = re.compile(
    r'^[^#/\n]*?\b(?P<kind>filesystem_mirror|network_mirror)\s*\{[^}]*?\b(?:path|url)\s*=\s*"(?P<place>[^"]*)"',
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror of providers: a folder, or an address."""

    place: str
    remote: bool

    @property
    def flag(self) -> str:
        """The option of ``terraform providers lock`` that names it."""
        return f"{'-net-mirror' if self.remote else '-fs-mirror'}={self.place}"

    def platforms(self) -> set[str]:
        """Return the platforms that a folder has the provider for; none where that cannot be seen."""
        if self.remote:
            return set()
        provider = Path(self.place) / PROVIDER
        unpacked = {path.name for path in provider.glob("*/*_*") if path.is_dir()}
        packed = (re.search(r"_([a-z0-9]+_[a-z0-9]+)\.zip$", path.name) for path in provider.glob("*.zip"))
        return unpacked | {found[1] for found in packed if found}


def configuration() -> Path:
    """Return Terraform's own configuration file, which need not exist."""
    return Path(os.environ.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")


def mirror() -> Mirror | None:
    """Return the mirror that Terraform is told to take providers from, or None where it asks their registry."""
    try:
        text = configuration().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    named = METHODS.search(text)
    if named:
        return Mirror(os.path.expandvars(named["place"]), named["kind"] == "network_mirror")
    if "provider_installation" in text:
        return None
    implied = next((folder for folder in IMPLIED if (folder / PROVIDER).is_dir()), None)
    return Mirror(str(implied), remote=False) if implied else None
