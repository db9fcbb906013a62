"""The same files give the same bytes, anywhere, for anyone, at any time; nothing of the machine is in them."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import secret_scan
from tests.harness import ROOT, run, sampled

if TYPE_CHECKING:
    from tests.harness import Synthesized

PACKAGES = Path.home() / ("Library/Caches/com.amazonaws.jsii" if platform.system() == "Darwin" else ".cache/aws/jsii")
"""Where jsii keeps unpacked packages; shared, lest every home unpack 450 MB of its own."""

USER = "zaphod-beeblebrox"

ANYWHERE: dict[str, dict[str, str]] = {
    "hash-seed-0": {"PYTHONHASHSEED": "0", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
    "hash-seed-1": {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8"},
    "hash-seed-random": {"PYTHONHASHSEED": "random", "TZ": "Asia/Kathmandu", "AWS_REGION": "ap-south-1"},
}

MOMENTS = {
    "a date and time": re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"),
    "seconds since 1970": re.compile(r"(?<!\d)(?:1[7-9]|2[0-2])\d{8}(?:\d{3})?(?!\d)"),
}


def contents(output: Path) -> dict[str, str]:
    """Return every file of an output folder by its path in it."""
    return {
        path.relative_to(output).as_posix(): path.read_text() for path in sorted(output.rglob("*")) if path.is_file()
    }


@pytest.mark.parametrize("name", sampled(ANYWHERE, "hash-seed-1"))
def test_same_bytes_anywhere_for_anyone(name: str, shipped: Synthesized, tmp_path: Path) -> None:
    variables = ANYWHERE[name]
    home = tmp_path / "home" / USER
    home.mkdir(parents=True)
    elsewhere = {"HOME": str(home), "USER": USER, "LOGNAME": USER}
    if PACKAGES.is_dir():
        elsewhere["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(PACKAGES / "package-cache")
    output = tmp_path / "an output" / variables["PYTHONHASHSEED"]
    result = run("synth", "--output", str(output), cwd=home, **elsewhere, **variables)
    assert (result.returncode, result.stderr) == (0, "")
    found = contents(output)
    assert found == contents(shipped.output)
    for file, text in found.items():
        assert USER not in text, file


def test_relative_output_is_relative_to_where_the_user_stands(shipped: Synthesized, tmp_path: Path) -> None:
    result = run("synth", "dev", "--output", "here", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "here" / "stacks" / "dev-database" / "cdk.tf.json").read_text() == (
        shipped.output / "stacks" / "dev-database" / "cdk.tf.json"
    ).read_text()


def test_nothing_of_the_machine_is_in_any_file(shipped: Synthesized, examples: Synthesized) -> None:
    names = {str(ROOT), str(Path.home()), str(shipped.output), str(examples.output), "/tmp/"}  # noqa: S108 - looked for
    names |= {platform.node()} - {""}
    for output in (shipped.output, examples.output):
        for file, text in contents(output).items():
            # A home or host of one letter or one slash would be found anywhere.
            assert [name for name in names if len(name) > 3 and name in text] == [], file
            if os.sep == "/":
                assert re.findall(r'"(?:/(?:home|root|Users|usr|var|tmp|opt)/[^"]*)"', text) == [], file


def test_no_moment_is_in_any_file(shipped: Synthesized, examples: Synthesized) -> None:
    for output in (shipped.output, examples.output):
        for file, text in contents(output).items():
            # A threshold in bytes may be a number like any, and the file says which moment is restored.
            text = re.sub(r'"restore_to_time": "[^"]*"', '"restore_to_time"', text)  # noqa: PLW2901 - as below
            text = re.sub(r'(threshold|value)\\*": \d+', r"\1", text)  # noqa: PLW2901 - what is looked through
            assert {what: pattern.findall(text) for what, pattern in MOMENTS.items()} == {
                what: [] for what in MOMENTS
            }, file


def test_no_secret_is_in_any_file(shipped: Synthesized, examples: Synthesized) -> None:
    assert secret_scan.scan(shipped.output, examples.output).findings == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("a date and time", "2026-11-22T18:20:00Z"),
        ("seconds since 1970", "1795371600"),
    ],
)
def test_what_is_looked_for_would_be_found(kind: str, text: str) -> None:
    assert MOMENTS[kind].search(f'"{text}"')
