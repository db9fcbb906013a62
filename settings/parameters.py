"""The parameters an environment ends up with: tuning, overrides, preload libraries, and how each applies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from catalog import engine_versions
from catalog import parameters as catalogue
from catalog.suggestions import nearest
from findings.finding import Finding, shown
from settings import topology
from settings.remembered import remembered
from settings.tuning import LEVELS, PRELOADED, TUNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import KeyPath
    from settings.model import Database, Environment

ApplyMethod: TypeAlias = Literal["immediate", "pending-reboot"]

PRELOAD = "shared_preload_libraries"

LIBRARY_OF_PREFIX = {
    "auto_explain": "auto_explain",
    "cron": "pg_cron",
    "pg_bigm": "pg_bigm",
    "pg_hint_plan": "pg_hint_plan",
    "pg_prewarm": "pg_prewarm",
    "pgaudit": "pgaudit",
    "pglogical": "pglogical",
    "pgtle": "pg_tle",
}
"""A parameter with this prefix exists only if the library is preloaded (PostgreSQL and extension documentation)."""


SWITCH_OF_LIBRARY = {"pglogical": "rds.logical_replication"}
"""A library that does nothing unless this parameter is 1 (Aurora User Guide, setting up pglogical, 2026-04)."""

SWITCH_OF_PREFIX = {
    "apg_plan_mgmt.": "rds.enable_plan_management",
    "apg_shared_plan_cache.max": "apg_shared_plan_cache.enable",
}
"""Parameters that do nothing unless this one is 1 (Aurora User Guide, query plan management and shared plan cache)."""

TRUTH_VALUES = {"true": "true", "on": "true", "yes": "true", "false": "false", "off": "false", "no": "false"}
"""What people write, in quotes or as YAML 1.1 did, for a boolean parameter."""


PINNED = {tuned.name: tuned for tuned in TUNING if tuned.pinned}
"""What no environment changes."""

LONGEST_BITS = 128
"""Bits of a number that is written out: no parameter has more than half of them, and Python refuses thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One parameter as it will stand in the cluster's parameter group, or the reason why it will not."""

    name: str
    value: str
    apply_method: ApplyMethod
    origin: str
    reason: str
    dropped: bool = False

    @property
    def static(self) -> bool:
        """Whether a change of it waits for a reboot."""
        return catalogue.apply_method(self.name) == "pending-reboot"


def text(value: str | int | float | bool) -> str:
    """Return a value as AWS spells it; a number that is too long for that in hexadecimal, which no parameter takes."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > LONGEST_BITS:
        return hex(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def spelled(name: str, value: str | int | float | bool) -> str:
    """Return a value as AWS spells it for that parameter: true is 1, or one of the words it has instead."""
    parameter = catalogue.find(name)
    if isinstance(value, bool) and parameter is not None:
        for word in ("on", "true") if value else ("off", "false"):
            if word in parameter.choices:
                return word
    return text(value)


def needed_libraries(database: Database) -> dict[str, str]:
    """Return the libraries that the file's parameters need, each with the first parameter that does."""
    needed: dict[str, str] = {}
    for name in database.parameters:
        library = LIBRARY_OF_PREFIX.get(name.partition(".")[0]) if "." in name else None
        if library:
            needed.setdefault(library, name)
    return needed


def libraries(database: Database) -> list[str]:
    """Return the libraries to preload: ours, the file's, and those that the file's parameters need."""
    extra = {*database.preload_libraries, *needed_libraries(database)} - {*PRELOADED}
    return [*PRELOADED, *sorted(extra)]


def _why_preloaded(database: Database) -> str:
    needed = needed_libraries(database)
    reasons = [
        f"{library} for {needed[library]}" if library in needed else f"{library} by the file"
        for library in libraries(database)[len(PRELOADED) :]
    ]
    return "; ".join(["statistics of statements, and audit", *reasons])


def _major(database: Database) -> int:
    return int(database.engine_version.split(".", maxsplit=1)[0])


@remembered
def effective(environment: Environment) -> list[Setting]:
    """Return every parameter of the cluster's parameter group, by name.

    A value equal to Aurora's own default is dropped: AWS reports such a value with another apply method than
    the one it was given, which makes a perpetual diff (hashicorp/terraform-provider-aws#18035, #36419). Pinned
    ones are kept, with the method that AWS reports.
    """
    database = environment.database
    level = LEVELS.index(database.tuning)
    serverless = topology.is_serverless(database)
    chosen: dict[str, tuple[str, str, str, bool]] = {}
    for tuned in TUNING:
        if LEVELS.index(tuned.level) <= level and not (tuned.class_relative and serverless):
            chosen[tuned.name] = (tuned.value, f"tuning {tuned.level}", tuned.reason, tuned.pinned)
    for name, value in database.parameters.items():
        if (
            name not in PINNED and catalogue.find(name) is not None
        ):  # others are refused, and no check stumbles over them
            chosen[name] = (spelled(name, value), "file", "set in the environment file", False)
    chosen[PRELOAD] = (
        ",".join(libraries(database)),
        "tuning minimal",
        _why_preloaded(database),
        False,
    )
    settings = []
    for name, (value, origin, reason, pinned) in sorted(chosen.items()):
        as_default = value == catalogue.default(name, _major(database))
        method: ApplyMethod = "pending-reboot" if as_default else catalogue.apply_method(name)
        settings.append(
            Setting(
                name=name,
                value=value,
                apply_method=method,
                origin=origin,
                reason=reason,
                dropped=as_default and not pinned,
            )
        )
    return settings


@remembered
def check(environment: Environment) -> Iterator[Finding]:
    """Yield what Aurora would refuse or ignore of the file's parameters and preload libraries."""
    database = environment.database
    major = _major(database)
    if major not in engine_versions.majors():
        return
    pinned = PINNED
    sizes = topology.sizes(environment)
    for name, value in database.parameters.items():
        path: KeyPath = ("database", "parameters", name)
        if name in pinned and spelled(name, value).lower() == pinned[name].value.lower():
            yield Finding(
                path=path,
                message=f"{pinned[name].value} is what every environment has; the line can go",
                severity="note",
                rule="parameter-pinned",
            )
        elif name in pinned:
            yield Finding(path=path, message=f"cannot be changed: {pinned[name].reason}")
        elif name == PRELOAD:
            yield Finding(path=path, message="is set by database.preload_libraries, which keeps pg_stat_statements")
        else:
            message = _problem(name, value, major=major, sizes=sizes)
            yield from [Finding(path=path, message=message)] if message else _effect(database, name)
    yield from _check_libraries(database)


def _check_libraries(database: Database) -> Iterator[Finding]:
    choices = [library for parameter in [catalogue.find(PRELOAD)] if parameter for library in parameter.choices]
    for index, library in enumerate(database.preload_libraries):
        path: KeyPath = ("database", "preload_libraries", index)
        if library in PRELOADED or library in database.preload_libraries[:index]:
            yield Finding(path=path, message=f"{library} is preloaded already; remove it")
        elif library not in choices:
            meant = nearest(library, choices)
            yield Finding(
                path=path,
                message=f"{shown(library)} cannot be preloaded; allowed are {', '.join(choices)}"
                + (f"; did you mean {meant}?" if meant else ""),
            )
        else:
            yield from _switched_off(database, path, library, SWITCH_OF_LIBRARY.get(library))


def _problem(name: str, value: str | int | float | bool, *, major: int, sizes: list[topology.Size]) -> str | None:
    """Return what Aurora would refuse of the parameter, on the first kind of instance that it would be refused of."""
    parameter = catalogue.find(name)
    reason = catalogue.not_modifiable_reason(name, major=major)
    if reason:
        return f"cannot be set on Aurora: {reason}"
    if parameter is None:
        meant = nearest(name, catalogue.names())
        return "is not a parameter of Aurora PostgreSQL" + (f"; did you mean {meant}?" if meant else "")
    if not parameter.cluster:
        return "is a parameter of instances only, which this project leaves to Aurora"
    as_text = spelled(name, value)
    if parameter.kind == "boolean" and as_text.lower() in TRUTH_VALUES:
        return f"{shown(as_text)} is text; did you mean {TRUTH_VALUES[as_text.lower()]}, without quotes?"
    known: list[tuple[int | None, int | None]] = [(size.usable_memory, size.vcpu) for size in sizes]
    for memory, vcpu in known or [(None, None)]:
        message = catalogue.check_value(parameter, as_text, major=major, memory_bytes=memory, vcpu=vcpu)
        if message:
            return message.replace(repr(as_text), shown(as_text))
    return None


def _effect(database: Database, name: str) -> Iterator[Finding]:
    """Tell of a parameter that AWS would accept, and that changes nothing."""
    path: KeyPath = ("database", "parameters", name)
    value = spelled(name, database.parameters[name])
    if value == catalogue.default(name, _major(database)):
        yield Finding(
            path=path,
            message=f"{value} is Aurora's own default, so it is left out: written out, every plan would change it",
            severity="note",
            rule="parameter-default",
        )
        return
    library = LIBRARY_OF_PREFIX.get(name.partition(".")[0])
    switch = next((switch for beginning, switch in SWITCH_OF_PREFIX.items() if name.startswith(beginning)), None)
    if library and library not in database.preload_libraries:
        switch = switch or SWITCH_OF_LIBRARY.get(library)
    yield from _switched_off(database, path, name, switch)


def _switched_off(database: Database, path: KeyPath, what: str, switch: str | None) -> Iterator[Finding]:
    if switch and spelled(switch, database.parameters.get(switch, 0)) != "1":
        yield Finding(
            path=path,
            message=f"{what} is of no effect without {switch}: true",
            severity="warning",
            rule="parameter-without-effect",
        )
