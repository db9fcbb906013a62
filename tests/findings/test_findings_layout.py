"""What is printed fits the terminal, whole words and values; where there is none, lines are as long as they come."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from findings.layout import prose, table
from tests.harness import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

ARN = "arn:aws:kms:eu-west-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

ROWS = [
    ("  first", "1", "a sentence that is longer than its column is in a terminal"),
    ("  database.monitoring.interval_seconds", "22", ARN),
]

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def at_a_terminal(columns: int, *arguments: str, **variables: str) -> str:
    """Run ``main.py`` at a terminal of that width and return what it shows."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LINES")}
    environment |= {"TERM": "xterm", "COLUMNS": str(columns)} | variables
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env=environment):
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the other side has closed
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_without_a_width_every_row_is_one_line() -> None:
    assert list(table(ROWS, right=(1,))) == [
        "  first                                  1  a sentence that is longer than its column is in a terminal",
        f"  database.monitoring.interval_seconds  22  {ARN}",
    ]
    assert prose("as it comes " * 20, None) == ["as it comes " * 20]
    assert list(table([])) == []


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_columns_give_way_and_words_stay_whole(width: int) -> None:
    lines = list(table(ROWS, width, right=(1,)))
    words = " ".join(lines).split()
    assert sorted(words) == sorted(word for row in ROWS for cell in row for word in cell.split())
    assert all(len(line) <= width or line.split() == [ARN] for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [("show", "prod"), ("cost", "prod"), ("compare", "staging", "prod")],
    ids=" ".join,
)
@pytest.mark.parametrize("columns", [80, 200])
def test_a_command_fits_the_terminal(arguments: tuple[str, ...], columns: int) -> None:
    shown = at_a_terminal(columns, *arguments, NO_COLOR="1")
    assert "\x1b" not in shown
    wide = [line for line in shown.splitlines() if len(line) > columns]
    assert [line for line in wide if " " in line.strip()] == []
    plain = run(*arguments).stdout
    assert sorted(shown.split()) == sorted(plain.split())


def test_a_synth_and_a_review_fit_too(tmp_path: Path) -> None:
    shown = at_a_terminal(80, "synth", "dev", "--output", str(tmp_path / "out"))
    assert all(len(line) <= 80 for line in ESCAPES.sub("", shown).splitlines() if " " in line.strip())
    plan = next(iter(sorted((ROOT / "tests" / "review" / "plans").rglob("*.json"))))
    text = ESCAPES.sub("", at_a_terminal(80, "review", str(plan), "--fail-on", "critical"))
    assert text
    assert all(len(line) <= 80 for line in text.splitlines() if len(line.split()) > 2)


def test_the_narrowest_terminal_shows_all_of_it() -> None:
    for columns in (1, 12):
        shown = at_a_terminal(columns, "cost", "dev", NO_COLOR="1")
        assert sorted(shown.split()) == sorted(run("cost", "dev").stdout.split())


def test_headings_stand_out_in_colour_only() -> None:
    shown = at_a_terminal(120, "show", "dev")
    assert "\x1b[1mParameters of the cluster\x1b[0m" in shown
    assert ESCAPES.sub("", shown) == at_a_terminal(120, "show", "dev", NO_COLOR="1")


def test_show_and_synth_tell_machines(tmp_path: Path) -> None:
    shown = json.loads(run("show", "prod", "--format", "json").stdout)
    settings = {one["key"]: one for one in shown["settings"]}
    assert settings["database.backup.retention_days"] == {
        "key": "database.backup.retention_days",
        "value": 35,
        "from": "envs/prod.yaml:18",
    }
    assert settings["network.create.interface_endpoints"]["value"] == ["secretsmanager", "ssm"]
    assert [one["name"] for one in shown["instances"]] == ["experimentation-prod-1", "experimentation-prod-2"]
    assert {one["applies"] for one in shown["parameters"]} >= {"needs a reboot", "applies live"}
    assert all(plan["usable_bytes"] > plan["expected_bytes"] for plan in shown["memory"])
    assert shown["states"]["prod-database"].startswith("s3 experimentation-prod-terraform-state/")
    told = json.loads(run("synth", "dev", "--output", str(tmp_path / "out"), "--format", "json").stdout)
    (dev,) = told["environments"]
    assert [one["stack"] for one in dev["stacks"]] == ["dev-network", "dev-database", "dev-access", "dev-monitoring"]
    assert all(one["resources"] > 5 for one in dev["stacks"])
    assert "shared_preload_libraries" in dev["needs_reboot_when_changed"]
