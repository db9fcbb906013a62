"""Says what pydantic found wrong in words that mend it: the value, what is allowed, what was probably meant."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from catalog import limits
from catalog.suggestions import nearest
from findings.finding import KeyPath, Located, shortened, shown
from settings.model import Environment
from settings.types import Between, OneOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from reading.document import Document

BACKENDS = frozenset({"azurerm", "cloud", "gcs", "http", "local", "pg", "s3"})
"""Values of ``state.backend``."""

TRUTH_VALUES = {"yes": "true", "on": "true", "y": "true", "1": "true", "true": "true"} | {
    "no": "false",
    "off": "false",
    "n": "false",
    "0": "false",
    "false": "false",
}
"""What people write for true and false; YAML 1.1 took most of it."""

HINTS: Mapping[KeyPath, Mapping[str, str]] = {
    ("database",): {
        "auto_minor_version_upgrade": "is not a key here: it follows from engine_version; a major such as "
        '"15" gets minor upgrades, an exact version such as "15.10" gets none, as AWS asks for LTS releases',
        "blue_green_update": "is not offered: a blue/green deployment does not go with a managed master secret",
        "ca_cert_identifier": "is not a key here; did you mean ca_certificate?",
        "family": 'is not a key here: it follows from engine_version; "15.10" is of family aurora-postgresql15',
        "availability_zones": "is not offered: Aurora stores in three zones by itself, and fewer would replace the "
        "cluster on every plan; place instances by instances.<key>.zone",
        "global_cluster": "is not offered: a global database does not go with a managed master secret",
        "kms_key_id": "is not a key here: the stack creates the keys; one that exists stands under encryption.data",
        "manage_master_user_password": "is not a key here: RDS always keeps the password in Secrets Manager",
        "master_password": "is not offered: RDS keeps the password in Secrets Manager, and nobody else sees it; of one "
        "that is kept elsewhere, say master_user: {password: elsewhere}",
        "password": "is not offered: RDS keeps the password in Secrets Manager, and nobody else sees it; of one that "
        "is kept elsewhere, say master_user: {password: elsewhere}",
        "replication_source_identifier": "is not offered: a replica of another cluster does not go with a managed "
        "master secret",
        "snapshot_identifier": "is not offered: a cluster restored from a snapshot is another cluster",
    },
    ("database", "monitoring"): {
        "retention_days": "is not a key here: it follows from insights; standard keeps 7 days, advanced 465",
        "performance_insights": "is not a key here: it is always on, and insights says how long it keeps",
    },
    ("database", "logs"): limits.MISTAKEN_LOG_TYPES,
    ("network", "existing"): {"subnet_ids": "is not a key here; did you mean database_subnets, by zone?"},
    ("network", "create"): {"azs": "is not a key here; zones stand under aws.zones"},
}
"""Why a key that people know from elsewhere is not one here."""


Say: TypeAlias = "Callable[[Mistake], str]"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One of pydantic's errors, seen from the file."""

    path: KeyPath
    value: Any
    text: str | None
    """The value as the file spells it, if it is a scalar."""
    context: Mapping[str, Any]
    data: Mapping[str, Any]
    message: str
    """Pydantic's own words."""

    @property
    def shown(self) -> str:
        """The value as a message repeats it."""
        return shown(self.text if self.text is not None else self.value)


def path_of(detail: ErrorDetails) -> KeyPath:
    """Return the place in the file: without what pydantic adds for unions and for wrong mapping keys."""
    path = tuple(part for part in detail["loc"] if part != "[key]")
    if len(path) > 1 and path[0] == "state" and path[1] in BACKENDS:
        path = (path[0], *path[2:])
    if path[:2] == ("database", "parameters"):
        path = path[:3]
    return path


def located(read: Document, data: Mapping[str, Any], details: Iterable[ErrorDetails]) -> list[Located]:
    """Return the errors of the data, which is the file's over its tier's, at their lines, one for each key."""
    found: dict[KeyPath, Located] = {}
    for detail in details:
        path = path_of(detail)
        mistake = Mistake(
            path=path,
            value=detail["input"],
            text=read.texts.get(path),
            context=detail.get("ctx", {}),
            data=data,
            message=detail["msg"],
        )
        kind = detail["type"]
        if kind in ("union_tag_not_found", "union_tag_invalid"):
            path = (*path, "backend")
        rule, say = SAYINGS.get(kind, ("value", _otherwise))
        if path[:2] == ("database", "parameters") and len(path) == 3:  # noqa: PLR2004 - one parameter
            rule, say = "type", _not_a_parameter_value
        if say is _not_text and isinstance(mistake.value, bool | int | float):
            rule = "unquoted"
        place = path[:-1] if kind == "missing" else path
        found.setdefault(path, read.located(path, say(mistake), rule, at=place))
    return list(found.values())


def empty(read: Document, path: KeyPath) -> Located:
    """Say of a key without a value what it may have."""
    of_an_instance = path[:2] == ("database", "instances") and len(path) == 3  # noqa: PLR2004 - one instance
    remedy = "write {} if it has nothing of its own" if of_an_instance else "give one"
    field = _field_at(path, read.data)
    if field and not field.is_required():
        remedy = "give one or remove the key"
    return read.located(path, f"has no value; {remedy}", "missing-value")


def meant(word: object, candidates: Iterable[str]) -> str:
    """Return the clause that names the nearest candidate, or nothing."""
    guess = nearest(word, candidates) if isinstance(word, str) else None
    return f"; did you mean {guess}?" if guess else ""


def _unknown_key(mistake: Mistake) -> str:
    hint = HINTS.get(mistake.path[:-1], {}).get(str(mistake.path[-1]))
    if hint:
        return hint
    fields = _fields(mistake.path[:-1], mistake.data)
    allowed = ", ".join(fields)
    owners = _backends_with(str(mistake.path[-1])) if mistake.path[:-1] == ("state",) else []
    if owners:
        return f"is a key of backend {', '.join(owners)} only; allowed are {allowed}"
    return f"is not a key here; allowed are {allowed}{meant(mistake.path[-1], fields)}"


def _backends_with(key: str) -> list[str]:
    kinds = _plain(Environment.model_fields["state"].annotation)
    return sorted(tag for kind in kinds for tag in _tags(kind) if key in kind.model_fields)


def _missing(mistake: Mistake) -> str:
    about = _description(mistake)
    return f"is missing: {about}" if about else "is missing"


def _no_backend(_: Mistake) -> str:
    return f"is missing: one of {', '.join(sorted(BACKENDS))}"


def _unknown_backend(mistake: Mistake) -> str:
    value = mistake.data.get("state", {}).get("backend")
    return f"{shown(value)} is not one of {', '.join(sorted(BACKENDS))}{meant(value, BACKENDS)}"


def _unknown_word(mistake: Mistake) -> str:
    allowed = str(mistake.context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    return f"{mistake.shown} is not one of {allowed}{meant(mistake.value, allowed.split(', '))}"


def _ours(mistake: Mistake) -> str:
    return str(mistake.context.get("message", mistake.message))


def _not_text(mistake: Mistake) -> str:
    if isinstance(mistake.value, bool):
        return f'{mistake.text} is a truth value to YAML; write it in quotes: "{mistake.text}"'
    if isinstance(mistake.value, int | float) and mistake.text:
        text = shortened(mistake.text)
        return f'{text} is a number to YAML, which may drop zeros; write it in quotes: "{text}"'
    return f"{mistake.shown} is not text"


def _not_a_number(what: str) -> Say:
    def say(mistake: Mistake) -> str:
        if isinstance(mistake.value, str) and re.fullmatch(r"[-+]?[0-9]{1,9}(?:\.[0-9]+)?", mistake.value):
            return f"{mistake.shown} is text because of its quotes; write {mistake.value} without them"
        allowed = _allowed(mistake)
        return f"{mistake.shown} is not {what}" + (f"; allowed are {allowed}" if allowed else "")

    return say


def _not_a_truth_value(mistake: Mistake) -> str:
    if mistake.value in ("true", "false"):
        return f"{mistake.shown} is text because of its quotes; write {mistake.value} without them"
    guess = TRUTH_VALUES.get(str(mistake.text).lower())
    return f"{mistake.shown} is not true or false" + (f"; did you mean {guess}?" if guess else "")


def _not_a_list(mistake: Mistake) -> str:
    about = _description(mistake)
    return f"{mistake.shown} is not a list" + (f" ({about})" if about else "")


def _not_a_mapping(mistake: Mistake) -> str:
    alternatives = _alternatives_at(mistake.path, mistake.data)
    if len(alternatives) > 1:
        keys = f"backend (one of {', '.join(sorted(BACKENDS))}) and that backend's keys"
        return f"{mistake.shown} is not a mapping; it needs {keys}"
    fields = _fields(mistake.path, mistake.data)
    if fields:
        return f"{mistake.shown} is not a mapping with keys among {', '.join(fields)}"
    about = _description(mistake)
    return f"{mistake.shown} is not a mapping of keys to values" + (f" ({about})" if about else "")


def _not_a_parameter_value(mistake: Mistake) -> str:
    return f"{mistake.shown} is not text, a number, true or false"


def _count(number: Any) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


def _too_few(mistake: Mistake) -> str:
    least = mistake.context.get("min_length")
    return (
        f"has {_count(mistake.context.get('actual_length'))}; at least {least} {'is' if least == 1 else 'are'} needed"
    )


def _too_many(mistake: Mistake) -> str:
    most = mistake.context.get("max_length")
    return f"has {_count(len(mistake.value))}; at most {most} are allowed"


def _otherwise(mistake: Mistake) -> str:
    return mistake.message[:1].lower() + mistake.message[1:]


SAYINGS: Mapping[str, tuple[str, Say]] = {
    "bool_type": ("type", _not_a_truth_value),
    "dict_type": ("type", _not_a_mapping),
    "extra_forbidden": ("unknown-key", _unknown_key),
    "finite_number": ("type", _not_a_number("a finite number")),
    "float_parsing": ("type", _not_a_number("a number")),
    "float_type": ("type", _not_a_number("a number")),
    "int_from_float": ("type", _not_a_number("a whole number")),
    "int_type": ("type", _not_a_number("a whole number")),
    "list_type": ("type", _not_a_list),
    "literal_error": ("value", _unknown_word),
    "missing": ("missing-value", _missing),
    "model_attributes_type": ("type", _not_a_mapping),
    "model_type": ("type", _not_a_mapping),
    "string_type": ("type", _not_text),
    "too_long": ("value", _too_many),
    "too_short": ("value", _too_few),
    "union_tag_invalid": ("value", _unknown_backend),
    "union_tag_not_found": ("missing-value", _no_backend),
    "wrong": ("value", _ours),
}
"""The rule that each type of pydantic error breaks, and what to say (pydantic documentation, validation errors)."""


def _fields(path: KeyPath, data: Mapping[str, Any]) -> list[str]:
    """Return the keys that are allowed at a place of the file."""
    alternatives = _alternatives_at(path, data)
    if len(alternatives) != 1 or not _is_model(alternatives[0]):
        return []
    fields: Mapping[str, FieldInfo] = alternatives[0].model_fields
    return [field.alias or name for name, field in fields.items()]


def _field_at(path: KeyPath, data: Mapping[str, Any]) -> FieldInfo | None:
    alternatives = _alternatives_at(path[:-1], data)
    if len(alternatives) == 1 and _is_model(alternatives[0]):
        fields: Mapping[str, FieldInfo] = alternatives[0].model_fields
        for name, field in fields.items():
            if path[-1] in (name, field.alias):
                return field
    return None


def _description(mistake: Mistake) -> str:
    field = _field_at(mistake.path, mistake.data)
    return (field.description or "").rstrip(".") if field else ""


def _allowed(mistake: Mistake) -> str:
    field = _field_at(mistake.path, mistake.data)
    for constraint in field.metadata if field else ():
        if isinstance(constraint, Between | OneOf):
            return constraint.allowed
    return ""


def _alternatives_at(path: KeyPath, data: Mapping[str, Any]) -> list[Any]:
    """Return the plain types that a place of the file may have; none if there is no such place."""
    here: Any = data
    current = [Environment]
    for part in path:
        here = _inside(here, part)
        if len(current) != 1:
            return []
        current = list(_plain(_below(current[0], part)))
        if len(current) > 1 and isinstance(here, Mapping):
            chosen = here.get("backend")
            current = [kind for kind in current if chosen in _tags(kind)] or current
    return current


def _inside(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def _below(kind: Any, part: str | int) -> Any:
    """Return what a model's field, a mapping's value or a list's item is annotated with."""
    if _is_model(kind):
        fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return fields.get(str(part))
    return get_args(kind)[-1] if get_origin(kind) in (dict, list) else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _tags(kind: Any) -> tuple[Any, ...]:
    return get_args(kind.model_fields["backend"].annotation) if _is_model(kind) else ()


def _plain(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of an annotation, without what surrounds them."""
    if get_origin(annotation) is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _plain(part)
    elif annotation not in (None, types.NoneType):
        yield annotation
