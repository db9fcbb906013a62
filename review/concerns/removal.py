"""What goes: deletions, replacements, renames that lost their ``moved`` block, and what Terraform forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import effects
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review.concerns.names import RECORD, of_a_database
from review.context import CLUSTER, CLUSTER_GROUP, INSTANCE, INSTANCE_GROUP, cluster_name
from review.finding import NOW, Found, at_once
from review.words import clean, code, command, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.effects import Effect, Severity
    from review.change import Change
    from review.context import Context

REASONS: Final = {
    "replace_because_cannot_update": "an argument cannot be changed in place",
    "replace_because_tainted": "it is tainted: an earlier apply did not finish it",
    "replace_by_request": "somebody asked for it with -replace",
    "replace_by_triggers": "replace_triggered_by says so",
    "delete_because_no_resource_config": "the configuration no longer has it",
    "delete_because_wrong_repetition": "it is counted, or not counted, otherwise than before",
    "delete_because_count_index": "count is smaller than before",
    "delete_because_each_key": "for_each no longer has its key",
    "delete_because_no_module": "the configuration no longer has its module",
    "delete_because_no_move_target": "a moved block leads to nowhere",
    "delete_because_enabled_false": "enabled is false",
    "forgot_because_lifecycle_destroy_in_state": "lifecycle.destroy is false in the state",
    "forgot_because_lifecycle_destroy_in_config": "lifecycle.destroy is false in the configuration",
}
"""What a plan says of why (Terraform and OpenTofu, jsonplan)."""

LIVES_ON: Final = frozenset({CLUSTER, INSTANCE, "aws_rds_global_cluster", "aws_db_proxy", "aws_kms_key"})
"""What goes on costing money, and being reached, when Terraform has forgotten it."""


def removals(context: Context) -> Iterator[Found]:
    """Yield what each deletion, replacement and forgetting means."""
    pairs = renamed(context)
    for change in context.changes:
        if change.kind == "unknown":
            yield at_once(
                change,
                "unknown-actions",
                "replacement",
                "critical",
                because=f"the plan does {', '.join(map(code, change.actions)) or 'nothing'}, a combination "
                "that this review does not know, so it is taken for the worst",
                remedy="Read the plan of this resource yourself.",
                source="terraform",
            )
        elif change.address in pairs:
            yield _renamed(change, pairs[change.address])
        elif change.deposed is not None:
            yield from _deposed(change)
        elif change.type == INSTANCE and change.removed:
            yield from _instance(context, change)
        elif change.kind == "delete":
            yield from _deleted(context, change)
        elif change.kind == "replace":
            yield from _replaced(change)
        elif change.kind in ("forget", "abandon"):
            yield from _forgotten(change)


def renamed(context: Context) -> dict[str, Change]:
    """Return, by the address that goes, the creation of the same thing at another address."""
    created: dict[tuple[str, object], Change] = {}
    unnamed: dict[str, list[Change]] = {}
    for change in context.changes:
        removal = effects.removals().get(change.type)
        if change.kind != "create" or not removal:
            continue
        value = change.new(removal.identity)
        if isinstance(value, str):
            created.setdefault((change.type, value), change)
        else:
            unnamed.setdefault(change.type, []).append(change)
    found = {}
    gone: dict[str, list[Change]] = {}
    for change in context.changes:
        if change.kind != "delete" or change.deposed is not None or change.type not in effects.removals():
            continue
        value = change.old(effects.removals()[change.type].identity)
        twin = created.get((change.type, value)) if isinstance(value, str) else None
        if twin:
            found[change.address] = twin
        else:
            gone.setdefault(change.type, []).append(change)
    for kind in (CLUSTER, INSTANCE):
        # Where AWS chooses the name, the only one that goes and the only one that comes are probably the same.
        if len(gone.get(kind, ())) == len(unnamed.get(kind, ())) == 1:
            (old,), (new,) = gone[kind], unnamed[kind]
            if all(new.new(key) in (old.old(key), UNKNOWN) for key in ("database_name", "master_username", "port")):
                found[old.address] = new
    # A simple rule of a security group has no name; only what has one can be told to be the same.
    return {
        address: twin
        for address, twin in found.items()
        if effects.removals()[twin.type].identity not in ("security_group_id", "type", "secret_id")
    }


def _renamed(change: Change, twin: Change) -> Found:
    removal = effects.removals()[change.type]
    grave: Severity = removal.replaced if removal.replaced != "none" else "low"
    # An address in a module may have characters of HCL; what is shown of it is cleaned as everywhere.
    block = f"moved {{ from = {clean(change.address)}  to = {clean(twin.address)} }}"
    name = change.shown(removal.identity, change.old(removal.identity))
    return at_once(
        change,
        "rename-lost-moved",
        "replacement",
        grave,
        because=f"{code(change.address)} goes and {code(twin.address)} comes, both {name}: a renamed address without a "
        f"moved block, so what exists is deleted and made anew{', empty' if change.type == CLUSTER else ''}",
        remedy=f"Add to the configuration: {command(block)}",
        source="provider-plans",
    )


def _deleted(context: Context, change: Change) -> Iterator[Found]:
    removal = effects.removals().get(change.type)
    if change.type == RECORD and not of_a_database(change):
        return
    if removal is None:
        if change.type.startswith(("aws_rds_", "aws_db_")) and not change.type.startswith("aws_db_instance"):
            yield at_once(
                change,
                "deletion",
                "deletion",
                "medium",
                because=f"it is deleted{_why(change)}",
                remedy="Read what it was for.",
                source="review",
            )
        return
    if change.old("skip_destroy") is True:
        yield at_once(
            change,
            "forgotten",
            "forgotten",
            "low",
            because=f"it goes from the state only{_why(change)}, for skip_destroy is on before this plan: it lives on",
            remedy="Write down who owns it now.",
            source="provider",
        )
        return
    if change.type in (CLUSTER_GROUP, INSTANCE_GROUP) and not _still_used(context, change):
        yield at_once(
            change,
            "deletion",
            "none",
            "none",
            because=f"nothing that the plan knows uses it any more{_why(change)}",
            remedy="",
            source="parameters",
        )
        return
    yield Found(
        rule="deletion",
        severity=removal.severity,
        effect=removal.effect,
        when=NOW,
        because=f"it is deleted{_why(change)}: {removal.says}",
        remedy=removal.remedy,
        source=removal.source,
        address=change.address,
        affected=tuple(one.address for one in context.instances(change)) if change.type == CLUSTER else (),
    )


def _still_used(context: Context, group: Change) -> bool:
    argument = "db_cluster_parameter_group_name" if group.type == CLUSTER_GROUP else "db_parameter_group_name"
    kind = CLUSTER if group.type == CLUSTER_GROUP else INSTANCE
    return any(one.after is not None and one.new(argument) == group.old("name") for one in context.of_type(kind))


def _replaced(change: Change) -> Iterator[Found]:
    removal = effects.removals().get(change.type)
    if removal is None or change.type in (CLUSTER_GROUP, INSTANCE_GROUP):
        return
    if removal.replaced == "none" or (change.type == RECORD and not of_a_database(change)):
        return
    first = change.actions[0] == "create"
    order = "the new one is made first" if first else "the old one goes first"
    yield Found(
        rule="replacement",
        severity=removal.replaced,
        effect="replacement",
        when=NOW,
        because=f"{_paths(change)}{_why(change)}: it is deleted and made anew, {order}; {removal.says}",
        remedy=_row_remedy(change) or removal.remedy,
        source=removal.source,
        address=change.address,
    )


def _row_remedy(change: Change) -> str:
    for path in change.replace_paths:
        for row in effects.rows(change.type, path) or ():
            if row.effect == "replacement":
                return row.remedy
    return ""


def _paths(change: Change) -> str:
    said = []
    for path in dict.fromkeys(change.replace_paths):
        differing = [one for one in change.differences if one.path == path or one.path.startswith(f"{path}.")]
        said.append(differing[0].said if differing else code(path))
    return ", ".join(said) or "the whole resource"


def _why(change: Change) -> str:
    if not change.reason:
        return ""
    return f" ({REASONS.get(change.reason, code(change.reason))})"


def _instance(context: Context, change: Change) -> Iterator[Found]:
    removal = effects.removals()[INSTANCE]
    cluster = context.cluster_of(change)
    goes_too = cluster is not None and cluster.removed
    replaced = change.kind == "replace"
    # Said with the cluster, an instance that follows it is no news.
    severity: Severity = "low" if goes_too else removal.replaced if replaced else removal.severity
    yield Found(
        rule="instance-replaced" if replaced else "instance-removed",
        severity=severity,
        effect="replacement" if replaced else "deletion",
        when=NOW,
        because=(f"{_paths(change)}{_why(change)}" if replaced else f"it is deleted{_why(change)}")
        + f": {removal.says}",
        remedy=_row_remedy(change) or removal.remedy,
        source=removal.source,
        address=change.address,
    )
    if not goes_too:
        yield _roles(context, change, cluster)


def _roles(context: Context, change: Change, cluster: Change | None) -> Found:
    """Say whether the writer or a reader goes, as far as the plan can tell."""
    created_first = change.actions == ("create", "delete")
    siblings = context.instances(cluster) if cluster else []
    left = [one for one in siblings if one is not change and one.after is not None and not one.removed]
    known = cluster is not None and any(one is not change for one in siblings)
    name = cluster_name(cluster) if cluster else shown_name(change)
    asking = command(
        f"aws rds describe-db-clusters --db-cluster-identifier {name} "
        "--query 'DBClusters[0].DBClusterMembers[?IsClusterWriter].DBInstanceIdentifier'"
    )
    role, severity, effect, says = _judged(change.old("writer"), bool(left), known, created_first)
    return Found(
        rule=f"{role}-goes",
        severity=severity,
        effect=effect,
        when=NOW,
        because=says,
        remedy=f"See who is the writer now: {asking}",
        source=effects.source("delete-instance"),
        address=change.address,
        affected=tuple(one.address for one in left),
    )


def _judged(writer: object, left: bool, known: bool, created_first: bool) -> tuple[str, Severity, Effect, str]:
    if not left and known is False and writer is None:
        return (
            "instance",
            "high",
            "failover",
            "the plan does not tell whether it is the writer, nor whether others are left: if it is the only one, "
            "nobody can connect; if it is the writer, a reader takes over; else its readers' connections drop",
        )
    if not left and not created_first:
        return (
            "last-instance",
            "critical",
            "outage",
            "no other instance that the plan knows stays: nobody can connect until a new one is up",
        )
    if writer is True:
        return (
            "writer",
            "high",
            "failover",
            "it was the writer when the plan was made: connections break, and the reader of the lowest promotion tier "
            "takes over",
        )
    if writer is False:
        return ("reader", "medium", "connections-drop", "it was a reader when the plan was made: its connections drop")
    return (
        "instance",
        "high",
        "failover",
        "the plan does not tell whether it is the writer, in which case a reader takes over, or a reader, in which "
        "case its connections drop",
    )


def shown_name(instance: Change) -> str:
    """Return the identifier of an instance's cluster for a command line."""
    name = instance.old("cluster_identifier")
    return word(name) if isinstance(name, str) else "CLUSTER"


def _deposed(change: Change) -> Iterator[Found]:
    removal = effects.removals().get(change.type)
    if removal is None or change.kind != "delete":
        return
    yield Found(
        rule="deposed",
        severity=removal.severity if removal.severity in ("critical", "high") else "low",
        effect="deletion",
        when=NOW,
        because=f"the left-over {code(change.deposed)} of an interrupted replacement is deleted; the resource itself "
        f"stays. If data went into the left-over since, {removal.says}",
        remedy="Make sure that nobody uses the left-over.",
        source=effects.source("terraform"),
        address=change.address,
    )


def _forgotten(change: Change) -> Iterator[Found]:
    lives = change.type in LIVES_ON
    if change.kind == "abandon":
        yield at_once(
            change,
            "abandoned",
            "forgotten",
            "high" if lives else "low",
            because=f"{_paths(change)}{_why(change)}: a new one is made, and the old one is forgotten, not deleted: it "
            "lives on under the same account, unmanaged and billed, and clients that know its address stay with it",
            remedy="Write down what is left, and who removes it.",
            source="opentofu",
        )
        return
    yield at_once(
        change,
        "forgotten",
        "forgotten",
        "medium" if lives else "low",
        because=f"Terraform lets go of it{_why(change)}: it lives on, unmanaged and billed, and no plan protects it",
        remedy="Write down who owns it now, or import it elsewhere.",
        source="terraform",
    )


RULES: Final = (
    Rule(
        "deletion",
        "error",
        "A resource that is deleted",
        "What goes with it is in the table of removals below.",
        "Keep it, or make sure that nobody needs it.",
    ),
    Rule(
        "replacement",
        "error",
        "A resource that is deleted and made anew",
        "A new cluster is empty, a new key cannot read, a new endpoint has another name.",
        "Leave the argument that forces it as it is.",
    ),
    Rule(
        "rename-lost-moved",
        "error",
        "The same thing deleted at one address and created at another",
        "A renamed address without a moved block deletes the database, and prevent_destroy of the new block does not "
        "stop it.",
        "Add the moved block that the finding names.",
    ),
    Rule(
        "instance-removed",
        "warning",
        "An instance that is deleted",
        "Deletion protection is the cluster's; an instance is deleted at once.",
        "Fail over first if it is the writer.",
    ),
    Rule(
        "instance-replaced",
        "error",
        "An instance that is deleted and made anew",
        "It is gone until the new one is up.",
        "Add an instance under a new key, fail over, then remove the old one.",
    ),
    Rule(
        "writer-goes",
        "error",
        "The writer is removed or replaced",
        "Connections break, and a reader takes over.",
        "Fail over in a quiet moment before the deployment.",
    ),
    Rule(
        "reader-goes",
        "warning",
        "A reader is removed or replaced",
        "Its connections drop.",
        "Let its clients reconnect; the reader endpoint leads to others.",
    ),
    Rule(
        "instance-goes",
        "error",
        "An instance goes, and the plan does not tell its role",
        "It may be the writer.",
        "Run the command that the finding prints.",
    ),
    Rule(
        "last-instance-goes",
        "error",
        "No instance is left",
        "Nobody can connect to a cluster without instances.",
        "Add another instance first.",
    ),
    Rule(
        "deposed",
        "warning",
        "A left-over of an interrupted replacement is deleted",
        "Somebody may have used it since.",
        "Make sure that nobody does.",
    ),
    Rule(
        "forgotten",
        "warning",
        "A resource that Terraform lets go of",
        "It lives on, unmanaged and billed.",
        "Write down who owns it now.",
    ),
    Rule(
        "abandoned",
        "error",
        "A replacement that forgets the old one",
        "The old database lives on, and clients stay with it.",
        "Write down what is left, and who removes it.",
    ),
    Rule(
        "unknown-actions",
        "error",
        "A combination of actions that is not known",
        "It may delete.",
        "Read the plan of this resource yourself.",
    ),
)
