"""The committed versions and classes against the packages that they come from, and against the AWS CDK's list."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from catalog import age, engine_versions, instance_classes, refresh, regions, tables

if TYPE_CHECKING:
    from pathlib import Path

REFRESH = "python -m catalog.refresh --write"


@pytest.fixture(scope="module")
def source() -> refresh.Offered:
    return refresh.offered()


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a copy of the tables that the functions work on."""
    folder = tmp_path / "data"
    shutil.copytree(tables.path("minors").parent, folder)
    monkeypatch.setattr(tables, "_FOLDER", folder)
    return folder


@pytest.fixture
def cdk(tmp_path: Path) -> Path:
    """Return a folder with the part of the CDK's package that is read, made of the committed versions."""
    comment = {"current": "", "deprecated": "\n     * @deprecated It is no longer supported.\n    "}
    constants = [
        f"    /** Version.{comment[status]} */\n    static readonly VER_{version.replace('.', '_')}: Version;\n"
        for version, status in reversed(tables.rows("cdk_versions"))
    ]
    classes = {"AuroraMysqlEngineVersion": constants[:3], "AuroraPostgresEngineVersion": constants, "Other": []}
    library = tmp_path / "package" / "aws-rds" / "lib"
    library.mkdir(parents=True)
    (library / "cluster-engine.d.ts").write_text(
        "".join(f"export declare class {name} {{\n{''.join(body)}}}\n" for name, body in classes.items())
    )
    (tmp_path / "package" / "package.json").write_text(json.dumps({"version": age.packages()["aws-cdk-lib"].version}))
    return tmp_path / "package"


def test_the_committed_catalogue_is_what_the_pinned_cfn_lint_says(capsys: pytest.CaptureFixture[str]) -> None:
    status = refresh.main([])
    assert (status, capsys.readouterr().out) == (0, ""), f"the catalogue is not cfn-lint's: {REFRESH}"
    assert age.packages()["cfn-lint"].version == metadata.version("cfn-lint")


def test_versions_and_classes_are_those_that_cfn_lint_lists(source: refresh.Offered) -> None:
    majors = engine_versions.majors()
    creatable = {version for version, open_ in source.minors.items() if open_}
    assert set(engine_versions.creatable()) == {version for version in creatable if int(version[:2]) in majors}
    assert engine_versions.deprecated() == source.minors.keys() - creatable
    for region in regions.names():
        listed = source.classes[region]
        burstable = {name for name in listed - instance_classes.offered(region) if name.startswith("db.t")}
        assert instance_classes.offered(region) == listed - burstable, region
        assert burstable.isdisjoint({"db.t3.medium", "db.t3.large", "db.t4g.medium", "db.t4g.large"}), region


@pytest.mark.parametrize("table", ["minors", "instance_offerings", "cdk_versions", "packages"])
def test_a_difference_is_shown_and_then_written(
    table: str, copied: Path, cdk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copied / f"{table}.tsv"
    before = file.read_text()
    *_, last = before.splitlines()
    changed = before.replace(f"{last}\n", "\t".join([last.split("\t")[0], "1.0", *last.split("\t")[2:]]) + "\n")
    assert changed != before
    file.write_text(changed)
    assert refresh.main(["--cdk", str(cdk)]) == 1
    out = capsys.readouterr().out
    assert f"--- catalog/data/{table}.tsv" in out
    assert f"\n+{last.split(chr(9))[0]}\t" in out
    assert file.read_text() == changed
    assert refresh.main(["--cdk", str(cdk), "--write"]) == 0
    # A release that is new to the table is dated with the day of the refresh.
    restored = age.packages.__wrapped__() if table == "packages" else None
    assert restored is None or restored["aws-cdk-lib"].date == datetime.now(UTC).date()
    assert restored or file.read_text() == before
    capsys.readouterr()
    assert refresh.main(["--cdk", str(cdk)]) == 0


@pytest.mark.parametrize(
    ("table", "work"),
    [
        ("instance_classes", "instance_classes.tsv: {} is new"),
        ("regions", "regions.tsv: {} is new"),
        ("majors", "majors.tsv, features.tsv: {} is new"),
    ],
)
def test_what_no_package_has_is_listed_as_work_by_hand(
    table: str, work: str, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copied / f"{table}.tsv"
    *others, last = file.read_text().splitlines()
    file.write_text("\n".join([*others, ""]))
    assert refresh.main(["--write"]) == 1
    assert f"by hand: {work.format(last.split(chr(9))[0])}\n" in capsys.readouterr().out


def test_dates_and_comments_survive_a_refresh(copied: Path) -> None:
    before = {path.name: path.read_text() for path in copied.iterdir()}
    assert refresh.main(["--write"]) == 0
    assert {path.name: path.read_text() for path in copied.iterdir()} == before


def test_every_disagreement_with_the_cdk_is_explained_and_every_explanation_is_of_one() -> None:
    declared = {version: said for version, said in tables.rows("cdk_versions")}  # noqa: C416 - says what the cells are
    status = {version: found for version, found, *_ in tables.rows("minors")}
    disagreements = {
        version: declared.get(version, "absent")
        for version in {*declared, *status}
        if (status.get(version) == "creatable") != (declared.get(version) == "current")
    }
    assert {version: said for version, said, _ in tables.rows("cdk_disagreements")} == disagreements
    assert all(why for _, _, why in tables.rows("cdk_disagreements"))


def test_the_cdks_versions_are_read_from_its_declarations(cdk: Path) -> None:
    release, rows = refresh.cdk_versions(cdk)
    assert release == age.packages()["aws-cdk-lib"].version
    assert rows == tables.rows("cdk_versions")


def test_a_folder_that_is_not_the_cdks_package_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        refresh.main(["--cdk", str(tmp_path)])
    assert caught.value.code == 2
    assert f"{tmp_path} is not an unpacked aws-cdk-lib" in capsys.readouterr().err
