"""Text about a plan: what comes from the plan is marked, so that each output can escape and show it in its own way."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any, Final

OPEN: Final = "\ue000"
CLOSE: Final = "\ue001"
"""Around a word or value of the plan; both are taken out of whatever a plan says itself."""

MASK: Final = "(sensitive)"
UNKNOWN_TEXT: Final = "(known after apply)"

SHOWN: Final = 120
"""Most characters of a value that is repeated."""

UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\ue000-\uf8ff]"
)
"""Control characters, marks of direction, invisible and private characters: they show other than what is there."""


def clean(text: str, most: int = SHOWN) -> str:
    """Return text from a plan with what cannot be seen spelt out, cut if it is long."""
    cut = text if len(text) <= most else text[:most] + "…"
    return UNPRINTABLE.sub(lambda found: _spelt(found[0]), cut)


def _spelt(character: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character, f"\\u{ord(character):04x}")


def code(value: object) -> str:
    """Return a value of the plan, marked as such."""
    return f"{OPEN}{clean(shown(value))}{CLOSE}"


def word(value: object) -> str:
    """Return a value of the plan as one word of a command line that people copy."""
    return shlex.quote(clean(shown(value)))


def command(text: str) -> str:
    """Return a command line to copy, marked and never cut; values of the plan in it are words of ``word``."""
    return f"{OPEN}{clean(text, 2000)}{CLOSE}"


def codes(values: Any) -> str:
    """Return several values, marked, with commas."""
    return ", ".join(code(value) for value in values)


def shown(value: object) -> str:
    """Return a value as people write it; structures as compact JSON."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 10**15 else repr(value)
    if isinstance(value, (dict, list)):
        # A structure may be as large as a plan; what is shown of it is not.
        return json.dumps(value, ensure_ascii=False)[: 2 * SHOWN]
    return str(value) if value != "" else '""'


def plain(text: str) -> str:
    """Return marked text without its marks."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def pieces(text: str) -> list[tuple[bool, str]]:
    """Return marked text in pieces, each with whether it comes from the plan."""
    found = []
    for index, part in enumerate(re.split(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}", text)):
        if part:
            found.append((index % 2 == 1, part))
    return found
