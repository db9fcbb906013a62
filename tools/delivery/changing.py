"""``make deploy``: each plan is shown, said in words, agreed to, and applied as it was shown.

Plans are made side by side. One that reads the outputs of a stack that changes before it is made again afterwards, and
if a plan fails that no change before it can mend, nothing at all is applied.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tools.delivery import advice, leaving, planning, scaling, stacks, terraform
from tools.delivery.given import StoppedError, agreed, approved, given, require_somebody_to_ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.delivery.planning import Done
    from tools.delivery.stacks import Selection


def deploy() -> None:
    """Apply the stacks in their order."""
    selection = stacks.select()
    terraform.program()
    require_somebody_to_ask()
    stacks.synthesize(selection.environment)
    if given("STACK"):
        stacks.require_upstream(selection.environment, selection.chosen[0], "deployed")
    for stack in selection.chosen:
        stacks.require_archives(stacks.folder(stack))
    advice.warn_of_lost_state(selection)
    if unprepared := planning.prepare(selection):
        advice.after_failure(selection, unprepared)
        raise SystemExit(1)
    with ThreadPoolExecutor() as pool:
        stood = dict(zip(selection.chosen, pool.map(stacks.deployed, selection.chosen), strict=True))
    restored = [one for one in selection.chosen if stacks.is_copy(stacks.folder(one)) and stood[one] is not True]
    shrinking = [
        stack
        for stack in selection.chosen
        if selection.kind(stack) in leaving.STOOD_ON and leaving.leaving(stacks.folder(stack))
    ]
    _require_no_scaled_readers(selection.chosen)
    behind = leaving.left_behind(selection.environment)
    if behind and shrinking:
        message = (
            f"{behind[0]} is still deployed, is no longer in the file, and may use what leaves {shrinking[0]}: "
            f"make destroy ENV={selection.environment} STACK={selection.kind(behind[0])} first"
        )
        raise StoppedError(message)
    leaving.remind(selection, behind)
    if shrinking:
        _shrink(selection, shrinking)
    else:
        carry_out(selection, selection.chosen, stood=stood)
    for stack in restored:
        print(
            f"{stack} was made of a copy, which leaves out IAM authentication and Database Insights: "
            "applying a second time, for nobody gets in before",
            flush=True,
        )
        carry_out(selection, [stack])


def _shrink(selection: Selection, shrinking: Sequence[str]) -> None:
    """Apply stacks of which something leaves: first what stays, stack by stack, then what leaves, from the last on."""
    for stack in selection.chosen:
        stays: list[str] = []
        if stack in shrinking:
            print(
                f"{stack}: something leaves it; what stays comes first, and what leaves after all that used it",
                flush=True,
            )
            kept = leaving.kept(stacks.folder(stack))
            stays = ["-compact-warnings", *(f"-target={address}" for address in kept)]
        carry_out(selection, [stack], *stays)
    for stack in reversed(shrinking):
        carry_out(selection, [stack])


def _require_no_scaled_readers(chosen: Sequence[str]) -> None:
    """Stop if readers would stay that nothing scales any more, and that nobody would ever take away."""
    try:
        left = [
            place
            for place in map(stacks.folder, chosen)
            if scaling.has_cluster(place) and not scaling.scales(place) and scaling.TARGET in leaving.leaving(place)
        ]
        added = [one for place in left for one in scaling.strangers(place)]
    except scaling.ScalingError as error:
        raise StoppedError(str(error)) from None
    if added:
        message = (
            f"{', '.join(added)} were made by Application Auto Scaling and would stay for ever, for readers: leaves "
            "the file: put it back with minimum and maximum at the number of the file's own readers, deploy, wait "
            "until they are gone, then remove it"
        )
        raise StoppedError(message)


def carry_out(
    selection: Selection, chosen: Sequence[str], *options: str, stood: Mapping[str, bool | None] | None = None
) -> None:
    """Plan stacks, and apply the plans in their order.

    ``options`` are those of the plans; ``stood`` says of stacks whether they had outputs before. Stops with what
    Terraform says if a plan or an apply fails, and if somebody does not agree.
    """
    reads = {stack: [] if "-destroy" in options else stacks.upstream(stack) for stack in chosen}
    # Of what reads the outputs of a stack that has none yet nothing can be planned.
    without = {stack for stack, had in (stood or {}).items() if had is False}
    waiting = list(chosen)
    # A saved plan holds every value, secret ones too: it goes with this process.
    with tempfile.TemporaryDirectory(prefix="aurora-plans-") as name:
        kept = {stack: Path(name, f"{stack}.tfplan") for stack in chosen}
        common = [*terraform.colours(), "-detailed-exitcode", *options]
        while waiting:
            ready = [stack for stack in waiting if without.isdisjoint(reads[stack])]
            made = planning.planned(ready, lambda stack: [f"-out={kept[stack]}", *common])
            lasting = _lasting(waiting, {done.stack.name: done for done in made}, reads)
            for done in lasting:
                if not done.succeeded:
                    planning.show(done)
                    advice.after_failure(selection, [done.stack.name])
                    raise SystemExit(1)
            for done in lasting:
                planning.show(done)
                if done.code == planning.CHANGES:
                    _apply(selection, done.stack.name, kept[done.stack.name])
            waiting = [stack for stack in waiting if stack not in {done.stack.name for done in lasting}]
            without &= set(waiting)


def _lasting(waiting: Sequence[str], made: Mapping[str, Done], reads: Mapping[str, Sequence[str]]) -> list[Done]:
    """Return the plans that stay true while those before them are applied, in their order."""
    moving: set[str] = set()
    lasting = []
    for stack in waiting:
        done = made.get(stack)
        if done and moving.isdisjoint(reads[stack]):
            lasting.append(done)
            if done.code == 0:
                continue
        moving.add(stack)
    return lasting


def _apply(selection: Selection, stack: str, plan: Path) -> None:
    if not approved():
        planning.say_what_it_does(selection.environment, stack, plan)
    if not agreed(f"Apply this plan of {stack}?"):
        message = f"{stack} was not agreed to: nothing of it was applied"
        raise StoppedError(message)
    try:
        terraform.act(stacks.folder(stack), "apply", "-input=false", *terraform.colours(), str(plan))
    except SystemExit:
        advice.after_failure(selection, [stack])
        raise
