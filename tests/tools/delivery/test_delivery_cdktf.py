"""The real cdktf command line on the project: the same bytes, offline plans, and the deployment's order."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Synthesized
    from tests.terraform.terraform_runner import Terraform
    from tests.tools.delivery.conftest import Project

pytestmark = [pytest.mark.cdktf_cli, pytest.mark.long]

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


def _files(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*.json")}


def test_synth_writes_the_same_bytes(with_cdktf: Project, shipped: Synthesized) -> None:
    result = with_cdktf.cdktf("synth")
    assert result.returncode == 0, result.stdout + result.stderr
    assert _files(with_cdktf.root / "cdktf.out") == _files(shipped.output)


def test_list_names_every_stack(with_cdktf: Project, shipped: Synthesized) -> None:
    result = with_cdktf.cdktf("list")
    assert result.returncode == 0, result.stdout + result.stderr
    listed = re.findall(r"^(\S+)\s+cdktf\.out/stacks/\1\s*$", _plain(result.stdout), re.MULTILINE)
    assert sorted(listed) == shipped.stacks


@pytest.mark.terraform
def test_hcl_is_valid_and_keeps_what_the_json_says(with_cdktf: Project, terraform: Terraform, tmp_path: Path) -> None:
    result = with_cdktf.cdktf("synth", "--hcl", "--output", tmp_path / "hcl")
    assert result.returncode == 0, result.stdout + result.stderr
    stacks = tmp_path / "hcl" / "stacks"
    for name in ("prod-access", "prod-database", "prod-monitoring", "prod-network", "prod-state"):
        folder = stacks / name
        for arguments in (("init", "-backend=false", "-input=false"), ("validate", "-json")):
            done = terraform.run(folder, *arguments)
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    code = re.sub(r" +", " ", (stacks / "prod-database" / "cdk.tf").read_text())
    assert 'version = ">= 5.100.0, < 7.0.0"' in code
    assert 'required_version = ">= 1.11.0"' in code
    assert "use_lockfile = true" in code
    assert code.count("prevent_destroy = true") >= 4
    assert '"aws_cloudwatch_log_group.postgresql"' in code


def test_stacks_are_planned_deployed_and_destroyed_in_order(with_cdktf: Project) -> None:
    (with_cdktf.root / "main.py").write_text(STAND_IN)
    states = with_cdktf.root / "terraform-state"

    def make(*arguments: str) -> tuple[int, str]:
        result = with_cdktf.make(*arguments, "ENV=dev", "AUTO_APPROVE=1", TF_CLI_CONFIG_FILE="/dev/null")
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
    printed = with_cdktf.make("output", "ENV=dev", "FORMAT=json", TF_CLI_CONFIG_FILE="/dev/null")
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


def test_what_leaves_the_network_goes_last_and_a_stack_that_left_is_named(with_cdktf: Project) -> None:
    root = with_cdktf.root
    (root / "main.py").write_text(SHRINKING)

    def make(stacks: dict[str, list[str]], *arguments: str) -> tuple[int, str]:
        (root / "stacks.json").write_text(json.dumps(stacks))
        result = with_cdktf.make(*arguments, "ENV=dev", "AUTO_APPROVE=1", TF_CLI_CONFIG_FILE="/dev/null")
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
