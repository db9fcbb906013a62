"""The events that the function takes, checked in full before anything is done."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from database_access.credentials import SOURCES
from database_access.failures import InvalidEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database_access.credentials import Authentication


@dataclass(frozen=True, kw_only=True, eq=False)
class Event:
    """What is asked for; the fields are the keys that the event may have beside ``action``."""

    action: ClassVar[str]

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with the values."""
        yield from ()


class Health(Event):
    """Whether writer and reader can be used."""

    action = "health"


class UpgradeCheck(Event):
    """What stands against a major upgrade; only looks."""

    action = "upgrade-check"


@dataclass(frozen=True, kw_only=True, eq=False)
class _AsOwner(Event):
    """An action that changes the schema, as experiment_migrator or, by the secret, as the master user."""

    authenticate: Authentication = "iam"

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with the values."""
        if not isinstance(self.authenticate, str) or self.authenticate not in SOURCES:
            yield f"authenticate: {_shown(self.authenticate)} is not one of {', '.join(SOURCES)}"


class Migrate(_AsOwner):
    """Bring the schema up to date."""

    action = "migrate"


@dataclass(frozen=True, kw_only=True, eq=False)
class Partitions(_AsOwner):
    """Create the coming days' partitions and drop those beyond their retention.

    ``scheduled`` says that nobody reads the answer: a failure raises, so that Lambda tries again and then tells.
    """

    action = "partitions"

    scheduled: object = False

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with the values."""
        yield from super().mistakes()
        if type(self.scheduled) is not bool:
            yield f"scheduled: {_shown(self.scheduled)} is neither true nor false"


ROWS_AT_MOST = 1000

MILLISECONDS_AT_MOST = 30_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Query(Event):
    """Read with a statement that returns rows: SELECT, VALUES, or WITH before either.

    ``parameters`` take the place of ``%s`` if they are a list, of ``%(name)s`` if they are an object.
    """

    action = "query"

    sql: str = ""
    parameters: Sequence[Any] | Mapping[str, Any] = field(default_factory=list)
    rows: int = 100
    milliseconds: int = 5000

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with the values."""
        if not isinstance(self.sql, str) or not self.sql.strip():
            yield "sql: a statement has to be given, as text"
        elif not _is_text(self.sql):
            yield "sql: a NUL or half of a surrogate pair is no text to PostgreSQL"
        if not isinstance(self.parameters, (list, dict)):
            yield f"parameters: {type(self.parameters).__name__} is neither a list nor an object"
        elif not _is_text(self.parameters):
            yield "parameters: a NUL or half of a surrogate pair is no text to PostgreSQL"
        for name, value, most in (
            ("rows", self.rows, ROWS_AT_MOST),
            ("milliseconds", self.milliseconds, MILLISECONDS_AT_MOST),
        ):
            if type(value) is not int or not 1 <= value <= most:
                yield f"{name}: {_shown(value)} is not a whole number from 1 to {most}"


NAMED_AT_MOST = 10
"""How many keys that an action does not take are named."""

SURROGATE = re.compile("[\ud800-\udfff]")

EVENTS: dict[str, type[Event]] = {event.action: event for event in (Health, Migrate, Partitions, Query, UpgradeCheck)}


def parse(event: object, actions: Sequence[str] = tuple(EVENTS)) -> Event:
    """Return the event, typed, if it asks for one of ``actions``; InvalidEvent names every mistake at once."""
    if not isinstance(event, Mapping):
        message = f"the event is {type(event).__name__}, not an object"
        raise InvalidEvent(message)
    action = event.get("action")
    kind = EVENTS.get(action) if isinstance(action, str) else None
    if kind is None:
        message = f"action: {_shown(action)} is not one of {', '.join(actions)}{_meant(action, actions)}"
        raise InvalidEvent(message)
    if kind.action not in actions:
        message = f"action: {kind.action} is not for this function, which answers {', '.join(actions)}; ask the other"
        raise InvalidEvent(message)
    allowed = [known.name for known in fields(kind)]
    given = {key: value for key, value in event.items() if key != "action"}
    unknown = [key for key in given if key not in allowed]
    mistakes = [
        f"{_shown(key)[1:-1]}: {kind.action} takes {', '.join(allowed) or 'nothing'}{_meant(key, allowed)}"
        for key in unknown[:NAMED_AT_MOST]
    ]
    if len(unknown) > NAMED_AT_MOST:
        mistakes.append(f"{len(unknown) - NAMED_AT_MOST} more keys that it does not take")
    parsed = kind(**{key: value for key, value in given.items() if key in allowed})
    mistakes += parsed.mistakes()
    if mistakes:
        raise InvalidEvent("; ".join(mistakes))
    return parsed


def _shown(value: object) -> str:
    """Return a value as a message shows it: short, and readable whatever it is."""
    return reprlib.repr(value)


def _is_text(value: object) -> bool:
    """Whether all text in a value of JSON can be sent to PostgreSQL."""
    inside = [value]
    while inside:
        part = inside.pop()
        if isinstance(part, str):
            if "\0" in part or (not part.isascii() and SURROGATE.search(part)):
                return False
        elif isinstance(part, Mapping):
            inside += [*part.keys(), *part.values()]
        elif isinstance(part, Sequence):
            inside += part
    return True


def _meant(word: object, known: Sequence[str] | Mapping[str, Any]) -> str:
    # Wanted only when something is wrong, so that no cold start pays for it.
    import difflib  # noqa: PLC0415

    close = difflib.get_close_matches(word[:50] if isinstance(word, str) else "", list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""
