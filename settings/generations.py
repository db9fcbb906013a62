"""The clusters of an environment: one, or two while one takes the other's place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from settings.names import NONE_GIVEN

if TYPE_CHECKING:
    from settings.model import Environment, Successor
    from settings.names import Names

Ending: TypeAlias = Literal["released", "destroyed", "forgotten"]

OF_ITS_OWN: Final = ("origin", "exists", "upgrade", "allow_major_version_upgrade")
"""What a successor says for itself, or has not: its predecessor's are about the predecessor."""

ALIKE: Final = (
    *("name", "initial_database", "engine_version", "instance_class", "instances"),
    *("capacity", "storage", "parameters", "master_user"),
)
"""What a successor may say otherwise, and has as its predecessor where it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One cluster of an environment, which is described as if it were the only one."""

    environment: Environment
    names: Names
    serves: bool
    """Whether the contract, and whatever follows it, means this one."""
    accompanied: bool
    """Whether another one runs beside it, to which the contract may be handed."""
    ended: Ending | None
    """How it ends, if it does."""

    @property
    def admitted(self) -> bool:
        """Whether applications are let to it."""
        return self.serves or (self.accompanied and self.ended is None)


def generations(environment: Environment, names: Names) -> tuple[Generation, ...]:
    """Return the clusters of an environment, the one that ran first at first."""
    successor = environment.database.successor
    if successor is None:
        only = Generation(environment=environment, names=names, serves=True, accompanied=False, ended=None)
        return (only,)

    def ending(name: str) -> Ending | None:
        ended = successor.ended
        return ended.how if ended and ended.generation == name else None

    return (
        Generation(
            environment=environment,
            names=names,
            serves=not successor.serves,
            accompanied=successor.exists,
            ended=ending(names.generation),
        ),
        Generation(
            environment=_as_the_only_one(environment, successor),
            names=replace(names, given=NONE_GIVEN, generation=successor.generation),
            serves=successor.serves,
            accompanied=successor.exists,
            ended=ending(successor.generation),
        ),
    )


def said_by_successor(successor: Successor) -> set[str]:
    """Return the keys of the database that a successor has for itself."""
    return {*OF_ITS_OWN, *(key for key in ALIKE if getattr(successor, key) is not None)}


def _as_the_only_one(environment: Environment, successor: Successor) -> Environment:
    """Return an environment as it will read when the successor has taken its predecessor's place."""
    said: dict[str, Any] = {key: getattr(successor, key) for key in said_by_successor(successor)}
    database = environment.database.model_copy(
        update={**said, "generation": successor.generation, "successor": None},
    )
    return environment.model_copy(
        update={
            "database": database,
            "names": NONE_GIVEN,
            "adopt": None,
            "encryption": successor.encryption or environment.encryption,
        }
    )
