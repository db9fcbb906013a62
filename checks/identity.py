"""Names, tags and tier minima."""

from __future__ import annotations

import unicodedata
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
"""Tags of a resource (AWS General Reference, tagging); five are this project's own, and most have a Name."""

NAME_TAG = "Name"
"""The tag that consoles show; many resources get one of their own."""

TAG_KEY_LENGTH = 128
"""Most characters of a tag's key (AWS General Reference, tagging)."""

TAG_VALUE_LENGTH = 256
"""Most characters of a tag's value (AWS General Reference, tagging)."""

TAG_MARKS = "_.:/=+-@"
"""Marks in tags, besides letters, digits and separators of Unicode, which a tab or a new line is none of (RDS API
Reference, Tag: the pattern ``[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*``; read November 2026)."""

ROLES_OF_OTHERS = {"pg_": "PostgreSQL's own", "rds_": "those of Amazon RDS"}
"""Beginnings of role names (PostgreSQL documentation, "CREATE ROLE"; Amazon Aurora User Guide, PostgreSQL roles)."""

RESERVED_TAGS = ("aws:", "rds:")
"""What neither a key nor a value of a tag of RDS begins with (RDS API Reference, Tag; read November 2026)."""

OWN_TAGS = ("project", "environment", "tier", "stack", "managed-by")
"""Tags that every resource gets."""

EXISTING_NAMES = frozenset({"postgres", "rdsadmin", "template0", "template1"})
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
    database = environment.database
    if database.initial_database and database.name.lower() in EXISTING_NAMES:
        yield error(("database", "name"), f"{database.name!r} exists already in every Aurora cluster")
    elif database.initial_database and database.name.lower() in limits.RESERVED_DATABASE_NAMES:
        yield error(("database", "name"), f"{database.name!r} is a word that the engine keeps for itself")
    user = environment.database.master_user.name
    of_master: KeyPath = ("database", "master_user", "name")
    if user.lower() in limits.RESERVED_MASTER_USERNAMES:
        yield error(of_master, f"{user!r} is reserved; the default clusteradmin is a good choice")
    for beginning, owner in ROLES_OF_OTHERS.items():
        if user.lower().startswith(beginning):
            said = f"names that begin with {beginning} are {owner}; the default clusteradmin is a good choice"
            yield error(of_master, f"{user!r} cannot be the master user: {said}")


def tags(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse tags that AWS would refuse, or that are set already."""
    ours = len(OWN_TAGS) + (NAME_TAG not in environment.tags)
    if len(environment.tags) + ours > TAG_LIMIT:
        yield error(
            ("tags",),
            f"{len(environment.tags)} tags; AWS allows {TAG_LIMIT}, {ours} are set already",
        )
    for meaning, spelt in environment.own_tags.keys.items():
        same = [one for one, key in environment.own_tags.keys.items() if key.lower() == spelt.lower()]
        if meaning != same[0]:
            yield error(("own_tags", meaning), f"{spelt} is the key of {same[0]} already; IAM ignores case")
    seen: dict[str, str] = {}
    own = {key.lower(): (key, meaning) for meaning, key in environment.own_tags.keys.items()}
    for key, value in environment.tags.items():
        path: KeyPath = ("tags", key)
        if key.lower() in own:
            spelt, meaning = own[key.lower()]
            alike = "" if key == spelt else f" as {spelt}, and IAM takes keys that differ in case only for one"
            rename = f"choose another name, or have ours renamed: own_tags: {{{meaning}: …}}"
            yield error(path, f"is set already on every resource{alike}; {rename}")
        elif key.lower() in seen:
            yield error(path, f"differs from {seen[key.lower()]} in upper and lower case only, which IAM refuses")
        seen.setdefault(key.lower(), key)
        yield from _tag(path, key, value)


def _tag(path: KeyPath, key: str, value: str) -> Iterator[Finding]:
    if not all(one in TAG_MARKS or unicodedata.category(one)[0] in "LNZ" for one in f"{key}{value}"):
        yield error(path, "has a character AWS refuses; allowed are letters, digits, spaces and _ . : / = + - @")
    for reserved in RESERVED_TAGS:
        if key.lower().startswith(reserved):
            yield error(path, f"begins with {reserved}, which AWS keeps for itself")
        elif value.lower().startswith(reserved):
            yield error(path, f"has a value that begins with {reserved}, which RDS refuses")
    if not value:
        yield error(path, "is empty; RDS takes values of 1 to 256 characters, and every plan would take it away")
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
