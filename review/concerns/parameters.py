"""Parameters, by name and with their units: which apply live, which wait for a reboot, which AWS refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from catalog import effects, parameters
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review.concerns.versions import major_upgrade
from review.context import CLUSTER_GROUP, INSTANCE_GROUP, by_hand
from review.finding import AT_APPLY, NOW, Found
from review.words import MASK, UNKNOWN_TEXT, code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context

GROUPS: Final = (CLUSTER_GROUP, INSTANCE_GROUP)

CLAIMS: Final = frozenset({(kind, "parameter") for kind in GROUPS})

ON: Final = frozenset({"1", "on", "true", "yes"})
OFF: Final = frozenset({"0", "off", "false", "no"})

AUDIT: Final = frozenset({"log_connections", "log_disconnections", "log_statement", "pgaudit.log"})
"""Parameters that say what is logged of who connects and of what they do."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A parameter that is added, changed or taken out (``after`` is None)."""

    name: str
    before: str | None
    after: Any
    method: str | None
    """How it is asked to apply: immediate or pending-reboot; None where the parameter is taken out."""


def changed(group: Change) -> list[Changed]:
    """Return the parameters that differ, by name; one whose method alone differs does not."""
    old, new = _by_name(group.old("parameter")), _by_name(group.new("parameter"))
    found = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before is None or after is None or before[0] != after[0]:
            found.append(
                Changed(
                    name,
                    before[0] if before else None,
                    after[0] if after else None,
                    after[1] if after else None,
                )
            )
    return found


def waits(one: Changed) -> bool:
    """Whether a change waits for a reboot; one of a parameter that nobody knows does."""
    known = parameters.find(one.name)
    return one.method == "pending-reboot" or known is None or known.static


def waiting(group: Change) -> list[str]:
    """Return the names of parameters whose change waits for a reboot."""
    return [one.name for one in changed(group) if waits(one)]


def _by_name(value: Any) -> dict[str, tuple[str, str]]:
    found = {}
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            found[entry["name"]] = (str(entry.get("value")), str(entry.get("apply_method") or "immediate"))
    return found


def parameter_changes(context: Context) -> Iterator[Found]:
    """Yield what each changed parameter does to the instances that use its group."""
    for group in context.of_type(*GROUPS):
        if group.kind != "update" or not group.differs("parameter"):
            continue
        if group.new("parameter") is UNKNOWN:
            yield _of(
                context,
                group,
                None,
                effect="restart-pending",
                severity="medium",
                why="the values are known after the apply only",
                rule="parameter",
            )
            continue
        found = changed(group)
        for one in found:
            yield from _one(context, group, one)
        if not found:
            yield _of(
                context,
                group,
                None,
                effect="none",
                severity="none",
                why="how values apply changes, and no value does",
                rule="apply-method",
            )


def _one(context: Context, group: Change, one: Changed) -> Iterator[Found]:
    known = parameters.find(one.name)
    if known and known.static and one.method == "immediate":
        yield _of(
            context,
            group,
            one,
            effect="refused",
            severity="high",
            why="it is static, which AWS does not apply immediately",
            rule="static-immediate",
            remedy="Set apply_method to pending-reboot.",
        )
    elif waits(one):
        why = "it is static" if known and known.static else "it is asked to wait" if known else "it is not known here"
        yield _of(
            context,
            group,
            one,
            effect="restart-pending",
            severity="medium",
            why=f"{why}, so nothing happens until each instance is rebooted; a pause of Serverless v2 counts as one",
            rule="parameter-waits",
            remedy="Reboot each instance by hand, readers first.",
        )
    else:
        yield _of(
            context,
            group,
            one,
            effect="none",
            severity="none",
            why="it applies live on every instance",
            rule="parameter-live",
        )
    yield from _tls(context, group, one)
    yield from _audit(context, group, one)


def _tls(context: Context, group: Change, one: Changed) -> Iterator[Found]:
    if one.name != "rds.force_ssl":
        return
    after = (one.after or parameters.default(one.name, _major(group)) or "").lower()
    if after in OFF and (one.before or "").lower() not in OFF:
        yield _of(
            context,
            group,
            one,
            effect="access-widened",
            severity="high",
            why="clients may connect without TLS, and passwords then travel in the clear",
            rule="tls-not-required",
            remedy="Keep it on.",
        )
    elif after in ON and (one.before or "").lower() in OFF:
        yield _of(
            context,
            group,
            one,
            effect="connections-drop",
            severity="medium",
            why="clients without TLS are refused",
            rule="tls-required",
            remedy="Let every client use TLS first.",
        )


def _audit(context: Context, group: Change, one: Changed) -> Iterator[Found]:
    """Say where less is logged of who did what."""
    if one.name not in AUDIT:
        return
    before = _logged(one.before if one.before is not None else parameters.default(one.name, _major(group)))
    after = _logged(one.after if one.after is not None else parameters.default(one.name, _major(group)))
    if (before - after) and "all" not in after:
        yield _of(
            context,
            group,
            one,
            effect="guard-removed",
            severity="medium",
            why="less is logged of who did what",
            rule="audit-reduced",
            remedy="Keep it, unless whoever reads the logs agrees.",
        )


def _logged(value: str | None) -> set[str]:
    """Return the words of a value that say what is logged; ``mod`` of log_statement has what ``ddl`` has."""
    words = {word.strip() for word in (value or "").lower().split(",")} - OFF - {"", "none"}
    return {"on" if word in ON else word for word in words} | ({"ddl"} if "mod" in words else set())


def _major(group: Change) -> int:
    family = group.now("family")
    digits = family.removeprefix("aurora-postgresql") if isinstance(family, str) else ""
    return int(digits) if digits.isdecimal() and len(digits) < 4 else 0  # noqa: PLR2004 - a major has two digits


def _of(
    context: Context,
    group: Change,
    one: Changed | None,
    *,
    effect: effects.Effect,
    severity: effects.Severity,
    why: str,
    rule: str,
    remedy: str = "",
) -> Found:
    moment = {"restart-pending": by_hand(user.address for user in context.users(group)), "refused": AT_APPLY}
    return Found(
        rule=rule,
        severity=severity,
        effect=effect,
        when=moment.get(effect, NOW),
        because=f"{_said(group, one)}: {why}",
        remedy=remedy,
        source=effects.source("parameters"),
        address=group.address,
        argument=f"parameter.{one.name}" if one else "parameter",
        affected=tuple(user.address for user in context.users(group)),
    )


def _said(group: Change, one: Changed | None) -> str:
    if one is None:
        return code("parameter")
    if group.is_sensitive("parameter"):
        return f"{code(one.name)}: {MASK}"
    before = code(_with_unit(one.name, one.before)) if one.before is not None else "the engine's default"
    if one.after is UNKNOWN:
        return f"{code(one.name)}: {before} → {UNKNOWN_TEXT}"
    after = code(_with_unit(one.name, one.after)) if one.after is not None else "the engine's default"
    return f"{code(one.name)}: {before} → {after}"


def _with_unit(name: str, value: str) -> str:
    known = parameters.find(name)
    unit = known.unit if known else None
    return f"{value} {'x ' if unit and unit[:1].isdecimal() else ''}{unit}" if unit and value.isdecimal() else value


def replaced_groups(context: Context) -> Iterator[Found]:
    """Yield the combination: a parameter group that is replaced while a cluster that is not upgraded uses it."""
    for group in context.of_type(*GROUPS):
        if group.kind != "replace":
            continue
        clusters = context.clusters_of_group(group)
        first = group.actions == ("create", "delete")
        upgraded = any(major_upgrade(cluster) for cluster in clusters)
        family = group.difference("family")
        if family and clusters and not upgraded:
            yield _replaced(
                group,
                "group-family",
                f"{family.said}: the cluster's major version stays, and it takes no group of another family",
                "Change the family together with the major version only.",
            )
        elif not first:
            yield _replaced(
                group,
                "group-in-use",
                f"{_paths(group)} forces a new group, and the old one is deleted first, which AWS refuses while a "
                "cluster or an instance uses it",
                "Set create_before_destroy, and let the new group have a name of its own.",
            )
        elif not group.differs("name") and group.new("name") is not UNKNOWN:
            yield _replaced(
                group,
                "group-in-use",
                f"{_paths(group)} forces a new group of the same name, which AWS refuses while the old one exists",
                "Let the new group have a name of its own.",
            )


def _paths(group: Change) -> str:
    return ", ".join(map(code, dict.fromkeys(group.replace_paths))) or "a change"


def _replaced(group: Change, rule: str, because: str, remedy: str) -> Found:
    return Found(
        rule=rule,
        severity="high",
        effect="refused",
        when=AT_APPLY,
        because=because,
        remedy=remedy,
        source=effects.source("parameters"),
        certainty="inferred",
        address=group.address,
    )


RULES: Final = (
    Rule(
        "audit-reduced",
        "warning",
        "Less is logged of who did what",
        "What was not logged cannot be found out afterwards.",
        "Keep it, unless whoever reads the logs agrees.",
    ),
    Rule(
        "parameter-live",
        "note",
        "A dynamic parameter that applies at once",
        "It applies on every instance, without a reboot.",
        "Nothing has to be done.",
    ),
    Rule(
        "apply-method",
        "note",
        "A parameter whose apply method alone changes",
        "No value changes.",
        "Nothing has to be done.",
    ),
    Rule(
        "parameter",
        "warning",
        "Parameters whose values the plan does not tell",
        "Static ones wait for a reboot.",
        "Plan again once they are known.",
    ),
    Rule(
        "parameter-waits",
        "warning",
        "A parameter that waits for a reboot",
        "Terraform reboots nothing, so the value shows in the console and is not in force.",
        "Reboot each instance by hand, readers first.",
    ),
    Rule(
        "static-immediate",
        "error",
        "A static parameter that is asked to apply immediately",
        "AWS refuses it.",
        "Set apply_method to pending-reboot.",
    ),
    Rule(
        "tls-not-required",
        "error",
        "rds.force_ssl switched off",
        "Passwords then travel in the clear.",
        "Keep it on.",
    ),
    Rule(
        "tls-required",
        "warning",
        "rds.force_ssl switched on",
        "Clients without TLS are refused.",
        "Let every client use TLS first.",
    ),
    Rule(
        "group-family",
        "error",
        "A parameter group of another family without a major upgrade",
        "AWS refuses a group of another family.",
        "Change both together.",
    ),
    Rule(
        "group-in-use",
        "error",
        "A parameter group that is replaced while it is in use",
        "AWS refuses to delete it, and to have two of one name.",
        "Set create_before_destroy, and a name of its own.",
    ),
)
