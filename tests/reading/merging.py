"""Two files with one mistake each, made into one file with both: for tests that no mistake hides another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = tuple[str, ...]


class Loader(yaml.CSafeLoader):
    """Takes every scalar as it is written."""


Loader.yaml_implicit_resolvers = {}


@dataclass(frozen=True)
class Scalar:
    """A scalar with the quotes that the file has."""

    written: str


Value: TypeAlias = "Scalar | list[Any] | dict[str, Any]"


def parsed(text: str) -> dict[str, Any] | None:
    """Return a file as mappings, lists and scalars as written; None if it is no plain mapping of unique keys."""
    try:
        node = yaml.compose(text, Loader=Loader)
        if node is None:
            return None
        value = _value(node, text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _value(node: Any, text: str) -> Value:
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            written = text[key.start_mark.index : key.end_mark.index]
            if not isinstance(key, yaml.ScalarNode) or written in found or written == "<<":
                raise ValueError(written)
            found[written] = _value(value, text)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, text) for item in node.value]
    if "\n" in node.value or node.style in ("|", ">"):
        raise ValueError(node.value)
    return Scalar(text[node.start_mark.index : node.end_mark.index])


@dataclass
class Change:
    """What one file has otherwise than another."""

    put: dict[Path, Any] = field(default_factory=dict)
    taken: set[Path] = field(default_factory=set)

    @property
    def places(self) -> set[Path]:
        """Every place that is touched."""
        return {*self.put, *self.taken}


def changed(base: dict[str, Any], other: dict[str, Any]) -> Change:
    """Return what makes the base the other file."""
    change = Change()
    _compare(base, other, (), change)
    return change


def _compare(base: dict[str, Any], other: dict[str, Any], path: Path, change: Change) -> None:
    for key in {**base, **other}:
        here = (*path, key)
        if key not in other:
            change.taken.add(here)
        elif key not in base:
            _added(other[key], here, change)
        elif isinstance(base[key], dict) and isinstance(other[key], dict):
            _compare(base[key], other[key], here, change)
        elif base[key] != other[key]:
            change.put[here] = other[key]


def _added(value: Any, path: Path, change: Change) -> None:
    """Note a new block by its own keys, so that two files can each add to it."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            _added(inner, (*path, key), change)
    else:
        change.put[path] = value


def apart(one: Change, other: Change) -> bool:
    """Whether two changes touch nothing in common, not even blocks that one puts and the other adds to."""
    return not any(
        first[: len(second)] == second or second[: len(first)] == first
        for first in one.places
        for second in other.places
    )


def applied(base: dict[str, Any], *changes: Change) -> str:
    """Return the base with the changes, as a file."""
    data = _copied(base)
    for change in changes:
        for path in change.taken:
            _holder(data, path).pop(path[-1], None)
        for path, value in change.put.items():
            _holder(data, path)[path[-1]] = value
    return "".join(_lines(data, ""))


def _copied(value: Any) -> Any:
    return {key: _copied(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _holder(data: dict[str, Any], path: Path) -> dict[str, Any]:
    for part in path[:-1]:
        data = data.setdefault(part, {})
    return data


def _lines(value: dict[str, Any], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield f"{indent}{key}:\n"
            yield from _lines(inner, f"{indent}  ")
        else:
            yield f"{indent}{key}: {_flow(inner)}\n"


def _flow(value: Any) -> str:
    if isinstance(value, Scalar):
        return value.written
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
