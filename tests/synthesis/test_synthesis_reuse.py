"""What a synth does not make again, and everything that has it made again."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reading import loader
from synthesis import reuse
from tests.harness import BASE, ENVIRONMENTS, PATIENCE, ROOT, eventually, merged, run, sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings.loaded import Loaded


def write(place: Path, name: str, **changes: Any) -> None:
    (place / "envs").mkdir(exist_ok=True)
    (place / "envs" / f"{name}.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))


def synth(place: Path, *options: str, out: str = "out", **variables: str) -> bool:
    """Synthesize a place's environments; return whether anything had to be made, for which jsii is imported."""
    arguments = ["synth", *options, "--envs", str(place / "envs"), "--output", str(place / out)]
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(ROOT / "main.py"), *arguments],
        env={name: value for name, value in os.environ.items() if name != "CDKTF_OUTDIR"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{out}/stacks/" in done.stdout
    return re.search(r"\| +jsii$", done.stderr, re.MULTILINE) is not None


def contents(output: Path) -> dict[str, bytes]:
    """Return every file of an output."""
    files = (path for path in sorted(output.rglob("*")) if path.is_file())
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in files}


def touched(output: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in output.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("original")
    write(place, "one")
    write(place, "two", network={"create": {"cidr": "10.20.0.0/16"}})
    assert synth(place)
    return place


@pytest.fixture
def place(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "place")
    return tmp_path / "place"


def assert_as_if_afresh(place: Path) -> None:
    """Compare what is there, byte for byte, with what an empty folder would get."""
    synth(place, "--fresh", out="fresh")
    assert contents(place / "out") == contents(place / "fresh")


def test_what_has_not_changed_starts_no_node_and_writes_nothing(place: Path) -> None:
    before = touched(place / "out")
    assert not synth(place)
    assert touched(place / "out") == before


def test_afresh_everything_is_made_again_and_is_the_same(place: Path) -> None:
    before = contents(place / "out")
    assert synth(place, "--fresh")
    assert contents(place / "out") == before


def test_a_comment_in_a_file_makes_nothing(place: Path) -> None:
    file = place / "envs" / "one.yaml"
    file.write_text(f"# a word to readers\n{file.read_text()}")
    assert not synth(place)


def test_words_in_another_order_start_node_once(place: Path) -> None:
    file = place / "envs" / "one.yaml"
    said = json.loads(file.read_text())
    file.write_text(json.dumps(dict(reversed(said.items())), indent=1))
    before = touched(place / "out")
    assert synth(place)
    assert touched(place / "out") == before
    assert not synth(place)


def test_a_wrong_file_is_refused_and_a_node_that_began_ends(place: Path, tmp_path: Path) -> None:
    write(place, "one", database={"instances": "many"})
    own = tmp_path / "own"
    own.mkdir()
    arguments = ["synth", "--envs", str(place / "envs"), "--output", str(place / "out")]
    variables = {name: value for name, value in os.environ.items() if name != "CDKTF_OUTDIR"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(ROOT / "main.py"), *arguments],
        env=variables | {"TMPDIR": str(own)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert re.search(r"\| +jsii$", done.stderr, re.MULTILINE), "it was begun"
    assert "one.yaml" in done.stderr
    assert done.stdout == ""
    # By itself, with what it keeps in the folder for such.
    assert eventually(lambda: not [*own.iterdir()])


@pytest.mark.parametrize("kind", ["pipe", "folder", "huge", "gone"])
def test_what_is_no_file_of_an_environment_does_not_hold_a_synth_up(place: Path, kind: str) -> None:
    file = place / "envs" / "one.yaml"
    file.unlink()
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "folder":
            file.mkdir()
        case "huge":
            file.write_bytes(b"# \n" * 5_000_000)
    done = run("synth", "one", "two", "--envs", str(place / "envs"), "--output", str(place / "out"))
    assert done.returncode == 2
    assert "one.yaml:1: " in done.stderr


@pytest.mark.parametrize(
    "entry", [None, [], "text", {"inputs": 1}, {"resources": 3}, {"outline": {}, "stacks": []}], ids=str
)
def test_a_record_that_somebody_wrote_is_none(place: Path, entry: object) -> None:
    record = place / reuse.RECORD.format(output="out")
    said = json.loads(record.read_text())
    kept = said["environments"]["one"]
    said["environments"]["one"] = kept | entry if isinstance(entry, dict) else entry
    record.write_text(json.dumps(said))
    before = contents(place / "out")
    assert synth(place) is not (entry == {"outline": {}})
    assert contents(place / "out") == before
    assert not synth(place)


def test_only_the_environment_that_changed_is_made(place: Path) -> None:
    before = touched(place / "out")
    write(place, "one", database={"backup": {"retention_days": 9}})
    assert synth(place)
    changed = {Path(name).parent.name for name, what in touched(place / "out").items() if before.get(name) != what}
    assert changed == {"one-database"}
    assert_as_if_afresh(place)
    assert not synth(place)


@pytest.mark.parametrize(
    "harm", sampled(("edited", "removed", "manifest", "record", "torn record", "other record"), "edited", "torn record")
)
def test_an_output_that_is_not_as_it_was_made_is_made_anew(place: Path, harm: str) -> None:
    out = place / "out"
    file, record, manifest = (
        out / "stacks/two-network/cdk.tf.json",
        place / reuse.RECORD.format(output="out"),
        out / "manifest.json",
    )
    wanted = contents(out)
    match harm:
        case "edited":
            file.write_text(file.read_text().replace("10.20", "10.21", 1))
        case "removed":
            file.unlink()
        case "manifest":
            manifest.write_text(manifest.read_text().replace("two-network", "two-net", 1))
        case "record":
            record.unlink()
        case "torn record":
            record.write_bytes(record.read_bytes()[:-40])
        case "other record":
            record.write_text(json.dumps({"format": 0, "environments": json.loads(record.read_text())["environments"]}))
    assert synth(place)
    assert contents(out) == wanted
    assert not synth(place)


@pytest.mark.long
def test_another_function_another_name_and_another_set_of_stacks_are_made(place: Path) -> None:
    (place / "envs" / "one.yaml").rename(place / "envs" / "uno.yaml")
    assert synth(place)
    assert sorted(path.name for path in (place / "out" / "stacks").iterdir()) == [
        *("two-database", "two-monitoring", "two-network"),
        *("uno-database", "uno-monitoring", "uno-network"),
    ]
    assert_as_if_afresh(place)
    (place / "envs" / "uno.yaml").unlink()
    assert synth(place), "stacks that have no file any more go"
    assert_as_if_afresh(place)


@pytest.mark.long
def test_one_environment_alone_is_reused_too_and_leaves_the_others_known(place: Path) -> None:
    assert not synth(place, "one")
    write(place, "one", database={"instances": 2})
    assert synth(place, "one")
    assert not synth(place)


@pytest.mark.parametrize("name", ["CDKTF_CONTEXT_JSON", "SYNTH_HCL_OUTPUT", "NODE_OPTIONS", "AURORA_STOCK_BINDINGS"])
def test_a_variable_that_is_listened_to_is_an_input(place: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (loaded, _) = loader.load(place / "envs")
    monkeypatch.setattr(reuse, "FROM_OUTSIDE", {"NODE_OPTIONS": None, "JSII_NODE": None})
    record = reuse.Record(place / "out", locks=place / "locks")
    record.keep([loaded], [], {})
    assert reuse.Record(place / "out", locks=place / "locks").is_current(loaded)
    if name in reuse.FROM_OUTSIDE:
        monkeypatch.setitem(reuse.FROM_OUTSIDE, name, "--max-old-space-size=64")
    else:
        monkeypatch.setenv(name, "{}")
    assert not reuse.Record(place / "out", locks=place / "locks").is_current(loaded)


def test_a_provider_lock_that_is_not_in_its_place_is_put_there(place: Path) -> None:
    (loaded, _) = loader.load(place / "envs")
    locks = place / "locks"
    locks.mkdir()
    assert _record(place, loaded, locks).is_current(loaded)
    (locks / "one-network.terraform.lock.hcl").write_text("# of one-network\n")
    assert not _record(place, loaded, locks).is_current(loaded)
    shutil.copy(locks / "one-network.terraform.lock.hcl", place / "out/stacks/one-network/.terraform.lock.hcl")
    assert _record(place, loaded, locks).is_current(loaded)


def _record(place: Path, loaded: Loaded, locks: Path) -> reuse.Record:
    reuse.Record(place / "out", locks=place / "none").keep([loaded], [], {})
    return reuse.Record(place / "out", locks=locks)


@pytest.fixture(scope="module")
def copied_code(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Put a copy of the project's code in the place of the code that counts."""
    copy = tmp_path_factory.mktemp("code")
    for name in reuse.CODE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reuse, "ROOT", copy)
        yield copy


@pytest.mark.long
def test_each_file_of_the_code_and_of_its_data_is_an_input(copied_code: Path, place: Path) -> None:
    (loaded, _) = loader.load(place / "envs")
    out, locks = place / "out", place / "locks"
    reuse.Record(out, locks=locks).keep([loaded], [], {})
    files = sorted(path for path in copied_code.rglob("*") if path.is_file())
    assert {path.relative_to(copied_code).parts[0] for path in files} == set(reuse.CODE)
    assert len([path for path in files if path.suffix == ".tsv"]) > 5
    for path in files:
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        assert not reuse.Record(out, locks=locks).is_current(loaded), path
        path.write_bytes(before)
    assert reuse.Record(out, locks=locks).is_current(loaded)
    (copied_code / "modules" / "another.py").touch()
    assert not reuse.Record(out, locks=locks).is_current(loaded)


def test_whatever_the_code_of_a_stack_may_import_counts() -> None:
    """A room that is not counted would be a change that nobody sees."""
    rooms = {name for name in reuse.CODE if (ROOT / name).is_dir()}
    imported = {
        found
        for room in rooms
        for file in (ROOT / room).rglob("*.py")
        for found in re.findall(r"^\s*(?:from|import) ([a-z_]+)", file.read_text(), re.MULTILINE)
        if (ROOT / found).is_dir()
    }
    assert imported <= rooms | {"operations", "review", "tools"}, "commands import the last three, stacks none of them"
    below = {
        found
        for room in rooms - {"commands"}
        for file in (ROOT / room).rglob("*.py")
        for found in re.findall(r"^\s*(?:from|import) ([a-z_]+)", file.read_text(), re.MULTILINE)
        if (ROOT / found).is_dir()
    }
    assert below <= rooms


def test_an_installed_package_is_an_input(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (loaded, _) = loader.load(place / "envs")
    packages = tmp_path / "site-packages"
    (packages / "constructs-10.4.2.dist-info").mkdir(parents=True)
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(packages)])
    record = _record(place, loaded, place / "locks")
    assert record.is_current(loaded)
    (packages / "constructs-10.4.2.dist-info").rename(packages / "constructs-10.4.3.dist-info")
    assert not reuse.Record(place / "out", locks=place / "locks").is_current(loaded)


def test_every_value_of_an_environment_counts() -> None:
    """No field of the model is left out of what the digest is taken of."""
    for loaded in loader.load(ENVIRONMENTS):
        said = json.loads(loaded.environment.model_dump_json())
        assert _keys(loaded.environment) == _keys_of(said)


def _keys(value: Any) -> Any:
    if hasattr(type(value), "model_fields"):
        return {name: _keys(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {str(name): _keys(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_keys(each) for each in value]
    return None


def _keys_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _keys_of(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_keys_of(each) for each in value]
    return None


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": {"team": "checkout"}},
        pytest.param({"protected": True}, marks=pytest.mark.long),
        pytest.param({"database": {"engine_version": "16"}}, marks=pytest.mark.long),
        pytest.param({"database": {"parameters": {"work_mem": 8192}}}, marks=pytest.mark.long),
        {"database": {"instances": {"a": {"zone": "eu-west-1a"}, "b": {"zone": "eu-west-1b"}}}},
        {"network": {"create": {"interface_endpoints": ["ssm"]}}},
        pytest.param(
            {"state": {"backend": "s3", "bucket": "example-terraform-state", "region": "eu-west-1"}},
            marks=pytest.mark.long,
        ),
    ],
    ids=json.dumps,
)
@pytest.mark.long
def test_the_output_follows_the_file(place: Path, changes: dict[str, Any]) -> None:
    write(place, "one", **changes)
    assert synth(place)
    assert_as_if_afresh(place)


def test_wrong_input_leaves_output_and_record(place: Path) -> None:
    before = touched(place / "out")
    write(place, "one", tier="nonsense")
    assert run("synth", "--envs", str(place / "envs"), "--output", str(place / "out")).returncode == 2
    assert touched(place / "out") == before
