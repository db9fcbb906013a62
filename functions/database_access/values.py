"""Values as JSON has them: booleans, finite numbers, lists and JSON itself; all others as PostgreSQL prints them.

What PostgreSQL prints is the only form that every value has: a month is no number of days, and there are dates before
our era, infinite ones, and numbers of more digits than a double has.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Converter = Callable[[str], Any]

NESTED_AT_MOST = 64
"""How deep JSON and arrays may be to be shown as such; encoders run out of stack far beyond that."""

SURROGATE = re.compile("[\ud800-\udfff]")

TOKEN = re.compile(r'\{|\}|"((?:[^"\\]|\\.)*)"|((?:[^{}",\\]|\\.)+)|,', re.DOTALL)


def converter(oid: int) -> Converter:
    """Return what makes a value of a type, by its oid, from its text."""
    if oid in CONVERTERS:
        return CONVERTERS[oid]
    element = ELEMENTS.get(oid)
    if element is None:
        return str
    of_element = CONVERTERS.get(element, str)
    return lambda text: _array(text, of_element)


def decoded(data: bytes) -> str:
    """Return what the server sent as text; a database without an encoding may send anything."""
    return data.decode("utf-8", errors="backslashreplace")


def _number(text: str) -> Any:
    number = float(text)
    return number if math.isfinite(number) else text


def _json(text: str) -> Any:
    """Return JSON as it is, or as text where another reader could not have it as it is."""
    try:
        value = json.loads(text, parse_float=_finite, parse_int=int, parse_constant=_refused)
    except (ValueError, RecursionError):
        return text
    return value if _is_shown(value) else text


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refused(text)


def _refused(text: str) -> float:
    raise ValueError(text)


def _is_shown(value: object) -> bool:
    inside = [(value, 0)]
    while inside:
        part, depth = inside.pop()
        if depth > NESTED_AT_MOST or (isinstance(part, str) and SURROGATE.search(part)):
            return False
        if isinstance(part, dict):
            inside += [(each, depth + 1) for pair in part.items() for each in pair]
        elif isinstance(part, list):
            inside += [(each, depth + 1) for each in part]
    return True


def _array(text: str, of_element: Converter) -> Any:
    """Return an array as a list; one with bounds of its own, which lists have not, as text."""
    if not text.startswith("{"):
        return text
    lists: list[list[Any]] = [[]]
    for mark, quoted, bare in _tokens(text):
        if mark == "{":
            lists.append([])
        elif mark == "}":
            inner = lists.pop()
            lists[-1].append(inner)
        elif quoted is not None:
            lists[-1].append(of_element(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)))
        elif bare is not None:
            lists[-1].append(None if bare == "NULL" else of_element(re.sub(r"\\(.)", r"\1", bare, flags=re.DOTALL)))
    return lists[0][0]


def _tokens(text: str) -> Iterator[tuple[str, str | None, str | None]]:
    for match in TOKEN.finditer(text):
        yield match[0], match[1], match[2]


def _oids(*names: str) -> list[int]:
    return [psycopg.adapters.types[name].oid for name in names]


CONVERTERS: dict[int, Converter] = {
    **dict.fromkeys(_oids("bool"), lambda text: text == "t"),
    **dict.fromkeys(_oids("int2", "int4", "int8", "oid"), int),
    **dict.fromkeys(_oids("float4", "float8"), _number),
    **dict.fromkeys(_oids("json", "jsonb"), _json),
}
"""By the type's oid; a ``numeric`` stays text, which loses no digit."""

ELEMENTS: dict[int, int] = {
    about.array_oid: about.oid for about in psycopg.adapters.types if about.array_oid and about.delimiter == ","
}
"""By the oid of an array of a type that PostgreSQL itself has: the oid of its elements. (Boxes stay text.)"""
