"""What AWS or Terraform would refuse, or silently do wrong, in a file whose every value is well-formed.

Each check takes a complete environment and yields findings. An error stops everything; a warning is legal but
risky, has a stable identifier, and can be accepted with a reason in the environment file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from catalog.suggestions import nearest
from settings.checks import access, availability, backend, engine, identity, network, statement_log, windows
from settings.checks.finding import error
from settings.checks.together import check_together
from settings.findings import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from settings.findings import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

Check: TypeAlias = "Callable[[Environment, Names], Iterator[Finding]]"

CHECKS: tuple[Check, ...] = (
    identity.minima,
    identity.names_fit,
    identity.tags,
    network.zones,
    network.network,
    network.access,
    engine.engine,
    engine.classes,
    engine.capacity_range,
    engine.pausing,
    engine.cluster_parameters,
    statement_log.statement_log,
    windows.maintenance_windows,
    backend.state_backend,
    availability.availability,
    access.function,
    access.way_to_aws,
    access.proxy,
)

WARNINGS = (
    "engine-near-end",
    "engine-new",
    "never-pauses",
    "protected-burstable",
    "protected-in-one-zone",
    "protected-logs-data",
    "protected-pauses",
    "protected-without-reader",
)
"""Every identifier that an environment file may accept."""


def check(environment: Environment, name: Names, *, complete: bool) -> list[Finding]:
    """Return every finding about one environment, accepted warnings left out.

    Of an environment that is not ``complete``, because some of its values were wrong, it is not known which
    warnings it would raise, so none of its acceptances counts as unused.
    """
    findings = [finding for run in CHECKS for finding in run(environment, name)]
    raised = {finding.identifier for finding in findings if finding.identifier}
    accepted = set()
    for index, acceptance in enumerate(environment.accept):
        path: KeyPath = ("accept", index, "warning")
        if acceptance.warning not in WARNINGS:
            meant = nearest(acceptance.warning, WARNINGS)
            findings.append(
                error(
                    path,
                    f"{shown(acceptance.warning)} is not a warning; there are {', '.join(WARNINGS)}"
                    + (f"; did you mean {meant}?" if meant else ""),
                )
            )
        elif acceptance.warning in accepted:
            findings.append(error(path, f"{acceptance.warning} is accepted already; keep one reason"))
        elif complete and acceptance.warning not in raised:
            findings.append(error(path, f"{acceptance.warning} is not raised here; remove the acceptance"))
        accepted.add(acceptance.warning)
    return [finding for finding in findings if finding.identifier not in accepted]


__all__ = ["CHECKS", "WARNINGS", "check", "check_together"]
