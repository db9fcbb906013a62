"""What a synth prints: one line per stack, and what waits for a reboot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from findings.layout import table
from settings import parameters
from settings.loaded import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from settings.loaded import Loaded


def synthesized(
    environments: Iterable[Loaded],
    output: Path,
    shown_as: str,
    resources: Mapping[str, int],
    width: int | None = None,
) -> Iterator[str]:
    """Yield a line per stack: its file, how many ``resources`` it has, where its state is.

    A line per environment follows with the parameters whose changes wait until the instances are rebooted.
    """
    listed = list(environments)
    written = [one for loaded in listed for one in _stacks(loaded, output, shown_as, resources)]
    yield from table([(one["file"], f"{one['resources']} resources", one["state"]) for one in written], width)
    yield from table(
        [(f"{loaded.name}:", f"needs a reboot when changed: {', '.join(_rebooting(loaded))}") for loaded in listed],
        width,
    )


def as_data(
    environments: Iterable[Loaded], output: Path, shown_as: str, resources: Mapping[str, int]
) -> dict[str, Any]:
    """Return the same for machines."""
    return {
        "format": 1,
        "environments": [
            {
                "name": loaded.name,
                "stacks": list(_stacks(loaded, output, shown_as, resources)),
                "needs_reboot_when_changed": _rebooting(loaded),
            }
            for loaded in environments
        ],
    }


def _stacks(loaded: Loaded, output: Path, shown_as: str, resources: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for kind in loaded.stacks:
        folder = output / "stacks" / loaded.names.stack(kind)
        file = next(name for name in ("cdk.tf.json", "cdk.tf") if (folder / name).exists())
        yield {
            "stack": folder.name,
            "file": f"{shown_as}/stacks/{folder.name}/{file}",
            "resources": resources[folder.name],
            "state": loaded.identity(kind),
        }


def _rebooting(loaded: Loaded) -> list[str]:
    effective = parameters.effective(loaded.environment)
    return [setting.name for setting in effective if setting.static and not setting.dropped]


def stacks(output: Path) -> set[str]:
    """Return the names of the stacks that an output folder holds."""
    folder = output / "stacks"
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()


def vanished(names: set[str]) -> list[str]:
    """Return a line for each stack that was synthesized before and is in no file any more: what it made lives on."""
    lines = []
    for name in sorted(names):
        environment, kind = parts_of(name)
        lines.append(
            f"note: {name} is in no file any more, so its code is gone; if it was deployed, all that it made is still "
            f"there: put it back into the file, make destroy ENV={environment} STACK={kind}, then take it out again"
        )
    return lines
