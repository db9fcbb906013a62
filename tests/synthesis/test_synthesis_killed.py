"""A synthesis that is killed leaves the earlier output or the new one, whole, and nothing that the next one minds.

What Terraform would read is looked at before every single step that changes a file. That such a look sees what a
kill leaves is checked with real kills.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synthesis import exchange
from synthesis import output as place_of_output
from tests.harness import BASE, PATIENCE, ROOT, merged
from tests.terraform import terraform_runner

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.long

WATCHED = Path(__file__).parent / "watched"

HCL = {"SYNTH_HCL_OUTPUT": "true"}
"""What ``cdktf synth --hcl`` sets: the same stacks in other files."""

Tree = dict[str, bytes]


def write(envs: Path, name: str, **changes: Any) -> None:
    """Write an environment file."""
    envs.mkdir(exist_ok=True)
    (envs / f"{name}.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))


def synth(envs: Path, output: Path, **variables: str) -> int:
    """Synthesize as a user does and return the exit code."""
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "synth", "--envs", str(envs), "--output", str(output)],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | variables,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    ).returncode


def seen(output: Path) -> Tree:
    """Return what Terraform, or whoever else follows links, can read, by path; an empty stand-in says nothing."""
    files = [output / "manifest.json", *output.glob("stacks/*/*")]
    contents = {file.relative_to(output).as_posix(): file.read_bytes() for file in files if file.exists()}
    return {name: text for name, text in contents.items() if exchange.EMPTY.get(Path(name).name) != text}


def everything(output: Path) -> Tree:
    """Return every file, link and folder below an output."""
    found = {}
    for path in output.rglob("*"):
        kind = path.readlink().as_posix().encode() if path.is_symlink() else b"" if path.is_dir() else path.read_bytes()
        found[path.relative_to(output).as_posix()] = kind
    return found


@dataclass(frozen=True)
class Change:
    """A synthesis that was watched: environments, outputs before and after, and the output before each step."""

    envs: Path
    before: Path
    after: Path
    states: list[Path]
    variables: dict[str, str]

    def number_of_first_new(self) -> int:
        """Return the number of the first step before which the new output is seen."""
        new = seen(self.after)
        return next(number for number, state in enumerate(self.states, 1) if seen(state) == new)


def watched(folder: Path, **variables: str) -> Change:
    """Change two of three environments, remove the third and add another, and watch the synthesis."""
    envs, before, after, states = (folder / name for name in ("envs", "before", "after", "states"))
    states.mkdir(parents=True)
    write(envs, "changed")
    write(envs, "same")
    write(envs, "removed", network={"create": {"cidr": "10.20.0.0/16"}})
    assert synth(envs, before) == 0
    shutil.copytree(before, after)
    (envs / "removed.yaml").unlink()
    write(envs, "changed", database={"instances": 2}, network={"create": {"nat": "single"}})
    write(envs, "added")
    watching = {"PYTHONPATH": str(WATCHED), "WATCHED": str(after), "STATES": str(states)}
    assert synth(envs, after, **watching, **variables) == 0
    return Change(envs, before, after, sorted(states.iterdir(), key=lambda state: int(state.name)), variables)


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Change:
    """Return a watched synthesis."""
    return watched(tmp_path_factory.mktemp("watched") / "json")


@pytest.fixture(scope="module")
def change_to_hcl(tmp_path_factory: pytest.TempPathFactory) -> Change:
    """Return a watched synthesis that writes HCL over JSON."""
    return watched(tmp_path_factory.mktemp("watched") / "hcl", **HCL)


@pytest.fixture(params=["change", "change_to_hcl"])
def either(request: pytest.FixtureRequest) -> Change:
    """Return either watched synthesis."""
    found: Change = request.getfixturevalue(request.param)
    return found


def test_before_every_step_all_is_old_or_all_is_new(either: Change) -> None:
    old, new = seen(either.before), seen(either.after)
    assert old.keys() != new.keys()
    found = [seen(state) for state in either.states]
    which = ["old" if state == old else "new" if state == new else "a mix" for state in found]
    turned = which.index("new")
    assert which == ["old"] * turned + ["new"] * (len(which) - turned)
    # Each file that changes takes several steps before the turn and at least one after it.
    changed = [name for name in {*old, *new} if old.get(name) != new.get(name)]
    assert turned > 3 * len(changed)
    assert len(which) - turned > len(changed)


def test_steps_on_the_way_are_links_and_the_outcome_is_plain_files(either: Change) -> None:
    linked = [any(path.is_symlink() for path in state.rglob("*")) for state in either.states]
    assert any(linked)
    for output in (either.before, either.after):
        assert not [path for path in output.rglob("*") if path.is_symlink()]
        assert sorted(path.name for path in output.iterdir()) == ["manifest.json", "stacks"]


def test_unchanged_stacks_are_not_touched(change: Change) -> None:
    for name in ("same-network", "same-database"):
        assert not any((state / "stacks" / name / "cdk.tf.json").is_symlink() for state in change.states)


@pytest.mark.parametrize("target", ["before", "after"])
def test_next_synthesis_succeeds_after_every_step_and_leaves_nothing_behind(
    either: Change, target: str, tmp_path: Path
) -> None:
    wanted: Path = getattr(either, target)

    def synthesize(pending: Path) -> None:
        shutil.copytree(wanted, pending, dirs_exist_ok=True)

    complete = everything(wanted)
    for state in either.states:
        output = tmp_path / state.name
        shutil.copytree(state, output, symlinks=True)
        place_of_output.replace(output, kept=lambda _: False, locks=tmp_path / "none", synthesize=synthesize)
        assert everything(output) == complete, state.name


@pytest.mark.parametrize("place", ["first", "linking", "before the turn", "after the turn", "settling", "last"])
def test_a_killed_process_leaves_what_was_seen_at_that_step(change: Change, place: str, tmp_path: Path) -> None:
    turn, last = change.number_of_first_new(), len(change.states)
    number = {
        "first": 1,
        "linking": turn - 6,
        "before the turn": turn - 1,
        "after the turn": turn,
        "settling": turn + 4,
        "last": last,
    }[place]
    output = tmp_path / "out"
    shutil.copytree(change.before, output)
    killing = {"PYTHONPATH": str(WATCHED), "WATCHED": str(output), "KILLED_BEFORE": str(number)}
    assert synth(change.envs, output, **killing) == -signal.SIGKILL
    assert everything(output) == everything(change.states[number - 1])
    assert synth(change.envs, output) == 0
    assert everything(output) == everything(change.after)


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[terraform_runner.Terraform]:
    """Yield Terraform with its provider."""
    with terraform_runner.prepared(tmp_path_factory) as ready:
        yield ready


@pytest.mark.terraform
@pytest.mark.parametrize("side", ["old", "new"])
def test_terraform_reads_the_stacks_that_a_kill_at_the_turn_leaves(
    change_to_hcl: Change, side: str, terraform: terraform_runner.Terraform, tmp_path: Path
) -> None:
    change = change_to_hcl
    turn = change.number_of_first_new()
    output = tmp_path / "out"
    shutil.copytree(change.states[turn - 1 if side == "new" else turn - 2], output, symlinks=True)
    folder = output / "stacks" / "changed-network"
    assert {file.name for file in folder.iterdir() if file.is_symlink()} >= {"cdk.tf.json", "cdk.tf"}
    there, gone = ("added", "removed") if side == "new" else ("removed", "added")
    valid = {
        name: json.loads(terraform.run(output / "stacks" / f"{name}-network", "validate", "-json").stdout)["valid"]
        for name in ("changed", there, gone)
    }
    assert valid == {"changed": True, there: True, gone: False}
