"""An environment with nothing left to decide, and what is known about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from settings.generations import generations
from settings.state import LocalState, S3State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from findings.finding import Located
    from settings.generations import Generation
    from settings.model import Environment
    from settings.names import Names
    from settings.state import State

STACKS = ("state", "network", "database", "access", "monitoring")
"""Kinds of stacks in the order in which they are deployed; a generation's stack has its name after the kind."""


NAME_OF_A_STACK = re.compile(rf"(?P<environment>.+)-(?P<kind>{'|'.join(STACKS)}|database-[a-z][a-z0-9]*)")


def parts_of(stack: str) -> tuple[str, str]:
    """Return the environment and the kind in a stack's name; the kind is empty if it is no stack's name."""
    found = NAME_OF_A_STACK.fullmatch(stack)
    return (found["environment"], found["kind"]) if found else (stack, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A complete environment, where each of its values came from, and what is to be said of it short of errors.

    ``given`` has the line of each value in the file, ``origins`` the tier of each default that it gave; both by
    dotted key. What is in neither is the model's own default.
    """

    name: str
    file: str
    environment: Environment
    names: Names
    origins: Mapping[str, str]
    given: Mapping[str, int]
    findings: tuple[Located, ...]
    function_hash: str | None
    """SHA-256 of the built function in base64; there is one where there is an access stack."""

    @property
    def warnings(self) -> tuple[Located, ...]:
        """What is risky, and accepted by nobody."""
        return tuple(one for one in self.findings if one.severity == "warning" and one.accepted is None)

    @property
    def notes(self) -> tuple[Located, ...]:
        """What was done otherwise than the file says, for a reason."""
        return tuple(one for one in self.findings if one.severity == "note")

    @property
    def accepted(self) -> tuple[Located, ...]:
        """What is risky, and accepted with a reason."""
        return tuple(one for one in self.findings if one.accepted is not None)

    @property
    def stacks(self) -> tuple[str, ...]:
        """Kinds of stacks this environment has, in the order in which they are deployed."""
        environment = self.environment
        manages_bucket = isinstance(environment.state, S3State) and environment.state.manage_bucket
        present = {
            "state": manages_bucket,
            "network": environment.network.create is not None,
            "database": True,
            "access": environment.access is not None,
            "monitoring": environment.monitoring.enabled,
        }
        databases = [each.names.database for each in self.generations]
        return tuple(each for kind in STACKS if present[kind] for each in (databases if kind == "database" else [kind]))

    @property
    def generations(self) -> tuple[Generation, ...]:
        """The clusters of this environment, the one that ran first at first."""
        return generations(self.environment, self.names)

    def as_only(self, generation: Generation) -> Loaded:
        """Return the environment as if it had one of its clusters only."""
        return replace(self, environment=generation.environment, names=generation.names)

    @property
    def serving(self) -> Loaded:
        """The environment as applications have it: with the cluster that serves as the only one."""
        return self.as_only(next(each for each in self.generations if each.serves))

    def of(self, kind: str) -> Loaded:
        """Return the environment as a kind of stack has it: with its own cluster, or with the one that serves."""
        own = [each for each in self.generations if each.names.database == kind]
        return self.as_only(own[0]) if own else self.serving

    def state_of(self, kind: str) -> State:
        """Return where a stack's state is; the state stack's own is local until it was moved into its bucket."""
        state = self.environment.state
        if kind == "state" and isinstance(state, S3State) and not state.migrated:
            return LocalState(backend="local")
        return state

    def identity(self, kind: str) -> str:
        """Say in one line which state a stack has."""
        return self.state_of(kind).identity(self.names.state_key(kind))
