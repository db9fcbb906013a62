"""Starts Node before the environments are read, where it is as good as certain that something has to be made."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from synthesis import bindings, reuse

SYNTH: Final = "synth"
"""The command, and what is done without one."""

ROOT: Final = Path(__file__).resolve().parents[1]


def begin(arguments: list[str]) -> None:
    """Start it if ``main.py`` is called with these arguments for a synthesis that will hardly leave everything alone.

    Whether it does is found out later, by what the files mean: a Node that was started in vain is not waited for.
    """
    command, *options = arguments or [SYNTH]
    if command != SYNTH or {"--help", "-h"} & {*options}:
        return
    # What is wrong is said when it is needed.
    with contextlib.suppress(bindings.NoSuchCdkError, OSError):
        if "--fresh" in options or _has_changed(*_given(options)):
            bindings.begin()


def _has_changed(names: list[str], envs: Path, output: Path) -> bool:
    """Whether a file says something else than when its environment was made, or was never made at all."""
    known = reuse.known(output.with_name(reuse.RECORD.format(output=output.name))) if output.name else {}
    files = [envs / f"{name}.yaml" for name in names] or envs.glob("*.yaml")
    # Whoever opens a pipe waits for what may never come.
    return any(file.is_file() and reuse.outline(file) != known.get(file.stem, {}).get("outline") for file in files)


def _given(options: list[str]) -> tuple[list[str], Path, Path]:
    """Return the names of environments, the folder of their files, and that of the output."""
    values = {"--envs": str(ROOT / "envs"), "--output": os.environ.get("CDKTF_OUTDIR") or str(ROOT / "cdktf.out")}
    names = []
    rest = iter(options)
    for option in rest:
        name, equals, value = option.partition("=")
        if not option.startswith("-"):
            names.append(option)
        elif name in (*values, "--format"):
            values[name] = value if equals else next(rest, "")
    return names, Path(values["--envs"]), Path(values["--output"]).absolute()
