"""Names, tags and tier minima."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from catalog import limits
from checks.finding import error
from findings.rule import Rule
from settings import tiers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

TAG_LIMIT = 50
"""Tags of a resource (AWS General Reference, tagging); five are this project's own."""

TAG_KEY_LENGTH = 128
"""Most characters of a tag's key (AWS General Reference, tagging)."""

TAG_VALUE_LENGTH = 256
"""Most characters of a tag's value (AWS General Reference, tagging)."""

TAG_CHARACTERS = r"[\w\s.:/=+@-]*"
"""Characters of tags (AWS General Reference, tagging)."""

OWN_TAGS = ("project", "environment", "tier", "stack", "managed-by")
"""Tags that every resource gets."""

RESERVED_NAMES = frozenset({"postgres", "rdsadmin", "template0", "template1"})
"""Databases that Aurora PostgreSQL has already."""


def _lookup(environment: Environment, path: str) -> Any:
    value: Any = environment
    for part in path.split("."):
        value = getattr(value, part)
    return value


def minima(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse what the tier does not allow."""
    for path, minimum in tiers.column(tiers.MINIMA, environment.tier).items():
        value = _lookup(environment, path)
        if value < minimum:
            yield error(
                tuple(path.split(".")),
                f"{value} is less than {minimum}, the least for tier {environment.tier}",
            )


def names_fit(environment: Environment, name: Names) -> Iterator[Finding]:
    """Refuse names that are too long once the prefix is added, or taken by Aurora."""
    limited: list[tuple[int, str, KeyPath]] = [
        (limits.ROLE_NAME_LENGTH, name.monitoring_role, ("project",)),
        (limits.ROLE_NAME_LENGTH, name.flow_logs_role, ("project",)),
    ]
    if environment.access is not None:
        limited += [
            (limits.FUNCTION_NAME_LENGTH, name.function, ("project",)),
            (limits.ROLE_NAME_LENGTH, name.function, ("project",)),
            (limits.ROLE_NAME_LENGTH, name.proxy_role, ("project",)),
            (limits.RULE_NAME_LENGTH, name.function, ("project",)),
        ]
    for key in environment.database.instances:
        path: KeyPath = ("project",) if key.isdecimal() else ("database", "instances", key)
        limited.append((limits.IDENTIFIER_LENGTH, name.instance(key), path))
    excess, longest, path = max((len(text) - limit, text, path) for limit, text, path in limited)
    if excess > 0:
        yield error(
            path,
            f"the name {longest} has {len(longest)} characters, AWS allows {len(longest) - excess}; "
            f"shorten {'the project or the file' if path == ('project',) else 'the project, the file'}'s name"
            f"{'' if path == ('project',) else ' or the key'} by {excess}",
        )
    if environment.database.initial_database and environment.database.name in RESERVED_NAMES:
        yield error(("database", "name"), f"{environment.database.name!r} exists already in every Aurora cluster")
    if environment.database.master_user.name in limits.RESERVED_MASTER_USERNAMES:
        yield error(
            ("database", "master_user", "name"),
            f"{environment.database.master_user.name!r} is reserved; the default clusteradmin is a good choice",
        )


def tags(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse tags that AWS would refuse, or that are set already."""
    if len(environment.tags) + len(OWN_TAGS) > TAG_LIMIT:
        yield error(
            ("tags",),
            f"{len(environment.tags)} tags; AWS allows {TAG_LIMIT}, {len(OWN_TAGS)} are set already",
        )
    seen: dict[str, str] = {own: own for own in OWN_TAGS}
    for key, value in environment.tags.items():
        path: KeyPath = ("tags", key)
        if key.lower() in OWN_TAGS:
            yield error(path, "is set already on every resource; choose another name")
        elif key.lower() in seen:
            yield error(path, f"differs from {seen[key.lower()]} in upper and lower case only, which IAM refuses")
        seen.setdefault(key.lower(), key)
        if not re.fullmatch(TAG_CHARACTERS, f"{key}{value}"):
            yield error(path, "has a character AWS refuses; allowed are letters, digits, spaces and _ . : / = + - @")
        if key.lower().startswith("aws:"):
            yield error(path, "begins with aws:, which AWS keeps for itself")
        if not 1 <= len(key) <= TAG_KEY_LENGTH:
            yield error(path, f"has a key of {len(key)} characters; AWS allows 1 to {TAG_KEY_LENGTH}")
        if len(value) > TAG_VALUE_LENGTH:
            yield error(path, f"has {len(value)} characters; AWS allows {TAG_VALUE_LENGTH}")


RULES: tuple[Rule, ...] = (
    Rule(
        "minima",
        "error",
        "A value below the least that the tier allows",
        "Tiers promise recovery: AWS Security Hub control RDS.50 asks for seven days of backups in production.",
        "Raise the value, or choose another tier.",
    ),
    Rule(
        "names-fit",
        "error",
        "A name that is too long once the project and environment are before it, or reserved",
        "AWS limits identifiers to 63 and role names to 64 characters, and Aurora keeps some names for itself.",
        "Shorten the project, the file's name or the key by as much as the message says.",
    ),
    Rule(
        "tags",
        "error",
        "Tags that AWS refuses or that are set already",
        "One wrong tag fails the creation of every resource that has it.",
        "Change the key or the value as the message says.",
    ),
)
