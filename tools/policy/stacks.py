"""Synthesized stacks, found in output folders and never listed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from settings import tiers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]

SHIPPED = ROOT / "envs"
EXAMPLES = ROOT / "tests" / "environments"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as synthesized, with what its own tags say of it."""

    name: str
    content: Mapping[str, Any]

    @property
    def environment(self) -> str:
        """The environment it belongs to."""
        return self._tags.get("environment") or self.name.rpartition("-")[0]

    @property
    def tier(self) -> str:
        """The tier of its environment."""
        return self._tags.get("tier") or next(value for value in self._tags.values() if value in tiers.TIERS)

    @property
    def _tags(self) -> Mapping[str, str]:
        """The tags of everything, whose keys an environment may have renamed."""
        tags: Mapping[str, str] = self.content["provider"]["aws"][0]["default_tags"][0]["tags"]
        return tags


def read(output: Path) -> list[Stack]:
    """Return the stacks in an output folder, by name."""
    return [
        Stack(path.parent.name, json.loads(path.read_text())) for path in sorted(output.glob("stacks/*/cdk.tf.json"))
    ]


@contextlib.contextmanager
def synthesized(folders: Sequence[Path]) -> Iterator[list[Stack]]:
    """Yield the stacks of all environments in the folders, synthesized as a user would; exits if one is wrong."""
    with tempfile.TemporaryDirectory() as work:
        stacks = []
        for index, folder in enumerate(folders):
            output = Path(work, str(index))
            command = [sys.executable, str(ROOT / "main.py"), "synth", "--envs", str(folder), "--output", str(output)]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
            if done.returncode != 0:
                raise SystemExit(done.returncode)
            stacks += read(output)
        yield stacks
