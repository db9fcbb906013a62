"""What the model has at a place of an environment file: its keys, its types, its limits."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from reading import docstrings
from settings.model import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from findings.finding import KeyPath

BACKENDS = frozenset({"azurerm", "cloud", "gcs", "http", "local", "pg", "s3"})
"""Values of ``state.backend``."""


def keys(path: KeyPath, data: Mapping[str, Any]) -> list[str]:
    """Return the keys that are allowed at a place of the file; none where any key is, or no mapping."""
    alternatives = alternatives_at(path, data)
    if len(alternatives) != 1 or not is_model(alternatives[0]):
        return []
    return list(fields_of(alternatives[0]))


def key_for(value: object, path: KeyPath, data: Mapping[str, Any]) -> str | None:
    """Return the one key of the block at a place that a value given for the whole block could be of."""
    alternatives = alternatives_at(path, data)
    if len(alternatives) != 1 or not is_model(alternatives[0]) or not isinstance(value, bool | int | float | str):
        return None
    fitting = [key for key in fields_of(alternatives[0]) if _takes(alternatives[0], {key: value})]
    return fitting[0] if len(fitting) == 1 else None


def _takes(kind: type[BaseModel], data: Mapping[str, object]) -> bool:
    try:
        kind.model_validate(data)
    except ValidationError:
        return False
    return True


def field_at(path: KeyPath, data: Mapping[str, Any]) -> FieldInfo | None:
    """Return the model's field at a place of the file; None inside a list or a mapping of free keys."""
    alternatives = alternatives_at(path[:-1], data)
    if len(alternatives) != 1 or not is_model(alternatives[0]):
        return None
    return fields_of(alternatives[0]).get(str(path[-1]))


def description_at(path: KeyPath, data: Mapping[str, Any]) -> str:
    """Return what the model says of its field at a place of the file; nothing where it has none."""
    alternatives = alternatives_at(path[:-1], data)
    if len(alternatives) != 1 or not is_model(alternatives[0]):
        return ""
    said = docstrings.of(alternatives[0])
    return next((said.get(name, "") for name, key in _names(alternatives[0]) if key == path[-1]), "")


def fields_of(kind: Any) -> dict[str, FieldInfo]:
    """Return a model's fields by the keys that files write."""
    return {key: kind.model_fields[name] for name, key in _names(kind)}


def _names(kind: Any) -> list[tuple[str, str]]:
    """Return the names of a model's fields, each with the key that files write."""
    fields: Mapping[str, FieldInfo] = kind.model_fields
    return [(name, field.alias or name) for name, field in fields.items()]


def annotation_at(path: KeyPath, data: Mapping[str, Any]) -> Any:
    """Return how a place is annotated, limits and alternatives included; None if there is no such place."""
    field = field_at(path, data)
    if field is not None:
        return annotated(field)
    holders = alternatives_at(path[:-1], data)
    return items_of(holders[0]) if len(holders) == 1 else None


def items_of(kind: Any) -> Any:
    """Return what a mapping's values or a list's items are annotated with; None for other types."""
    return get_args(kind)[-1] if get_origin(kind) in (dict, list) else None


def annotated(field: FieldInfo) -> Any:
    """Return a field's annotation with the limits that pydantic keeps beside it."""
    made: Any = field.annotation
    for limit in field.metadata:
        made = Annotated[made, limit]
    return made


def alternatives_at(path: KeyPath, data: Mapping[str, Any]) -> list[Any]:
    """Return the plain types that a place of the file may have; none if there is no such place."""
    here: Any = data
    current: list[Any] = [Environment]
    for part in path:
        here = _inside(here, part)
        if len(current) != 1:
            return []
        current = list(plain(_below(current[0], part)))
        if len(current) > 1 and isinstance(here, Mapping):
            chosen = here.get("backend")
            current = [kind for kind in current if chosen in tags(kind)] or current
    return current


def _inside(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def _below(kind: Any, part: str | int) -> Any:
    """Return what a model's field, a mapping's value or a list's item is annotated with."""
    if is_model(kind):
        field = fields_of(kind).get(str(part))
        return field.annotation if field else None
    return items_of(kind)


def is_model(kind: Any) -> bool:
    """Whether a plain type is a block of the file."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def tags(kind: Any) -> tuple[Any, ...]:
    """Return the values of ``backend`` that choose this kind of state."""
    return get_args(kind.model_fields["backend"].annotation) if is_model(kind) else ()


def plain(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of an annotation, without what surrounds them."""
    if get_origin(annotation) is Annotated:
        yield from plain(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from plain(part)
    elif annotation not in (None, types.NoneType):
        yield annotation


def backends_with(given: set[str]) -> list[str]:
    """Return the backends that have all of these keys, by name."""
    kinds = plain(Environment.model_fields["state"].annotation)
    return sorted(str(tag) for kind in kinds for tag in tags(kind) if given <= fields_of(kind).keys())
