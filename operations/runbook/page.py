"""What a runbook is made of, whatever it is written as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["sh", "sql", "yaml"]
"""Of a shell, of PostgreSQL, or of an environment file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines to copy."""

    language: Language
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What to look at, then what to do."""

    title: str
    look: str
    do: str
    blocks: tuple[Block, ...] = ()
    alarms: tuple[str, ...] = ()
    """Lines about the alarms that this section is for."""
    key: str = ""
    """What alarms call it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A runbook."""

    title: str
    introduction: str
    alarms: tuple[Section, ...]
    procedures: tuple[Section, ...]


def shell(*lines: str) -> Block:
    """Return commands, one a line."""
    return Block(language="sh", lines=lines)


def sql(*lines: str) -> Block:
    """Return one statement or several."""
    return Block(language="sql", lines=lines)


def says(file: str, *lines: str) -> Block:
    """Return what an environment file says, the rest of which stays."""
    return Block(language="yaml", lines=(f"# {file}", *lines))
