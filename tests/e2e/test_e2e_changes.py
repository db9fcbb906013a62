"""What changes do to a running database: planned on top of an applied environment, and kept in docs/changes.md.

``make changes`` writes the table anew; the test compares it.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from review.judge import judge
from review.plan import parsed
from review.rendering.cell import as_cell
from tests.e2e import change_scenarios
from tests.e2e.change_scenarios import (
    CREATED,
    DELETED,
    ENVIRONMENT,
    LARGER,
    REFUSED,
    REMOVALS,
    REPLACED,
    REPLACED_AFTER,
    SCENARIOS,
    UPDATED,
)
from tests.harness import ROOT, merged, synthesized
from tests.review.corpus import NOW, slug
from tests.review.trimming import kept
from tests.terraform import terraform_runner
from tools.emulator import deployment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.change_scenarios import Scenario
    from tests.e2e.conftest import Deployment
    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.e2e

TABLE = ROOT / "docs" / "changes.md"

PLANS = ROOT / "tests" / "review" / "plans" / "changes"

ACTIONS = {
    ("create",): CREATED,
    ("delete",): DELETED,
    ("update",): UPDATED,
    ("create", "delete"): REPLACED,
    ("delete", "create"): REPLACED_AFTER,
}

HEAD = """# What a change does to a running database

Each row is a change of an environment's file, planned by the real AWS provider on top of a deployed environment: a
protected production with two instances in two zones, without its alarms. *Expected* is what the test demands, *seen*
what the plan says, with the arguments that change. Nothing else is touched. *Means* is what `main.py review` makes of
that plan for those connected ([review.md](review.md)); where it says nothing, nobody notices. `make changes` writes
this file anew; `make e2e` compares it.

Two things to know. An instance that is taken out of the file is deleted, protected or not: `prevent_destroy` goes with
the resource that carried it. A version in the file moves a running cluster only with `upgrade` or
`allow_major_version_upgrade` beside it; the contract's `engine-version` says what the deployment makes of it, or what
runs.

| change | expected | seen | means |
| --- | --- | --- | --- |
"""

TAKING_AWAY = """
## Taking things away

The same production with more: three zones with a NAT gateway each, two interface endpoints, a named reader, another
source, parameters, a tag. Where something leaves the network, `make deploy` applies what stays of it first, then the
stacks that used the rest, and deletes last; a plan of one stack shows nothing yet of what the next follows with. A
stack that the file no longer has is named by `make plan`, and `make destroy ENV=prod STACK=access` removes it.
Protection keeps none of it: what left the file has nothing that could refuse.

| change | expected | seen | means |
| --- | --- | --- | --- |
"""

LISTED = 6
"""Addresses that a cell names; more are counted."""

Seen = dict[str, tuple[str, tuple[str, ...]]]
"""What happens to each address, and the arguments that change."""


def environment(folder: Path, changes: dict[str, Any], base: dict[str, Any] = ENVIRONMENT) -> Path:
    """Write the environment's file with some changes and return its folder."""
    folder.mkdir(parents=True)
    # JSON is YAML, and quotes what has to be quoted.
    (folder / "production.yaml").write_text(json.dumps(merged(base, changes), indent=1))
    return folder


def seen(terraform: Terraform, stack: Path) -> tuple[Seen, dict[str, Any]]:
    """Plan a stack and return what would be touched, and the plan."""
    planned = terraform.run(stack, "plan", "-json", "-lock=false", "-refresh=false", "-out=planned")
    refused = [
        found["detail"]
        for found in terraform_runner.diagnostics(planned.stdout)
        if found["summary"] == "Instance cannot be destroyed"
    ]
    if refused:
        addresses = [match[1] for text in refused if (match := re.match(r"Resource (\S+) has", text))]
        assert len(addresses) == len(refused), refused
        # Terraform keeps a plan that failed, and shows it.
        return dict.fromkeys(addresses, (REFUSED, ())), json.loads(
            terraform.run(stack, "show", "-json", "planned").stdout
        )
    assert planned.returncode == 0, planned.stdout
    shown = json.loads(terraform.run(stack, "show", "-json", "planned").stdout)
    touched = {
        change["address"]: (ACTIONS[tuple(change["change"]["actions"])], arguments(change["change"]))
        for change in shown["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    }
    return touched, shown


def arguments(change: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the arguments that change."""
    before, after = change["before"] or {}, change["after"] or {}
    if not before or not after:
        return ()
    unknown = {name for name, value in change["after_unknown"].items() if value}
    return tuple(
        sorted(name for name in after if after[name] != before.get(name) and name != "tags") or sorted(unknown)
    )


def keep(scenario: Scenario, stack: str, plan: dict[str, Any]) -> None:
    """Keep a plan for the tests of the review, when the table is written anew."""
    if os.environ.get("UPDATE_CHANGES") == "1":
        PLANS.mkdir(parents=True, exist_ok=True)
        kind = stack.removeprefix("production-")
        (PLANS / f"{slug(scenario.title)}.{kind}.json").write_text(kept(plan))


def mistakes(scenario: Scenario, found: Seen) -> list[str]:
    """Say what is not as the scenario expects."""
    wrong = [
        f"{scenario.title}: {address} is {action}, expected {expected(scenario, address)}"
        for address, (action, _) in found.items()
        if action != expected(scenario, address)
    ]
    unmatched = [pattern for pattern in scenario.expected if not fnmatch.filter(found, pattern)]
    return wrong + [f"{scenario.title}: {pattern} is not touched" for pattern in unmatched]


def expected(scenario: Scenario, address: str) -> str:
    return next(
        (what for pattern, what in scenario.expected.items() if fnmatch.fnmatch(address, pattern)), "left alone"
    )


def row(scenario: Scenario, found: Seen, plans: list[dict[str, Any]]) -> str:
    wanted: dict[str, list[str]] = {}
    for pattern, action in scenario.expected.items():
        wanted.setdefault(action, []).append(pattern)
    got: dict[str, list[str]] = {}
    for address, (action, names) in sorted(found.items()):
        said = f"{action} ({', '.join(names)})" if names else action
        got.setdefault(said, []).append(address)
    meant = as_cell(judge([parsed(kept(plan).encode(), scenario.title) for plan in plans], now=NOW))
    return f"| {scenario.title} | {cell(wanted)} | {cell(got)} | {meant} |\n"


def cell(by_action: dict[str, list[str]]) -> str:
    parts = []
    for action, addresses in by_action.items():
        some = (
            ", ".join(f"`{address}`" for address in addresses)
            if len(addresses) <= LISTED
            else f"{len(addresses)} resources"
        )
        parts.append(f"{action}: {some}")
    return "<br>".join(parts) or "nothing"


def told(
    running: Deployment,
    base: dict[str, Any],
    scenarios: tuple[Scenario, ...],
    folder: Path,
    factory: pytest.TempPathFactory,
) -> tuple[str, list[str]]:
    """Deploy an environment, plan every change of it, and return the table's rows and what is not as expected."""
    envs = environment(folder / "envs", {}, base)
    running.synthesize(envs)
    stacks = running.stacks(envs)
    for stack in stacks:
        running.run(stack, "init", "-input=false")
        running.apply(stack)
    rows, wrong = [], []
    account = deployment.variables(running.emulator, base["aws"]["account_id"])
    with terraform_runner.prepared(factory, **account) as attached:
        for number, scenario in enumerate(scenarios):
            running.report(f"{number + 1} of {len(scenarios)}: {scenario.title}")
            found: Seen = {}
            plans = []
            changed = environment(folder / f"envs{number}", scenario.changes, base)
            fresh = synthesized(changed, folder / f"out{number}")
            for stack in stacks:
                code = (fresh.output / "stacks" / stack / "cdk.tf.json").read_bytes()
                place = running.place(stack) / "cdk.tf.json"
                before = place.read_bytes()
                if code != before:
                    place.write_bytes(code)
                    try:
                        touched, plan = seen(attached, running.place(stack))
                        found |= touched
                        plans.append(plan)
                        keep(scenario, stack, plan)
                    finally:
                        place.write_bytes(before)
            wrong += mistakes(scenario, found)
            rows.append(row(scenario, found, plans))
    return "".join(rows), wrong


def compared(text: str, wrong: list[str], *, first: bool) -> None:
    """Hold a part of the table against what was seen, or write it anew."""
    parts = list(TABLE.read_text().partition(TAKING_AWAY.lstrip("\n").splitlines()[0]))
    parts = [parts[0].rstrip("\n") + "\n", "\n" + parts[1] + parts[2]]
    if os.environ.get("UPDATE_CHANGES") == "1":
        parts[0 if first else 1] = text
        TABLE.write_text("".join(parts))
    assert wrong == [], "\n".join(wrong)
    assert text == parts[0 if first else 1]


def test_changes_do_what_the_table_says(
    deploying: Callable[[str], Deployment], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    running = deploying("production")
    text, wrong = told(running, ENVIRONMENT, SCENARIOS, tmp_path, tmp_path_factory)
    compared(HEAD + text, wrong, first=True)
    upgraded(running, tmp_path)


def test_removals_do_what_the_table_says(
    deploying: Callable[[str], Deployment], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = {"aws": {"account_id": "222222222222"}}
    text, wrong = told(deploying("production"), merged(LARGER, other), REMOVALS, tmp_path, tmp_path_factory)
    compared(TAKING_AWAY + text, wrong, first=False)


def upgraded(running: Deployment, tmp_path: Path) -> None:
    """Apply the new major version: its parameter groups first, then the cluster in place, the old groups last."""
    database = "production-database"
    (upgrade,) = (one for one in SCENARIOS if one.title == "a new major version")
    running.synthesize(environment(tmp_path / "upgrade", upgrade.changes))
    order = [
        (message["hook"]["resource"]["resource"], message["hook"]["action"])
        for message in running.apply(database)
        if message.get("type") == "apply_complete"
        and message["hook"]["resource"]["resource_type"]
        in ("aws_rds_cluster", "aws_rds_cluster_instance", "aws_rds_cluster_parameter_group", "aws_db_parameter_group")
    ]
    cluster = order.index((change_scenarios.CLUSTER, "update"))
    assert {action for _, action in order[:cluster]} == {"create"}
    assert {address for address, action in order[:cluster]} == {
        change_scenarios.GROUP,
        "aws_db_parameter_group.instance",
    }
    after = order[cluster + 1 :]
    assert sorted(action for _, action in after) == ["delete", "delete", "update", "update"]
    instance_group = after.index(("aws_db_parameter_group.instance", "delete"))
    assert all(index < instance_group for index, (_, action) in enumerate(after) if action == "update")
    # The switch is taken out again, and nothing is left to do.
    engine = {"database": {"engine_version": upgrade.changes["database"]["engine_version"]}}
    running.synthesize(environment(tmp_path / "upgraded", engine))
    running.apply(database)
    running.run(database, "plan", "-detailed-exitcode")
