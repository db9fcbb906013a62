"""The form of the table of arguments: address, argument, what it must be, and why.

Each file beside this one holds the rows of a stack in ``ROWS``; whoever adds a resource adds a row for each of its
arguments, in a file of its own if that is easier to review. A row is held against every resource that its address
matches, in every environment that is shipped or kept as an example, where its ``when`` is true: the argument must be
there and be exactly this. An argument that no row matches fails the test, with a row to complete.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from settings.loaded import Loaded
    from settings.model import ConsumerAccess, CreatedNetwork, Database, Environment
    from settings.names import Names


@dataclass(frozen=True)
class Where:
    """A resource in a stack of an environment."""

    loaded: Loaded
    kind: str
    """Kind of the stack: state, network, database or access."""
    name: str
    """The resource's name in its stack."""
    part: str
    """What the address's ``*`` stands for."""

    @property
    def environment(self) -> Environment:
        """What the file says."""
        return self.loaded.environment

    @property
    def database(self) -> Database:
        """The same of the database."""
        return self.loaded.environment.database

    @property
    def names(self) -> Names:
        """All names."""
        return self.loaded.names

    @property
    def created(self) -> CreatedNetwork:
        """The network, in a stack of which there is one."""
        assert self.environment.network.create
        return self.environment.network.create

    @property
    def access(self) -> ConsumerAccess:
        """The access, in a stack of which there is one."""
        assert self.environment.access
        return self.environment.access

    @property
    def protected(self) -> bool:
        """Whether the environment is protected."""
        return self.environment.protected

    def filled(self, text: str) -> str:
        """Return a text in which words in angle brackets are replaced by what they name."""
        aws = self.environment.aws
        known = {
            "<project>": self.environment.project,
            "<environment>": self.loaded.name,
            "<prefix>": f"{self.environment.project}-{self.loaded.name}",
            "<generation>": self.names.of_generation,
            "<region>": aws.region,
            "<account>": aws.account_id,
            "<kind>": self.kind,
            "<*>": self.part,
            "<-*>": self.part.replace("_", "-"),
        }
        return re.sub(r"<[a-z*-]+>", lambda found: known.get(found[0], found[0]), text)


@dataclass(frozen=True)
class Said:
    """What follows from the environment's file."""

    of: Callable[[Where], Any]


@dataclass(frozen=True)
class Such:
    """What is true of the argument, where it is not one value; other tests hold it, which the row's reason names."""

    true: Callable[[Any], bool]


def always(_: Where) -> bool:
    """Whether a row without a condition holds."""
    return True


@dataclass(frozen=True)
class Row:
    """One argument."""

    address: str
    """``type.name``; ``*`` stands for anything, ``|`` separates names."""
    argument: str
    """Its keys joined by dots, ``[]`` where there are several blocks; a list of plain values is one value."""
    must: Any
    """A value, whose words in angle brackets stand for the environment's own; or Said; or Such."""
    because: str
    when: Callable[[Where], bool] = always

    def matches(self, address: str) -> str | None:
        """Return what the address's ``*`` stands for (perhaps nothing), or None if the row is not about it."""
        found = _pattern(self.address).fullmatch(address)
        return None if found is None else next((part for part in found.groups() if part), "")

    def expected(self, where: Where) -> Any:
        """Return what the argument must be there."""
        value = self.must.of(where) if isinstance(self.must, Said) else self.must
        return _filled(value, where)


@functools.cache
def _pattern(address: str) -> re.Pattern[str]:
    kind, _, names = address.partition(".")
    alternatives = "|".join(re.escape(name).replace(r"\*", "(.+)") for name in names.split("|"))
    return re.compile(rf"{re.escape(kind)}\.(?:{alternatives})")


def _filled(value: Any, where: Where) -> Any:
    if isinstance(value, str):
        return where.filled(value)
    if isinstance(value, list):
        return [_filled(item, where) for item in value]
    return value


def rows(address: str, *arguments: tuple[str, Any, str], when: Callable[[Where], bool] = always) -> tuple[Row, ...]:
    """Return the rows of one address."""
    return tuple(Row(address, argument, must, because, when) for argument, must, because in arguments)


def protected(where: Where) -> bool:
    """Whether the environment is protected."""
    return where.protected


LEAVES_LAST = (
    "lifecycle.create_before_destroy",
    True,
    "Taken out of the file, it is deleted once nothing stands on it any more, or AWS refuses",
)

PREVENT_DESTROY = ("lifecycle.prevent_destroy", True, "A plan that would destroy it is refused where it is protected")
