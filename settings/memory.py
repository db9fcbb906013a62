"""The memory plan: what each kind of instance gives to what, what is expected of it, and the worst case.

Sizes are computed from AWS's formulas with the class's usable memory, which AWS does not publish;
``catalog.instance_classes.usable_memory_bytes`` says how it is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog import engine_versions, formulas, limits
from catalog import parameters as catalogue
from settings import parameters, shared_memory, topology
from settings.remembered import remembered
from settings.tuning import LEFT_TO_AURORA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from settings.model import Environment
    from settings.topology import Size

MIB = 1024 * 1024

EXPECTED_CONCURRENCY = 0.25
"""Share of the connections that sort or hash at the same time. This project's judgement: pools keep most idle."""

TIGHT = 0.9
"""Share of the usable memory from which a plan is tight: the rest is for plans, caches of the catalog and the
connections themselves. This project's judgement."""

VACUUM_BEFORE_17 = 1024 * MIB
"""The most that a vacuum uses before PostgreSQL 17 (release notes of 17, E.11.3.1.5)."""

UNLIMITED_VACUUM = 17
"""The first major whose vacuum uses all it is given."""

PARAMETERS = (
    "shared_buffers",
    "effective_cache_size",
    "work_mem",
    "maintenance_work_mem",
    "autovacuum_work_mem",
    "autovacuum_max_workers",
    "max_connections",
)
"""What takes memory, or says how often."""

BYTES = {"8kB": 8192, "kB": 1024, None: 1}

ENGINE_DEFAULT = {"work_mem": "4096"}
"""What PostgreSQL itself uses where Aurora has no formula of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One parameter's part of the memory of one kind of instance."""

    name: str
    amount: int
    """Bytes, or a number of connections or workers."""
    is_memory: bool
    formula: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The memory of one kind of instance."""

    size: Size
    shares: tuple[Share, ...]
    chosen: frozenset[str]
    """Parameters that the file or the tuning set."""
    vacuum: int
    """Bytes that one autovacuum worker is expected to use."""
    maintenance: int
    """Bytes that one maintenance command is expected to use."""
    start: int
    """Bytes that the server takes when it starts, and does not start without."""
    structures: int
    """Of these, bytes that the file's parameters add to the usual ones besides buffers."""

    @property
    def instance_class(self) -> str:
        """Name of the kind of instance."""
        return self.size.name

    @property
    def usable(self) -> int:
        """Bytes that PostgreSQL can use."""
        return self.size.usable_memory

    def amount(self, name: str) -> int:
        """Return the bytes or the number of one share."""
        return next(share.amount for share in self.shares if share.name == name)

    @property
    def sorting(self) -> int:
        """Connections that are expected to sort or hash at the same time, at least one."""
        return max(1, round(self.amount("max_connections") * EXPECTED_CONCURRENCY))

    @property
    def parts(self) -> Mapping[str, int]:
        """Bytes that are expected to be in use at the same time, by the parameter that bounds them."""
        return {
            "shared_buffers": self.amount("shared_buffers"),
            "work_mem": self.sorting * self.amount("work_mem"),
            "maintenance_work_mem": self.maintenance,
            "autovacuum_work_mem": self.amount("autovacuum_max_workers") * self.vacuum,
        }

    @property
    def expected(self) -> int:
        """Bytes at the expected concurrency, with one maintenance command and every autovacuum worker."""
        return sum(self.parts.values()) + self.structures

    @property
    def arithmetic(self) -> str:
        """The sum in words, in megabytes."""
        return (
            f"shared_buffers {mebibytes(self.amount('shared_buffers'))}"
            f" + {self.sorting:,} of {self.amount('max_connections'):,} connections"
            f" x work_mem {mebibytes(self.amount('work_mem'))}"
            f" + maintenance_work_mem {mebibytes(self.maintenance)}"
            f" + {self.amount('autovacuum_max_workers')} autovacuum workers x {mebibytes(self.vacuum)}"
            f"{f' + {mebibytes(self.structures)} of shared memory' if self.structures >= MIB else ''}"
            f" = {mebibytes(self.expected)} MB"
        )

    @property
    def worst_case(self) -> int:
        """Bytes when every connection sorts at once and every autovacuum worker runs."""
        return (
            self.amount("shared_buffers")
            + self.structures
            + self.amount("max_connections") * self.amount("work_mem")
            + self.amount("autovacuum_max_workers") * self.amount("autovacuum_work_mem")
        )


def mebibytes(amount: int) -> str:
    """Return bytes as megabytes of 1,048,576 bytes; less than ten with their first decimal."""
    return f"{amount // MIB:,}" if amount >= 10 * MIB else f"{amount / MIB:.1f}".removesuffix(".0")


@remembered
def plans(environment: Environment) -> list[Plan]:
    """Return one plan for each class among the environment's instances, largest memory first."""
    return [_plan(environment, size) for size in topology.sizes(environment)]


def _plan(environment: Environment, size: Size) -> Plan:
    chosen = {setting.name: setting for setting in parameters.effective(environment) if not setting.dropped}
    major = engine_versions.major_of(environment.database.engine_version)
    capacity = environment.database.capacity
    amounts: dict[str, int] = {}
    shares = []
    for name in PARAMETERS:
        parameter = catalogue.find(name)
        default = catalogue.default(name, major) or ENGINE_DEFAULT.get(name, "0")
        setting = chosen.get(name)
        if name == "shared_buffers" and size.serverless:
            setting = None  # Aurora sizes the buffers of a serverless instance itself, whatever the group says
        formula = setting.value if setting else default
        number = formulas.number(formula, size.variables)
        if number is None:
            # AWS publishes no value of what such a formula needs: count with Aurora's own.
            number = formulas.number(default, size.variables) or 0
        if name == "max_connections" and size.serverless and capacity and capacity.minimum <= limits.CAPPING_ACU:
            number = min(number, limits.CONNECTIONS_AT_CAPPING_ACU)
        unit = parameter.unit if parameter else None
        # -1 leaves it to maintenance_work_mem (PostgreSQL documentation, autovacuum_work_mem).
        inherited = name == "autovacuum_work_mem" and number < 0
        amounts[name] = amounts["maintenance_work_mem"] if inherited else number * BYTES[unit]
        shares.append(
            Share(
                name=name,
                amount=amounts[name],
                is_memory=unit is not None,
                formula=formula,
                reason=setting.reason if setting else LEFT_TO_AURORA.get(name, "Aurora's own formula"),
            )
        )

    def vacuuming(name: str) -> int:
        # What Aurora's own formula allows on large classes is far more than a vacuum comes to need.
        free = major >= UNLIMITED_VACUUM and name in chosen
        return amounts[name] if free else min(amounts[name], VACUUM_BEFORE_17)

    said = values(environment, size)
    usual = {**said, **{name: shared_memory.DEFAULTS[name] for name in STRUCTURES}}
    # Serverless v2 sizes its buffers as it scales, so they end no start.
    buffers = 0 if size.serverless else amounts["shared_buffers"]
    structures = shared_memory.structures(said)
    return Plan(
        size=size,
        shares=tuple(shares),
        chosen=frozenset(chosen),
        vacuum=vacuuming("autovacuum_work_mem"),
        maintenance=amounts["maintenance_work_mem"],
        start=buffers + structures,
        structures=max(0, structures - shared_memory.structures(usual)),
    )


STRUCTURES = tuple(
    name
    for name in shared_memory.DEFAULTS
    if name not in ("max_connections", "shared_buffers", "autovacuum_max_workers", "max_worker_processes")
)
"""What is counted above its usual value: the rest is in every plan, or follows from the class."""


def values(environment: Environment, size: Size, *, without: str = "") -> dict[str, int]:
    """Return what decides the shared memory of a start; ``without`` names a parameter to leave at its default."""
    major = engine_versions.major_of(environment.database.engine_version)
    chosen = {one.name: one.value for one in parameters.effective(environment) if not one.dropped}
    found = {}
    for name, usual in shared_memory.DEFAULTS.items():
        default = catalogue.default(name, major) or str(usual)
        text = default if name == without else chosen.get(name, default)
        number = formulas.number(text, size.variables)
        found[name] = usual if number is None else number
    return found
