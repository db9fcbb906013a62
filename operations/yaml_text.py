"""Writes environment files: plain YAML, with comments where a reader would ask."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLAIN = re.compile(r"(?!(?i:true|false|null|yes|no|on|off)$)[A-Za-z/_](?:[\w./:@+-]*[\w./@+-])?")
"""Text that needs no quotes in YAML: a colon at its end would make a mapping of it."""


def written(data: Mapping[str, Any], comments: Mapping[str, str]) -> str:
    """Return the file of an environment, with comments by dotted key above what they are about."""
    head = "# yaml-language-server: $schema=environment.schema.json\n"
    return head + "".join(f"{line}\n" for line in _lines(data, comments, (), ""))


def _lines(data: Mapping[str, Any], comments: Mapping[str, str], path: tuple[str, ...], indent: str) -> Iterator[str]:
    for key, value in data.items():
        here = (*path, key)
        comment = comments.get(".".join(here))
        if not path and key not in ("tier", "project"):
            yield ""
        if comment:
            yield f"{indent}# {comment}"
        if isinstance(value, dict) and value:
            yield f"{indent}{_scalar(key)}:"
            yield from _lines(value, comments, here, f"{indent}  ")
        else:
            yield f"{indent}{_scalar(key)}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) and ": " not in value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    return "{}" if isinstance(value, dict) else str(value)
