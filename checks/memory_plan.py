"""Whether what the parameters promise fits the instances' memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import engine_versions
from checks.finding import error, warning
from findings.rule import Rule
from settings import memory, parameters, shared_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names


def memory_plan(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse a plan that cannot fit one of the instances at the expected concurrency; warn of a tight one."""
    if engine_versions.major_of(environment.database.engine_version) not in engine_versions.majors():
        return
    broken = {finding.path[-1] for finding in parameters.check(environment) if finding.severity == "error"}
    if broken & {*memory.PARAMETERS}:
        return
    for plan in memory.plans(_without(environment, broken)):
        name = _most(environment, plan)
        path: KeyPath = ("database", "parameters", name) if name else ("database", "instance_class")
        larger = "raise the maximum capacity" if plan.size.serverless else "take a larger class"
        remedy = f"; lower {name} or {larger}" if name else f"; {larger}"
        usable = f"{memory.mebibytes(plan.usable)} MB of {plan.size.name} that PostgreSQL can use"
        if plan.start > plan.usable:
            yield _never_starts(environment, plan, usable)
        elif plan.expected > plan.usable and _of_connections_alone(environment, plan):
            yield warning(
                "memory-connections",
                ("database", "parameters", "max_connections"),
                f"{plan.arithmetic} is more than the {usable}, if a quarter of the connections ever sorts at a time"
                f"; lower max_connections or {larger}",
            )
        elif plan.expected > plan.usable:
            yield error(path, f"{plan.arithmetic} is more than the {usable}{remedy}")
        elif plan.expected > plan.usable * memory.TIGHT:
            share = f"{100 * plan.expected / plan.usable:.1f} % of the {usable}"
            yield warning("memory-tight", path, f"{plan.arithmetic} is {share}{remedy}")


def _without(environment: Environment, broken: Set[object]) -> Environment:
    """Return the environment without parameters that are refused anyway, none of which takes memory."""
    if not broken:
        return environment
    database = environment.database
    parameters = {name: value for name, value in database.parameters.items() if name not in broken}
    changed = database.model_copy(update={"parameters": parameters})
    return environment.model_copy(update={"database": changed})


def _never_starts(environment: Environment, plan: memory.Plan, usable: str) -> Finding:
    """Name the parameter of the file that takes most of the memory of a start."""
    saved = _structures(environment, plan)
    if "shared_buffers" in environment.database.parameters and not plan.size.serverless:
        saved["shared_buffers"] = plan.amount("shared_buffers")
    name = max(saved, key=lambda each: saved[each], default=None)
    return error(
        ("database", "parameters", name) if name else ("database", "instance_class"),
        f"the server would not start: it takes {memory.mebibytes(plan.start)} MB of shared memory at its start, "
        f"more than the {usable}" + (f"; lower {name}" if name else ""),
    )


def _structures(environment: Environment, plan: memory.Plan) -> dict[str, int]:
    """Return the bytes of a start that each of the file's parameters adds to the usual ones, besides buffers."""
    said = memory.values(environment, plan.size)
    return {
        name: shared_memory.structures(said)
        - shared_memory.structures(memory.values(environment, plan.size, without=name))
        for name in environment.database.parameters
        if name in said
    }


def _of_connections_alone(environment: Environment, plan: memory.Plan) -> bool:
    """Whether only the number of connections is too much: a place for one is cheap, and pools keep most idle."""
    given = environment.database.parameters
    if "max_connections" not in given or {"work_mem", "shared_buffers"} & given.keys():
        return False
    return plan.expected - plan.parts["work_mem"] <= plan.usable


def _most(environment: Environment, plan: memory.Plan) -> str | None:
    """Return the file's parameter that takes most memory, or None if it sets none of them."""
    given = environment.database.parameters
    parts = {name: amount for name, amount in plan.parts.items() if name in given}
    if "max_connections" in given and "work_mem" not in given:
        parts["max_connections"] = plan.parts["work_mem"]
    if plan.structures:
        parts |= {name: size for name, size in _structures(environment, plan).items() if name in memory.STRUCTURES}
    return max(parts, key=lambda name: parts[name], default=None)


RULES: tuple[Rule, ...] = (
    Rule(
        "memory-plan",
        "error",
        "Parameters that promise more memory than an instance has",
        "Buffers, a quarter of the connections sorting, one maintenance command and every autovacuum worker are "
        "expected at the same time; what does not fit ends in restarts for want of memory.",
        "Lower the parameter that the message names, or take a larger class.",
    ),
    Rule(
        "memory-connections",
        "warning",
        "So many connections that a quarter of them sorting would not fit an instance's memory",
        "A place for a connection is cheap, and pools keep most of them idle; but nothing keeps them from sorting.",
        "Lower max_connections, or let a pool or RDS Proxy share fewer.",
    ),
    Rule(
        "memory-tight",
        "warning",
        "Parameters that promise more than nine tenths of an instance's memory",
        "Plans, catalog caches and the connections themselves need the rest.",
        "Lower the parameter that the message names, or take a larger class.",
    ),
)
