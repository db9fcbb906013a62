"""Where Terraform finds the AWS provider without a download, where there is such a place.

``TF_PROVIDER_MIRROR`` names a folder laid out like ``terraform providers mirror`` makes it; otherwise the usual
places are searched, and otherwise the provider is downloaded.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

PROVIDER = "registry.terraform.io/hashicorp/aws"


def find(version: str) -> Path | None:
    """Return a mirror that has this version of the provider."""
    chosen = os.environ.get("TF_PROVIDER_MIRROR")
    if chosen:
        return Path(chosen)
    usual = [
        Path.home() / ".terraform.d" / "plugins",
        Path("/usr/share/terraform/plugins"),
        Path("/usr/local/share/terraform/plugins"),
        *sorted(path.parent for path in Path("/opt").glob("*/registry.terraform.io")),
    ]
    return next((path for path in usual if _has_provider(path, version)), None)


def configuration(mirror: Path | None) -> str:
    """Return what Terraform's own configuration file has to say to use a mirror, or to download."""
    if mirror is None:
        return "disable_checkpoint = true\n"
    return f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n}}\n"


def _has_provider(mirror: Path, version: str) -> bool:
    provider = mirror / PROVIDER
    return any(provider.glob(f"{version}/*")) or any(provider.glob(f"terraform-provider-aws_{version}_*.zip"))
