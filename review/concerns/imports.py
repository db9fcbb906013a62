"""What Terraform takes over, and what it does to it in the same plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import effects
from findings.rule import Rule
from review.context import CLUSTER
from review.finding import LATER, NOW, Found
from review.words import UNKNOWN_TEXT, code, codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context


def imports(context: Context) -> Iterator[Found]:
    """Yield what is taken over, and what an import leaves unguarded until the first apply afterwards."""
    for change in context.changes:
        if change.importing is None:
            continue
        yield _imported(change)
        if change.type == CLUSTER and not change.removed:
            yield from _unguarded(change)
    yield from _taken_away(context)


def _taken_away(context: Context) -> Iterator[Found]:
    """Yield that a plan which takes a cluster over takes something away as well."""
    taken_over = [change for change in context.changes if change.importing is not None and change.type == CLUSTER]
    gone = [change for change in context.changes if change.removed]
    if not taken_over or not gone:
        return
    yield Found(
        rule="adoption-takes-away",
        severity="high",
        effect="replacement" if all(change.kind == "replace" for change in gone) else "deletion",
        when=NOW,
        because="a plan that takes a cluster over may destroy and replace nothing, and this one does: "
        f"{codes(change.address for change in gone)}",
        remedy="Say in the environment's file what is there, by names, keys, zones and groups, and plan again.",
        source=effects.source("terraform"),
        address=taken_over[0].address,
    )


def _imported(change: Change) -> Found:
    unknown = change.importing is not None and change.importing.get("unknown") is True
    return Found(
        rule="imported-unknown" if unknown else "imported",
        severity="medium" if unknown else "none",
        effect="deferred" if unknown else "imported",
        when=NOW,
        because=f"it is taken over; its id is {UNKNOWN_TEXT}, so the plan cannot tell what changes"
        if unknown
        else f"it is taken over, {code((change.importing or {}).get('id') or 'by its identity')}",
        remedy="Write the id into the import block." if unknown else "",
        source=effects.source("terraform"),
        address=change.address,
    )


def _unguarded(cluster: Change) -> Iterator[Found]:
    open_ends = [
        argument
        for argument in ("skip_final_snapshot", "delete_automated_backups")
        if cluster.new(argument) is True or (cluster.new(argument) is None and cluster.old(argument) is True)
    ]
    if open_ends:
        yield Found(
            rule="import-unguarded",
            severity="medium",
            effect="guard-removed",
            when=LATER,
            because=f"an import sets {' and '.join(map(code, open_ends))}, and this plan leaves it so: a later "
            "deletion leaves no snapshot, or no backups",
            remedy="Set both to false in the same plan, and apply it before anything else.",
            source=effects.source("provider"),
            address=cluster.address,
        )


RULES: Final = (
    Rule(
        "imported", "note", "A resource that is taken over", "Nothing happens to it by that.", "Nothing has to be done."
    ),
    Rule(
        "adoption-takes-away",
        "error",
        "A plan that takes a cluster over, and destroys or replaces something",
        "What is replaced was not said in the file as it is; others may rely on it.",
        "Correct the file until the plan imports, adds and changes in place, and nothing else.",
    ),
    Rule(
        "imported-unknown",
        "warning",
        "An import whose id is not known",
        "Such a plan shows no difference.",
        "Write the id into the import block.",
    ),
    Rule(
        "import-unguarded",
        "warning",
        "A cluster that is taken over without its two backup guards",
        "The import itself switches them off in the state.",
        "Set skip_final_snapshot and delete_automated_backups to false in the same plan.",
    ),
)
