"""The output folder: what a synthesis replaces, what it leaves alone, and what stands when it fails or dies."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import BASE, PATIENCE, ROOT, eventually, merged, run, sampled

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL_DISK = ("unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c")

STACKS = ("one-database", "one-network", "two-database", "two-network")


ACCEPTED = [{"warning": "local-state", "reason": "nobody else is here"}]


def write(envs: Path, name: str, **changes: Any) -> None:
    """Write the file of an environment with two stacks, which are enough to be exchanged together."""
    envs.mkdir(exist_ok=True)
    (envs / f"{name}.yaml").write_text(
        json.dumps(merged(BASE, {"monitoring": {"enabled": False}, "accept": ACCEPTED, **changes}), indent=1)
    )


def arguments(place: Path, *names: str) -> list[str]:
    """Return the command that synthesizes a place's environments."""
    return ["synth", *names, "--envs", str(place / "envs"), "--output", str(place / "out")]


def start(place: Path) -> subprocess.Popen[str]:
    """Start synthesizing a place's environments, as a process group of its own."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *arguments(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def snapshot(output: Path) -> dict[str, bytes]:
    """Return every file of an output folder by its path in it."""
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def stack_files(output: Path) -> dict[str, str]:
    """Return the text of each stack's file, by stack."""
    return {path.parent.name: path.read_text() for path in sorted(output.glob("stacks/*/cdk.tf.json"))}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two environments and their output."""
    place = tmp_path_factory.mktemp("original")
    write(place / "envs", "one")
    write(place / "envs", "two", network={"create": {"cidr": "10.20.0.0/16"}})
    result = run(*arguments(place))
    assert result.returncode == 0, result.stderr
    return place


@pytest.fixture
def place(original: Path, tmp_path: Path) -> Path:
    """Return a copy of two environments and their output, for a test of its own."""
    shutil.copytree(original, tmp_path / "place")
    return tmp_path / "place"


def test_wrong_input_leaves_the_earlier_output_byte_for_byte(place: Path) -> None:
    before = snapshot(place / "out")
    write(place / "envs", "two", database={"engine_version": "9.6"})
    result = run(*arguments(place))
    assert result.returncode == 2
    assert result.stderr.endswith("nothing was written\n")
    assert "Traceback" not in result.stderr
    assert snapshot(place / "out") == before


def test_wrong_input_makes_no_output_folder(place: Path) -> None:
    shutil.rmtree(place / "out")
    write(place / "envs", "two", tier="nonsense")
    assert run(*arguments(place)).returncode == 2
    assert not (place / "out").exists()


def test_terraforms_own_files_survive_and_folders_stay_the_same(place: Path) -> None:
    folder = place / "out" / "stacks" / "one-network"
    kept = {
        ".terraform/terraform.tfstate": "backend",
        ".terraform/providers/marker": "provider",
        ".terraform.lock.hcl": "# lock",
        "local_override.tf.json": "{}",
        "terraform.tfvars": "",
    }
    for name, text in kept.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    inodes = {path: path.stat().st_ino for path in [place / "out", *(place / "out" / "stacks").iterdir()]}
    write(place / "envs", "one", network={"create": {"nat": "single"}})
    assert run(*arguments(place)).returncode == 0
    assert {path: path.stat().st_ino for path in inodes} == inodes
    assert {name: (folder / name).read_text() for name in kept} == kept
    assert "aws_nat_gateway" in (folder / "cdk.tf.json").read_text()


def test_a_file_that_has_not_changed_is_not_touched(place: Path) -> None:
    files = [path for path in (place / "out").rglob("*") if path.is_file()]
    before = snapshot(place / "out")
    untouched = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}
    assert run(*arguments(place)).returncode == 0
    assert snapshot(place / "out") == before
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files} == untouched


def test_stacks_of_a_removed_environment_go(place: Path) -> None:
    (place / "envs" / "two.yaml").unlink()
    (place / "out" / "stacks" / "two-network" / ".terraform").mkdir()
    assert run(*arguments(place)).returncode == 0
    assert sorted(path.name for path in (place / "out" / "stacks").iterdir()) == ["one-database", "one-network"]
    assert sorted(json.loads((place / "out" / "manifest.json").read_text())["stacks"]) == [
        "one-database",
        "one-network",
    ]


def test_a_network_that_is_no_longer_created_goes(place: Path) -> None:
    subnets = {"eu-west-1a": "subnet-0a1b2c3d4e5f60718", "eu-west-1b": "subnet-0a1b2c3d4e5f60719"}
    existing = {"vpc_id": "vpc-0a1b2c3d4e5f60718", "cidr": "10.10.0.0/16", "database_subnets": subnets}
    write(place / "envs", "one", network={"create": None, "existing": existing})
    assert run(*arguments(place)).returncode == 0
    assert sorted(stack_files(place / "out")) == ["one-database", "two-database", "two-network"]


def test_one_environment_alone_leaves_the_others(place: Path) -> None:
    before = snapshot(place / "out")
    write(place / "envs", "one", database={"instances": 2})
    result = run(*arguments(place, "one"))
    assert result.returncode == 0, result.stderr
    after = snapshot(place / "out")
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {"stacks/one-database/cdk.tf.json"}
    assert sorted(json.loads(after["manifest.json"])["stacks"]) == [*STACKS]


def test_one_environment_alone_lets_stacks_of_removed_ones_go(place: Path) -> None:
    (place / "envs" / "two.yaml").unlink()
    assert run(*arguments(place, "one")).returncode == 0
    assert sorted(stack_files(place / "out")) == ["one-database", "one-network"]


def below_a_file(place: Path) -> Path:
    """Return a folder that cannot be made, for a file is in its way."""
    (place / "file").write_text("")
    return place / "file" / "out"


def a_file_itself(place: Path) -> Path:
    """Return an output that is a file."""
    (place / "file").write_text("")
    return place / "file"


def stacks_in_the_way(place: Path) -> Path:
    """Return an output whose folder of stacks is a file."""
    shutil.rmtree(place / "out" / "stacks")
    (place / "out" / "stacks").write_text("")
    return place / "out"


def too_deep(place: Path) -> Path:
    """Return an output that can be made, but not the stacks in it: their paths would be too long for the system."""
    longest = os.pathconf("/", "PC_PATH_MAX")
    output = place
    while len(str(output)) < longest - 250:
        output /= "d" * 200
    output /= "d" * (longest - 30 - len(str(output)))
    return output


@pytest.mark.parametrize("unwritable", [below_a_file, a_file_itself, stacks_in_the_way, too_deep])
def test_output_that_cannot_be_written_is_one_clear_line(unwritable: Callable[[Path], Path], place: Path) -> None:
    output = unwritable(place)
    existed = output.exists()
    result = run("synth", "--envs", str(place / "envs"), "--output", str(output))
    assert output.exists() == existed
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith(f"{place}/")
    assert ": cannot be written: " in result.stderr


WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set=-dac_override")
"""What makes the permissions of folders hold for root, too."""


@pytest.mark.parametrize(
    "folder",
    sampled((".", "stacks", "stacks/one-network", "stacks/two-database"), "."),
)
def test_a_read_only_folder_is_one_clear_line_and_leaves_the_earlier_output(folder: str, place: Path) -> None:
    write(place / "envs", "three", network={"create": {"cidr": "10.30.0.0/16"}})
    write(place / "envs", "one", database={"instances": 2}, network={"create": {"nat": "single"}})
    write(place / "envs", "two", tags={"owner": "growth"}, network={"create": {"cidr": "10.20.0.0/16"}})
    before = snapshot(place / "out")
    read_only = place / "out" / folder
    read_only.chmod(0o555)
    if os.getuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("root may write anywhere, and there is no setpriv to give that up: apt-get install util-linux")
    result = subprocess.run(
        [
            *(WITHOUT_ROOTS_RIGHTS if os.getuid() == 0 else ()),
            *(sys.executable, str(ROOT / "main.py"), *arguments(place)),
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    read_only.chmod(0o755)
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith(str(place / "out"))
    assert result.stderr.endswith(": cannot be written: Permission denied\n")
    assert snapshot(place / "out") == before
    assert sorted(path.name for path in (place / "out").iterdir()) == ["manifest.json", "stacks"]
    assert sorted(path.name for path in (place / "out" / "stacks").iterdir()) == [*STACKS]
    assert run(*arguments(place)).returncode == 0
    assert "three-network" in stack_files(place / "out")


FILES = 11
"""Files and folders in the output of the two environments."""


@pytest.mark.parametrize(
    "options",
    sampled(("size=128k", *(f"nr_inodes={1 + FILES * n // 2}" for n in (3, 5, 6, 7, 8))), "size=128k"),
)
def test_full_disk_is_one_clear_line_and_leaves_the_earlier_output(options: str, place: Path) -> None:
    assert len([*(place / "out").rglob("*")]) + 1 == FILES
    write(place / "envs", "one", tags={"owner": "growth"})
    write(place / "envs", "two", tags={"owner": "growth"}, network={"create": {"cidr": "10.20.0.0/16"}})
    disk = place / "disk"
    disk.mkdir()
    # In a user namespace of its own anybody may mount a small disk; it goes with the last process in it.
    script = """
        mount -t tmpfs -o "$1" tmpfs "$2" || exit 99
        cp -r "$3" "$2/out" || exit 99
        shift 3
        "$@" >&2
        echo $?
        diff -r --no-dereference "$DISK/out" "$BEFORE"
        """
    command = [sys.executable, str(ROOT / "main.py"), "synth", "--envs", str(place / "envs")]
    command += ["--output", str(disk / "out")]
    try:
        result = subprocess.run(
            [*SMALL_DISK, script, "sh", options, str(disk), str(place / "out"), *command],
            env=os.environ | {"DISK": str(disk), "BEFORE": str(place / "out")},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare to make a small disk with (util-linux, on Linux only)")
    if result.returncode == 99 or "unshare" in result.stderr:
        pytest.skip(f"this system lets nobody make a small disk: {result.stderr}")
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr == f"{disk / 'out'}: cannot be written: No space left on device\n"
    assert result.stdout == "1\n"


def test_two_at_once_both_succeed(place: Path) -> None:
    before = snapshot(place / "out")
    running = [start(place) for _ in range(2)]
    finished = [process.communicate(timeout=PATIENCE) for process in running]
    assert [(process.returncode, errors) for process, (_, errors) in zip(running, finished, strict=True)] == [
        (0, ""),
        (0, ""),
    ]
    assert snapshot(place / "out") == before


def test_one_that_gives_up_waiting_leaves_the_other_its_files(place: Path) -> None:
    working = place / "out" / ".pending" / "stacks" / "one-network" / "cdk.tf.json"
    working.parent.mkdir(parents=True)
    working.write_text("{}")
    folder = os.open(place / "out", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        waiting = start(place)
        wait_for_lock(waiting.pid)
        os.killpg(waiting.pid, signal.SIGINT)
        waiting.communicate(timeout=PATIENCE)
        assert waiting.returncode != 0
        assert working.read_text() == "{}"
    finally:
        os.close(folder)


def wait_for_lock(process: int) -> None:
    """Wait until a process waits for a lock; where the system does not tell, wait long enough."""
    locks = Path("/proc/locks")
    if not locks.exists():
        time.sleep(8)
        return
    assert eventually(
        lambda: any("->" in line and str(process) in line.split() for line in locks.read_text().splitlines())
    )


@pytest.mark.long
def test_death_at_any_moment_leaves_the_old_or_the_new_output(place: Path, tmp_path: Path) -> None:
    before, output = tmp_path / "before", place / "out"
    shutil.copytree(output, before)
    old = stack_files(before)
    write(place / "envs", "one", database={"instances": 2, "port": 5433}, network={"create": {"nat": "single"}})
    write(place / "envs", "two", tags={"owner": "growth"}, network={"create": {"cidr": "10.20.0.0/16"}})
    begun = time.monotonic()
    assert run(*arguments(place)).returncode == 0
    duration = time.monotonic() - begun
    new, complete = stack_files(output), snapshot(output)
    assert [*old] == [*new] == [*STACKS]
    assert [stack for stack in STACKS if old[stack] == new[stack]] == []

    for moment in (0.3, 0.6, 0.9, None, None):
        shutil.rmtree(output)
        shutil.copytree(before, output)
        process = start(place)
        if moment is None:
            wait_for_exchange(output, process)
        else:
            time.sleep(duration * moment)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        assert stack_files(output) in (old, new)
        assert sorted(json.loads((output / "manifest.json").read_text())["stacks"]) == [*STACKS]

    assert run(*arguments(place)).returncode == 0
    assert snapshot(output) == complete


def wait_for_exchange(output: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the exchange of the stacks' files has begun."""
    files = [output / "stacks" / stack / "cdk.tf.json" for stack in STACKS]
    before = [file.stat().st_ino for file in files]
    while process.poll() is None and [file.stat().st_ino for file in files] == before:
        pass


def test_the_root_of_the_file_system_is_no_output() -> None:
    result = run("synth", "dev", "--output", "/")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith("--output: / is the root")
