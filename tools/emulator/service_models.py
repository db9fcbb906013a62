"""Holds a request against the AWS SDK's description of the service, which the emulator does not do.

The models of botocore say of each operation what it takes: which parameters, which of them are required, of a text the
values, the pattern and the length, of a number the range, of a list how many. AWS answers what breaks them with a
ValidationException or an InvalidParameterValue; an emulator takes most of it.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from botocore.model import ServiceModel, Shape, StructureShape

KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
}
"""What stands for a type; a blob and a moment are kept as text and not looked into."""


def violations(service: str, operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """Return what of a request a service would refuse by its own model, each with its path; unknown ones, too."""
    try:
        shape = _model(service).operation_model(operation).input_shape
    except (UnknownServiceError, OperationNotFoundError):
        return [f"{service} has no {operation}"]
    if shape is None:
        return [f"takes no {name}" for name in parameters]
    return [f"{path}: {what}" for path, what in _of(shape, parameters, "")]


def recorded(lines: Iterable[str]) -> list[str]:
    """Return the violations of recorded requests, one a line, each once."""
    found: dict[str, None] = {}
    for line in lines:
        one = json.loads(line)
        for what in violations(one["service"], one["operation"], one["parameters"]):
            found[f"{one['service']} {one['operation']}: {what}"] = None
    return [*found]


@functools.cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def _is(value: Any, type_: str) -> bool:
    """Whether a value is of a type of the models; a truth is no number, though Python takes it for one."""
    return isinstance(value, KINDS.get(type_, (object,))) and isinstance(value, bool) <= (type_ == "boolean")


def _of(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if not _is(value, shape.type_name):
        yield path, f"{value!r} is no {shape.type_name}"
        return
    said: Any = shape
    match shape.type_name:
        case "structure":
            yield from _members(said, value, path)
        case "list":
            yield from _within(shape, len(value), path, "elements")
            for one in value:
                yield from _of(said.member, one, path)
        case "map":
            yield from _within(shape, len(value), path, "entries")
            for name, one in value.items():
                yield from _of(said.key, name, path)
                yield from _of(said.value, one, path)
        case "string":
            yield from _text(shape, value, path)
        case "integer" | "long" | "double" | "float":
            yield from _within(shape, value, path, "as a number")


def _members(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _joined(path, name), "is required"
    for name, one in value.items():
        member = shape.members.get(name)
        if member is None:
            yield _joined(path, name), "is not known"
        else:
            yield from _of(member, one, _joined(path, name))


def _text(shape: Shape, value: str, path: str) -> Iterator[tuple[str, str]]:
    yield from _within(shape, len(value), path, "characters")
    values = getattr(shape, "enum", [])
    if values and value not in values:
        yield path, f"{value!r} is none of {', '.join(values)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _fits(pattern, value):
        yield path, f"{value!r} does not match {pattern}"


def _fits(pattern: str, value: str) -> bool:
    """Whether a text matches a pattern, which is written for Java; one that Python cannot read is not held to."""
    try:
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    except re.error:
        return True


def _within(shape: Shape, size: float, path: str, of: str) -> Iterator[tuple[str, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield path, f"{size} {of}, of at least {least}"
    if most is not None and size > most:
        yield path, f"{size} {of}, of at most {most}"


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
