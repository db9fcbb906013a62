"""Parameters against one another: what a server would not start with, or nobody could connect to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import engine_versions, formulas
from checks.finding import error
from findings.rule import Rule
from settings import memory, parameters, shared_memory, topology
from settings.tuning import TUNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

RESERVED = "rds.rds_superuser_reserved_connections"

OF_ADMINISTRATORS = 2
"""Aurora's own value of it."""

OF_SUPERUSERS = 3
"""Connections that Aurora keeps for itself, superuser_reserved_connections, which cannot be changed."""

PROTOCOLS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


def parameter_limits(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse what a server ends its start with, and what shuts out everybody."""
    if engine_versions.major_of(environment.database.engine_version) not in engine_versions.majors():
        return  # no parameter of such a version is known
    if any(finding.severity == "error" for finding in parameters.check(environment)):
        return
    given = environment.database.parameters
    yield from _encryption(environment)
    for size in topology.sizes(environment):
        said = memory.values(environment, size)
        if {*given} & {"max_connections", "max_worker_processes", "max_wal_senders", "autovacuum_max_workers"}:
            places = shared_memory.backends(said)
            if places > shared_memory.MOST_BACKENDS:
                most = max((name for name in given if name in said), key=lambda name: said[name])
                yield error(
                    _path(most),
                    f"makes {places:,} connections, workers and senders together on {size.name}; a server starts with "
                    f"at most {shared_memory.MOST_BACKENDS:,}",
                )
                return
        kept = formulas.number(parameters.spelled(RESERVED, given.get(RESERVED, OF_ADMINISTRATORS)), size.variables)
        reserved = (OF_ADMINISTRATORS if kept is None else kept) + OF_SUPERUSERS
        blamed = RESERVED if RESERVED in given else "max_connections"
        if blamed in given and reserved >= said["max_connections"]:
            yield error(
                _path(blamed),
                f"leaves none of {said['max_connections']:,} connections on {size.name}: {reserved:,} are reserved, of "
                f"which {OF_SUPERUSERS} by Aurora itself, and a server starts with more connections than those only",
            )
            return


def _path(name: str) -> KeyPath:
    return ("database", "parameters", name)


def _encryption(environment: Environment) -> Iterator[Finding]:
    given = environment.database.parameters
    if "ssl" in given and parameters.spelled("ssl", given["ssl"]) == "0":
        yield error(_path("ssl"), "off would shut out everybody: rds.force_ssl is 1, so only TLS connections are taken")
    least = next(tuned.value for tuned in TUNING if tuned.name == "ssl_min_protocol_version")
    most = parameters.text(given.get("ssl_max_protocol_version", PROTOCOLS[-1]))
    order = [protocol.lower() for protocol in PROTOCOLS]
    if order.index(most.lower()) < order.index(least.lower()):
        yield error(
            _path("ssl_max_protocol_version"),
            f"{most} is below ssl_min_protocol_version, which is {least} everywhere, so nobody could connect",
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "parameter-limits",
        "error",
        "Parameters that contradict one another",
        "AWS takes each by itself; the server ends its start, or takes no connection.",
        "Change the parameter that the message names.",
    ),
)
