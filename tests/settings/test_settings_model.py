"""What environments amount to: tiers, schema, explanation, memory, windows, subnets."""

from __future__ import annotations

import json
import re
from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from catalog import engine_versions, instance_classes
from findings.finding import InvalidEnvironmentsError
from reading import loader, schema
from settings import artifact, memory, parameters, tiers, topology, windows
from settings import tuning as tuning_levels
from settings.model import CreatedNetwork, SubnetCidrs
from tests.harness import BASE, ENVIRONMENTS, ROOT, merged, run, sampled

if TYPE_CHECKING:
    from pathlib import Path

    from settings.loaded import Loaded
    from settings.memory import Plan

SCHEMA = ROOT / "envs" / "environment.schema.json"

FILES = sorted([*(ROOT / "envs").glob("*.yaml"), *ENVIRONMENTS.glob("*.yaml")])

S3 = {"backend": "s3", "bucket": "example-terraform-state", "region": "eu-west-1"}


def load(folder: Path, **changes: Any) -> Loaded:
    """Return an environment made of BASE and changes."""
    (folder / "test.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))
    return loader.load(folder)[0]


# ---- the schema that editors use


def test_the_schema_in_git_is_the_models() -> None:
    result = run("schema")
    assert result.returncode == 0
    assert result.stdout == SCHEMA.read_text()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_committed_file_satisfies_the_schema_that_its_first_line_names(file: Path) -> None:
    comment = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", file.read_text().splitlines()[0])
    assert comment
    assert (file.parent / comment[1]).resolve() == SCHEMA
    jsonschema.Draft202012Validator(schema.schema()).validate(yaml.safe_load(file.read_text()))


@pytest.mark.parametrize("tier", ["development", "staging", "production"])
def test_the_schema_asks_for_nothing_that_a_tier_has_a_default_for(tier: str) -> None:
    # A state is needed from staging on, which an editor's schema leaves to the check.
    jsonschema.Draft202012Validator(schema.schema()).validate(BASE | {"tier": tier})


REFUSED_BY_THE_SCHEMA: dict[str, dict[str, Any]] = {
    "unknown key": {"databse": {}},
    "unknown key below": {"database": {"instance_classes": "db.t3.medium"}},
    "missing project": {"project": None},
    "missing account": {"aws": {"account_id": None}},
    "tier typo": {"tier": "prod"},
    "account as a number": {"aws": {"account_id": 111111111111}},
    "account of 11 digits": {"aws": {"account_id": "1" * 11}},
    "region typo": {"aws": {"region": "eu-wset-1"}},
    "one zone": {"aws": {"zones": ["eu-west-1a"]}},
    "project in capitals": {"project": "Experimentation"},
    "protected in words": {"protected": "yes"},
    "tag as a number": {"tags": {"cost-center": 4711}},
    "version as a number": {"database": {"engine_version": 15.1}},
    "no instance": {"database": {"instances": 0}},
    "17 instances": {"database": {"instances": 17}},
    "instance key": {"database": {"instances": {"Bad_Key": {}}}},
    "privileged port": {"database": {"port": 80}},
    "36 days of backups": {"database": {"backup": {"retention_days": 36}}},
    "10 days of logs": {"database": {"logs": {"postgresql": 10}}},
    "backup window": {"database": {"backup": {"window": "1:00-2:00"}}},
    "insights typo": {"database": {"monitoring": {"insights": "advanzed"}}},
    "nat typo": {"network": {"create": {"nat": "per-zone"}}},
    "parameter as a list": {"database": {"parameters": {"work_mem": [4096]}}},
    "backend typo": {"state": {"backend": "s33"}},
    "backend without its bucket": {"state": {"backend": "s3", "region": "eu-west-1"}},
    "key of another backend": {"state": {"backend": "local", "bucket": "example"}},
    "path upwards": {"state": {"backend": "local", "path": "../state"}},
}


@pytest.mark.parametrize("name", REFUSED_BY_THE_SCHEMA)
def test_editors_mark_what_the_check_refuses(name: str, tmp_path: Path) -> None:
    data = merged(BASE, REFUSED_BY_THE_SCHEMA[name])
    assert not jsonschema.Draft202012Validator(schema.schema()).is_valid(data)
    with pytest.raises(InvalidEnvironmentsError):
        load(tmp_path, **REFUSED_BY_THE_SCHEMA[name])


def test_editors_show_help_for_every_key() -> None:
    whole = schema.schema()
    without = [
        f"{name}.{key}"
        for name, definition in [("Environment", whole), *whole["$defs"].items()]
        for key, field in definition.get("properties", {}).items()
        if "description" not in field
    ]
    assert without == []


# ---- tiers

MATRIX = {
    # key: development, staging, production
    "database.instance_class": ("db.t3.medium", "db.t3.medium", "db.r5.large"),
    "database.instances": (["1"], ["1", "2"], ["1", "2"]),
    "network.create.database_subnets": ("private", "private", "isolated"),
    "network.create.nat": ("none", "none", "none"),
    "network.create.flow_log_retention_days": (14, 30, 365),
    "protected": (False, False, True),
    "database.backup.retention_days": (7, 7, 7),
    "database.monitoring.interval_seconds": (60, 60, 60),
    "database.monitoring.insights": ("standard", "standard", "standard"),
    "database.changes_apply": ("at_once", "at_once", "in_window"),
    "database.tuning": ("minimal", "medium", "full"),
    "database.logs.postgresql": (14, 30, 365),
    "database.logs.iam_db_auth_error": (90, 90, 365),
    "database.logs.instance": (7, 30, 365),
}
"""What an environment is that says nothing but its tier."""


def value(loaded: Loaded, key: str) -> Any:
    """Return a value of a loaded environment; of a mapping, its keys."""
    found: Any = loaded.environment
    for part in key.split("."):
        found = getattr(found, part)
    return list(found) if isinstance(found, dict) else found


@pytest.mark.parametrize("key", MATRIX)
def test_a_tiers_defaults(key: str, tmp_path: Path) -> None:
    found = tuple(value(load(tmp_path, tier=tier, state=S3), key) for tier in tiers.TIERS)
    assert found == MATRIX[key]


def test_the_shipped_environments_are_their_tiers_but_for_production_backups() -> None:
    shipped = {one.name: one for one in loader.load(ROOT / "envs")}
    assert list(shipped) == ["dev", "prod", "staging"]
    for key, expected in MATRIX.items():
        found = tuple(value(shipped[name], key) for name in ("dev", "staging", "prod"))
        assert found == ((7, 7, 35) if key == "database.backup.retention_days" else expected)


@pytest.mark.parametrize("tier", tiers.TIERS)
def test_a_file_overrides_every_default_of_its_tier(tier: str, tmp_path: Path) -> None:
    for key, *_ in tiers.DEFAULTS:
        if key.startswith("state") or key == "network.create.database_subnets":
            continue
        other = {
            "protected": tier != "production",
            "network.create.nat": "single",
            "network.create.flow_log_retention_days": 90,
            "database.instance_class": "db.r7g.large",
            "database.instances": 3,
            "database.tuning": {"development": "full", "staging": "full", "production": "minimal"}[tier],
            "database.changes_apply": "at_once" if tier == "production" else "in_window",
            "database.backup.retention_days": 21,
            "database.monitoring.interval_seconds": 15,
            "database.monitoring.insights": "advanced",
            "access.query": tier == "production",
        }.get(key, 731)
        changes: Any = other
        for part in reversed(key.split(".")):
            changes = {part: changes}
        least = {"tier": tier, "state": S3, "network": {"create": {"interface_endpoints": ["ssm"]}}}
        loaded = load(tmp_path, **merged(least, changes))
        found = value(loaded, key.replace("-", "_"))
        assert (len(found) if key == "database.instances" else found) == other
        assert key not in loaded.origins


@pytest.mark.parametrize(
    ("tier", "query", "days"), [("development", True, 14), ("staging", True, 30), ("production", False, 365)]
)
def test_access_is_there_where_the_file_says_so_with_its_tiers_defaults(
    tier: str, query: bool, days: int, tmp_path: Path
) -> None:
    least = {"tier": tier, "state": S3, "network": {"create": {"interface_endpoints": ["ssm"]}}}
    assert load(tmp_path, **least).environment.access is None
    loaded = load(tmp_path, **least, access={})
    assert loaded.stacks[-2:] == ("access", "monitoring")
    found = loaded.environment.access
    assert found is not None
    assert (found.query, found.log_retention_days) == (query, days)
    assert [found.proxy.enabled, found.master_secret, found.tracing] == [False, False, False]
    assert loaded.origins["access.query"] == f"tier {tier}"


@pytest.mark.parametrize("content", [None, "", "not a hash", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"])
def test_a_function_that_was_not_built_is_refused_where_it_is_wanted(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_file = tmp_path / "database_access.sha256"
    if content is not None:
        hash_file.write_text(content)
    monkeypatch.setattr(artifact, "HASH_FILE", hash_file)
    least = {"network": {"create": {"interface_endpoints": ["ssm"]}}}
    assert load(tmp_path, **least).function_hash is None
    with pytest.raises(InvalidEnvironmentsError) as caught:
        load(tmp_path, **least, access={})
    (finding,) = caught.value.findings
    assert finding.key == "access"
    assert finding.message == (
        "the function is not built: functions/database_access.sha256 is missing or not a SHA-256 in base64; "
        "run make lambda, which writes it"
    )


def test_a_name_that_is_too_long_for_the_function_is_refused(tmp_path: Path) -> None:
    changes = {"project": "p" * 40, "network": {"create": {"interface_endpoints": ["ssm"]}}}
    (tmp_path / "long-env.yaml").write_text(json.dumps(merged(BASE, changes)))
    assert loader.load(tmp_path)[0].names.prefix == f"{'p' * 40}-long-env"
    (tmp_path / "long-env.yaml").write_text(json.dumps(merged(BASE, {**changes, "access": {}})))
    with pytest.raises(InvalidEnvironmentsError) as caught:
        loader.load(tmp_path)
    assert [(finding.key, finding.message) for finding in caught.value.findings] == [
        (
            "project",
            f"the name {'p' * 40}-long-env-database-access has 65 characters, AWS allows 64; "
            "shorten the project or the file's name by 1",
        )
    ]


def test_a_new_environment_is_a_new_file_and_nothing_else(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    for file in (ROOT / "envs").glob("*.yaml"):
        (envs / file.name).write_text(file.read_text())
    text = (envs / "prod.yaml").read_text()
    new = text.replace("eu-west-1", "eu-central-1").replace("10.30.", "10.31.").replace("-prod-", "-prod-eu-")
    (envs / "prod-eu.yaml").write_text(new)
    result = run("stacks", "prod-eu", "--envs", str(envs))
    assert result.stderr == ""
    assert result.stdout.split() == [
        "prod-eu-state",
        "prod-eu-network",
        "prod-eu-database",
        "prod-eu-access",
        "prod-eu-monitoring",
    ]
    assert {one.name for one in loader.load(envs)} == {"dev", "prod", "prod-eu", "staging"}


# ---- show


@pytest.fixture(scope="module")
def shown() -> list[list[str]]:
    """Return the cells of each line that ``show prod`` prints."""
    result = run("show", "prod")
    assert (result.returncode, result.stderr) == (0, "")
    return [re.split(r" {2,}", line.strip()) for line in result.stdout.splitlines()]


def _line_of(text: str) -> int:
    lines = (ROOT / "envs" / "prod.yaml").read_text().splitlines()
    return lines.index(text) + 1


@pytest.mark.parametrize(
    ("key", "shown_value", "origin"),
    [
        ("tier", "production", "tier: production"),
        ("aws.account_id", "333333333333", '  account_id: "333333333333"'),
        ("network.create.cidr", "10.30.0.0/16", "    cidr: 10.30.0.0/16"),
        ("database.backup.retention_days", "35", "    retention_days: 35"),
        ("state.bucket", "experimentation-prod-terraform-state", "  bucket: experimentation-prod-terraform-state"),
        ("protected", "true", None),
        ("database.instance_class", "db.r5.large", None),
        ("database.tuning", "full", None),
        ("database.logs.iam-db-auth-error", "365", None),
        ("database.port", "5432", "default"),
        ("database.backup.window", "01:00-02:00", "default"),
        ("state.manage_bucket", "true", "default"),
    ],
)
def test_show_says_where_each_value_comes_from(
    key: str, shown_value: str, origin: str | None, shown: list[list[str]]
) -> None:
    if origin is None:
        origin = "tier production"
    elif origin != "default":
        origin = f"envs/prod.yaml:{_line_of(origin)}"
    assert [key, shown_value, origin] in shown


@pytest.mark.parametrize(
    "cells",
    [
        ["Instances"],
        ["experimentation-prod-2", "db.r5.large", "eu-west-1b", "promotion tier 1", "maintenance sun:04:00-sun:04:30"],
        ["Parameters of the cluster"],
        ["log_statement", "ddl", "applies live", "tuning minimal"],
        [
            *("max_connections", "LEAST({DBInstanceClassMemory/25165824},1000)", "= 632 on db.r5.large"),
            *("needs a reboot", "tuning full"),
        ],
        [
            "Expected: shared_buffers 9,932 + 158 of 632 connections x work_mem 4 + maintenance_work_mem 248"
            " + 3 autovacuum workers x 474 = 12,235 MB, 81 % of usable memory"
        ],
        ["Memory of db.r5.large: about 15,170 MB usable by PostgreSQL"],
        ["shared_buffers", "9,932 MB", "SUM({DBInstanceClassMemory/12038},-50003)"],
        ["max_connections", "632", "LEAST({DBInstanceClassMemory/25165824},1000)"],
        ["work_mem", "4 MB", "GREATEST({DBInstanceClassMemory/5120000},4096)"],
        ["State"],
        ["prod-state", "local terraform-state/experimentation/prod/state.tfstate"],
        ["prod-network", "s3 experimentation-prod-terraform-state/experimentation/prod/network.tfstate"],
    ],
    ids=" ".join,
)
def test_show_prints_instances_parameters_memory_and_states(cells: list[str], shown: list[list[str]]) -> None:
    assert cells in [line[: len(cells)] for line in shown]


# ---- the memory plan


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Return the memory plan of a production environment: full tuning on db.r5.large."""
    (only,) = memory.plans(load(tmp_path, tier="production", state=S3).environment)
    return only


def test_the_memory_plan_of_a_large_instance_by_hand(plan: Plan) -> None:
    # 16 GiB; 0.9385 of it less 206 MiB is left to PostgreSQL.
    usable = 17_179_869_184 * 9385 // 10_000 - 206 * 1_048_576
    assert usable == 15_907_300_573
    assert (plan.instance_class, plan.usable) == ("db.r5.large", usable)
    kibibytes = {
        # SUM({memory/12038},-50003) blocks of 8 kB: 1,321,423 - 50,003
        "shared_buffers": 1_271_420 * 8,
        "effective_cache_size": 1_271_420 * 8,
        # GREATEST({memory/5120000},4096) kB: 3,106 is less than 4,096
        "work_mem": 4096,
        # {memory/63963136*1024} kB: 248 x 1,024
        "maintenance_work_mem": 253_952,
        # {memory/32768} kB
        "autovacuum_work_mem": 485_452,
    }
    assert {name: plan.amount(name) for name in kibibytes} == {
        name: amount * 1024 for name, amount in kibibytes.items()
    }
    # LEAST({memory/25165824},1000): one connection for each 24 MiB
    assert plan.amount("max_connections") == 632
    assert plan.amount("autovacuum_max_workers") == 3
    assert plan.worst_case == (1_271_420 * 8 + 632 * 4096 + 3 * 485_452) * 1024
    assert plan.worst_case < usable
    # A quarter of the connections sorting, one maintenance command
    assert plan.sorting == 158
    assert plan.expected == (1_271_420 * 8 + 158 * 4096 + 253_952 + 3 * 485_452) * 1024


def test_a_vacuum_takes_a_gigabyte_at_most_before_postgresql_17(tmp_path: Path) -> None:
    given = {"instance_class": "db.r5.4xlarge", "parameters": {"autovacuum_work_mem": 4 * 1024 * 1024}}
    expected = {}
    for version in ("16.8", "17.7"):
        (plan,) = memory.plans(load(tmp_path, database=given | {"engine_version": version}).environment)
        expected[version] = plan.parts["autovacuum_work_mem"]
    assert expected == {"16.8": 3 * 1024**3, "17.7": 12 * 1024**3}


def test_a_vacuum_without_a_size_of_its_own_takes_that_of_maintenance(tmp_path: Path) -> None:
    given = {"parameters": {"autovacuum_work_mem": -1, "maintenance_work_mem": 65_537}}
    (plan,) = memory.plans(load(tmp_path, database=given).environment)
    assert plan.amount("autovacuum_work_mem") == plan.amount("maintenance_work_mem") == 65_537 * 1024


@pytest.mark.parametrize("capacity", [None, {"minimum": 0, "maximum": 32}])
def test_a_formula_of_what_nobody_knows_is_planned_with_auroras_own(
    capacity: dict[str, float] | None, tmp_path: Path
) -> None:
    database: dict[str, Any] = {"parameters": {"max_connections": "{AllocatedStorage/1000000}"}}
    if capacity:
        database |= {"instance_class": "serverless", "capacity": capacity}
    (unknown,) = memory.plans(load(tmp_path, database=database).environment)
    (own,) = memory.plans(load(tmp_path, database=database | {"parameters": {}}).environment)
    assert unknown.amount("max_connections") == own.amount("max_connections") > 0


@pytest.mark.parametrize("version", sampled(("14.24", "15.10", "16.8", "17.7", "18.3"), "15.10"))
@pytest.mark.parametrize("tuning", tuning_levels.LEVELS)
def test_auroras_own_formulas_and_the_tuning_fit_every_class_with_room(
    tuning: str, version: str, tmp_path: Path
) -> None:
    major = engine_versions.major_of(version)
    for name in instance_classes.names():
        if instance_classes.floor(name, major) and name in instance_classes.offered("us-east-1"):
            database = {"instance_class": name, "tuning": tuning, "engine_version": version}
            loaded = load(tmp_path, aws={"region": "us-east-1"}, database=database)
            assert not {"memory-tight"} & {one.rule for one in loaded.findings}, name


@pytest.mark.parametrize("tuning", ["minimal", "medium", "full"])
@pytest.mark.parametrize(
    "instance_class", ["db.t3.medium", "db.r5.large", "db.r6g.4xlarge", "db.r6i.32xlarge", "db.r8g.48xlarge"]
)
def test_full_tuning_never_promises_more_memory_than_there_is(instance_class: str, tuning: str, tmp_path: Path) -> None:
    loaded = load(tmp_path, database={"instance_class": instance_class, "tuning": tuning})
    (only,) = memory.plans(loaded.environment)
    sorting = only.amount("max_connections") * only.amount("work_mem")
    if tuning == "full":
        assert sorting <= only.usable / 5
        assert only.worst_case < only.usable
    else:
        assert only.amount("work_mem") >= 4 * 1024 * 1024
        assert sorting <= only.usable / 2


def test_serverless_has_no_formulas_of_a_class_and_few_connections_at_a_low_minimum(tmp_path: Path) -> None:
    capacity = {"minimum": 0.5, "maximum": 64}
    database = {"instance_class": "serverless", "capacity": capacity, "tuning": "full"}
    loaded = load(tmp_path, database=database)
    (only,) = memory.plans(loaded.environment)
    assert only.instance_class == "serverless at 64 ACU"
    assert only.amount("max_connections") == 2000
    assert not {"work_mem", "max_connections"} & {one.name for one in parameters.effective(loaded.environment)}


def test_each_class_among_the_instances_has_its_plan(tmp_path: Path) -> None:
    own = {"1": {}, "2": {"instance_class": "db.r5.xlarge"}, "3": {"instance_class": "db.r5.xlarge"}}
    loaded = load(tmp_path, database={"instance_class": "db.r5.large", "instances": own})
    assert [one.instance_class for one in memory.plans(loaded.environment)] == ["db.r5.xlarge", "db.r5.large"]


# ---- windows


@pytest.mark.parametrize(
    ("weekly", "daily", "overlap"),
    [
        ("sun:03:00-sun:04:00", "01:00-02:00", False),
        ("sun:03:00-sun:04:00", "02:00-03:00", False),
        ("sun:03:00-sun:04:00", "04:00-05:00", False),
        ("sun:03:00-sun:04:00", "02:00-03:01", True),
        ("sun:03:00-sun:04:00", "03:59-05:00", True),
        ("sun:03:00-sun:04:00", "03:15-03:45", True),
        ("sun:03:15-sun:03:45", "03:00-04:00", True),
        # over midnight
        ("mon:00:00-mon:01:00", "23:30-00:30", True),
        ("mon:00:30-mon:01:00", "23:30-00:30", False),
        ("mon:23:00-tue:01:00", "00:00-00:30", True),
        ("mon:23:00-tue:01:00", "01:00-01:30", False),
        ("mon:23:00-tue:01:00", "22:30-23:01", True),
        # over the end of the week
        ("sun:23:30-mon:00:30", "00:00-01:00", True),
        ("sun:23:30-mon:00:30", "23:00-23:30", False),
        ("sun:23:30-mon:00:30", "00:30-01:00", False),
        ("mon:00:00-mon:00:30", "23:45-00:15", True),
    ],
)
def test_windows_overlap_if_they_share_a_minute(weekly: str, daily: str, *, overlap: bool) -> None:
    assert windows.overlap(weekly, daily) is overlap


def _minutes(start: int, length: int) -> set[int]:
    return {(start + minute) % windows.WEEK for minute in range(length)}


def test_overlap_agrees_with_counting_minutes() -> None:
    days = ("sat:23:40", "sun:00:00", "sun:01:40", "sun:23:00", "mon:00:40")
    hours = ("00:00", "01:30", "22:00", "23:30")
    for first, last in combinations(days, 2):
        for begin, end in ((begin, end) for begin in hours for end in hours if begin != end):
            weekly, daily = f"{first}-{last}", f"{begin}-{end}"
            start, length = windows.daily(daily)
            of_days = set().union(*(_minutes(day * windows.DAY + start, length) for day in range(7)))
            expected = bool(of_days & _minutes(*windows.weekly(weekly)))
            assert windows.overlap(weekly, daily) is expected, (weekly, daily)


@pytest.mark.parametrize(
    ("window", "minutes", "later"),
    [
        ("sun:03:00-sun:03:30", 0, "sun:03:00-sun:03:30"),
        ("sun:03:00-sun:03:30", 30, "sun:03:30-sun:04:00"),
        ("mon:23:30-tue:00:00", 30, "tue:00:00-tue:00:30"),
        ("sun:23:00-sun:23:30", 60, "mon:00:00-mon:00:30"),
        ("sun:23:45-mon:00:15", 15, "mon:00:00-mon:00:30"),
    ],
)
def test_windows_shift_over_midnight_and_the_end_of_the_week(window: str, minutes: int, later: str) -> None:
    assert windows.shifted(window, minutes) == later


@pytest.mark.parametrize("window", ["sun:03:00-sun:03:30", "sun:03:00-sun:04:00", "sun:23:00-sun:23:45"])
def test_instances_are_maintained_one_after_the_other(window: str, tmp_path: Path) -> None:
    loaded = load(
        tmp_path, database={"instances": 16, "maintenance": {"window": window}, "backup": {"window": "22:00-22:30"}}
    )
    placed = topology.instances(loaded.environment)
    spans = [_minutes(*windows.weekly(one)) for one in (window, *(each.maintenance_window for each in placed))]
    assert len(set().union(*spans)) == sum(len(span) for span in spans)


# ---- topology


@pytest.mark.parametrize("length", range(16, 24))
def test_subnets_lie_apart_inside_the_vpc_for_every_zone(length: int) -> None:
    zones = [f"us-east-1{letter}" for letter in topology.LETTERS]
    cidr = f"10.0.0.0/{length}"
    network = CreatedNetwork(
        cidr=cidr, database_subnets="private", nat="per_zone", flow_log_retention_days=14, subnet_cidrs=SubnetCidrs()
    )
    subnets = [IPv4Network(subnet.cidr) for subnet in topology.subnets(network, zones)]
    assert len(subnets) == 24
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))
    # AWS's smallest subnet is /28.
    assert {subnet.prefixlen for subnet in subnets} == {length + 5}
    # A quarter of the block stays free.
    assert sum(subnet.num_addresses for subnet in subnets) == IPv4Network(cidr).num_addresses * 3 // 4


def test_a_subnets_place_depends_on_no_other_choice(tmp_path: Path) -> None:
    def places(**changes: Any) -> dict[tuple[str, str], str]:
        environment = load(tmp_path, **changes).environment
        assert environment.network.create
        subnets = topology.subnets(environment.network.create, topology.zones(environment.aws))
        return {(subnet.kind, subnet.letter): subnet.cidr for subnet in subnets}

    usual = places()
    assert usual[("private", "a")] == "10.10.0.0/21"
    assert usual[("isolated", "b")] == "10.10.72.0/21"
    with_nat = places(network={"create": {"nat": "per_zone"}})
    fewer = places(aws={"zones": ["eu-west-1c", "eu-west-1a"]})
    assert with_nat.items() > usual.items()
    assert fewer.items() < usual.items()


def test_an_instances_zone_follows_from_its_number_alone(tmp_path: Path) -> None:
    def zones(*keys: str) -> dict[str, str | None]:
        environment = load(tmp_path, database={"instances": {key: {} for key in keys}}).environment
        return {placed.key: placed.zone for placed in topology.instances(environment)}

    assert zones("1", "2", "3", "4") == dict(zip("1234", [f"eu-west-1{letter}" for letter in "abca"], strict=True))
    assert zones("4", "2").items() < zones("1", "2", "3", "4").items()
