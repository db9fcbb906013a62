"""Says what pydantic found wrong in words that mend it: the value, what is allowed, what was probably meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from catalog.suggestions import nearest
from findings.finding import KeyPath, Located, shortened, shown
from reading import foreign, places
from reading.document import UNFILLED, unfilled
from settings.types import Between, OneOf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic_core import ErrorDetails

    from reading.document import Document

TRUTH_VALUES = {"yes": "true", "on": "true", "y": "true", "1": "true", "true": "true"} | {
    "no": "false",
    "off": "false",
    "n": "false",
    "0": "false",
    "false": "false",
}
"""What people write for true and false; YAML 1.1 took most of it."""

WRONG_KINDS = frozenset({"bool_type", "dict_type", "float_type", "int_type", "list_type", "model_type", "string_type"})
"""Types of errors about a value that is nothing like what the key takes."""

NO_MAPPING = frozenset({"dict_type", "model_attributes_type", "model_type"})
"""Types of errors about a block that is given as something else."""

MEANT = re.compile(r"did you mean (?P<guess>[^ ?]+)(?: \(LTS\))?\?$")
"""How messages end that know what was probably meant."""


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
    if len(path) > 1 and path[0] == "state" and path[1] in places.BACKENDS:
        path = (path[0], *path[2:])
    if path[:2] == ("database", "parameters"):
        path = path[:3]
    return path


def place_of(detail: ErrorDetails) -> KeyPath:
    """Return the key that a message about an error names."""
    path = path_of(detail)
    return (*path, "backend") if detail["type"] in ("union_tag_not_found", "union_tag_invalid") else path


def guess_of(detail: ErrorDetails) -> str | None:
    """Return what an error of the model's own says was probably meant."""
    found = MEANT.search(str(detail.get("ctx", {}).get("message", "")))
    return found["guess"].strip("\"'") if found else None


def target_of(path: KeyPath, data: Mapping[str, Any]) -> KeyPath | None:
    """Return the key that an unknown one was most likely meant to be."""
    return foreign.explained(path, data)[1]


def backend_meant(word: object) -> str | None:
    """Return the backend that a misspelt one was most likely meant to be."""
    return nearest(word, places.BACKENDS) if isinstance(word, str) else None


def located(
    read: Document,
    data: Mapping[str, Any],
    details: Iterable[ErrorDetails],
    *,
    place: Callable[[KeyPath], KeyPath],
    shown_as: Callable[[KeyPath], KeyPath],
) -> list[Located]:
    """Return the errors of the data, which is the file's over its tier's, at their lines, one for each key.

    ``place`` says where in the file a path of the data stands, ``shown_as`` how messages name it.
    """
    found: dict[KeyPath, Located] = {}
    for detail in details:
        path = path_of(detail)
        mistake = Mistake(
            path=path,
            value=detail["input"],
            text=read.texts.get(place(path)),
            context=detail.get("ctx", {}),
            data=data,
            message=detail["msg"],
        )
        kind = detail["type"]
        path = place_of(detail)
        rule, say = SAYINGS.get(kind, ("value", _otherwise))
        if path[:2] == ("database", "parameters") and len(path) == 3:  # noqa: PLR2004 - one parameter
            rule, say = "type", _not_a_parameter_value
        if say is _not_text and isinstance(mistake.value, bool | int | float):
            rule = "unquoted"
        at = place(path[:-1] if kind == "missing" else path)
        said = say(mistake) + (UNFILLED if isinstance(mistake.value, str) and unfilled(mistake.value) else "")
        found.setdefault(path, read.located(path, said, rule, at=at, shown_as=shown_as(path)))
    return list(found.values())


def empty(read: Document, path: KeyPath) -> Located:
    """Say of a key without a value what it may have."""
    of_an_instance = path[:2] == ("database", "instances") and len(path) == 3  # noqa: PLR2004 - one instance
    remedy = "write {} if it has nothing of its own" if of_an_instance else "give one"
    field = places.field_at(path, read.data)
    if field and not field.is_required():
        remedy = "give one or remove the key"
    return read.located(path, f"has no value; {remedy}", "missing-value")


def meant(word: object, candidates: Iterable[str]) -> str:
    """Return the clause that names the nearest candidate, or nothing."""
    guess = nearest(word, candidates) if isinstance(word, str) else None
    return f"; did you mean {guess}?" if guess else ""


def _unknown_key(mistake: Mistake) -> str:
    return foreign.explained(mistake.path, mistake.data)[0]


def _missing(mistake: Mistake) -> str:
    about = _description(mistake)
    return f"is missing: {about}" if about else "is missing"


def _no_backend(_: Mistake) -> str:
    return f"is missing: one of {', '.join(sorted(places.BACKENDS))}"


def _unknown_backend(mistake: Mistake) -> str:
    value = mistake.data.get("state", {}).get("backend")
    return f"{shown(value)} is not one of {', '.join(sorted(places.BACKENDS))}{meant(value, places.BACKENDS)}"


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
    alternatives = places.alternatives_at(mistake.path, mistake.data)
    if len(alternatives) > 1:
        keys = f"backend (one of {', '.join(sorted(places.BACKENDS))}) and that backend's keys"
        return f"{mistake.shown} is not a mapping; it needs {keys}"
    fields = places.keys(mistake.path, mistake.data)
    if fields:
        key = places.key_for(mistake.value, mistake.path, mistake.data)
        guess = f"; did you mean {{{key}: {mistake.shown.strip(chr(39))}}}?" if key else ""
        return f"{mistake.shown} is not a mapping with keys among {', '.join(fields)}{guess}"
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


def _description(mistake: Mistake) -> str:
    return places.description_at(mistake.path, mistake.data).rstrip(".")


def _allowed(mistake: Mistake) -> str:
    field = places.field_at(mistake.path, mistake.data)
    for constraint in field.metadata if field else ():
        if isinstance(constraint, Between | OneOf):
            return constraint.allowed
    return ""
