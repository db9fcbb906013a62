"""``main.py review`` as people run it: files in, text and exit codes out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

PLANS = ROOT / "tests" / "review" / "plans"

MOMENT = "1795694400"
"""2026-11-26 12:00 UTC, a Thursday."""


def reviewed(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Review and return the exit code and the JSON."""
    done = run("review", "--format", "json", *arguments, SOURCE_DATE_EPOCH=MOMENT)
    assert done.returncode in (0, 3), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, answer


def test_an_outage_stops_and_says_when_in_utc() -> None:
    code, answer = reviewed(str(PLANS / "changes" / "another-class-of-one-instance.database.json"))
    assert (code, answer["format"], answer["verdict"]) == (3, 1, "stop")
    (plan,) = answer["plans"]
    (change,) = plan["changes"]
    assert change["address"] == "aws_rds_cluster_instance.instance_2"
    (finding,) = change["findings"]
    assert finding["effect"] == "outage"
    assert finding["timing"] == "window"
    assert finding["opens"] == "2026-11-29T04:00:00+00:00"
    assert "Sun 2026-11-29 04:00 UTC" in finding["when"]
    assert "db.r5.large → db.r5.xlarge" in finding["because"]


def test_nothing_to_do_is_harmless() -> None:
    code, answer = reviewed(str(PLANS / "changes" / "no-op.database.json"))
    assert (code, answer["verdict"]) == (0, "harmless")


def deep(levels: int) -> bytes:
    """Return a plan whose values are nested as deeply as JSON can be read, and no deeper."""
    before, after = (
        '{"engine": "aurora-postgresql", "x": ' + '[{"a": ' * levels + leaf + "}]" * levels + "}" for leaf in "12"
    )
    change = '{"actions": ["update"], "before": ' + before + ', "after": ' + after + "}"
    entry = '{"address": "aws_rds_cluster.a", "type": "aws_rds_cluster", "mode": "managed", "change": ' + change + "}"
    return ('{"format_version": "1.2", "resource_changes": [' + entry + "]}").encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02", "is not JSON"),
        (b"\xff\xfe{\x00}\x00", "is not text in UTF-8"),
        (b"PK\x03\x04rest", "terraform show -json"),
        (b"{", "is not JSON"),
        (b"[]", "is a list, where a plan is an object"),
        (b"{}", "format_version is null"),
        (b'{"format_version": "2.0"}', 'format_version is "2.0"'),
        (b'{"format_version": "1.0", "values": {}}', "is a state, not a plan"),
        (b'{"@level":"info"}\n{"@level":"info"}', "terraform plan -json` streams"),
        (b'{"format_version": "1.2", "resource_changes": {}}', "resource_changes is an object"),
        (b'{"format_version": "1.2", "resource_changes": [1]}', "resource_changes[0]: is a number"),
        (b'{"format_version": "1.2", "resource_changes": [{"address": "a.b", "type": "a"}]}', "change is nothing"),
        (b"[" * 100_000, "nested too deeply"),
        (deep(490), "nested too deeply"),
        (b"9" * 10_000, "is too long"),
    ],
)
def test_what_is_no_plan_is_said_in_one_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    done = run("review", "plan.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("plan.json: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
