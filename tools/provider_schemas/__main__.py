"""Writes ``arguments.tsv`` anew and prints what has changed in it, and what only newer releases take.

Usage: ``python -m tools.provider_schemas``, or ``make provider-schemas``.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tools.provider_schemas import binary, bindings, emitted
from tools.provider_schemas.table import FILE, REFERRED, Entry, Table, read, written

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
OLDEST = "5.100.0"
CDKTF, CDKTN = "cdktf_cdktf_provider_aws", "cdktn_provider_aws"


def installed(package: str) -> Path:
    """Return the folder of bindings, of this environment or of the successor's."""
    spec = importlib.util.find_spec(package)
    if spec and spec.origin:
        return Path(spec.origin).parent
    (found,) = (ROOT / "tools" / "successor" / ".venv" / "lib").glob(f"*/site-packages/{package}")
    return found


def kinds() -> tuple[list[str], set[tuple[str, str]]]:
    """Return the kinds of all that the golden files declare, and the attributes that they refer to."""
    declared, referred = set(), set()
    for file in sorted(GOLDEN.glob("*/cdk.tf.json")):
        stack = json.loads(file.read_text())
        declared |= {block.kind for block in emitted.declarations(stack, file.parent.name)}
        referred |= emitted.references(stack)
    return sorted(declared), referred


def from_bindings(package: Path, kind: str, referred: set[tuple[str, str]]) -> Iterator[tuple[str, Entry]]:
    """Yield what bindings say of a kind: what may be set, and what is there of what is referred to."""
    settable = _without_endpoints(kind, bindings.entries(package, kind))
    yield from settable.items()
    there = bindings.attributes(package, kind) if kind != "provider.aws" else set()
    yield from _attributes(there, kind, referred, settable)


def from_binary(schema: dict[str, object], kind: str, referred: set[tuple[str, str]]) -> Iterator[tuple[str, Entry]]:
    """Yield the same of a provider's own schema."""
    settable = _without_endpoints(kind, binary.entries(schema, kind))
    yield from settable.items()
    there = binary.attributes(schema, kind) if kind != "provider.aws" else set()
    yield from _attributes(there, kind, referred, settable)


def _without_endpoints(kind: str, found: Iterator[tuple[str, Entry]]) -> dict[str, Entry]:
    """Leave out a provider's own addresses of each service, which only tests set."""
    return {path: entry for path, entry in found if (kind, path.partition(".")[0]) != ("provider.aws", "endpoints")}


def _attributes(
    there: set[str], kind: str, referred: set[tuple[str, str]], settable: dict[str, Entry]
) -> Iterator[tuple[str, Entry]]:
    for of, name in sorted(referred):
        if of == kind and name in there and name not in settable:
            yield name, Entry(REFERRED, required=False)


def collected() -> tuple[tuple[str, ...], Table]:
    """Return the releases and all that they take."""
    declared, referred = kinds()
    schema = binary.schema(OLDEST)
    packages = {bindings.version(package): package for package in map(installed, (CDKTF, CDKTN))}
    table: Table = {}
    for kind in declared:
        for path, entry in from_binary(schema, kind, referred):
            table.setdefault((kind, path), {})[OLDEST] = entry
        for release, package in packages.items():
            for path, entry in from_bindings(package, kind, referred):
                table.setdefault((kind, path), {})[release] = entry
    return (OLDEST, *packages), table


def changes(before: Table, after: Table) -> Iterator[str]:
    """Yield a line for each row that came, went or says something else."""
    for kind, path in sorted({*before, *after}):
        was, now = before.get((kind, path), {}), after.get((kind, path), {})
        if list(map(str, was.values())) != list(map(str, now.values())):
            words = "came" if not was else "went" if not now else "changed"
            yield f"{words}: {kind} {path}: {' | '.join(f'{release} {entry}' for release, entry in now.items())}"


def only_newer(releases: tuple[str, ...], table: Table) -> Iterator[str]:
    """Yield a line for each argument or block that the newest release has and an older one has not."""
    for (kind, path), found in sorted(table.items()):
        missing = [release for release in releases[:-1] if release not in found]
        around = table.get((kind, path.rpartition(".")[0]))
        if releases[-1] in found and missing and (around is None or missing[0] in around):
            yield f"{kind} {path}: {found[releases[-1]]}; not in {', '.join(missing)}"


def main() -> None:
    """Write and print."""
    releases, table = collected()
    before = read(FILE.read_text())[1] if FILE.is_file() else {}
    FILE.write_text(written(table, releases))
    print(*changes(before, table), sep="\n")
    print(f"\nOnly newer releases take, to {releases[-1]}:")
    print(*only_newer(releases, table), sep="\n")


if __name__ == "__main__":
    main()
