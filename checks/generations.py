"""Two clusters in one environment: whether the one can take the other's place, and which of them may end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.suggestions import nearest
from checks.finding import error, warning
from checks.origin import unlike_its_source
from findings.rule import Rule
from settings import generations
from settings.names import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.generations import Generation
    from settings.model import Environment, Successor
    from settings.names import Names

PATH: KeyPath = ("database", "successor")


def successor(environment: Environment, name: Names) -> Iterator[Finding]:
    """Refuse a successor that has the names of its predecessor, serves before it runs, or ends while it serves."""
    database = environment.database
    said = database.successor
    if said is None:
        return
    if said.generation == database.generation:
        first = f"; say database.generation if {FIRST} is not what runs" if said.generation == FIRST else ""
        yield error(
            (*PATH, "generation"),
            f"{said.generation} is the generation that runs, whose names it would share; take another name{first}",
        )
        return
    if said.serves and not said.exists:
        yield error(
            (*PATH, "serves"),
            "nothing runs yet that could serve; deploy it, say exists: true, deploy again, then let it serve",
        )
    yield from _ending(said, database.generation)
    before, after = generations.generations(environment, name)
    taken = dict(_identifiers(before))
    for (kind, identifier), what in _identifiers(after):
        if (kind, identifier) in taken:
            yield error(
                (*PATH, "generation"),
                f"its {what} would be {identifier}, as the other's {taken[kind, identifier]} is; take another name",
            )
    if said.origin and said.origin.cluster == before.names.cluster and not said.exists:
        for finding in unlike_its_source(after.environment.database, database, "the cluster that runs"):
            yield replace(finding, path=placed(finding.path, said))


def _identifiers(generation: Generation) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield what RDS tells a generation's parts by, and what each is in words."""
    names, database = generation.names, generation.environment.database
    yield ("cluster", names.cluster), "cluster"
    for key in database.instances:
        yield ("instance", names.instance(key)), f"instance {key}"
    for key in database.endpoints:
        yield ("endpoint", names.custom_endpoint(key)), f"endpoint {key}"


def _ending(said: Successor, running: str) -> Iterator[Finding]:
    if said.ended is None:
        return
    path: KeyPath = (*PATH, "ended", "generation")
    both = (running, said.generation)
    serving = said.generation if said.serves else running
    if said.ended.generation not in both:
        guess = nearest(said.ended.generation, both)
        meant = f"; did you mean {guess}?" if guess else ""
        yield error(path, f"{said.ended.generation} is neither {both[0]} nor {both[1]}{meant}")
    elif said.ended.generation == serving:
        yield error(
            path,
            f"{serving} serves; say serves: {str(not said.serves).lower()} and deploy before it ends, "
            "or end the other one",
        )


def placed(path: KeyPath, said: Successor) -> KeyPath:
    """Return where a key of a successor's settings stands in the file: with the successor, if it says it."""
    if path == ("project",):
        return (*PATH, "generation")
    if path[:1] == ("encryption",) and said.encryption:
        return (*PATH, *path)
    if path[:1] == ("database",) and path[1:2] and path[1] in generations.said_by_successor(said):
        return (*PATH, *path[1:])
    return path


def empty_successor(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a successor that is made of nothing."""
    said = environment.database.successor
    if said and said.origin is None:
        yield warning(
            "empty-successor",
            PATH,
            "it is made of nothing, so it serves an empty database until somebody has brought the data there; "
            "say origin to make it of a snapshot, a point in time or a clone",
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "successor",
        "error",
        "A successor with its predecessor's names, one that serves before it runs, or an end of the one that serves",
        "Each cluster has names and a state of its own; applications need one that runs and stays.",
        "Give it a generation of its own; deploy it before it serves; end the one that does not serve.",
    ),
    Rule(
        "empty-successor",
        "warning",
        "A successor without an origin",
        "Once it serves, applications find an empty database.",
        "Say what it is made of, or accept it if the data is brought by other means.",
    ),
)
