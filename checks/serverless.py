"""What a capacity range does to connections, monitoring and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import engine_versions, formulas, instance_classes, limits
from catalog import parameters as catalogue
from checks.finding import error, warning
from findings.rule import Rule
from settings import parameters, topology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Capacity, Environment
    from settings.names import Names
    from settings.topology import Size

MINIMUM: KeyPath = ("database", "capacity", "minimum")


def serverless(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse parameters that Serverless v2 takes no notice of; warn of a minimum that starves something."""
    capacity = environment.database.capacity
    size = topology.size(environment, instance_classes.SERVERLESS)
    if size is None or capacity is None or not topology.is_serverless(environment.database):
        return
    advanced = environment.database.monitoring.insights == "advanced"
    if capacity.minimum < limits.INSIGHTS_MINIMUM_ACU and (advanced or environment.protected):
        yield warning(
            "serverless-insights",
            MINIMUM,
            f"{capacity.minimum:g} is little for Database Insights, which collects in the instance's own memory; "
            f"AWS recommends {limits.INSIGHTS_MINIMUM_ACU:g} ACU or more",
        )
    if engine_versions.major_of(environment.database.engine_version) not in engine_versions.majors():
        return
    broken = {finding.path for finding in parameters.check(environment) if finding.severity == "error"}
    if ("database", "parameters", "max_connections") not in broken:
        yield from _connections(environment, capacity, size)
    for name in environment.database.parameters:
        if ("database", "parameters", name) not in broken:
            yield from _parameter(environment, name, capacity, size)


def _connections(environment: Environment, capacity: Capacity, size: Size) -> Iterator[Finding]:
    name, most = "max_connections", limits.CONNECTIONS_AT_CAPPING_ACU
    given = name in environment.database.parameters
    default = catalogue.default(name, engine_versions.major_of(environment.database.engine_version)) or "0"
    value = parameters.spelled(name, environment.database.parameters[name]) if given else default
    wanted = formulas.number(value, size.variables)
    if capacity.minimum <= limits.CAPPING_ACU and wanted is not None and wanted > most:
        yield warning(
            "serverless-connections",
            MINIMUM,
            f"{capacity.minimum:g} caps max_connections at {most:,}, where {size.name.removeprefix('serverless at ')} "
            f"would allow {wanted:,}; a minimum of {limits.CAPPING_ACU + 0.5:g} lifts the cap",
        )


def _parameter(environment: Environment, name: str, capacity: Capacity, size: Size) -> Iterator[Finding]:
    database = environment.database
    path: KeyPath = ("database", "parameters", name)
    value = parameters.spelled(name, database.parameters[name])
    if value == catalogue.default(name, engine_versions.major_of(database.engine_version)):
        return
    only = all(placed.instance_class == instance_classes.SERVERLESS for placed in topology.instances(environment))
    if name in limits.CAPACITY_IGNORES:
        if only:
            yield error(path, "is of no effect: Serverless v2 sizes it as it scales; remove it")
    elif formulas.is_formula(value) and "DBInstanceClassMemory" in formulas.parse(value).variables:
        number = formulas.number(value, size.variables)
        comes_to = "" if number is None else f", where it comes to {number:,}"
        yield warning(
            "serverless-parameter",
            path,
            f"on a serverless instance the formula follows from the maximum of {capacity.maximum:g} ACU{comes_to}, "
            "however little capacity there is at the time",
        )
    elif only and name in limits.CAPACITY_PARAMETERS:
        yield warning(
            "serverless-parameter",
            path,
            f"{value} stays as it is when the capacity range changes; Aurora would derive it from the maximum of "
            f"{capacity.maximum:g} ACU",
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "serverless",
        "error",
        "A parameter that Serverless v2 takes no notice of",
        "It sizes its buffers as it scales.",
        "Remove the parameter.",
    ),
    Rule(
        "serverless-connections",
        "warning",
        "A low minimum capacity that caps max_connections",
        "With a minimum of 0 or 0.5 ACU Aurora allows 2,000 connections, whatever the maximum.",
        "Raise the minimum to 1 ACU, or lower the maximum.",
    ),
    Rule(
        "serverless-insights",
        "warning",
        "Database Insights, advanced or in a protected environment, with less than 2 ACU",
        "It collects in the instance's own memory, of which there is little.",
        "Raise the minimum capacity to 2 ACU.",
    ),
    Rule(
        "serverless-parameter",
        "warning",
        "A parameter that Aurora would derive from the maximum capacity of Serverless v2",
        "A number stays when the range changes, and a formula follows the maximum, not what there is at the time.",
        "Leave the parameter to Aurora, and choose the maximum capacity.",
    ),
)
