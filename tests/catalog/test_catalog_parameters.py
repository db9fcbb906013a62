"""Parameters and the check of their values."""

import re

import pytest

from catalog import engine_versions, formulas, instance_classes, parameters, tables
from catalog.parameters import Parameter

MEMORY = instance_classes.usable_memory_bytes(16)


def known(name: str) -> Parameter:
    parameter = parameters.find(name)
    assert parameter is not None
    return parameter


def check(name: str, value: str, *, major: int = 17) -> str | None:
    return parameters.check_value(known(name), value, major=major, memory_bytes=MEMORY, vcpu=2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("work_mem", "65536"),
        ("work_mem", "64"),
        ("work_mem", "{DBInstanceClassMemory/1048576}"),
        ("max_connections", "LEAST({DBInstanceClassMemory/9531392},5000)"),
        ("max_worker_processes", "GREATEST(${DBInstanceVCPU*2},8)"),
        ("port", "{EndPointPort}"),
        ("log_min_duration_statement", "-1"),
        ("random_page_cost", "1.1"),
        ("random_page_cost", "1"),
        ("rds.force_ssl", "1"),
        ("log_statement", "ddl"),
        ("rds.force_autovacuum_logging_level", "WARNING"),
        ("pg_stat_statements.track", "top"),
        ("shared_preload_libraries", "pg_stat_statements,pg_cron"),
        ("shared_preload_libraries", "pg_stat_statements, pgaudit"),
        ("shared_preload_libraries", "pg_ad_mapping,pg_bigm"),
        ("pgaudit.log", "all,-misc"),
        ("default_transaction_isolation", "read committed"),
        ("timezone", "Europe/Berlin"),
        ("search_path", '"$user",public'),
        ("ssl_min_protocol_version", "TLSv1.3"),
    ],
)
def test_accepted(name: str, value: str) -> None:
    assert check(name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("work_mem", "63", "'63' is not within 64 to 2147483647, in units of kB"),
        ("work_mem", "64MB", "'64MB' is not an integer of kB, written without the unit"),
        ("work_mem", "1.5", "is not an integer"),
        ("work_mem", "1_000", "is not an integer"),
        ("work_mem", "", "is not an integer"),
        ("max_connections", "GREATEST({DBInstanceClassMemory/1000},1)", "comes to 15907300, is not within"),
        ("max_connections", "LEAST({DBInstanceMemory/9531392},5000)", "the variable DBInstanceClassMemory"),
        ("max_connections", "LEAST({DBInstanceClassMemory/9531392},5000", "',' or ')'"),
        ("random_page_cost", "{DBInstanceVCPU}", "only integer parameters take; this is a float"),
        ("rds.force_ssl", "{TrueIfReplica}", "only integer parameters take; this is a boolean"),
        ("log_statement", "{DBInstanceVCPU}", "only integer parameters take; this is a string"),
        ("random_page_cost", "cheap", "'cheap' is not a number"),
        ("random_page_cost", "nan", "is not within"),
        ("autovacuum_vacuum_scale_factor", "101", "is not within 0 to 100"),
        ("rds.force_ssl", "on", "'on' is neither true nor false"),
        ("rds.force_ssl", "true", "'true' is neither true nor false"),
        ("log_statement", "ddll", "did you mean 'ddl'?"),
        ("log_statement", "", "the value is empty"),
        ("shared_preload_libraries", "pg_stat_statement", "did you mean 'pg_stat_statements'?"),
        ("shared_preload_libraries", "pg_stat_statements,,pg_cron", "an item is empty"),
        ("pgaudit.log", "ddl,everything", "'everything' is not one of"),
    ],
)
def test_refused(name: str, value: str, message: str) -> None:
    problem = check(name, value)
    assert problem is not None
    assert message in problem


@pytest.mark.parametrize(
    ("name", "value", "major", "message"),
    [
        ("old_snapshot_threshold", "60", 16, None),
        ("old_snapshot_threshold", "60", 17, "was removed in PostgreSQL 17"),
        ("transaction_timeout", "60000", 17, None),
        ("transaction_timeout", "60000", 16, "exists from PostgreSQL 17 on"),
        ("vacuum_defer_cleanup_age", "0", 15, None),
        ("vacuum_defer_cleanup_age", "0", 18, "was removed in PostgreSQL 16"),
    ],
)
def test_majors_that_have_the_parameter(name: str, value: str, major: int, message: str | None) -> None:
    problem = check(name, value, major=major)
    assert (problem is None) if message is None else (problem is not None and message in problem)


@pytest.mark.parametrize(
    ("value", "major", "message"),
    [
        ("1", 17, None),
        ("all", 17, "'all' is neither true nor false"),
        ("1", 18, "'1' is not one of receipt, authentication, authorization, setup_durations, all"),
        ("all", 18, None),
        ("receipt,authorization", 18, None),
        ("receipt,authorisation", 18, "did you mean 'authorization'?"),
    ],
)
def test_what_a_parameter_takes_can_change_with_a_major(value: str, major: int, message: str | None) -> None:
    problem = check("log_connections", value, major=major)
    assert (problem is None) if message is None else (problem is not None and message in problem)


def test_a_parameter_as_of_a_major_before_and_after_a_change() -> None:
    parameter = known("log_connections")
    assert parameters.as_of(parameter, 17) == parameter
    assert parameters.as_of(parameter, 18).kind == "list"
    assert parameters.as_of(known("work_mem"), 18) == known("work_mem")


def test_changes_are_of_known_parameters_and_majors() -> None:
    for name, since, kind, allowed in tables.rows("parameters_changed"):
        assert int(since) in engine_versions.majors()
        assert (known(name).kind, ",".join(known(name).choices)) != (kind, allowed)


def test_formula_without_an_instance_is_only_parsed() -> None:
    parameter = known("max_connections")
    value = "GREATEST({DBInstanceClassMemory/1000},1)"
    assert parameters.check_value(parameter, value, major=17, memory_bytes=None, vcpu=None) is None
    assert parameters.check_value(parameter, "LEAST(", major=17, memory_bytes=None, vcpu=None) is not None


@pytest.mark.parametrize(
    ("name", "major", "expected"),
    [
        ("rds.force_ssl", 14, "0"),
        ("rds.force_ssl", 16, "0"),
        ("rds.force_ssl", 17, "1"),
        ("rds.force_ssl", 18, "1"),
        ("max_connections", 17, "LEAST({DBInstanceClassMemory/9531392},5000)"),
        ("autovacuum_work_mem", 14, "GREATEST({DBInstanceClassMemory/32768},131072)"),
        ("autovacuum_work_mem", 15, "GREATEST({DBInstanceClassMemory/32768},65536)"),
        ("ssl_max_protocol_version", 15, None),
        ("track_io_timing", 17, "1"),
        ("work_mem", 17, None),
        ("db_user_namespace", 17, None),
        ("no_such_parameter", 17, None),
    ],
)
def test_default(name: str, major: int, expected: str | None) -> None:
    assert parameters.default(name, major) == expected


@pytest.mark.parametrize("major", sorted(engine_versions.majors()))
def test_defaults_that_can_be_set_pass_the_check_themselves(major: int) -> None:
    # AWS itself gives this one a default below the least value it accepts.
    exempt = {"apg_write_forward.idle_in_transaction_session_timeout"}
    for name in parameters.names():
        value = parameters.default(name, major)
        if value is not None and name not in exempt:
            problem = parameters.check_value(known(name), value, major=major, memory_bytes=MEMORY, vcpu=2)
            assert problem is None, (name, problem)


def test_default_of_max_connections_comes_to_what_aws_publishes_for_16_gib() -> None:
    text = parameters.default("max_connections", 17)
    assert text is not None
    value = formulas.parse(text).evaluate({"DBInstanceClassMemory": MEMORY})
    assert value == pytest.approx(1669, rel=0.01)


@pytest.mark.parametrize(
    ("name", "cluster", "instance"),
    [
        ("work_mem", True, True),
        ("rds.force_ssl", True, False),
        ("autovacuum_naptime", True, False),
        ("statement_timeout", True, True),
        ("rds.enable_memory_management", False, True),
    ],
)
def test_groups(name: str, cluster: bool, instance: bool) -> None:
    assert (known(name).cluster, known(name).instance) == (cluster, instance)


def test_every_parameter_is_in_a_group_and_well_formed() -> None:
    for name in parameters.names():
        parameter = known(name)
        assert parameter.cluster or parameter.instance, name
        assert parameter.kind in ("boolean", "integer", "float", "string", "list"), name
        assert parameter.unit in (None, "kB", "8kB", "MB", "B", "ms", "s", "min"), name
        assert (parameter.minimum is None) == (parameter.maximum is None), name
        assert (parameter.kind in ("integer", "float")) == (parameter.minimum is not None), name
        if parameter.minimum is not None and parameter.maximum is not None:
            assert parameter.minimum < parameter.maximum, name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("max_connections", "pending-reboot"),
        ("shared_preload_libraries", "pending-reboot"),
        ("work_mem", "immediate"),
        ("rds.force_ssl", "immediate"),
    ],
)
def test_apply_method(name: str, expected: str) -> None:
    assert parameters.apply_method(name) == expected
    assert known(name).static is (expected == "pending-reboot")


def test_apply_method_of_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(KeyError):
        parameters.apply_method("no_such_parameter")


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("checkpoint_timeout", "checkpoints"),
        ("max_wal_size", "write-ahead log"),
        ("wal_level", "rds.logical_replication"),
        ("bgwriter_delay", "background writer"),
        ("effective_io_concurrency", "prefetches"),
        ("jit", "ALTER DATABASE"),
        ("lock_timeout", "ALTER ROLE"),
        ("fsync", "durable"),
        ("TimeZone", "use timezone"),
        ("port", "port of the cluster"),
        ("exit_on_error", "Aurora sets it"),
        ("recovery_target_time", "restore to a point in time"),
        ("server_version", "only reports"),
        ("scram_iterations", "no public source"),
        ("transaction_isolation", "set default_transaction_isolation"),
    ],
)
def test_reason_for_what_cannot_be_set(name: str, part: str) -> None:
    reason = parameters.not_modifiable_reason(name)
    assert reason is not None
    assert part in reason


@pytest.mark.parametrize("name", ["work_mem", "timezone", "no_such_parameter"])
def test_no_reason_for_what_can_be_set_or_is_unknown(name: str) -> None:
    assert parameters.not_modifiable_reason(name) is None


def test_reason_that_depends_on_the_major() -> None:
    assert parameters.not_modifiable_reason("log_filename") is None
    assert parameters.not_modifiable_reason("log_filename", major=16) is None
    assert "17.4" in (parameters.not_modifiable_reason("log_filename", major=17) or "")


def test_advice_names_only_parameters_that_can_be_set() -> None:
    advised = {
        word
        for _, _, instead in tables.rows("parameters_not_modifiable")
        if "ALTER" not in instead
        for word in re.findall(r"[a-z]+(?:[._][a-z]+)+", instead)
    }
    assert {"rds.logical_replication", "shared_preload_libraries"} <= advised
    for name in advised:
        assert known(name).modifiable, name


def test_names_are_case_sensitive() -> None:
    assert parameters.find("Work_Mem") is None
    assert parameters.find("TimeZone") is None
    assert parameters.find("timezone") is not None


def test_names_are_sorted_and_unique() -> None:
    names = parameters.names()
    assert list(names) == sorted(set(names))
