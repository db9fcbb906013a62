"""What is legal and takes away what others rely on: connections, protection, a view of what happens."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from catalog import limits
from checks.finding import warning
from findings.rule import Rule
from settings import memory, parameters, tiers, topology, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

DOCKER = IPv4Network("172.17.0.0/16")
"""Docker's own bridge (Amazon VPC User Guide, "VPC CIDR blocks", names the services that use it)."""

CONNECTIONS_OF_A_FUNCTION = 2
"""A run of the function keeps one connection to the writer and one to a reader."""

SPARE = 5
"""Connections that Aurora and its administrators keep: three and two."""


def connections(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn where the function's runs could take every connection."""
    access = environment.access
    if access is None or access.reserved_concurrency is None or access.proxy.enabled:
        return
    if any(finding.severity == "error" for finding in parameters.check(environment)):
        return
    for plan in memory.plans(environment):
        there = plan.amount("max_connections") - SPARE
        wanted = access.reserved_concurrency * CONNECTIONS_OF_A_FUNCTION
        if wanted > there:
            given = "max_connections" in environment.database.parameters
            yield warning(
                "connections-for-the-function",
                _path("max_connections") if given else ("access", "reserved_concurrency"),
                f"{access.reserved_concurrency:,} runs of the function keep up to {wanted:,} connections, and "
                f"{plan.size.name} has {max(there, 0):,} to give; lower reserved_concurrency, or enable access.proxy",
            )
            return


def watching(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a protected environment that nobody can look into."""
    if not environment.protected:
        return
    if environment.database.monitoring.interval_seconds == 0:
        yield warning(
            "protected-without-monitoring",
            ("database", "monitoring", "interval_seconds"),
            "0 turns Enhanced Monitoring off: memory and processes of an instance are then unknown, also afterwards",
        )


def protection(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn where the file takes away the protection that its tier has, unless the environment ends by itself."""
    if environment.protected or environment.expires is not None:
        return
    if tiers.column(tiers.DEFAULTS, environment.tier)["protected"]:
        yield warning(
            "unprotected",
            ("protected",),
            f"false takes away what the tier {environment.tier} has: deletion protection, final snapshot and "
            "prevent_destroy; a destroy then takes the data, its backups and its keys; say it for a teardown alone",
        )


def coinciding(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a window that the file gives to an instance while another instance has its own, and of Docker's block."""
    database = environment.database
    placed = topology.instances(environment)
    for one in placed:
        others = [other for other in placed if other is not one and _meet(one.maintenance_window, other)]
        if database.instances[one.key].maintenance_window and others:
            yield warning(
                "windows-coincide",
                ("database", "instances", one.key, "maintenance_window"),
                f"{one.maintenance_window} meets that of instance {others[0].key}, {others[0].maintenance_window}: "
                "both may be away at the same time; leave it out, and it is staggered",
            )
            break
    for path, block in _ipv4_blocks(environment):
        if not IPv4Network(block).overlaps(DOCKER):
            continue
        yield warning(
            "docker-network",
            path,
            f"{block} meets {DOCKER}, which Docker, and with it AWS Cloud9 and SageMaker, use inside a machine: what "
            "runs there does not reach the database",
        )


def _ipv4_blocks(environment: Environment) -> Iterator[tuple[KeyPath, str]]:
    create, existing = environment.network.create, environment.network.existing
    if create is not None:
        yield ("network", "create", "cidr"), create.cidr
    elif existing is not None and existing.cidr:
        yield ("network", "existing", "cidr"), existing.cidr
    elif existing is not None:
        yield from (
            (("network", "existing", "cidrs", n), one) for n, one in enumerate(existing.cidrs) if ":" not in one
        )


def authority(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of the restart that another certificate authority than the account's costs each new instance."""
    chosen = environment.database.ca_certificate
    if chosen != limits.CA_CERTIFICATES[0]:
        yield warning(
            "authority-restarts-new-instances",
            ("database", "ca_certificate"),
            f"{chosen} is not AWS's default, so every new instance is changed and restarted right after its creation; "
            f"make it the account's: aws rds modify-certificates --certificate-identifier {chosen}",
        )


def _meet(window: str, other: topology.PlacedInstance) -> bool:
    start, length = windows.weekly(window)
    begins, lasts = windows.weekly(other.maintenance_window)
    return (begins - start) % windows.WEEK < length or (start - begins) % windows.WEEK < lasts


def _path(name: str) -> KeyPath:
    return ("database", "parameters", name)


RULES: tuple[Rule, ...] = (
    Rule(
        "connections-for-the-function",
        "warning",
        "More runs of the function than connections for them",
        "Each run keeps its connections between calls; who comes late is refused, applications too.",
        "Lower access.reserved_concurrency, raise max_connections, or enable RDS Proxy.",
    ),
    Rule(
        "authority-restarts-new-instances",
        "warning",
        "A certificate authority that is not the default of AWS",
        "CreateDBInstance is not told of it: the provider changes and restarts each new instance afterwards, in any "
        "window (hashicorp/aws 5.100.0, requests read at an emulator).",
        "Make it the account's default in the region, then accept the warning.",
    ),
    Rule(
        "windows-coincide",
        "warning",
        "Two instances whose maintenance windows meet",
        "Maintenance of the writer fails over to a reader, which should not be away itself.",
        "Leave the window out: by default each instance has a turn of its own.",
    ),
    Rule(
        "docker-network",
        "warning",
        "A VPC whose block meets 172.17.0.0/16",
        "Docker takes that block inside every machine that runs it, so its containers find no way to the database.",
        "Choose another block.",
    ),
    Rule(
        "protected-without-monitoring",
        "warning",
        "A protected environment without Enhanced Monitoring",
        "AWS's own recommendations count it as a finding.",
        "Set an interval; 60 seconds cost least.",
    ),
    Rule(
        "unprotected",
        "warning",
        "An environment without the protection that its tier has",
        "One switch is both steps away from a destroyed database: whoever forgets it has no second look.",
        "Take protected: false out again, or accept it for the time of the teardown.",
    ),
)
