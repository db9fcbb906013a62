"""Starts Node before the environments are read, where it is certain already that something has to be made."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from synthesis import bindings
from synthesis.reuse import RECORD

SYNTH = "synth"
"""The command, and what is done without one."""


def begin(arguments: list[str]) -> None:
    """Start it if ``main.py`` is called with these arguments for a synthesis of which nothing can be left alone."""
    command, *options = arguments or [SYNTH]
    if command != SYNTH or {"--help", "-h"} & {*options}:
        return
    if "--fresh" in options or not _record(options).exists():
        # What is wrong is said when it is needed.
        with contextlib.suppress(bindings.NoSuchCdkError):
            bindings.begin()


def _record(options: list[str]) -> Path:
    output = Path(os.environ.get("CDKTF_OUTDIR") or Path(__file__).resolve().parents[1] / "cdktf.out")
    for option, value in zip(options, [*options[1:], ""], strict=False):
        name, equals, given = option.partition("=")
        if name == "--output":
            output = Path(given if equals else value)
    output = output.absolute()
    return output.with_name(RECORD.format(output=output.name)) if output.name else output
