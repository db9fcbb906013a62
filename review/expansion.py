"""Resources that are rows of a table in the code (``for_each`` over ``locals``), each as it comes to be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL: Final = re.compile(r"\$\{local\.(?P<name>[A-Za-z0-9_-]+)\}")
OTHER: Final = re.compile(r"\$\{(?P<address>[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+)\}")
PART: Final = re.compile(
    r"\$\{(?:(?P<key>each\.key)|(?P<try>try\()?(?:each\.value|local\.(?P<local>[A-Za-z0-9_-]+)\[each\.key\])"
    r"(?P<path>(?:\.[A-Za-z0-9_-]+)*)(?(try), null\)))\}"
)
"""What refers to the row: its key, its value, a part of it, or the row of the same key in another table."""


class _Absent:
    """What a row does not have."""


def expanded(blocks: Mapping[str, dict[str, Any]], tables: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the resources by address, those with a known ``for_each`` once for each of its keys.

    A ``for_each`` of anything but a table in the code, or a resource that is made of one, is left as it is.
    """
    found: dict[str, dict[str, Any]] = {}
    rows = {address: _rows(block.get("for_each"), blocks, tables) for address, block in blocks.items()}
    for address, block in blocks.items():
        known = rows[address]
        if known is None:
            found[address] = dict(block)
            continue
        for key, row in known.items():
            body = {name: _filled(value, key, row, tables) for name, value in block.items() if name != "for_each"}
            found[f"{address}[{json.dumps(key)}]"] = {k: v for k, v in body.items() if not isinstance(v, _Absent)}
    return found


def _rows(
    each: Any, blocks: Mapping[str, dict[str, Any]], tables: Mapping[str, Any], depth: int = 0
) -> dict[str, Any] | None:
    if isinstance(each, dict):
        return each
    if not isinstance(each, str) or depth > len(blocks):
        return None
    if local := LOCAL.fullmatch(each):
        table = tables.get(local["name"])
        return table if isinstance(table, dict) else None
    other = OTHER.fullmatch(each)
    block = blocks.get(other["address"]) if other else None
    if block is None:
        return None
    rows = _rows(block.get("for_each"), blocks, tables, depth + 1)
    return (
        {key: {name: _filled(value, key, row, tables) for name, value in block.items()} for key, row in rows.items()}
        if rows is not None
        else None
    )


def _filled(value: Any, key: str, row: Any, tables: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        filled = {name: _filled(inner, key, row, tables) for name, inner in value.items()}
        return {name: inner for name, inner in filled.items() if not isinstance(inner, _Absent)}
    if isinstance(value, list):
        return [_filled(inner, key, row, tables) for inner in value]
    if not isinstance(value, str):
        return value
    whole = PART.fullmatch(value)
    if whole:
        return _part(whole, key, row, tables)
    return PART.sub(lambda part: _text(_part(part, key, row, tables), part[0]), value)


def _part(part: re.Match[str], key: str, row: Any, tables: Mapping[str, Any]) -> Any:
    if part["key"]:
        return key
    table = tables.get(part["local"]) if part["local"] else None
    place = row if not part["local"] else table.get(key) if isinstance(table, dict) else None
    for name in part["path"].split(".")[1:]:
        if not isinstance(place, dict) or name not in place:
            return _Absent() if part["try"] else part[0]
        place = place[name]
    return place


def _text(value: Any, otherwise: str) -> str:
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else otherwise
