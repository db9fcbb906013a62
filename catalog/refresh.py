"""Rebuilds the tables of versions and classes from the packages that AWS's own data comes in.

    python -m catalog.refresh                  show how the tables differ from the installed cfn-lint
    python -m catalog.refresh --write          write the tables anew
    python -m catalog.refresh --cdk FOLDER     the same with the unpacked npm package aws-cdk-lib in FOLDER:
                                               npm pack aws-cdk-lib && tar -xzf aws-cdk-lib-*.tgz; FOLDER is package/

cfn-lint is a development dependency that is updated from AWS's interfaces every week or two; nothing in here runs in
a synth. What no package has stays as it was read: dates of support, feature floors, sizes of classes, parameters.
Those that a change asks for are listed as work by hand. The exit code is 1 if anything differs and was not written.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ENGINE = "aurora-postgresql"

VERSION = re.compile(r"[0-9]+\.[0-9]+(?:\.[0-9]+)?")
"""A minor version. cfn-lint lists majors alone as both known and deprecated, and the limitless variants apart."""

UNLISTED_BURSTABLE_SIZES = frozenset({"micro", "small", "xlarge", "2xlarge"})
"""Sizes of T families that some Regions list, and the Amazon Aurora User Guide does not for the engine."""

SERVERLESS = "db.serverless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a release of cfn-lint says: minors by whether they can be created, classes by Region."""

    release: str
    minors: Mapping[str, bool]
    classes: Mapping[str, frozenset[str]]


def offered() -> Offered:
    """Read the installed cfn-lint's data, without importing it.

    Its lists of classes by version (``db_instance_class.json``) are left alone: they mix in the classes of RDS for
    PostgreSQL wherever that has the same version.
    """
    found = util.find_spec("cfnlint")
    if found is None or found.origin is None:
        raise SystemExit("cfn-lint is not installed: make dev")
    folder = Path(found.origin).parent / "data" / "schemas" / "extensions"
    known = _enumerated(_json(folder / "aws_rds_dbcluster" / "engine_version.json"), "then")
    deprecated = _enumerated(_json(folder / "aws_rds_dbcluster" / "engine_version_deprecated.json"), "if")
    regions = _json(folder / "aws_rds_dbinstance" / "dbinstanceclass_enum.json")
    return Offered(
        release=metadata.version("cfn-lint"),
        minors={
            version: version not in deprecated
            for version in sorted(known | deprecated, key=_numbers)
            if VERSION.fullmatch(version)
        },
        classes={
            region: frozenset(classes)
            for region, schema in sorted(regions.items())
            if (classes := _enumerated(schema, "then", property_name="DBInstanceClass"))
        },
    )


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _enumerated(schema: Mapping[str, Any], where: str, property_name: str = "EngineVersion") -> set[str]:
    """Return the values that a schema's rules for the engine enumerate."""
    values: set[str] = set()
    for rule in schema["allOf"]:
        if rule["if"]["properties"]["Engine"].get("const") == ENGINE:
            values.update(rule[where]["properties"][property_name]["enum"])
    return values


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version))


def minors(source: Offered) -> list[list[str]]:
    """Return the rows of the table of minors; what is known of a minor besides its status is kept."""
    kept = {version: rest for version, _, *rest in tables.rows("minors")}
    nothing = [""] * (len(tables.header("minors")) - 2)
    return [
        [version, "creatable" if creatable else "deprecated", *kept.get(version, nothing)]
        for version, creatable in source.minors.items()
    ]


def offerings(source: Offered) -> list[list[str]]:
    """Return the rows of the table of offerings: a family's sizes and the Regions that have exactly these."""
    regions: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for region, classes in source.classes.items():
        sizes: dict[str, set[str]] = {}
        for _, family, size in (name.split(".") for name in classes - {SERVERLESS}):
            if not (family.startswith("t") and size in UNLISTED_BURSTABLE_SIZES):
                sizes.setdefault(family, set()).add(size)
        for family, found in sizes.items():
            regions.setdefault((family, tuple(sorted(found, key=_size))), []).append(region)
    rows = sorted(regions.items(), key=lambda item: (item[0][0], -len(item[1]), item[1]))
    return [[family, " ".join(sizes), " ".join(where)] for (family, sizes), where in rows]


def _size(size: str) -> tuple[int, str]:
    """Order medium, large, xlarge, 2xlarge, 12xlarge."""
    named = {"medium": -2, "large": -1, "xlarge": 1}
    return named.get(size, int(re.sub(r"\D", "", size) or 0)), size


def cdk_versions(package: Path) -> tuple[str, list[list[str]]]:
    """Return an unpacked aws-cdk-lib's release, and the rows of the table of its versions of the engine."""
    declared = (package / "aws-rds" / "lib" / "cluster-engine.d.ts").read_text(encoding="utf-8")
    body = declared.partition("class AuroraPostgresEngineVersion {")[2].partition("\n}")[0]
    constants = re.findall(r"/\*\*(.*?)\*/\s*static readonly VER_([0-9_]+): ", body, re.DOTALL)
    rows = [
        [name.replace("_", "."), "deprecated" if "@deprecated" in comment else "current"]
        for comment, name in sorted(constants, key=lambda constant: _numbers(constant[1]))
    ]
    return str(_json(package / "package.json")["version"]), rows


def by_hand(source: Offered) -> Iterator[str]:
    """Yield what the source has and the tables that are written by hand lack, and the other way round."""
    majors = {int(row[0]) for row in tables.rows("majors")}
    newer = {_numbers(version)[0] for version, creatable in source.minors.items() if creatable} - majors
    for major in sorted(number for number in newer if number > max(majors)):
        yield f"majors.tsv, features.tsv: {major} is new"
    lost = {row[4] for row in tables.rows("majors") if row[4] and not source.minors.get(row[4])}
    for version in sorted(lost):
        yield f"majors.tsv: {version} has long-term support and can no longer be created"
    sizes = {row[0] for row in tables.rows("instance_classes")}
    families = {row[0] for row in tables.rows("instance_families")}
    classes = {f"db.{family}.{size}" for family, found, _ in offerings(source) for size in found.split(" ")}
    for name in sorted(classes - sizes):
        where = "instance_classes.tsv" + ("" if name.split(".")[1] in families else ", instance_families.tsv")
        yield f"{where}: {name} is new"
    for name in sorted(sizes - classes):
        yield f"instance_classes.tsv: no Region offers {name} any more"
    regions = {row[0] for row in tables.rows("regions")}
    for region in sorted(set(source.classes) ^ regions):
        yield f"regions.tsv: {region} is {'new' if region in source.classes else 'gone'}"
    for region, offered_classes in source.classes.items():
        if SERVERLESS not in offered_classes:
            yield f"instance_offerings.tsv: {region} does not offer {SERVERLESS}, which the catalogue takes for granted"


def packages(releases: Mapping[str, str], today: str) -> list[list[str]]:
    """Return the rows of the table of packages; a release that is new there is dated today."""
    return [
        [name, releases.get(name, version), day if releases.get(name, version) == version else today, *rest]
        for name, version, day, *rest in tables.rows("packages")
    ]


def differences(rebuilt: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[str]:
    """Yield the lines of a unified diff from the committed tables to the rebuilt ones."""
    for name, rows in rebuilt.items():
        committed = tables.path(name).read_text(encoding="utf-8")
        place = f"catalog/data/{name}.tsv"
        yield from difflib.unified_diff(
            committed.splitlines(), _text(name, rows).splitlines(), place, f"{place} rebuilt", lineterm="", n=0
        )


def _text(name: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a table's file with these rows under its comment and header."""
    above = [line for line in tables.path(name).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    return "\n".join([*above, "\t".join(tables.header(name)), *("\t".join(row) for row in rows), ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the differences, or write them."""
    parser = argparse.ArgumentParser(
        prog="python -m catalog.refresh", description="Rebuild the tables of versions and classes from cfn-lint."
    )
    parser.add_argument("--write", action="store_true", help="write the tables")
    parser.add_argument(
        "--cdk", type=Path, metavar="FOLDER", help="an unpacked npm package aws-cdk-lib to read as well"
    )
    chosen = parser.parse_args(arguments)
    source = offered()
    releases = {"cfn-lint": source.release}
    rebuilt = {"minors": minors(source), "instance_offerings": offerings(source)}
    if chosen.cdk:
        if not (chosen.cdk / "aws-rds" / "lib" / "cluster-engine.d.ts").is_file():
            parser.error(f"{chosen.cdk} is not an unpacked aws-cdk-lib: it has no aws-rds/lib/cluster-engine.d.ts")
        releases["aws-cdk-lib"], rebuilt["cdk_versions"] = cdk_versions(chosen.cdk)
    rebuilt["packages"] = packages(releases, f"{datetime.now(UTC):%Y-%m-%d}")
    differing = list(differences(rebuilt))
    work = list(by_hand(source))
    for line in (*differing, *(f"by hand: {line}" for line in work)):
        print(line)
    if chosen.write:
        for name, rows in rebuilt.items():
            tables.path(name).write_text(_text(name, rows), encoding="utf-8")
    return 1 if work or (differing and not chosen.write) else 0


if __name__ == "__main__":
    sys.exit(main())
