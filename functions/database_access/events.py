"""The events that the function takes, checked in full before anything is done."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from database_access.credentials import SOURCES
from database_access.failures import InvalidEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database_access.credentials import Authentication


@dataclass(frozen=True, kw_only=True)
class Event:
    """What is asked for; the fields are the keys that the event may have beside ``action``."""

    action: ClassVar[str]

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with the values."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class Health(Event):
    """Whether writer and reader can be used."""

    action = "health"


@dataclass(frozen=True, kw_only=True)
class _AsOwner(Event):
    """An action that changes the schema, as experiment_migrator or, by the secret, as the master user."""

    authenticate: Authentication = "iam"

    def mistakes(self) -> Iterator[str]:
        """Yield what is wrong with the values."""
        if self.authenticate not in SOURCES:
            yield f"authenticate: {self.authenticate!r} is not one of {', '.join(SOURCES)}"


@dataclass(frozen=True, kw_only=True)
class Migrate(_AsOwner):
    """Bring the schema up to date."""

    action = "migrate"


@dataclass(frozen=True, kw_only=True)
class Partitions(_AsOwner):
    """Create the coming days' partitions and drop those beyond their retention."""

    action = "partitions"


ROWS_AT_MOST = 1000

MILLISECONDS_AT_MOST = 30_000


@dataclass(frozen=True, kw_only=True)
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
        if not isinstance(self.parameters, (list, dict)):
            yield f"parameters: {type(self.parameters).__name__} is neither a list nor an object"
        for name, value, most in (
            ("rows", self.rows, ROWS_AT_MOST),
            ("milliseconds", self.milliseconds, MILLISECONDS_AT_MOST),
        ):
            if type(value) is not int or not 1 <= value <= most:
                yield f"{name}: {value!r} is not a whole number from 1 to {most}"


EVENTS: dict[str, type[Event]] = {event.action: event for event in (Health, Migrate, Partitions, Query)}


def parse(event: object, actions: Sequence[str] = tuple(EVENTS)) -> Event:
    """Return the event, typed, if it asks for one of ``actions``; InvalidEvent names every mistake at once."""
    if not isinstance(event, Mapping):
        message = f"the event is {type(event).__name__}, not an object"
        raise InvalidEvent(message)
    action = event.get("action")
    kind = EVENTS.get(action) if isinstance(action, str) else None
    if kind is None:
        message = f"action: {action!r} is not one of {', '.join(actions)}{_meant(action, actions)}"
        raise InvalidEvent(message)
    if kind.action not in actions:
        message = f"action: {kind.action} is not for this function, which answers {', '.join(actions)}; ask the other"
        raise InvalidEvent(message)
    allowed = [known.name for known in fields(kind)]
    given = {key: value for key, value in event.items() if key != "action"}
    mistakes = [
        f"{key}: {kind.action} takes {', '.join(allowed) or 'nothing'}{_meant(key, allowed)}"
        for key in given
        if key not in allowed
    ]
    parsed = kind(**{key: value for key, value in given.items() if key in allowed})
    mistakes += parsed.mistakes()
    if mistakes:
        raise InvalidEvent("; ".join(mistakes))
    return parsed


def _meant(word: object, known: Sequence[str] | Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(str(word), list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""
