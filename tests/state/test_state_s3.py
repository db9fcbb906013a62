"""State in S3 with the synthesized backend blocks: locks, killed applies, older versions, moves, separation."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import PATIENCE
from tests.synthesis.variants import variants

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.state.workplace import Workplace

STACK = "prod-database"

BUCKET, KEY = "experimentation-prod-terraform-state", "experimentation/prod/database.tfstate"
"""As docs/state.md says them."""

SHARED: dict[str, Any] = {
    "backend": "s3",
    "bucket": "shared-terraform-state",
    "region": "eu-west-1",
    "manage_bucket": False,
}
"""A bucket for more than one environment."""

PLACE = {"STACK": f"cdktf.out/stacks/{STACK}", "BUCKET": BUCKET, "KEY": KEY}


def two_checkouts(checkout: Callable[[str], Workplace], stack: dict[str, Any]) -> tuple[Workplace, Workplace]:
    """Return two checkouts of one stack, initialized; an apply in the first one waits."""
    first, second = checkout("first"), checkout("second")
    first.put(STACK, stack, "cluster", waiting="instance")
    second.put(STACK, stack, "cluster", "instance")
    first.run(STACK, "init")
    second.run(STACK, "init")
    return first, second


def holder(refused: str) -> dict[str, str]:
    """Return what a refusal says of the lock, by its label."""
    assert "Error acquiring the state lock" in refused
    return {label: value.strip() for label, value in re.findall(r"(ID|Who|Operation|Path|Created):(.+)", refused)}


def test_the_document_names_the_place_that_is_synthesized(production: dict[str, Any]) -> None:
    assert production["terraform"]["backend"] == {
        "s3": {"bucket": BUCKET, "key": KEY, "region": "eu-west-1", "use_lockfile": True}
    }


def test_a_second_apply_is_refused_and_told_who_holds_the_lock(
    checkout: Callable[[str], Workplace], production: dict[str, Any], s3: Any
) -> None:
    first, second = two_checkouts(checkout, production)
    with first.applying(STACK) as apply:
        held = json.loads(s3.get_object(Bucket=BUCKET, Key=f"{KEY}.tflock")["Body"].read())
        for command in (("apply", "-auto-approve"), ("plan",)):
            refused = second.run(STACK, *command, succeeds=False)
            assert refused.returncode == 1
            told = holder(refused.stderr)
            assert (told["ID"], told["Who"], told["Operation"]) == (held["ID"], held["Who"], "OperationTypeApply")
            assert told["Path"] == f"{BUCKET}/{KEY}"
            assert re.fullmatch(r".+@.+", told["Who"])
        first.go.touch()
        waited = second.documented("Somebody else holds the lock", **PLACE)
        assert waited.returncode == 0, waited.stderr
        assert apply.wait(PATIENCE) == 0
    assert second.resources(STACK) == ["terraform_data.cluster", "terraform_data.instance"]
    assert KEY in {found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert f"{KEY}.tflock" not in {found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}


def test_a_killed_apply_leaves_a_lock_that_force_unlock_clears(
    checkout: Callable[[str], Workplace], production: dict[str, Any]
) -> None:
    first, second = two_checkouts(checkout, production)
    with first.applying(STACK) as apply:
        os.killpg(apply.pid, signal.SIGKILL)
        assert apply.wait(PATIENCE) == -signal.SIGKILL
    refused = second.run(STACK, "apply", "-auto-approve", succeeds=False)
    assert refused.returncode == 1
    found = holder(refused.stderr)["ID"]
    wrong = second.documented("An apply was killed", **PLACE, ID="11111111-2222-3333-4444-555555555555")
    assert wrong.returncode == 1
    assert holder(second.run(STACK, "plan", succeeds=False).stderr)["ID"] == found
    cleared = second.documented("An apply was killed", **PLACE, ID=found)
    assert cleared.returncode == 0, cleared.stderr
    assert "has been successfully unlocked" in cleared.stdout
    second.run(STACK, "apply", "-auto-approve")
    assert second.resources(STACK) == ["terraform_data.cluster", "terraform_data.instance"]
    assert second.run(STACK, "plan", "-detailed-exitcode").returncode == 0


def serial_of(s3: Any, version: str) -> int:
    """Return the serial of a version of the state."""
    state = json.loads(s3.get_object(Bucket=BUCKET, Key=KEY, VersionId=version)["Body"].read())
    return int(state["serial"])


def test_an_older_state_is_brought_back_from_the_bucket(
    checkout: Callable[[str], Workplace], production: dict[str, Any], s3: Any
) -> None:
    place = checkout("first")
    place.put(STACK, production, "cluster", "instance")
    place.run(STACK, "init")
    place.run(STACK, "apply", "-auto-approve")
    looked = place.documented("Looking at a state", **PLACE)
    assert looked.returncode == 0, looked.stderr
    good = json.loads((place.root / "before.tfstate").read_text())
    place.run(STACK, "state", "rm", "terraform_data.cluster", "terraform_data.instance")
    assert place.resources(STACK) == []
    versions = [
        found["VersionId"]
        for found in s3.list_object_versions(Bucket=BUCKET, Prefix=KEY)["Versions"]
        if found["Key"] == KEY
    ]
    by_serial = {serial_of(s3, version): version for version in versions}
    restored = place.documented("Going back to an older state", **PLACE, VERSION=by_serial[good["serial"]])
    assert restored.returncode == 0, restored.stderr
    assert "No changes." in restored.stdout
    listed = {line.split()[0] for line in restored.stdout.splitlines() if line.endswith("+00:00")}
    assert listed >= {*versions}
    assert place.resources(STACK) == ["terraform_data.cluster", "terraform_data.instance"]
    assert json.loads(place.run(STACK, "state", "pull").stdout)["resources"] == good["resources"]


def test_a_state_of_another_stack_is_not_pushed(
    checkout: Callable[[str], Workplace], production: dict[str, Any]
) -> None:
    place = checkout("first")
    place.put(STACK, production, "cluster")
    place.run(STACK, "init")
    place.run(STACK, "apply", "-auto-approve")
    other = json.loads(place.run(STACK, "state", "pull").stdout) | {"lineage": "another", "serial": 99}
    (place.root / "other.tfstate").write_text(json.dumps(other))
    refused = place.run(STACK, "state", "push", str(place.root / "other.tfstate"), succeeds=False)
    assert refused.returncode == 1
    assert "unrelated state" in refused.stderr


def test_a_deleted_state_comes_back(checkout: Callable[[str], Workplace], production: dict[str, Any], s3: Any) -> None:
    place = checkout("first")
    place.put(STACK, production, "cluster")
    place.run(STACK, "init")
    place.run(STACK, "apply", "-auto-approve")
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    assert "No state file was found" in place.run(STACK, "state", "list", succeeds=False).stderr
    (marker,) = [
        found["VersionId"]
        for found in s3.list_object_versions(Bucket=BUCKET, Prefix=KEY)["DeleteMarkers"]
        if found["Key"] == KEY
    ]
    restored = place.documented("A state was deleted", **PLACE, MARKER=marker)
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.splitlines()[0] == marker
    assert restored.stdout.splitlines()[-1] == "terraform_data.cluster"


def test_moving_from_a_local_file_keeps_every_resource(
    checkout: Callable[[str], Workplace], production: dict[str, Any], s3: Any
) -> None:
    local = variants(prod={}).stack("prod-database")
    assert "local" in local["terraform"]["backend"]
    place = checkout("first")
    without_s3 = type(place)(place.root)
    without_s3.put(STACK, local, "cluster", "instance")
    without_s3.run(STACK, "init")
    without_s3.run(STACK, "apply", "-auto-approve")
    before = json.loads(without_s3.run(STACK, "state", "pull").stdout)

    place.put(STACK, production, "cluster", "instance")
    unasked = place.run(STACK, "plan", succeeds=False)
    assert unasked.returncode == 1
    assert "Backend initialization required" in unasked.stderr
    moved = place.documented("Moving a state", **PLACE)
    assert moved.returncode == 0, moved.stderr
    assert "No changes." in moved.stdout
    after = json.loads(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    assert (after["resources"], after["outputs"]) == (before["resources"], before["outputs"])


def test_reconfiguring_would_forget_the_state(checkout: Callable[[str], Workplace], production: dict[str, Any]) -> None:
    place = checkout("first")
    without_s3 = type(place)(place.root)
    without_s3.put(STACK, variants(prod={}).stack("prod-database"), "cluster")
    without_s3.run(STACK, "init")
    without_s3.run(STACK, "apply", "-auto-approve")
    place.put(STACK, production, "cluster")
    place.run(STACK, "init", "-reconfigure")
    assert "Plan: 1 to add" in place.run(STACK, "plan").stdout


@pytest.mark.long
def test_two_environments_in_one_bucket_never_see_each_other(
    checkout: Callable[[str], Workplace], bucket: Callable[[str], None], s3: Any
) -> None:
    output = variants(blue={"state": SHARED}, green={"state": SHARED})
    bucket(SHARED["bucket"])
    place = checkout("first")
    stacks = [f"{environment}-{kind}" for environment in ("blue", "green") for kind in ("network", "database")]
    for stack in stacks:
        place.put(stack, output.stack(stack), stack, waiting="last" if stack == "blue-database" else "")
        place.run(stack, "init")
    with place.applying("blue-database") as apply:
        # While blue is being applied, green is not kept waiting.
        for stack in stacks:
            if stack != "blue-database":
                place.run(stack, "apply", "-auto-approve")
        place.go.touch()
        assert apply.wait(PATIENCE) == 0
    for stack in stacks:
        assert set(place.resources(stack)) - {"terraform_data.last"} == {f"terraform_data.{stack}"}
        assert place.run(stack, "output", "-raw", "name").stdout == stack

    def objects() -> dict[str, str]:
        return {found["Key"]: found["ETag"] for found in s3.list_objects_v2(Bucket=SHARED["bucket"])["Contents"]}

    before = objects()
    assert sorted(before) == sorted(
        f"experimentation/{environment}/{kind}.tfstate"
        for environment in ("blue", "green")
        for kind in ("network", "database")
    )
    for kind in ("database", "network"):
        place.run(f"blue-{kind}", "destroy", "-auto-approve")
    after = objects()
    assert {key for key in before if before[key] != after[key]} == {
        "experimentation/blue/network.tfstate",
        "experimentation/blue/database.tfstate",
    }
    assert place.resources("green-database") == ["terraform_data.green-database"]


def test_a_folder_initialized_for_another_environment_is_refused(
    checkout: Callable[[str], Workplace], bucket: Callable[[str], None]
) -> None:
    output = variants(blue={"state": SHARED}, green={"state": SHARED})
    bucket(SHARED["bucket"])
    place = checkout("first")
    place.put("blue-database", output.stack("blue-database"), "cluster")
    place.run("blue-database", "init")
    place.run("blue-database", "apply", "-auto-approve")
    place.put("blue-database", output.stack("green-database"), "cluster")
    refused = place.run("blue-database", "plan", succeeds=False)
    assert refused.returncode == 1
    assert "Backend initialization required" in refused.stderr
