"""``make destroy``: an environment's stacks in reverse order, or one of them, in its file or not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tools.delivery import advice, leaving, planning, scaling, stacks, terraform
from tools.delivery.changing import carry_out
from tools.delivery.given import StoppedError, approved, given, require_somebody_to_ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.delivery.stacks import Selection


def destroy() -> None:
    """Destroy the stacks in reverse order; an environment that has expired, too."""
    os.environ["AURORA_TAKING_AWAY"] = "1"
    selection = stacks.select()
    terraform.program()
    require_somebody_to_ask()
    stacks.synthesize(selection.environment)
    environment = selection.environment
    if selection.gone:
        _remove(environment, selection.gone)
        return
    behind = leaving.left_behind(environment)
    consumers = [stack for stack in reversed(behind) if stack != f"{environment}-network"]
    if given("STACK"):
        _require_no_consumers(selection, consumers)
    # Refused now, not when the stacks before it are gone already.
    for stack in selection.chosen:
        if advice.refuses_to_go(stacks.folder(stack)) and stacks.deployed(stack):
            raise StoppedError(advice.two_steps(environment, stack))
    if unprepared := planning.prepare(selection):
        advice.after_failure(selection, unprepared)
        raise SystemExit(1)
    _end_scaling(selection.chosen)
    if not given("STACK"):
        for stack in consumers:
            _remove(environment, stack)
    carry_out(selection, selection.chosen[::-1], "-destroy")
    if not given("STACK"):
        for stack in behind:
            if stack not in consumers:
                _remove(environment, stack)


def _require_no_consumers(selection: Selection, consumers: Sequence[str]) -> None:
    """Stop if something deployed stands on the chosen stack, be it in the file or not."""
    (chosen,) = selection.chosen
    if consumers and selection.kind(chosen) in ("network", "database"):
        message = (
            f"{chosen} cannot be destroyed while {consumers[0]} is deployed, which left the file: "
            f"make destroy ENV={selection.environment} STACK={selection.kind(consumers[0])} first"
        )
        raise StoppedError(message)
    for reader in stacks.downstream(chosen):
        if stacks.deployed(reader):
            message = f"{chosen} cannot be destroyed while {reader} reads its outputs: destroy {reader} first"
            raise StoppedError(message)


def _end_scaling(chosen: Sequence[str]) -> None:
    """Have the readers go that scaling added to a cluster of these, for none that has instances can be destroyed."""
    try:
        for stack in chosen:
            if scaling.scales(stacks.folder(stack)) and stacks.deployed(stack):
                scaling.end(stacks.folder(stack))
    except scaling.ScalingError as error:
        raise StoppedError(str(error)) from None


def _remove(environment: str, stack: str) -> None:
    """Destroy a stack that the environment's file no longer has."""
    place = stacks.gone(environment)[stack]
    if not leaving.standing(place):
        message = f"{stack} is not in envs/{environment}.yaml, and nothing of it is deployed"
        raise StoppedError(message)
    if stack == f"{environment}-network" and stacks.deployed(f"{environment}-database"):
        message = f"{stack} cannot be destroyed while {environment}-database stands in it: destroy that first"
        raise StoppedError(message)
    # Its code is empty: what its state has is what goes.
    terraform.act(place, "apply", *(["-auto-approve"] if approved() else []))
