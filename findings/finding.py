"""What is wrong with an environment file, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""A place in an environment file: ``("database", "backup", "window")``."""

Severity: TypeAlias = Literal["error", "warning", "note"]
"""An error stops synthesis; a warning is printed, or accepted with a reason; a note tells what was done."""


SHOWN = 60
"""Most characters of a value or a key that a message repeats."""


def shortened(text: str) -> str:
    """Cut text that is too long to repeat in a message."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def printable(text: str) -> str:
    """Return a name as messages repeat it: cut, and quoted where a terminal or a line would not bear it."""
    plain = text.strip() == text != "" and text.isprintable()
    return shortened(text) if plain else ascii(shortened(text))


def shown(value: object) -> str:
    """Return a value as messages repeat it."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return repr(shortened(str(value)))


def dotted(path: KeyPath) -> str:
    """Render a path as users write it: ``database.backup.window``, ``aws.zones[1]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{printable(part)}" if text else printable(part)
    return text


def related(one: str, other: str) -> bool:
    """Whether one key is the other or lies below it: a finding that follows from a value already refused."""
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One complaint about one key.

    ``message`` says what is wrong, what is allowed, and what was probably meant. ``rule`` is the stable
    identifier of what was broken (``checks.rules``); an error without one gets that of the check that found it.
    ``accepted`` is the environment file's reason to live with a warning.
    """

    path: KeyPath
    message: str
    severity: Severity = "error"
    rule: str = ""
    accepted: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Located:
    """A finding at its place in a file, ready to print; ``column`` counts characters from 1, 0 if unknown."""

    file: str
    line: int
    key: str
    message: str
    severity: Severity = "error"
    rule: str = ""
    column: int = 0
    accepted: str | None = None

    def __str__(self) -> str:
        label = f"{self.severity} {self.rule}: " if self.severity != "error" else ""
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {label}{key}{self.message}"


class InvalidEnvironmentsError(Exception):
    """Raised with every error of every file at once; nothing was written.

    ``awaited`` are the keys whose right values other checks wait for, so that more may be found then.
    """

    def __init__(self, findings: list[Located], awaited: tuple[str, ...] = ()) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings
        self.awaited = awaited
