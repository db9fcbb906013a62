"""What ``compare`` prints: where two environments differ, and which line, tier or default is the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog import formulas
from findings.layout import prose, table
from settings import parameters, topology
from synthesis.explain import flat, origin, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from settings.loaded import Loaded

ABSENT = "-"
"""Where one of the two does not have what the other has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A value of one environment, and where it comes from: a line of its file, its tier, or the default."""

    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlike:
    """Something that two environments have otherwise."""

    name: str
    one: Side
    other: Side

    @property
    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        sides = [{"value": side.value, "origin": side.origin} for side in (self.one, self.other)]
        return {"name": self.name, "values": sides}


def compared(one: Loaded, other: Loaded) -> dict[str, list[Unlike]]:
    """Return what differs, by part: the settings, and what follows from them.

    Names that merely have the environment's own name in them are no difference.
    """
    pairs = {
        "settings": [_settings(side) for side in (one, other)],
        "stacks": [_stacks(side) for side in (one, other)],
        "instances": [_instances(side) for side in (one, other)],
        "parameters": [_parameters(one, other), _parameters(other, one)],
    }
    return {
        part: list(_unlike(*sides, absent=[_absence(side, part) for side in (one, other)]))
        for part, sides in pairs.items()
    }


def lines(one: Loaded, other: Loaded, width: int | None = None) -> Iterator[str]:
    """Yield the comparison as text, fitted to a width if there is one."""
    found = compared(one, other)
    heads = (f"{side.name} ({side.file}, tier {side.environment.tier})" for side in (one, other))
    yield from prose(", ".join(heads), width)
    if not any(found.values()):
        yield ""
        yield "They differ in nothing but their names"
    for part, listed in found.items():
        if listed:
            yield ""
            yield f"{part.capitalize()} that differ"
            yield from table(_rows(one.name, other.name, listed), width)


def markdown(one: Loaded, other: Loaded) -> Iterator[str]:
    """Yield the comparison as tables of Markdown."""
    found = compared(one, other)
    yield f"# {one.name} and {other.name}"
    if not any(found.values()):
        yield ""
        yield "They differ in nothing but their names."
    for part, listed in found.items():
        if listed:
            yield ""
            yield f"## {part.capitalize()} that differ"
            yield ""
            yield f"| | {one.name} | because of | {other.name} | because of |"
            yield "| --- | --- | --- | --- | --- |"
            for row in listed:
                cells = (row.name, row.one.value, row.one.origin, row.other.value, row.other.origin)
                yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _rows(one: str, other: str, listed: Iterable[Unlike]) -> Iterator[tuple[str, ...]]:
    yield ("", one, "because of", other, "because of")
    for row in listed:
        yield (f"  {row.name}", row.one.value, row.one.origin, row.other.value, row.other.origin)


def _unlike(one: dict[str, Side], other: dict[str, Side], *, absent: list[Side]) -> Iterator[Unlike]:
    for name in dict.fromkeys((*one, *other)):
        sides = (one.get(name, absent[0]), other.get(name, absent[1]))
        if sides[0].value != sides[1].value:
            yield Unlike(name=name, one=sides[0], other=sides[1])


def _absence(loaded: Loaded, part: str) -> Side:
    """Return the side of what an environment does not have; a key that it does not have is nobody's doing."""
    key = {"instances": "database.instances", "parameters": "database.tuning"}.get(part)
    return Side(value=ABSENT, origin=_reason(loaded, key) if key else ABSENT)


def _settings(loaded: Loaded) -> dict[str, Side]:
    return {key: Side(value=shown(value), origin=origin(loaded, key)) for key, value in flat(loaded.environment, ())}


def _stacks(loaded: Loaded) -> dict[str, Side]:
    reasons = {"network": "network.create", "access": "access", "monitoring": "monitoring", "state": "state"}
    return {kind: Side(value="yes", origin=_reason(loaded, reasons.get(kind, "database"))) for kind in loaded.stacks}


def _instances(loaded: Loaded) -> dict[str, Side]:
    return {
        placed.key: Side(
            value=f"{placed.instance_class} in {placed.zone or 'any zone'}, promotion tier {placed.promotion_tier}",
            origin=_reason(loaded, f"database.instances.{placed.key}", "database.instance_class", "database.instances"),
        )
        for placed in topology.instances(loaded.environment)
    }


def _parameters(loaded: Loaded, other: Loaded) -> dict[str, Side]:
    """Return what the cluster's parameters come to: the same formula is another number on another class."""
    sizes = topology.sizes(loaded.environment)
    own = [key for key in loaded.given if key.startswith("database.instances.") and key.endswith(".instance_class")]
    said = {setting.name: setting.value for setting in parameters.effective(other.environment)}
    found = {}
    for setting in parameters.effective(loaded.environment):
        if setting.dropped:
            continue
        value = setting.value
        if formulas.is_formula(value):
            numbers = (formulas.number(value, size.variables) for size in sizes)
            comes_to = ", ".join(dict.fromkeys(f"{number:,}" for number in numbers if number is not None))
            value += f" = {comes_to}" if comes_to else ""
        by_class = said.get(setting.name) == setting.value
        found[setting.name] = Side(
            value=value,
            origin=_reason(loaded, *own, "database.instance_class")
            if by_class
            else _reason(loaded, f"database.parameters.{setting.name}", "database.tuning"),
        )
    return found


def _reason(loaded: Loaded, *keys: str) -> str:
    """Return where the first of these keys that anybody says is said, itself or what lies below it, and which it is."""
    for key in keys:
        below = [line for name, line in loaded.given.items() if name == key or name.startswith((f"{key}.", f"{key}["))]
        tier = [said for name, said in loaded.origins.items() if name == key or name.startswith(f"{key}.")]
        if below or tier:
            return f"{f'{loaded.file}:{min(below)}' if below else tier[0]} ({key})"
    return f"{origin(loaded, keys[-1])} ({keys[-1]})"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
