"""``make deploy`` and ``make destroy`` with the real Terraform: their order, what was agreed to, and what leaves."""

from __future__ import annotations

import itertools
import json
import os
import pty
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.tools.delivery.conftest import Project

pytestmark = pytest.mark.long

STAND_IN = """
import json, pathlib, sys

OUT = pathlib.Path(__file__).resolve().parent / "cdktf.out"
UPSTREAM = {"state": [], "network": [], "database": ["network"]}

if sys.argv[1] == "stacks":
    sys.exit(print(*(f"{sys.argv[2]}-{kind}" for kind in UPSTREAM), sep="\\n"))

stacks = {}
for kind, upstream in UPSTREAM.items():
    name, states = f"dev-{kind}", "../../../terraform-state"
    code = {
        "//": {"metadata": {"backend": "local", "stackName": name, "version": "0.21.0"}, "outputs": {}},
        "terraform": {"backend": {"local": {"path": f"{states}/{kind}.tfstate"}}},
        "resource": {"terraform_data": {"one": {"input": f"from {kind}"}}},
        "output": {"it": {"value": "${terraform_data.one.output}"}},
    }
    if upstream:
        remote = {"backend": "local", "config": {"path": f"{states}/network.tfstate"}}
        code["data"] = {"terraform_remote_state": {"network": remote}}
        code["resource"]["terraform_data"]["one"]["input"] = "${data.terraform_remote_state.network.outputs.it}!"
    folder = OUT / "stacks" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.tf.json").write_text(json.dumps(code))
    stacks[name] = {
        "name": name, "constructPath": name, "workingDirectory": f"stacks/{name}", "annotations": [],
        "synthesizedStackPath": f"stacks/{name}/cdk.tf.json", "dependencies": [f"dev-{one}" for one in upstream],
    }
(OUT / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": stacks}))
"""
"""Stacks that depend on each other like the project's, of what Terraform has built in."""


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_stacks_are_planned_deployed_and_destroyed_in_order(with_terraform: Project) -> None:
    (with_terraform.root / "main.py").write_text(STAND_IN)
    states = with_terraform.root / "terraform-state"

    def make(*arguments: str) -> tuple[int, str]:
        result = with_terraform.make(*arguments, "ENV=dev", "AUTO_APPROVE=1", TF_CLI_CONFIG_FILE="/dev/null")
        return result.returncode, _plain(result.stdout + result.stderr)

    code, text = make("deploy", "STACK=database")
    assert code != 0
    assert "dev-database cannot be deployed yet because it reads the outputs of dev-network" in text
    code, text = make("deploy")
    assert code == 0, text
    assert text.index('"from network"') < text.index('"from network!"')
    assert sorted(path.name for path in states.glob("*.tfstate")) == ["database.tfstate", "network.tfstate"]
    code, text = make("plan")
    assert code == 0, text
    assert text.count("No changes") == 2
    code, text = make("output", "STACK=database")
    assert code == 0, text
    assert "from network!" in text
    printed = with_terraform.make("output", "ENV=dev", "FORMAT=json", TF_CLI_CONFIG_FILE="/dev/null")
    assert json.loads(printed.stdout) == {
        "dev-network": {"it": "from network"},
        "dev-database": {"it": "from network!"},
    }
    code, text = make("destroy", "STACK=network")
    assert code != 0
    assert "dev-network cannot be destroyed while dev-database reads its outputs" in text
    code, text = make("destroy")
    assert code == 0, text
    assert all(not json.loads(path.read_text())["resources"] for path in states.glob("*.tfstate"))


SHRINKING = """
import json, pathlib, sys

ROOT = pathlib.Path(__file__).resolve().parent
OUT = ROOT / "cdktf.out"
STACKS = json.loads((ROOT / "stacks.json").read_text())


def terraform(kind):
    return {"backend": {"local": {"path": f"../../../terraform-state/{kind}.tfstate"}}}


if sys.argv[1] == "stacks":
    gone = "--gone" in sys.argv
    for kind in ("network", "database", "access"):
        if gone and kind not in STACKS:
            place = OUT / "gone" / f"dev-{kind}"
            place.mkdir(parents=True, exist_ok=True)
            (place / "cdk.tf.json").write_text(json.dumps({"terraform": terraform(kind)}))
        if gone == (kind not in STACKS):
            print(f"dev-{kind}")
    sys.exit()

stacks = {}
for kind, names in STACKS.items():
    name, upstream = f"dev-{kind}", ["dev-network"] if kind != "network" else []
    code = {
        "//": {"metadata": {"backend": "local", "stackName": name, "version": "0.21.0"}, "outputs": {}},
        "terraform": terraform(kind),
        "resource": {"terraform_data": {each: {"input": each} for each in names}},
        "output": {"it": {"value": names}},
    }
    folder = OUT / "stacks" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.tf.json").write_text(json.dumps(code))
    stacks[name] = {
        "name": name, "constructPath": name, "workingDirectory": f"stacks/{name}", "annotations": [],
        "synthesizedStackPath": f"stacks/{name}/cdk.tf.json", "dependencies": upstream,
    }
(OUT / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": stacks}))
"""
"""Stacks as a file lists them, each with what it has, and the code of those that it lists no more."""


def test_what_leaves_the_network_goes_last_and_a_stack_that_left_is_named(with_terraform: Project) -> None:
    root = with_terraform.root
    (root / "main.py").write_text(SHRINKING)

    def make(stacks: dict[str, list[str]], *arguments: str) -> tuple[int, str]:
        (root / "stacks.json").write_text(json.dumps(stacks))
        result = with_terraform.make(*arguments, "ENV=dev", "AUTO_APPROVE=1", TF_CLI_CONFIG_FILE="/dev/null")
        return result.returncode, _plain(result.stdout + result.stderr)

    more = {"network": ["one", "two"], "database": ["three", "four"], "access": ["five"]}
    code, text = make(more, "deploy")
    assert code == 0, text
    assert "something leaves" not in text
    code, text = make({"network": ["one", "six"], "database": ["three", "seven"], "access": ["five"]}, "deploy")
    assert code == 0, text
    done = [{text.index(f"terraform_data.{each} complete") for each in phase} for phase in PHASES]
    assert all(max(one) < min(next_) for one, next_ in itertools.pairwise(done)), text

    without = {"network": ["one"], "database": ["three", "seven"]}
    code, text = make(without, "deploy")
    assert code != 0
    assert "make destroy ENV=dev STACK=access first" in text
    code, text = make({**without, "network": ["one", "six"]}, "plan")
    assert code == 0, text
    assert "dev-access is still deployed and no longer in envs/dev.yaml" in text
    code, text = make(without, "destroy", "STACK=network")
    assert code != 0
    assert "cannot be destroyed while dev-access is deployed" in text
    code, text = make(without, "destroy", "STACK=access")
    assert code == 0, text
    assert "1 destroyed" in text
    code, text = make(without, "destroy", "STACK=access")
    assert code != 0
    assert "nothing of it is deployed" in text
    code, text = make(without, "deploy")
    assert code == 0, text
    assert "terraform_data.six: Destruction complete" in text


PHASES = ({"six: Creation"}, {"four: Destruction", "seven: Creation"}, {"two: Destruction"})
"""What happens to what comes and goes: the network grows, the database changes, at once, and the network shrinks."""


BROKEN = """
import json, pathlib, sys

ROOT = pathlib.Path(__file__).resolve().parent
OUT = ROOT / "cdktf.out"
KINDS = ("network", "database", "access")
CODE = json.loads((ROOT / "code.json").read_text())

if sys.argv[1] == "stacks":
    sys.exit(print(*([] if "--gone" in sys.argv else (f"dev-{kind}" for kind in KINDS)), sep="\\n"))
if sys.argv[1] == "review":
    planned = json.loads(pathlib.Path(sys.argv[-1]).read_text())["planned_values"]["root_module"]["resources"]
    sys.exit(print("Reviewed", sys.argv[3], sys.argv[-1], planned[0]["values"]["input"]) or 3)

remote = {"backend": "local", "config": {"path": "../../../terraform-state/network.tfstate"}}
stacks = {}
for kind in KINDS:
    name, reads = f"dev-{kind}", kind == "database"
    folder = OUT / "stacks" / name
    folder.mkdir(parents=True, exist_ok=True)
    code = {"terraform": {"backend": {"local": {"path": f"../../../terraform-state/{kind}.tfstate"}}}}
    code |= {"data": {"terraform_remote_state": {"network": remote}}} if reads else {}
    (folder / "cdk.tf.json").write_text(json.dumps(code | CODE[kind]))
    stacks[name] = {"dependencies": ["dev-network"] if reads else []}
(OUT / "manifest.json").write_text(json.dumps({"stacks": stacks}))
"""
"""A network whose outputs the database reads, and an access that reads nothing, with the code of a file."""


def _code(**stacks: str) -> dict[str, dict[str, Any]]:
    """Return the code of stacks that each have one resource, of an expression, and an output called like it."""
    return {
        kind: {
            "resource": {"terraform_data": {"one": {"input": expression}}},
            "output": {expression if expression.isalpha() else kind: {"value": expression}},
        }
        for kind, expression in stacks.items()
    }


class Deploying:
    """A project whose stacks are said by a test."""

    def __init__(self, project: Project, kept: Path) -> None:
        self.project, self.kept = project, kept
        kept.mkdir()
        (project.root / "main.py").write_text(BROKEN)

    def say(self, **stacks: str) -> None:
        """Have the stacks be of these expressions."""
        (self.project.root / "code.json").write_text(json.dumps(_code(**stacks)))

    def make(self, *arguments: str) -> tuple[int, str]:
        """Run make without being asked, and make sure that no plan is left behind."""
        variables = {"TF_CLI_CONFIG_FILE": "/dev/null", "TMPDIR": str(self.kept)}
        done = self.project.make(*arguments, "ENV=dev", "AUTO_APPROVE=1", **variables)
        assert not [*self.kept.iterdir()]
        return done.returncode, _plain(done.stdout + done.stderr)

    def answering(self, answer: str, *, meanwhile: Callable[[], object] | None = None) -> tuple[int, str]:
        """Deploy at a terminal and answer every question alike, the first after something else has happened."""
        master, slave = pty.openpty()
        said = self.kept.parent / "said"
        command = ["make", "--no-print-directory", "deploy", "ENV=dev", "AUTO_APPROVE="]
        with (
            said.open("w") as output,
            subprocess.Popen(
                command,
                cwd=self.project.root,
                env=os.environ | {"TF_CLI_CONFIG_FILE": "/dev/null", "TMPDIR": str(self.kept)},
                stdin=slave,
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            if meanwhile:
                eventually(lambda: "Only `yes` is accepted" in said.read_text() or process.poll() is not None)
                meanwhile()
            os.write(master, f"{answer}\n".encode() * 3)
            code = process.wait(timeout=PATIENCE)
        os.close(master)
        os.close(slave)
        assert not [*self.kept.iterdir()]
        return code, _plain(said.read_text())

    def states(self) -> dict[str, object]:
        """Return what the states have, by stack."""
        places = (self.project.root / "terraform-state").glob("*.tfstate")
        states = {place.stem: json.loads(place.read_text())["resources"] for place in places}
        return {
            kind: resource["instances"][0]["attributes"]["input"]["value"]
            for kind, resources in states.items()
            for resource in resources
            if resource["mode"] == "managed"
        }


@pytest.fixture
def deploying(with_terraform: Project, tmp_path: Path) -> Deploying:
    """Return a project of which network one, database and access are deployed."""
    it = Deploying(with_terraform, tmp_path / "kept")
    it.say(network="one", database="${data.terraform_remote_state.network.outputs.one}", access="three")
    code, text = it.make("deploy")
    assert code == 0, text
    return it


def test_what_reads_a_new_output_is_planned_again_once_that_exists(deploying: Deploying) -> None:
    deploying.say(network="two", database="${data.terraform_remote_state.network.outputs.two}", access="three")
    code, text = deploying.make("plan")
    assert code != 0
    assert "Unsupported attribute" in text
    code, text = deploying.make("deploy")
    assert code == 0, text
    assert "Unsupported attribute" not in text
    assert deploying.states() == {"network": "two", "database": "two", "access": "three"}
    # Whoever changes nothing applies nothing.
    code, text = deploying.make("deploy")
    assert code == 0, text
    assert text.count("No changes") == 3
    assert "Apply complete" not in text


def test_nothing_is_applied_where_a_plan_fails_that_no_change_before_it_mends(deploying: Deploying) -> None:
    deploying.say(network="two", database="${data.terraform_remote_state.network.outputs.two}", access="${nothing}")
    code, text = deploying.make("deploy")
    assert code != 0
    assert "Apply complete" not in text
    assert "dev-access" in text
    assert deploying.states() == {"network": "one", "database": "one", "access": "three"}


def test_only_what_is_agreed_to_is_applied(deploying: Deploying) -> None:
    deploying.say(network="one", database="changed", access="three")
    for answer in ("", "y", "no"):
        code, text = deploying.answering(answer)
        assert code != 0
        said = text.index("Reviewed dev dev-database.json changed")
        assert text.index("Plan: 0 to add, 1 to change, 0 to destroy.") < said
        assert said < text.index("Apply this plan of dev-database?")
        assert "dev-database was not agreed to: nothing of it was applied" in text
    assert deploying.states()["database"] == "one"
    code, text = deploying.answering("yes")
    assert code == 0, text
    assert deploying.states()["database"] == "changed"


def test_a_plan_is_not_applied_once_somebody_else_has_applied(deploying: Deploying) -> None:
    deploying.say(network="one", database="changed", access="three")
    meanwhile = []

    def another() -> None:
        deploying.say(network="one", database="another", access="three")
        meanwhile.append(deploying.project.make("deploy", "ENV=dev", AUTO_APPROVE="1", TF_CLI_CONFIG_FILE="/dev/null"))

    code, text = deploying.answering("yes", meanwhile=another)
    assert [done.returncode for done in meanwhile] == [0], meanwhile
    assert code != 0
    assert "Saved plan is stale" in text
    assert "Traceback" not in text
    assert deploying.states()["database"] == "another"


def test_nobody_to_ask_is_no_agreement(deploying: Deploying) -> None:
    deploying.say(network="one", database="changed", access="three")
    done = deploying.project.make("deploy", "ENV=dev", TF_CLI_CONFIG_FILE="/dev/null")
    assert done.returncode != 0
    assert "there is no terminal to ask on: set AUTO_APPROVE=1" in done.stderr
    assert deploying.states()["database"] == "one"


def test_whoever_is_stopped_leaves_no_lock_and_no_plan(deploying: Deploying, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    stacks = _code(network="one", database="one", access="three")
    waits = {"local-exec": {"command": f"touch '{begun}'; while :; do sleep 0.1; done"}}
    stacks["database"] |= {"resource": {"terraform_data": {"two": {"provisioner": [waits]}}}}
    (deploying.project.root / "code.json").write_text(json.dumps(stacks))
    variables = {"ENV": "dev", "STACK": "", "AUTO_APPROVE": "1", "TF_CLI_CONFIG_FILE": "/dev/null"}
    with subprocess.Popen(
        [sys.executable, "-m", "tools.delivery", "deploy"],
        cwd=deploying.project.root,
        env=os.environ | variables | {"TMPDIR": str(deploying.kept)},
        stdout=subprocess.DEVNULL,
    ) as process:
        eventually(lambda: begun.exists() or process.poll() is not None)
        assert [*deploying.kept.rglob("*.tfplan")]
        process.send_signal(signal.SIGTERM)
        ended = process.wait(timeout=PATIENCE)
    assert ended == 128 + signal.SIGTERM
    deploying.say(network="one", database="changed", access="three")
    code, text = deploying.make("deploy")
    assert code == 0, text
    assert deploying.states()["database"] == "changed"


def test_nothing_goes_where_something_cannot_and_else_the_last_first(deploying: Deploying) -> None:
    deploying.say(network="${terraform_data.none}", database="one", access="three")
    code, text = deploying.make("destroy")
    assert code != 0
    assert "dev-network" in text
    assert deploying.states() == {"network": "one", "database": "one", "access": "three"}
    deploying.say(network="one", database="${data.terraform_remote_state.network.outputs.one}", access="three")
    code, text = deploying.make("destroy")
    assert code == 0, text
    gone = [text.index(f"\ndev-{kind}\n") for kind in ("access", "database", "network")]
    assert gone == sorted(gone)
    assert deploying.states() == {}
