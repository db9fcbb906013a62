"""What kept a resource from harm, judged as it was before this plan: a guard that goes in the same plan is no guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import effects
from findings.rule import Rule
from review.concerns.removal import renamed
from review.context import CLUSTER, GLOBAL
from review.finding import LATER, NOW, Found, at_once
from review.words import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context


def guards(context: Context) -> Iterator[Found]:
    """Yield which guards a cluster has that goes, and which it lacks."""
    pairs = renamed(context)
    for change in context.changes:
        if change.deposed is not None:
            continue
        if change.type == CLUSTER and (change.removed or change.address in pairs) and change.before is not None:
            yield from _of_cluster(change)
        if change.type == GLOBAL and change.removed and change.old("deletion_protection") is True:
            yield at_once(
                change,
                "deletion-refused",
                "refused",
                "high",
                "deletion protection is on before this plan, so AWS refuses; secondaries may be detached by then",
                remedy="Take the protection away in a deployment before.",
                source="global",
            )


def _of_cluster(cluster: Change) -> Iterator[Found]:
    if cluster.old("deletion_protection") is True:
        yield at_once(
            cluster,
            "deletion-refused",
            "outage",
            "critical",
            "deletion protection is on before this plan, so AWS refuses to delete the cluster, but only after its "
            "instances are gone, which it does not protect: the data stays and nobody can connect",
            remedy="Do not apply this. To delete the cluster, take the protection away in a deployment before.",
            source="delete-instance",
        )
    elif cluster.old("apply_immediately") is True:
        yield at_once(
            cluster,
            "protection-bypassed",
            "guard-removed",
            "high",
            "the state has no deletion protection and apply_immediately is on: if AWS has the protection all the "
            "same, the provider switches it off and deletes",
            remedy="Look at the cluster's protection at AWS before.",
            source="provider",
        )
    if cluster.old("skip_final_snapshot") is not False:
        yield at_once(
            cluster,
            "no-final-snapshot",
            "data-loss",
            "critical",
            f"{code('skip_final_snapshot')} is {code(cluster.old('skip_final_snapshot'))} before this plan, which is "
            "what counts: no snapshot is taken",
            remedy="Take a snapshot by hand first, and check that it is complete.",
            source="provider",
        )
    elif not cluster.old("final_snapshot_identifier"):
        yield at_once(
            cluster,
            "no-final-snapshot",
            "refused",
            "high",
            "a final snapshot is wanted and has no name before this plan, so the deletion fails, after the instances "
            "are gone",
            remedy="Deploy final_snapshot_identifier first.",
            source="provider",
        )
    if cluster.old("delete_automated_backups") is not False:
        yield at_once(
            cluster,
            "backups-go-too",
            "data-loss",
            "critical",
            f"{code('delete_automated_backups')} is {code(cluster.old('delete_automated_backups'))} before this plan: "
            "the automated backups, and with them every point to recover to, go with the cluster",
            remedy="Deploy delete_automated_backups = false first, or take a snapshot that stays.",
            source="provider",
        )


def code_guards(context: Context) -> Iterator[Found]:
    """Yield where ``prevent_destroy`` goes, which no plan shows, by the code before and after."""
    before, after = context.before, context.after
    if before is None:
        return
    by_address = {change.address: change for change in context.changes}
    moved = {change.previous_address for change in context.changes if change.moved}
    for address in sorted(before.protected):
        if after is not None and address in after.protected:
            continue
        if address in moved or (after is None and address not in by_address):
            continue
        change = by_address.get(address)
        gone = change is not None and change.removed
        if after is None and not gone:
            continue
        yield Found(
            rule="prevent-destroy-gone",
            severity="critical" if gone else "high",
            effect="guard-removed",
            when=NOW if gone else LATER,
            because="the code before had prevent_destroy here, and "
            + (
                "it goes together with the resource, so nothing refuses the deletion"
                if gone
                else "the code now has not, so a later plan may delete or replace it"
            ),
            remedy="Keep prevent_destroy, or take it away in a deployment of its own, right before the deletion.",
            source=effects.source("provider-plans"),
            address=address,
        )


RULES: Final = (
    Rule(
        "deletion-refused",
        "error",
        "A protected cluster that is deleted or replaced",
        "AWS refuses, but deletes the instances first: the data stays and nobody can connect.",
        "Do not apply it.",
    ),
    Rule(
        "protection-bypassed",
        "error",
        "A deletion with apply_immediately and no protection in the state",
        "The provider switches off a protection that AWS has.",
        "Look at the protection at AWS first.",
    ),
    Rule(
        "no-final-snapshot",
        "error",
        "A cluster that goes without a final snapshot",
        "What counts is the state before: an argument that changes in the same plan comes too late.",
        "Take a snapshot by hand.",
    ),
    Rule(
        "backups-go-too",
        "error",
        "A cluster that takes its automated backups with it",
        "No point of time can be recovered afterwards.",
        "Deploy delete_automated_backups = false first.",
    ),
    Rule(
        "prevent-destroy-gone",
        "error",
        "prevent_destroy that goes",
        "It stands in no plan; it is read from the code before and after.",
        "Keep it, or take it away in a deployment of its own.",
    ),
)
