"""The memory plan: what each kind of instance gives to what, and the worst case at full connections.

Sizes are computed from AWS's formulas with the class's usable memory, which AWS does not publish;
``catalog.instance_classes.usable_memory_bytes`` says how it is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog import formulas, instance_classes
from catalog import parameters as catalogue
from settings import parameters, topology
from settings.tuning import LEFT_TO_AURORA

if TYPE_CHECKING:
    from settings.model import Environment

MIB = 1024 * 1024
GIB_PER_ACU = 2
"""Memory of one Aurora capacity unit (Aurora User Guide, how Aurora Serverless v2 works)."""

CONNECTIONS_AT_LOW_MINIMUM = 2000
"""Cap of max_connections where the minimum capacity is 0 or 0.5 ACU (Aurora User Guide, Serverless v2 capacity)."""

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

    instance_class: str
    usable: int
    shares: tuple[Share, ...]

    def amount(self, name: str) -> int:
        """Return the bytes or the number of one share."""
        return next(share.amount for share in self.shares if share.name == name)

    @property
    def worst_case(self) -> int:
        """Bytes when every connection sorts at once and every autovacuum worker runs."""
        return (
            self.amount("shared_buffers")
            + self.amount("max_connections") * self.amount("work_mem")
            + self.amount("autovacuum_max_workers") * self.amount("autovacuum_work_mem")
        )


def plans(environment: Environment) -> list[Plan]:
    """Return one plan for each class among the environment's instances, largest memory first."""
    capacity = environment.database.capacity
    sizes: dict[str, tuple[float, int]] = {}
    for placed in topology.instances(environment):
        known = instance_classes.find(placed.instance_class)
        if known:
            sizes[known.name] = (known.memory_gib, known.vcpu)
        elif capacity:
            sizes[f"serverless at {capacity.maximum:g} ACU"] = (capacity.maximum * GIB_PER_ACU, 2)
    ordered = sorted(sizes.items(), key=lambda item: (-item[1][0], item[0]))
    return [_plan(environment, name, *size) for name, size in ordered]


def _plan(environment: Environment, name: str, memory_gib: float, vcpu: int) -> Plan:
    usable = instance_classes.usable_memory_bytes(memory_gib)
    chosen = {setting.name: setting for setting in parameters.effective(environment) if not setting.dropped}
    major = int(environment.database.engine_version.split(".", maxsplit=1)[0])
    capacity = environment.database.capacity
    shares = []
    for parameter_name in (
        "shared_buffers",
        "effective_cache_size",
        "work_mem",
        "maintenance_work_mem",
        "autovacuum_work_mem",
        "autovacuum_max_workers",
        "max_connections",
    ):
        parameter = catalogue.find(parameter_name)
        default = catalogue.default(parameter_name, major) or ENGINE_DEFAULT.get(parameter_name, "0")
        setting = chosen.get(parameter_name)
        formula = setting.value if setting else default
        variables = {"DBInstanceClassMemory": usable, "DBInstanceVCPU": vcpu}
        number = formulas.parse(formula).evaluate(variables) if formulas.is_formula(formula) else int(formula)
        if parameter_name == "max_connections" and capacity and capacity.minimum <= 0.5:  # noqa: PLR2004 - see above
            number = min(number, CONNECTIONS_AT_LOW_MINIMUM)
        unit = parameter.unit if parameter else None
        shares.append(
            Share(
                name=parameter_name,
                amount=number * BYTES[unit],
                is_memory=unit is not None,
                formula=formula,
                reason=setting.reason if setting else LEFT_TO_AURORA.get(parameter_name, "Aurora's own formula"),
            )
        )
    return Plan(instance_class=name, usable=usable, shares=tuple(shares))
