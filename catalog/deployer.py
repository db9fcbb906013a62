"""What whoever deploys asks of AWS: requests that the provider was recorded to make, and what else AWS wants to see.

``deployer_requests`` is the recording of ``make requests``: it is written by it, never by hand. ``deployer_actions``
says which IAM action allows each request, and on which kinds of resources (Service Authorization Reference, November
2026). ``deployer_additions`` has what is allowed without having been recorded, each with a reason and its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias

from catalog import tables

Role: TypeAlias = Literal["plan", "apply"]

ROLES: Final[tuple[Role, ...]] = ("plan", "apply")
"""One reads and plans; one creates, changes and deletes too."""

BACKEND: Final = "backend"
"""Stands for Terraform itself, which keeps the state, among the types of resources."""

LOCK: Final = "lock"
"""Stands for Terraform when it locks the state."""

PROVIDER: Final = "provider"
"""Stands for the provider, before it has any resource to look after."""

EVERYWHERE: Final = "*"
"""Instead of kinds of resources: the action knows none, or lists what there is in the account."""

OURS: Final = "@ours"
"""After a kind that is named by an id AWS chooses: it carries the environment's tags by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as botocore names it, who makes it, and what it named when it was recorded."""

    service: str
    operation: str
    types: dict[Role, frozenset[str]]
    named: tuple[str, ...]
    """ARNs, or ``service:kind`` where AWS chooses the id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """An IAM action on kinds of resources, and which types of Terraform's resources need it for which role."""

    action: str
    kinds: tuple[str, ...]
    types: dict[Role, frozenset[str]]
    condition: tuple[tuple[str, str], ...] = ()
    """Condition keys and what they have to equal; none for most."""
    reason: str = ""
    """Why it is allowed without having been recorded; empty for what was."""
    source: str = ""

    @property
    def service(self) -> str:
        """First part of the action."""
        return self.action.partition(":")[0]


@cache
def requests() -> tuple[Request, ...]:
    """Return what was recorded, sorted."""
    return tuple(
        Request(
            service=service,
            operation=operation,
            types={"plan": _words(plan), "apply": _words(apply)},
            named=tuple(one for one in named.split() if one != "-"),
        )
        for service, operation, plan, apply, named in tables.rows("deployer_requests")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The IAM action that allows a request, and on which kinds of resources."""

    action: str
    kinds: tuple[str, ...]
    asked_by: str
    """The one type that this is about, or ``*``."""

    def types_of(self, request: Request) -> dict[Role, frozenset[str]]:
        """Return the types that need this for a request, by role."""
        if self.asked_by == EVERYWHERE:
            return request.types
        return {role: types & {self.asked_by} for role, types in request.types.items()}


@cache
def actions() -> dict[tuple[str, str], tuple[Action, ...]]:
    """Return what allows each request, by service and operation."""
    found: dict[tuple[str, str], tuple[Action, ...]] = {}
    for service, operation, action, kinds, asked_by in tables.rows("deployer_actions"):
        one = Action(action=action, kinds=tuple(kinds.split()), asked_by=asked_by)
        found[service, operation] = (*found.get((service, operation), ()), one)
    return found


@cache
def additions() -> tuple[Permission, ...]:
    """Return what is allowed without having been recorded."""
    return tuple(
        Permission(
            action=action,
            kinds=tuple(kinds.split()),
            types={"plan": _words(plan), "apply": _words(apply)},
            condition=tuple(
                (key, value) for key, _, value in (one.partition("=") for one in condition.split() if one != "-")
            ),
            reason=reason,
            source=source,
        )
        for action, kinds, plan, apply, condition, reason, source in tables.rows("deployer_additions")
    )


@cache
def permissions() -> tuple[Permission, ...]:
    """Return everything that may be allowed: what the recorded requests need, and the additions."""
    recorded = [
        Permission(action=one.action, kinds=one.kinds, types=one.types_of(request))
        for request in requests()
        for one in actions()[request.service, request.operation]
    ]
    return (*recorded, *additions())


def _words(cell: str) -> frozenset[str]:
    """Return the words of a cell; ``-`` is none."""
    return frozenset() if cell == "-" else frozenset(cell.split())
