"""Findings for machines: the JSON, the SARIF log, the rules, and the day on which files are checked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from checks.reference import reference
from checks.rules import RULES
from reading import loader
from tests.checks.test_checks_copies import CASES as COPIES
from tests.checks.test_checks_growth import CASES as GROWTH
from tests.harness import BASE, ROOT, merged, run
from tests.reading.test_reading_kinds import MISTAKES as KINDS
from tests.reading.test_reading_mistakes import MISTAKES, NOTES, RISKS, TODAY, written

if TYPE_CHECKING:
    from pathlib import Path


def epoch(day: date) -> str:
    """Return the day as SOURCE_DATE_EPOCH has it."""
    return str(int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()))


SHARED = {"backend": "http", "address": "https://state.example.com"}
"""A state that is not one person's, so that it is not warned of."""

REASON = "upgrade to 17 is planned for January"

FILES = {
    "good": json.dumps(BASE | {"state": SHARED}, indent=1),
    "bad": f"""\
tier: development
project: experimentation
aws:
  account_id: "222222222222"
  region: eu-west-1
network:
  create:
    cidr: 10.20.0.0/16
database:
  engine_version: "15.10"
  backup: {{window: "03:00-03:10"}}
  instances: 17
  parameters:
    log_statement: al
    autovacuum_vacuum_cost_delay: 5
state: {json.dumps(SHARED)}
""",
    "torn": "tier: development\nproject: 'open\n",
    "old": f"""\
tier: development
project: experimentation
aws:
  account_id: "444444444444"
  region: eu-west-1
network:
  create:
    cidr: 10.30.0.0/16
database: {{engine_version: "14.17"}}
accept:
  - warning: engine-near-end
    reason: {REASON}
state: {json.dumps(SHARED)}
""",
}


@pytest.fixture
def envs(tmp_path: Path) -> Path:
    """Return a folder inside a repository with a good file, two wrong ones, and one that accepts a warning."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "platform" / "envs"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def checked(style: str, envs: Path, *names: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code of ``check`` and what it printed; anything on standard error fails the test."""
    result = run("check", *names, "--envs", str(envs), "--format", style, SOURCE_DATE_EPOCH=epoch(TODAY))
    assert result.stderr == ""
    parsed: dict[str, Any] = json.loads(result.stdout)
    return result.returncode, parsed


# ---- JSON


def test_json_has_every_finding_of_every_file_at_its_place(envs: Path) -> None:
    code, report = checked("json", envs)
    jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / "findings.schema.json").read_text())).validate(report)
    assert (code, report["version"], report["valid"]) == (2, 1, False)
    assert report["environments"] == ["good", "old"]
    assert report["counts"] == {"error": 6, "warning": 2, "note": 1, "accepted": 1}
    note = "database.parameters.autovacuum_vacuum_cost_delay"
    places = [
        (one["file"], one["line"], one["column"], one["key"], one["severity"], one["rule"])
        for one in report["findings"]
    ]
    assert places == [
        ("platform/envs/bad.yaml", 11, 12, "database.backup.window", "error", "maintenance-windows"),
        ("platform/envs/bad.yaml", 12, 3, "database.instances", "error", "value"),
        ("platform/envs/bad.yaml", 14, 5, "database.parameters.log_statement", "error", "cluster-parameters"),
        ("platform/envs/bad.yaml", 15, 5, note, "note", "parameter-default"),
        ("platform/envs/old.yaml", 9, 12, "database.engine_version", "warning", "engine-near-end"),
        ("platform/envs/old.yaml", 9, 12, "database.engine_version", "warning", "engine-minor-near-end"),
        ("platform/envs/torn.yaml", 1, None, "aws", "error", "missing-value"),
        ("platform/envs/torn.yaml", 1, None, "network", "error", "missing-value"),
        ("platform/envs/torn.yaml", 1, None, "state", "warning", "local-state"),
        ("platform/envs/torn.yaml", 2, None, None, "error", "yaml"),
    ]  # fmt: skip
    by_rule = {one["rule"]: one for one in report["findings"]}
    assert by_rule["cluster-parameters"]["message"] == ("'al' is not one of none, ddl, mod, all; did you mean 'all'?")
    assert by_rule["cluster-parameters"]["suggestion"] == "all"
    assert by_rule["yaml"]["suggestion"] is None
    assert by_rule["engine-near-end"]["accepted"] == REASON
    assert by_rule["engine-minor-near-end"]["accepted"] is None
    assert by_rule["engine-minor-near-end"]["suggestion"] == "14.19"


def test_json_of_what_was_asked_for_only_and_exit_code_0_with_warnings(envs: Path) -> None:
    code, report = checked("json", envs, "old")
    assert (code, report["valid"], report["environments"]) == (0, True, ["old"])
    assert report["counts"] == {"error": 0, "warning": 1, "note": 0, "accepted": 1}
    code, report = checked("json", envs, "good")
    assert (code, report["findings"]) == (0, [])


@pytest.mark.parametrize("style", ["json", "sarif"])
def test_files_that_cannot_be_read_are_findings_too(style: str, tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    code, report = checked(style, envs)
    assert code == 2
    envs.mkdir()
    (envs / "bytes.yaml").write_bytes(b"tier: \xff\n")
    (envs / "Bad Name.yaml").write_text("tier: development\n")
    (envs / "folder.yaml").mkdir()
    code, report = checked(style, envs)
    found = report["findings"] if style == "json" else report["runs"][0]["results"]
    rule = "rule" if style == "json" else "ruleId"
    assert code == 2
    # What the two that can be read do not say is missing, whatever their names and bytes are.
    of_what_is_missing = ("missing-value", "local-state")
    assert sorted(one[rule] for one in found if one[rule] not in of_what_is_missing) == ["file", "file", "yaml"]


def test_an_unknown_format_is_a_wrong_command_line() -> None:
    result = run("check", "--format", "xml")
    assert (result.returncode, result.stdout) == (2, "")


# ---- SARIF


# What SARIF 2.1.0 requires and forbids of the objects used here (OASIS, sarif-schema-2.1.0.json, errata 01).
TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}, "markdown": {"type": "string"}},
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "additionalProperties": False,
                    "properties": {
                        "driver": {
                            "type": "object",
                            "required": ["name"],
                            "additionalProperties": False,
                            "properties": {
                                "name": {"type": "string"},
                                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
                            },
                        }
                    },
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "originalUriBaseIds": {"additionalProperties": {"$ref": "#/$defs/artifactLocation"}},
                "invocations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["executionSuccessful"],
                        "additionalProperties": False,
                        "properties": {"executionSuccessful": {"type": "boolean"}, "exitCode": {"type": "integer"}},
                    },
                },
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id", "shortDescription", "fullDescription", "help", "defaultConfiguration"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
                "name": {"type": "string"},
                "shortDescription": TEXT,
                "fullDescription": TEXT,
                "help": TEXT,
                "defaultConfiguration": {"additionalProperties": False, "properties": {"level": LEVEL}},
                "properties": {"properties": {"tags": {"type": "array", "uniqueItems": True}}},
            },
        },
        "artifactLocation": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "uri": {"type": "string", "format": "uri-reference", "pattern": "^[^/: ][^: ]*$"},
                "uriBaseId": {"const": "%SRCROOT%"},
                "description": TEXT,
            },
        },
        "result": {
            "type": "object",
            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "suppressions"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": LEVEL,
                "message": TEXT,
                "locations": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["physicalLocation"],
                        "additionalProperties": False,
                        "properties": {
                            "physicalLocation": {
                                "type": "object",
                                "required": ["artifactLocation", "region"],
                                "additionalProperties": False,
                                "properties": {
                                    "artifactLocation": {
                                        "required": ["uri", "uriBaseId"],
                                        "$ref": "#/$defs/artifactLocation",
                                    },
                                    "region": {
                                        "type": "object",
                                        "required": ["startLine"],
                                        "additionalProperties": False,
                                        "properties": {
                                            "startLine": {"type": "integer", "minimum": 1},
                                            "startColumn": {"type": "integer", "minimum": 1},
                                        },
                                    },
                                },
                            },
                            "logicalLocations": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "properties": {
                                        "fullyQualifiedName": {"type": "string"},
                                        "kind": {"const": "member"},
                                    },
                                },
                            },
                        },
                    },
                },
                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                "suppressions": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["kind"],
                        "additionalProperties": False,
                        "properties": {
                            "kind": {"enum": ["inSource", "external"]},
                            "status": {"enum": ["accepted", "underReview", "rejected"]},
                            "justification": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}


def test_sarif_has_the_same_findings_as_the_json(envs: Path) -> None:
    code, log = checked("sarif", envs)
    _, report = checked("json", envs)
    jsonschema.Draft202012Validator(SARIF).validate(log)
    (only,) = log["runs"]
    assert code == 2
    assert only["invocations"] == [{"executionSuccessful": True, "exitCode": 2}]
    rules = only["tool"]["driver"]["rules"]
    found = []
    for result in only["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["defaultConfiguration"]["level"] == result["level"]
        place = result["locations"][0]["physicalLocation"]
        region = place["region"]
        found.append(
            {
                "file": place["artifactLocation"]["uri"],
                "line": region["startLine"],
                "column": region.get("startColumn"),
                "rule": result["ruleId"],
                "severity": result["level"],
            }
        )
    assert found == [{key: one[key] for key in found[0]} for one in report["findings"]]
    assert len({json.dumps(result["partialFingerprints"]) for result in only["results"]}) == len(found)


def test_the_places_in_sarif_are_those_of_the_keys(envs: Path) -> None:
    _, log = checked("sarif", envs)
    for result in log["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]
        lines = (envs.parent.parent / place["artifactLocation"]["uri"]).read_text().splitlines()
        if "startColumn" in place["region"]:
            key = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].rpartition(".")[2]
            written_there = lines[place["region"]["startLine"] - 1][place["region"]["startColumn"] - 1 :]
            assert written_there.startswith(key), (result["message"], written_there)


def test_accepted_warnings_are_suppressed_with_their_reason(envs: Path) -> None:
    code, log = checked("sarif", envs, "old")
    assert code == 0
    assert {one["ruleId"]: one["suppressions"] for one in log["runs"][0]["results"]} == {
        "engine-near-end": [{"kind": "inSource", "status": "accepted", "justification": REASON}],
        "engine-minor-near-end": [],
    }


def test_sarif_of_good_files_has_every_rule_and_no_result(envs: Path) -> None:
    code, log = checked("sarif", envs, "good")
    jsonschema.Draft202012Validator(SARIF).validate(log)
    assert (code, log["runs"][0]["results"]) == (0, [])
    assert [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]] == [rule.identifier for rule in RULES]


def test_paths_are_those_of_the_repository_wherever_the_command_runs(envs: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, envs, tmp_path / "platform"):
        report = json.loads(run("check", "bad", "--envs", str(envs), "--format", "json", cwd=folder).stdout)
        assert {one["file"] for one in report["findings"]} == {"platform/envs/bad.yaml"}


# ---- the rules


def test_the_reference_in_git_is_the_table() -> None:
    result = run("rules")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (ROOT / "docs" / "rules.md").read_text() == reference()


def test_rules_are_unique_and_say_when_why_and_how_to_mend() -> None:
    assert len({rule.identifier for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", rule.identifier)
        assert not rule.title.endswith("."), rule
        assert rule.why.endswith("."), rule
        assert rule.remedy.endswith("."), rule
        assert "|" not in f"{rule.title}{rule.why}{rule.remedy}", rule


@pytest.mark.long
def test_findings_break_known_rules_and_every_rule_is_broken_by_a_file_of_the_tables(tmp_path: Path) -> None:
    severities = {rule.identifier: rule.severity for rule in RULES}
    # Wrong names and folders, environments together, and a function that was not built, are no matter of one file.
    broken = {"file", "shared", "access-function", "overlapping-networks"}
    texts = [row.values[0] for row in [*MISTAKES, *RISKS, *NOTES]]
    texts += [row.values[0] for row in KINDS]
    texts += [json.dumps(merged(BASE, changes), indent=1) for _, changes, _ in GROWTH]
    texts += [json.dumps(merged(BASE, changes), indent=1) for changes, _ in COPIES.values()]
    for number, text in enumerate(texts):
        (tmp_path / str(number)).mkdir()
        assert isinstance(text, str | bytes)
        for finding in loader.inspect(written(tmp_path / str(number), text), today=TODAY).findings:
            assert severities[finding.rule] == finding.severity, finding
            broken.add(finding.rule)
    assert broken == set(severities)


# ---- the day


@pytest.mark.parametrize(
    ("day", "rules"),
    [
        ("2026-06-30", ["engine-minor-near-end"]),
        ("2026-02-27", []),
        ("2027-02-28", ["engine-minor-near-end"]),
        ("2027-03-01", ["engine-minor-near-end", "engine-near-end"]),
        ("2030-01-01", ["engine-minor-near-end", "engine-near-end"]),
    ],
)
def test_support_is_warned_of_a_year_ahead(day: str, rules: list[str], tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "dev.yaml").write_text(json.dumps(merged(BASE, {"database": {"engine_version": "15.14"}, "state": SHARED})))
    result = run("check", "--envs", str(envs), SOURCE_DATE_EPOCH=epoch(date.fromisoformat(day)))
    assert result.returncode == 0
    assert sorted(re.findall(r"warning (\S+):", result.stderr)) == rules
    assert result.stderr.count(" ended on ") == (2 if day > "2028-02-29" else 0)


def test_an_accepted_warning_of_the_day_is_no_mistake_where_the_day_is_not_known(envs: Path) -> None:
    inspection = loader.inspect(envs, ["old"])
    assert inspection.findings == []


def test_the_day_changes_what_is_said_and_nothing_that_is_synthesized() -> None:
    now, later = (loader.load(ROOT / "envs", today=day) for day in (TODAY, date(2031, 1, 1)))
    assert [one.warnings for one in now] == [(), (), ()]
    assert all(one.warnings for one in later)
    assert [replace(one, findings=()) for one in now] == [replace(one, findings=()) for one in later]
    readers = [*(ROOT / "stacks").glob("*.py"), *(ROOT / "modules").glob("*.py"), ROOT / "synthesis" / "app.py"]
    assert not [path for path in readers if "findings" in path.read_text()]


def test_a_day_that_is_none_is_refused() -> None:
    result = run("check", SOURCE_DATE_EPOCH="tomorrow")
    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


# ---- what show and synth say


def test_show_lists_accepted_warnings_with_their_reasons(envs: Path) -> None:
    lines = run("show", "old", "--envs", str(envs)).stdout.splitlines()
    accepted = lines[lines.index("Accepted warnings") + 1]
    assert re.split(r"  +", accepted.strip()) == [
        "engine-near-end",
        "envs/old.yaml:9",
        f"accepted: {REASON}",
        "database.engine_version: standard support of Aurora PostgreSQL 14 ends on 2027-02-28; Extended Support is "
        "opted out of, so AWS upgrades the cluster then",
    ]


def test_show_gives_every_formula_as_a_number_for_each_kind_of_instance(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    database = {
        "instance_class": "db.r5.large",
        "instances": {"1": {}, "2": {"instance_class": "serverless", "promotion_tier": 2}},
        "capacity": {"minimum": 2, "maximum": 16},
        "parameters": {"max_connections": "{DBInstanceClassMemory/25165824}", "pg_hint_plan.enable_hint": True},
    }
    (envs / "dev.yaml").write_text(json.dumps(merged(BASE, {"database": database})))
    cells = [re.split(r"  +", line.strip()) for line in run("show", "dev", "--envs", str(envs)).stdout.splitlines()]
    connections = next(line for line in cells if line[0] == "max_connections")
    assert connections[1:3] == [
        "{DBInstanceClassMemory/25165824}",
        "= 1,272 on serverless at 16 ACU, 632 on db.r5.large",
    ]
    preload = next(line for line in cells if line[0] == "shared_preload_libraries")
    assert preload[1:3] == ["pg_stat_statements,pgaudit,pg_hint_plan", "needs a reboot"]
    assert preload[-1].endswith("pg_hint_plan for pg_hint_plan.enable_hint")


def test_synth_says_what_waits_for_a_reboot(shipped_summary: list[str]) -> None:
    assert [line for line in shipped_summary if "reboot" in line] == [
        "dev:      needs a reboot when changed: shared_preload_libraries",
        "prod:     needs a reboot when changed: max_connections, shared_preload_libraries",
        "staging:  needs a reboot when changed: shared_preload_libraries",
    ]


@pytest.fixture(scope="module")
def shipped_summary(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what a synth of the shipped environments prints."""
    result = run("synth", "--output", str(tmp_path_factory.mktemp("out")))
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


# ---- the price


def test_check_loads_no_part_that_only_synthesis_machines_or_mistakes_need() -> None:
    program = "import sys, main\ntry: main.app(['check'])\nexcept SystemExit: print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    needless = {"cdktf", "jsii", "jsonschema", "findings.reports", "reading.messages", "synthesis"}
    assert needless & {*result.stdout.split()} == set()
