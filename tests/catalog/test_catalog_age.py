"""The reminder that the catalogue is old, and the day that commands take for today."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from catalog import age
from tests.harness import ENVIRONMENTS, run, sampled

if TYPE_CHECKING:
    from pathlib import Path

BEGINNING = "the catalogue of AWS versions and classes is of "


def epoch(day: date) -> str:
    return str(int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()))


def test_the_reminder_comes_six_months_after_the_source() -> None:
    taken = age.packages()["cfn-lint"].date
    assert timedelta(days=178) <= age.due() - taken <= timedelta(days=184)
    assert age.reminder(age.due() - timedelta(days=1)) is None
    assert (age.reminder(age.due()) or "").startswith(f"{BEGINNING}{taken}, over 6 months old")


@pytest.mark.parametrize("command", sampled(("check", "synth"), "check"))
def test_commands_remind_on_stderr_from_that_day_on_and_do_their_work(command: str, tmp_path: Path) -> None:
    written = []
    for day in (age.due() - timedelta(days=1), age.due()):
        output = tmp_path / str(day)
        arguments = ["--output", str(output)] if command == "synth" else []
        result = run(command, "--envs", str(ENVIRONMENTS), *arguments, SOURCE_DATE_EPOCH=epoch(day))
        assert result.returncode == 0, result.stderr
        reminders = [line for line in result.stderr.splitlines() if line.startswith(BEGINNING)]
        assert len(reminders) == (day == age.due())
        written.append({path.relative_to(output): path.read_bytes() for path in output.rglob("*") if path.is_file()})
    assert written[0] == written[1]
    assert bool(written[0]) is (command == "synth")


@pytest.mark.parametrize("text", ["yesterday", "1.5", "9" * 30, "-" + "9" * 30])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    result = run("check", SOURCE_DATE_EPOCH=text)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"SOURCE_DATE_EPOCH: {text!r} is not a day; it takes whole seconds since 1970-01-01 00:00 UTC, or nothing\n"
    )


def test_without_the_variable_today_is_the_clocks() -> None:
    result = run("check", SOURCE_DATE_EPOCH="")
    assert result.returncode == 0
    assert (BEGINNING in result.stderr) is (datetime.now(UTC).date() >= age.due())
