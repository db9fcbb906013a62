"""The parameters an environment ends up with: tuning, overrides, preload libraries, and how each applies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from catalog import engine_versions, instance_classes
from catalog import parameters as catalogue
from catalog.suggestions import nearest
from settings import topology
from settings.findings import Finding, shown
from settings.tuning import LEVELS, PRELOADED, TUNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings.findings import KeyPath
    from settings.model import Database, Environment

ApplyMethod: TypeAlias = Literal["immediate", "pending-reboot"]

PRELOAD = "shared_preload_libraries"

LIBRARY_OF_PREFIX = {
    "auto_explain": "auto_explain",
    "cron": "pg_cron",
    "pgaudit": "pgaudit",
    "pglogical": "pglogical",
}
"""A parameter with this prefix exists only if the library is preloaded (PostgreSQL and extension documentation)."""


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
    """Return a value as AWS spells it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def libraries(database: Database) -> list[str]:
    """Return the libraries to preload: ours, the file's, and those that the file's parameters need."""
    needed = {LIBRARY_OF_PREFIX.get(name.split(".", maxsplit=1)[0]) for name in database.parameters if "." in name}
    extra = ({*database.preload_libraries} | {library for library in needed if library}) - {*PRELOADED}
    return [*PRELOADED, *sorted(extra)]


def _major(database: Database) -> int:
    return int(database.engine_version.split(".", maxsplit=1)[0])


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
        chosen[name] = (text(value), "file", "set in the environment file", False)
    chosen[PRELOAD] = (
        ",".join(libraries(database)),
        "tuning minimal",
        "statistics of statements, and audit",
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


def check(environment: Environment) -> Iterator[Finding]:
    """Yield what Aurora would refuse of the file's parameters and preload libraries."""
    database = environment.database
    major = _major(database)
    if major not in engine_versions.majors():
        return
    known = instance_classes.find(topology.aws_class(database.instance_class))
    memory = instance_classes.usable_memory_bytes(known.memory_gib) if known else None
    pinned = {tuned.name: tuned.reason for tuned in TUNING if tuned.pinned}
    for name, value in database.parameters.items():
        path: KeyPath = ("database", "parameters", name)
        if name in pinned:
            yield Finding(path=path, message=f"cannot be changed: {pinned[name]}")
        elif name == PRELOAD:
            yield Finding(path=path, message="is set by database.preload_libraries, which keeps pg_stat_statements")
        else:
            yield from _check_one(
                path, name, text(value), major=major, memory=memory, vcpu=known.vcpu if known else None
            )
    choices = [library for parameter in [catalogue.find(PRELOAD)] if parameter for library in parameter.choices]
    for index, library in enumerate(database.preload_libraries):
        path = ("database", "preload_libraries", index)
        if library in PRELOADED or library in database.preload_libraries[:index]:
            yield Finding(path=path, message=f"{library} is preloaded already; remove it")
        elif library not in choices:
            meant = nearest(library, choices)
            yield Finding(
                path=path,
                message=f"{shown(library)} cannot be preloaded; allowed are {', '.join(choices)}"
                + (f"; did you mean {meant}?" if meant else ""),
            )


def _check_one(
    path: KeyPath, name: str, value: str, *, major: int, memory: int | None, vcpu: int | None
) -> Iterator[Finding]:
    parameter = catalogue.find(name)
    reason = catalogue.not_modifiable_reason(name)
    if reason:
        yield Finding(path=path, message=f"cannot be set on Aurora: {reason}")
    elif parameter is None:
        meant = nearest(name, catalogue.names())
        yield Finding(
            path=path,
            message="is not a parameter of Aurora PostgreSQL" + (f"; did you mean {meant}?" if meant else ""),
        )
    elif not parameter.cluster:
        yield Finding(path=path, message="is a parameter of instances only, which this project leaves to Aurora")
    else:
        message = catalogue.check_value(parameter, value, major=major, memory_bytes=memory, vcpu=vcpu)
        if message:
            yield Finding(path=path, message=message.replace(repr(value), shown(value)))
