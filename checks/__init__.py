"""What AWS or Terraform would refuse, or silently do wrong, in a file whose every value is well-formed.

Each check takes a complete environment and yields findings. An error stops everything; its rule is named after the
check. A warning is legal but risky, has a rule of its own, and can be accepted with a reason in the environment file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from catalog.suggestions import nearest
from checks import (
    access,
    availability,
    backend,
    copies,
    dangerous_parameters,
    dangers,
    engine,
    generations,
    growth,
    identity,
    memory_plan,
    monitoring,
    network,
    origin,
    parameter_limits,
    past,
    provider,
    serverless,
    service_names,
    statement_log,
    support,
    together,
    windows,
)
from checks.finding import error
from checks.rules import WARNINGS
from checks.together import check_together
from findings.finding import shown
from settings.generations import generations as generations_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Set
    from datetime import date

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

Check: TypeAlias = "Callable[[Environment, Names], Iterator[Finding]]"
DatedCheck: TypeAlias = "Callable[[Environment, date], Iterator[Finding]]"

CHECKS: tuple[Check, ...] = (
    identity.minima,
    identity.names_fit,
    identity.tags,
    service_names.service_names,
    network.zones,
    network.network,
    network.access,
    network.access_elsewhere,
    network.access_rules,
    network.endpoint_policies,
    engine.engine,
    engine.classes,
    engine.capacity_range,
    engine.pausing,
    engine.cluster_parameters,
    provider.provider_release,
    parameter_limits.parameter_limits,
    dangerous_parameters.switches,
    dangerous_parameters.amounts,
    dangerous_parameters.units,
    dangers.connections,
    dangers.watching,
    dangers.coinciding,
    dangers.authority,
    dangers.protection,
    memory_plan.memory_plan,
    serverless.serverless,
    statement_log.statement_log,
    windows.maintenance_windows,
    backend.state_backend,
    backend.local_state,
    availability.availability,
    availability.failover,
    access.access_function,
    access.access_certificates,
    access.access_network,
    access.access_proxy,
    growth.reader_scaling,
    growth.custom_endpoints,
    growth.data_api,
    growth.cluster_roles,
    growth.proxy_pool,
    copies.backup_copies,
    copies.final_lock,
    copies.final_snapshot,
    copies.activity_stream,
    copies.ignored_tags,
    access.access_concurrency,
    access.access_users,
    past.given_names,
    past.given_keys,
    past.password_secret,
    past.password_elsewhere,
    past.master_names,
    past.attached_groups,
    past.adoption,
    origin.origin,
    origin.copied_data,
    generations.successor,
    generations.empty_successor,
    monitoring.monitoring_thresholds,
    monitoring.monitoring_topics,
    monitoring.monitoring_unheard,
)

DATED_CHECKS: tuple[DatedCheck, ...] = (support.support_ends, origin.expiry, origin.moment_to_come)
"""Checks that ask what day it is; whoever has a clock hands it in."""


def check(environment: Environment, name: Names, *, complete: bool, today: date | None) -> list[Finding]:
    """Return every finding about one environment, the reason beside each warning that it accepts.

    Of an environment that is not ``complete``, because some of its values were wrong, it is not known which
    warnings it would raise, so none of its acceptances counts as unused; nor do those of warnings that depend on
    the day, if that is not known.
    """
    findings = _said(environment, name, today)
    successor = environment.database.successor
    if successor:
        # As it will be when it is the only one; what is said of both is said once.
        beside = generations_of(environment, name)[1]
        of_it = [
            replace(one, path=generations.placed(one.path, successor))
            for one in _said(beside.environment, beside.names, today)
        ]
        findings += [one for one in of_it if one not in findings]
    raised = {finding.rule for finding in findings if finding.severity == "warning"}
    raised |= together.WARNINGS | (support.WARNINGS | origin.WARNINGS if today is None else frozenset())
    accepted: dict[str, str] = {}
    findings += _wrong_acceptances(environment, raised if complete else None)
    for acceptance in environment.accept:
        accepted.setdefault(acceptance.warning, acceptance.reason)
    return [
        replace(finding, accepted=accepted.get(finding.rule)) if finding.severity == "warning" else finding
        for finding in findings
    ]


def _said(environment: Environment, name: Names, today: date | None) -> list[Finding]:
    said = [(run.__name__, run(environment, name)) for run in CHECKS]
    if today is not None:
        said += [(dated.__name__, dated(environment, today)) for dated in DATED_CHECKS]
    return [
        finding if finding.rule else replace(finding, rule=check_name.replace("_", "-"))
        for check_name, found in said
        for finding in found
    ]


def _wrong_acceptances(environment: Environment, raised: Set[str] | None) -> Iterator[Finding]:
    accepted: set[str] = set()
    for index, acceptance in enumerate(environment.accept):
        path: KeyPath = ("accept", index, "warning")
        if acceptance.warning not in WARNINGS:
            meant = nearest(acceptance.warning, WARNINGS)
            message = f"{shown(acceptance.warning)} is not a warning; docs/rules.md lists them" + (
                f"; did you mean {meant}?" if meant else ""
            )
            yield error(path, message, rule="acceptance")
        elif acceptance.warning in accepted:
            yield error(path, f"{acceptance.warning} is accepted already; keep one reason", rule="acceptance")
        elif raised is not None and acceptance.warning not in raised:
            yield error(path, f"{acceptance.warning} is not raised here; remove the acceptance", rule="acceptance")
        accepted.add(acceptance.warning)


__all__ = ["CHECKS", "DATED_CHECKS", "WARNINGS", "check", "check_together"]
