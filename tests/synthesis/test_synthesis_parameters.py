"""Cluster parameters: how each applies, what is left out, and what is always preloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog import parameters as catalogue
from tests.synthesis.variants import everything, parameters, resources, variants

if TYPE_CHECKING:
    from tests.harness import Synthesized

PRELOAD = "shared_preload_libraries"

PINNED = {"rds.force_ssl", "ssl_min_protocol_version"}
"""Written out although Aurora's default is the same, for a reviewer to see."""

STATIC = {
    *("cron.database_name", "max_connections", "max_worker_processes", "rds.logical_replication"),
    *("shared_preload_libraries", "track_activity_query_size", "track_commit_timestamp"),
}
"""PostgreSQL's parameters of context postmaster (pg_settings), as far as tests and shipped files use them."""


@pytest.fixture(scope="module")
def tried() -> dict[str, dict[str, tuple[str, str]]]:
    """Return the parameters of environments that try one thing each, by environment."""
    serverless = {"instance_class": "serverless", "capacity": {"minimum": 1, "maximum": 8}}
    settings: dict[str, dict[str, Any]] = {
        "pg15": {"engine_version": "15.10"},
        "pg16": {"engine_version": "16.8"},
        "pg17": {"engine_version": "17.7"},
        "default": {"parameters": {"autovacuum_vacuum_cost_delay": 5, "rds.logical_replication": 0}},
        "static": {"parameters": {"track_commit_timestamp": True, "max_worker_processes": 32}},
        "dynamic": {"parameters": {"random_page_cost": 1.5, "log_statement": "all"}},
        "libraries": {"preload_libraries": ["pg_cron", "auto_explain"]},
        "implied": {"parameters": {"cron.database_name": "experimentation"}},
        "full": {"tuning": "full", "instance_class": "db.r7g.large"},
        "serverless": {"tuning": "full", **serverless},
        "mixed": {
            "tuning": "full",
            "instance_class": "db.r7g.large",
            "instances": {"1": {}, "2": {"instance_class": "serverless"}},
            "capacity": {"minimum": 1, "maximum": 8},
        },
    }
    output = variants(**{name: {"database": database} for name, database in settings.items()})
    return {name: parameters(output.stack(f"{name}-database")) for name in settings}


def test_static_parameters_wait_for_a_reboot_and_dynamic_ones_apply_at_once(
    shipped: Synthesized, examples: Synthesized, tried: dict[str, dict[str, tuple[str, str]]]
) -> None:
    stacks = {name: parsed for name, parsed in everything(shipped, examples).items() if name.endswith("-database")}
    groups = {name: parameters(parsed) for name, parsed in stacks.items()} | tried
    wrong = {
        f"{name}: {parameter}": (value, method)
        for name, group in groups.items()
        for parameter, (value, method) in group.items()
        if parameter not in PINNED and method != ("pending-reboot" if parameter in STATIC else "immediate")
    }
    assert wrong == {}


def test_both_methods_are_really_used(tried: dict[str, dict[str, tuple[str, str]]]) -> None:
    assert tried["static"]["track_commit_timestamp"] == ("1", "pending-reboot")
    assert tried["static"]["max_worker_processes"] == ("32", "pending-reboot")
    assert tried["dynamic"]["random_page_cost"] == ("1.5", "immediate")
    assert tried["dynamic"]["log_statement"] == ("all", "immediate")


def test_pinned_parameters_apply_as_aws_reports_them(tried: dict[str, dict[str, tuple[str, str]]]) -> None:
    assert {name: tried[name]["rds.force_ssl"] for name in ("pg15", "pg16", "pg17")} == {
        "pg15": ("1", "immediate"),
        "pg16": ("1", "immediate"),
        "pg17": ("1", "pending-reboot"),
    }
    assert {tried[name]["ssl_min_protocol_version"] for name in ("pg15", "pg16", "pg17")} == {
        ("TLSv1.2", "pending-reboot")
    }


def test_values_equal_to_auroras_default_are_left_out(tried: dict[str, dict[str, tuple[str, str]]]) -> None:
    assert tried["default"].keys() == tried["pg15"].keys() - {"autovacuum_vacuum_cost_delay"}
    assert {"autovacuum_vacuum_cost_delay", "rds.logical_replication"}.isdisjoint(tried["default"])


def test_no_shipped_parameter_is_auroras_default_but_the_pinned(shipped: Synthesized, examples: Synthesized) -> None:
    found = {}
    for name, parsed in everything(shipped, examples).items():
        for group in resources(parsed, "aws_rds_cluster_parameter_group").values():
            major = int(group["family"].removeprefix("aurora-postgresql"))
            found[name] = {
                setting["name"]
                for setting in group["parameter"]
                if setting["value"] == catalogue.default(setting["name"], major)
            }
    assert {name: defaults - PINNED for name, defaults in found.items()} == {name: set() for name in found}


def test_preloading_always_begins_with_statistics_and_audit(tried: dict[str, dict[str, tuple[str, str]]]) -> None:
    assert {name: group[PRELOAD][0] for name, group in tried.items()} == dict.fromkeys(
        tried, "pg_stat_statements,pgaudit"
    ) | {
        "libraries": "pg_stat_statements,pgaudit,auto_explain,pg_cron",
        "implied": "pg_stat_statements,pgaudit,pg_cron",
    }


def test_what_follows_from_the_class_is_left_to_aurora_where_capacity_varies(
    tried: dict[str, dict[str, tuple[str, str]]],
) -> None:
    def relative(group: dict[str, tuple[str, str]]) -> set[str]:
        return {name for name, (value, _) in group.items() if "DBInstanceClassMemory" in value}

    assert {"max_connections", "work_mem"} <= relative(tried["full"])
    assert {name: relative(tried[name]) for name in ("serverless", "mixed")} == {"serverless": set(), "mixed": set()}
    assert {"max_connections", "work_mem"}.isdisjoint(tried["serverless"])


def test_levels_of_tuning_build_on_one_another(shipped: Synthesized) -> None:
    minimal, medium, full = (parameters(shipped.stack(f"{name}-database")) for name in ("dev", "staging", "prod"))
    assert minimal.keys() < medium.keys() < full.keys()
    # Each sets memory and autovacuum; how far they go differs.
    differing = {name for name in minimal if len({level[name] for level in (minimal, medium, full)}) > 1}
    assert differing == {"work_mem", "autovacuum_vacuum_insert_scale_factor"}


def test_values_of_statements_and_passwords_stay_out_of_the_log(shipped: Synthesized) -> None:
    for name in ("dev", "staging", "prod"):
        group = parameters(shipped.stack(f"{name}-database"))
        assert group["log_parameter_max_length"] == ("0", "immediate")
        assert group["log_statement"] == ("ddl", "immediate")
    assert parameters(shipped.stack("prod-database"))["pgaudit.log"] == ("role", "immediate")


def test_instance_group_is_attached_from_the_start_and_empty(shipped: Synthesized, examples: Synthesized) -> None:
    for parsed in everything(shipped, examples).values():
        for group in resources(parsed, "aws_db_parameter_group").values():
            assert "parameter" not in group
        for instance in resources(parsed, "aws_rds_cluster_instance").values():
            assert instance["db_parameter_group_name"] == "${aws_db_parameter_group.instance.name}"


def test_a_dollar_before_a_brace_is_for_aws_and_not_for_terraform() -> None:
    formula = "GREATEST(${DBInstanceVCPU*4},8)"
    output = variants(dollar={"database": {"parameters": {"max_worker_processes": formula}}})
    group = output.resource("dollar-database", "aws_rds_cluster_parameter_group.cluster")
    (value,) = [each["value"] for each in group["parameter"] if each["name"] == "max_worker_processes"]
    # Terraform reads $${ as ${ and would take ${ for a reference of its own.
    assert value == "GREATEST($${DBInstanceVCPU*4},8)"
