"""Every command of README and docs is one that its program takes; what changes nothing is run as well."""

from __future__ import annotations

import shlex
from collections import Counter

import pytest

from tests.documented import Command, commands, parse
from tests.harness import ROOT, run

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])

EVERY = [command for page in PAGES for command in commands(page)]

SHIPPED = {path.stem for path in (ROOT / "envs").glob("*.yaml")}

READING = ("check", "compare", "cost", "runbook", "show", "stacks")
"""Commands of main.py that print and change nothing; those that write are run where what they write is tested."""


def test_the_pages_have_commands_of_each_kind() -> None:
    # The state's page is run as a whole by tests/state, and most of the README's by tests/e2e.
    programs = Counter(command.text.split()[0] for command in EVERY)
    assert {"make", "terraform", "aws", "psql", ".venv/bin/python", "main.py"} <= set(programs)
    assert len({command.page for command in EVERY}) >= 10


@pytest.mark.parametrize("command", EVERY, ids=str)
def test_its_program_takes_it(command: Command) -> None:
    parse(command)


@pytest.mark.parametrize(
    "text",
    [
        "make deplyo ENV=dev",
        "make deploy ENVIRONMENT=dev",
        "main.py show --envs envs",
        "main.py check --fromat json",
        "main.py shwo prod",
        ".venv/bin/python -m catalog.refresh --wirte",
        "terraform -chdir=x plan -detailed-exitcodes",
        "terraform stat list",
        "aws rds describe-db-cluster",
        "aws rds describe-db-clusters --db-cluster prod",
        "aws rds create-db-cluster-snapshot --db-cluster-identifier prod",
        "aws ssm get-parameter --name x --quiet",
        "psql 'host=x hostadr=127.0.0.1'",
        "make synth && unheard-of",
        'psql "host=x',
        "sh tools/environment.sh runtme",
    ],
)
def test_a_wrong_command_is_noticed(text: str) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - each parser has its own
        parse(Command("page", 1, text))


@pytest.mark.parametrize("text", sorted({command.text for command in EVERY if " main.py " in f" {command.text} "}))
def test_what_changes_nothing_is_run(text: str) -> None:
    words = shlex.split(text.replace("[", "").replace("]", "").partition(" > ")[0], comments=True)
    words = words[words.index("main.py") + 1 :]
    named = {word for word in words[1:] if not word.startswith("-")}
    if words[0] not in READING or not named & SHIPPED or any(word.startswith("prod-") or "<" in word for word in named):
        return
    result = run(*words)
    assert result.returncode == 0, result.stderr
    assert result.stdout
