"""What a person sees at a terminal: what is wrong first, the line of the file with the wrong part marked."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from findings import terminal
from findings.finding import Located
from tests.harness import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
tier: prod
project: experimentation
aws: {account_id: "333333333333", region: eu-west-1}
network:
  create:
    cidr: 10.30.0.0/16
database:
  engine_version: "15.3"
  backup: {retention_days: 36, window: "01:00-02:00"}
state: {backend: local}
"""

EXPECTED = """\
envs/prod.yaml:1: error: tier: 'prod' is not one of development, staging, production
    did you mean production?
     1 | tier: prod
       |       ^^^^
envs/prod.yaml:8: error: database.engine_version: 15.3: AWS no longer creates it
    allowed are 15.10, 15.12, 15.13, 15.14, 15.15, 15.17, 15.18, 15.19
    did you mean "15.10" (LTS)?
     8 |   engine_version: "15.3"
       |                   ^^^^^^
envs/prod.yaml:9: error: database.backup.retention_days: 36 is not between 1 and 35 days
     9 |   backup: {retention_days: 36, window: "01:00-02:00"}
       |                            ^^
more may follow: what depends on tier, database.backup.retention_days is checked once the file has it right
3 errors; nothing was written
"""


def at_a_terminal(folder: Path, columns: int, **variables: str) -> str:
    """Run check at a terminal of that width and return what it shows."""
    (folder / "envs").mkdir(exist_ok=True)
    (folder / "envs" / "prod.yaml").write_text(FILE)
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LINES")}
    environment |= {"TERM": "xterm", "COLUMNS": str(columns)}
    command = [sys.executable, str(ROOT / "main.py"), "check", "--envs", str(folder / "envs")]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment | variables) as process:
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
    assert process.returncode == 2
    return shown.decode().replace("\r\n", "\n")


def test_each_finding_shows_its_line_and_marks_the_value(tmp_path: Path) -> None:
    assert at_a_terminal(tmp_path, 100, NO_COLOR="1") == EXPECTED


def test_colours_are_all_that_a_terminal_adds(tmp_path: Path) -> None:
    shown = at_a_terminal(tmp_path, 100)
    assert "\x1b[31merror:\x1b[0m" in shown
    assert re.sub(r"\x1b\[[0-9]+m", "", shown) == EXPECTED


def test_no_line_but_the_first_is_wider_than_the_terminal(tmp_path: Path) -> None:
    lines = at_a_terminal(tmp_path, 60, NO_COLOR="1").splitlines()
    assert max(len(line) for line in lines if line.startswith(" ")) <= 60
    assert "15.19" in "".join(lines)


@pytest.mark.parametrize(
    ("line", "column", "key", "marked"),
    [
        ("  port: 99", 3, "database.port", "99"),
        ("  'port': 99", 3, "database.port", "99"),
        ("  port:", 3, "database.port", "port:"),
        ("  - eu-west-1x", 5, "aws.zones[0]", "eu-west-1x"),
        ("a: {port: 99, b: 1}", 5, "a.port", "99"),
        ("a: {b: 1, port: 99}", 11, "a.port", "99"),
        ("no column", 0, "database", "no column"),
        ("x" * 300 + " port: 99", 302, "port", "99"),
    ],
)
def test_the_value_is_what_is_marked(line: str, column: int, key: str, marked: str) -> None:
    finding = Located("envs/a.yaml", 7, key, "is wrong", column=column)
    _, shown, mark = terminal.rendered([finding], source=lambda *_: line, colour=False, width=80)
    assert len(shown) <= 80
    start = mark.index("^")
    assert shown[start : start + mark.count("^")] == marked


def test_what_a_terminal_would_obey_is_not_shown() -> None:
    finding = Located("envs/a.yaml", 1, "tier", "is wrong", column=1)
    shown = list(terminal.rendered([finding], source=lambda *_: "tier: \x1b[2J\u202eevil", colour=False, width=80))
    assert not any(letter in "".join(shown) for letter in "\x1b\u202e")
    assert list(terminal.rendered([finding], source=lambda *_: None, colour=False, width=80)) == [
        "envs/a.yaml:1: error: tier: is wrong"
    ]


def test_the_version_is_the_projects() -> None:
    done = subprocess.run([sys.executable, ROOT / "main.py", "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"aurora-platform \d+\.\d+\.\d+\n", done.stdout)
    assert done.stdout.split()[1] in (ROOT / "pyproject.toml").read_text()


def test_a_shell_completes_environments_and_commands() -> None:
    def completed(*words: str) -> list[str]:
        variables = {
            "_MAIN.PY_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
        }
        done = subprocess.run(
            [sys.executable, ROOT / "main.py"], capture_output=True, text=True, check=False, env=os.environ | variables
        )
        return done.stdout.split()

    assert completed("main.py", "show", "pr") == ["prod"]
    assert "check" in completed("main.py", "ch")
