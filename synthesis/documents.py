"""The stacks of environments as documents, for what compares them; nothing is left on disk."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis.run import bring_up_to_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settings.loaded import Loaded


def synthesized(environments: Sequence[Loaded], *, locks: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Return each environment's stacks by name, as ``cdk.tf.json`` has them; raises OSError if there is no room."""
    if not environments:
        return {}
    with tempfile.TemporaryDirectory(prefix="aurora-stacks-") as name:
        output = Path(name) / "out"
        bring_up_to_date(environments, output, left=(), locks=locks, afresh=True, files={})
        return {
            loaded.name: {
                stack: json.loads((output / "stacks" / stack / "cdk.tf.json").read_text(encoding="utf-8"))
                for stack in map(loaded.names.stack, loaded.stacks)
            }
            for loaded in environments
        }
