"""Holds what the scanner found against the waivers."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.policy.scanner import Result
    from tools.policy.stacks import Stack
    from tools.policy.waivers import Waiver

PLACE = "tools/policy/waivers.py"


def today() -> date:
    """Return the day in UTC: the clock's, or that of SOURCE_DATE_EPOCH (reproducible-builds.org) where it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    return now.date()


def problems(failed: Sequence[Result], stacks: Sequence[Stack], waivers: Sequence[Waiver], day: date) -> list[str]:
    """Return a line for each finding that is not waived and for each waiver that is unused or due, in that order."""
    by_name = {stack.name: stack for stack in stacks}
    open_ = [finding for finding in failed if not any(one.covers(finding, by_name[finding.stack]) for one in waivers)]
    return [
        *(
            f"{one.stack}: {one.address}: {one.check}: {one.title}; fix it in the module that creates it, or add a "
            f"waiver with its reason to {PLACE}"
            for one in sorted(open_)
        ),
        *(line for waiver in waivers for line in _unused(waiver, failed, by_name)),
        *(
            f"{PLACE}: the waiver of {waiver.check} for {', '.join(waiver.addresses)} was to be reviewed by "
            f"{waiver.review}: fix what it waives, or see that its reason still holds and set a new date"
            for waiver in waivers
            if waiver.review < day
        ),
    ]


def _unused(waiver: Waiver, failed: Sequence[Result], stacks: dict[str, Stack]) -> Iterator[str]:
    """Yield a line for each part of a waiver, an address or a tier, that waives nothing."""
    waived = [finding for finding in failed if waiver.covers(finding, stacks[finding.stack])]
    tiers = {stacks[finding.stack].tier for finding in waived}
    for address in waiver.addresses:
        if not any(fnmatchcase(finding.address, address) for finding in waived):
            yield f"{PLACE}: the waiver of {waiver.check} for {address} is not needed: take the address out"
    if waived:
        for tier in waiver.tiers:
            if tier not in tiers:
                yield f"{PLACE}: the waiver of {waiver.check} is not needed in {tier}: take the tier out"
