"""What the function asks of AWS, and what it writes down, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from database_access import events, handler
from tests.functions.recorded import BY_EVENT, Permission
from tests.harness import PATIENCE, ROOT, sampled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functions.platform import Platform


def invoked(platform: Platform, file: Path, *events: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """Invoke the function in a new process; return the reports and what it logged."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.functions.invocation", json.dumps(events), str(file)],
        cwd=ROOT,
        env=os.environ | {"CONTRACT_PREFIX": platform.prefix, "PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reports: list[dict[str, Any]] = json.loads(file.read_text())
    return reports, done.stdout + done.stderr


@pytest.mark.parametrize("event", sampled(BY_EVENT, '{"action": "migrate"}', '{"action": "query", "sql": "SELECT 1"}'))
def test_each_action_makes_the_recorded_calls_and_no_other(platform: Platform, event: str, tmp_path: Path) -> None:
    assert platform.iam is not None
    before = len(platform.iam.admitted)
    ((report,), _) = invoked(platform, tmp_path / "report", json.loads(event))
    assert report["answer"]["ok"], report
    resources = {platform.prefix.rstrip("/"): "contract", platform.secret_arn: "secret"}
    # Pages of the contract are calls of the same kind.
    asked = {Permission(action, resources[resource]) for action, resource in report["calls"]}
    connected = {Permission("rds-db:connect", user) for user in platform.iam.admitted[before:]}
    assert asked | connected == BY_EVENT[event]


def test_logs_and_metrics_hold_no_secret_no_statement_and_no_row(platform: Platform, tmp_path: Path) -> None:
    secret = "row-value-that-nobody-may-see"  # noqa: S105
    reports, log = invoked(
        platform,
        tmp_path / "report",
        {"action": "query", "sql": "SELECT %s::text AS shown", "parameters": [secret]},
        {"action": "query", "sql": "SELECT %s::integer", "parameters": [secret]},
        {"action": "query", "sql": "SELECT row_value_that_nobody_may_see FROM nowhere"},
        {"action": "health"},
        {"action": "migrate", "authenticate": "secret"},
        {"action": secret},
    )
    assert [report["answer"]["ok"] for report in reports] == [True, False, False, True, True, False]
    assert reports[0]["answer"]["result"]["rows"] == [[secret]]
    lines = [json.loads(line) for line in log.splitlines()]
    assert len(lines) == 12, "one log line and one of metrics for each event"
    assert secret not in log
    assert secret.replace("-", "_") not in log
    assert "SELECT" not in log
    assert "X-Amz" not in log
    assert "assword" not in log
    for line in lines:
        if "_aws" in line:
            assert line["action"] in {"query", "health", "migrate", "unknown"}
            assert {metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]} == {
                "Milliseconds",
                "Failures",
            }
        else:
            assert line["message"] in {"done", "failed"}
            assert line["function_request_id"]


def test_a_garbled_port_is_typed_and_not_shown(platform: Platform, tmp_path: Path) -> None:
    shadow = platform.published_anew(port="not-a-number-but-hunter2")
    ((report,), log) = invoked(shadow, tmp_path / "report", {"action": "health"})
    assert report["answer"]["error"] == {
        "type": "contract-unreadable",
        "message": f"the SSM parameter {shadow.prefix}port is not a port from 1 to 65535",
    }
    assert "hunter2" not in log
    assert "Traceback" not in log


def test_an_unexpected_failure_is_typed_and_shows_nothing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: events.Health) -> dict[str, Any]:
        raise ValueError("hunter2")

    monkeypatch.setitem(handler.ACTIONS, events.Health, fails)
    assert platform.fail("health") == {"type": "internal", "message": "unexpected ValueError"}
    unexpected, failed = caplog.records
    assert failed.message == "failed"
    assert vars(unexpected)["kind"] == "ValueError"
    assert vars(unexpected)["at"].startswith("test_functions_calls.py:")
    assert "hunter2" not in str([vars(record) for record in caplog.records])
