"""What the stacks say at each step by which one cluster takes another's place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import loader
from tests.harness import BASE, Synthesized, merged, synthesized

if TYPE_CHECKING:
    from pathlib import Path

BESIDE = {"generation": "two", "origin": {"cluster": "experimentation-kept", "latest": True}}
SERVES = {**BESIDE, "exists": True, "serves": True}
ENDS = ("released", "destroyed", "forgotten")

STEPS: dict[str, dict[str, Any]] = {
    "kept": {},
    "made": {"successor": BESIDE},
    "runs": {"successor": {**BESIDE, "exists": True}},
    "serves": {"successor": SERVES},
    **{how: {"successor": {**SERVES, "ended": {"generation": "one", "how": how}}} for how in ENDS},
    "unwanted": {"successor": {**BESIDE, "exists": True, "ended": {"generation": "two", "how": "destroyed"}}},
    "alone": {"generation": "two", "exists": True, "origin": BESIDE["origin"]},
}
"""What the database says at each step, of environments that differ in nothing else but their names."""


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Synthesize an environment at each step."""
    envs = tmp_path_factory.mktemp("succession") / "envs"
    envs.mkdir()
    for number, (step, database) in enumerate(STEPS.items()):
        own = {
            "protected": True,
            "network": {"create": {"cidr": f"10.{number}.0.0/16", "interface_endpoints": ["ssm"]}},
            "access": {},
            "database": {"engine_version": "15.10"} | database,
        }
        (envs / f"{name_of(step)}.yaml").write_text(json.dumps(merged(BASE, own)))
    return synthesized(envs, envs.parent / "out")


def name_of(step: str) -> str:
    """Return the name of the environment at a step, which is no other word in a stack."""
    return f"step{[*STEPS].index(step)}"


def plain(value: Any) -> Any:
    """Return a value without what cdktf notes."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "//"}
    return [plain(item) for item in value] if isinstance(value, list) else value


def alike(output: Synthesized, step: str, kind: str) -> dict[str, Any]:
    """Return a stack as it is but for what tells its environment from the others."""
    text = (output.output / "stacks" / f"{name_of(step)}-{kind}" / "cdk.tf.json").read_text()
    text = text.replace(f"10.{[*STEPS].index(step)}.", "10.N.").replace(name_of(step), "E")
    stack: dict[str, Any] = plain(json.loads(text))
    return stack


def addresses(stack: dict[str, Any]) -> set[str]:
    """Return the addresses of a stack's resources."""
    return {f"{kind}.{name}" for kind, those in stack.get("resource", {}).items() for name in those}


def forgotten(stack: dict[str, Any]) -> set[str]:
    """Return what a stack lets go of."""
    assert all(one["lifecycle"] == {"destroy": False} for one in stack.get("removed", ()))
    return {one["from"] for one in stack.get("removed", ())}


def test_a_successor_changes_nothing_of_what_runs(steps: Synthesized) -> None:
    for kind in ("network", "database", "access", "monitoring"):
        assert alike(steps, "made", kind) == alike(steps, "kept", kind)
    assert addresses(alike(steps, "made", "database-two")) == {
        each for each in addresses(alike(steps, "kept", "database")) if not each.startswith("aws_ssm_parameter.")
    }


def test_one_stack_has_the_contract_and_the_other_lets_go_of_it(steps: Synthesized) -> None:
    contract = {each for each in addresses(alike(steps, "kept", "database")) if each.startswith("aws_ssm_parameter.")}
    for step, owner, other in (("runs", "database", "database-two"), ("serves", "database-two", "database")):
        owning, letting = alike(steps, step, owner), alike(steps, step, other)
        assert {one["to"] for one in owning["import"]} == contract <= addresses(owning)
        assert forgotten(letting) == contract
        assert not addresses(letting) & contract
        assert all(one["id"].startswith("/experimentation/E/database/") for one in owning["import"])


def test_nobody_is_shut_out_by_the_switch(steps: Synthesized) -> None:
    before, after = (alike(steps, step, "access") for step in ("runs", "serves"))
    assert before == after
    rules = {each for each in addresses(before) if "database" in each and "rule." in each}
    assert rules == {
        f"aws_vpc_security_group_{rule}"
        for rule in (
            *("egress_rule.function_to_database", "egress_rule.function_to_database_two"),
            *("ingress_rule.database_from_function", "ingress_rule.database_two_from_function"),
        )
    }
    policy = before["resource"]["aws_iam_policy"]["connect_writer"]["policy"]
    assert all(
        f"terraform_remote_state.{one}.outputs.cluster_resource_id" in policy for one in ("database", "database_two")
    )
    ended = alike(steps, "released", "access")
    assert not [each for each in addresses(ended) if each.endswith(("function_to_database", "database_from_function"))]


def test_alarms_mean_the_one_that_serves(steps: Synthesized) -> None:
    for step, cluster in (("runs", "experimentation-E"), ("serves", "experimentation-E-two")):
        monitoring = alike(steps, step, "monitoring")
        named = {
            row["dimensions"]["DBClusterIdentifier"]
            for row in monitoring["locals"]["alarms"].values()
            if "DBClusterIdentifier" in row["dimensions"]
        }
        assert named == {cluster}
        assert {"fatal", "fatal_two"} < monitoring["locals"]["log_metrics"].keys()


def test_a_released_one_is_protected_no_longer_and_leaves_a_snapshot(steps: Synthesized) -> None:
    released = alike(steps, "released", "database")
    cluster = released["resource"]["aws_rds_cluster"]["aurora"]
    assert cluster["deletion_protection"] is False
    assert cluster["skip_final_snapshot"] is False
    assert cluster["delete_automated_backups"] is False
    assert "final_snapshot_identifier" in cluster
    assert "prevent_destroy" not in cluster["lifecycle"]
    assert released["output"]["released"]["value"] is True
    assert addresses(released) | forgotten(released) == addresses(alike(steps, "kept", "database"))


@pytest.mark.parametrize(
    ("step", "stack", "was"), [("destroyed", "database", "kept"), ("unwanted", "database-two", "made")]
)
def test_a_destroyed_one_leaves_what_snapshot_and_logs_are_read_with(
    steps: Synthesized, step: str, stack: str, was: str
) -> None:
    ended = alike(steps, step, stack)
    assert addresses(ended) == set()
    left = {each for each in forgotten(ended) if not each.startswith("aws_ssm_parameter.")}
    assert left == {
        *(f"aws_kms_{kind}.{purpose}" for kind in ("key", "alias") for purpose in ("data", "logs")),
        *(f"aws_cloudwatch_log_group.{kind}" for kind in ("postgresql", "iam_db_auth_error", "instance")),
    }
    assert left < addresses(alike(steps, was, stack))
    (guard,) = ended["data"]["terraform_remote_state"]["itself"]["lifecycle"]["postcondition"]
    assert guard["condition"] == "${try(self.outputs.released, false)}"


def test_a_forgotten_one_is_let_go_of_whole(steps: Synthesized) -> None:
    ended = alike(steps, "forgotten", "database")
    assert addresses(ended) == set()
    assert forgotten(ended) == addresses(alike(steps, "kept", "database"))
    assert ended.get("data", {}) == {}


def test_alone_it_is_what_it_was_beside_the_other(steps: Synthesized) -> None:
    after = alike(steps, "alone", "database-two")
    before = alike(steps, "destroyed", "database-two")
    assert before.pop("import")
    assert after == before
    for kind in ("access", "monitoring"):
        assert alike(steps, "alone", kind) == alike(steps, "destroyed", kind)
    assert f"{name_of('alone')}-database" not in steps.stacks


def test_what_is_beside_is_left_where_another_environment_is_synthesized(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    for number, name in enumerate(("here", "there")):
        network = {"network": {"create": {"cidr": f"10.{number}.0.0/16"}}}
        data = merged(merged(BASE, network), {"database": {"successor": BESIDE}})
        (envs / f"{name}.yaml").write_text(json.dumps(data))
    output = synthesized(envs, tmp_path / "out")
    assert {"here-database-two", "there-database-two"} < {*output.stacks}
    assert synthesized(envs, tmp_path / "out", "here").stacks == output.stacks
    loaded = {one.name: one for one in loader.load(envs)}
    assert loaded["here"].stacks == ("network", "database", "database-two", "monitoring")
