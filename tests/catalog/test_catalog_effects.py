"""The table of effects: its words, and that it knows every argument that the newest bindings have."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from catalog import effects, tables
from catalog.effects import UNKNOWN
from tests.harness import ROOT
from tools.provider_schemas import bindings

GOLDEN = ROOT / "tests" / "golden"

BINDINGS = Path(find_spec("cdktf_cdktf_provider_aws").submodule_search_locations[0])  # type: ignore[union-attr,index]
"""The newest ones, whose modules are read: to import one imports all 2,212."""

KINDS = [
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_rds_cluster_parameter_group",
    "aws_db_parameter_group",
    "aws_rds_global_cluster",
    "aws_db_subnet_group",
    "aws_db_proxy",
]

CONDITIONS = {
    "any",
    "on",
    "off",
    "up",
    "down",
    "shorter",
    "zero",
    "set",
    "unset",
    "changed",
    "shrunk",
    "grown",
    "lessened",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_argument_of_the_newest_bindings_has_a_row(kind: str) -> None:
    arguments = {path for path, _ in bindings.entries(BINDINGS, kind)}
    assert len(arguments) > 5
    assert [argument for argument in sorted(arguments) if not effects.rows(kind, argument)] == []


def test_nothing_that_is_emitted_is_left_unjudged() -> None:
    emitted = {kind for file in GOLDEN.rglob("*.json") for kind in json.loads(file.read_text()).get("resource", {})}
    assert len(emitted) > 50
    assert sorted(kind for kind in emitted if not effects.known(kind)) == []


def test_every_row_speaks_the_vocabulary() -> None:
    sources = {key for key, _ in tables.rows("effect_sources")}
    used = set()
    for kind, argument, condition, effect, when, severity, certainty, source, says, remedy in tables.rows("effects"):
        place = f"{kind}.{argument} {condition}"
        assert condition in CONDITIONS, place
        assert effect in effects.EFFECTS, place
        assert when in ("at_once", "window", "reboot", "later", "apply", "never"), place
        assert severity in effects.SEVERITIES, place
        assert certainty in ("verified", "inferred", "known"), place
        assert says, place
        assert not remedy or remedy.endswith("."), place
        # Whoever reads that nothing happens need not look; whoever reads anything else has to.
        assert severity == "none" or effect != "none", place
        used.add(source)
    for row in tables.rows("effects_of_removal"):
        assert row[2] in effects.EFFECTS, row
        assert row[3] in effects.SEVERITIES, row
        assert row[4] in effects.SEVERITIES, row
        used.add(row[5])
    assert used <= sources


def test_every_argument_of_the_main_types_has_an_answer_for_any_change() -> None:
    rows = tables.rows("effects")
    for kind in KINDS:
        conditions: dict[str, set[str]] = {}
        for row in rows:
            if row[0] == kind:
                conditions.setdefault(row[1], set()).add(row[2])
        open_ended = [argument for argument, named in conditions.items() if "any" not in named and len(named) < 2]
        assert open_ended in ([], ["require_tls"]), kind


@pytest.mark.parametrize(
    ("argument", "before", "after", "effect"),
    [
        ("backup_retention_period", 14, 1, "recovery-shortened"),
        ("backup_retention_period", 14, 35, "none"),
        ("backup_retention_period", 14, 0, "refused"),
        ("backup_retention_period", 14, UNKNOWN, "recovery-shortened"),
        ("deletion_protection", True, None, "guard-removed"),
        ("deletion_protection", True, UNKNOWN, "guard-removed"),
        ("deletion_protection", None, True, "none"),
        ("skip_final_snapshot", False, True, "guard-removed"),
        ("enabled_cloudwatch_logs_exports", ["a", "b"], ["b", "c"], "guard-removed"),
        ("enabled_cloudwatch_logs_exports", ["a"], ["a", "b"], "none"),
        ("global_cluster_identifier", "one", None, "promotion"),
        ("global_cluster_identifier", None, "one", "refused"),
        ("serverlessv2_scaling_configuration.min_capacity", 1, 2, "none"),
        ("serverlessv2_scaling_configuration.max_capacity", 1, 2, "restart-pending"),
    ],
)
def test_the_condition_decides(argument: str, before: object, after: object, effect: str) -> None:
    found = effects.of_change("aws_rds_cluster", argument, before, after)
    assert found is not None
    assert found[0].effect == effect


def test_several_rows_speak_where_several_conditions_are_met() -> None:
    found = effects.of_change("aws_rds_cluster", "vpc_security_group_ids", ["sg-1"], ["sg-2"])
    assert found is not None
    assert {row.effect for row in found} == {"connections-drop", "access-widened"}


def test_an_argument_that_nobody_knows_has_no_answer() -> None:
    assert effects.of_change("aws_rds_cluster", "colour", "red", "blue") is None
    assert effects.of_change("google_sql_database_instance", "tier", "a", "b") is None
