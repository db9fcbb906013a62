"""``make lock``: the provider's version and checksums, for git."""

from __future__ import annotations

import shlex
import shutil
import sys

from tools.delivery import provider_source, stacks, terraform
from tools.delivery.given import given
from tools.delivery.planning import PROVIDER_LOCK
from tools.delivery.terraform import ROOT

LOCKS = ROOT / "locks"

PLATFORMS = "linux_amd64 linux_arm64 darwin_arm64 darwin_amd64"


def lock() -> None:
    """Keep the provider's version and checksums, for git, for every stack of the environment."""
    selection = stacks.select()
    terraform.program()
    stacks.synthesize(selection.environment)
    LOCKS.mkdir(exist_ok=True)
    flags = shlex.split(given("LOCK_FLAGS"))
    wanted = (given("PLATFORMS") or PLATFORMS).split()
    mirror = provider_source.mirror()
    if mirror and not flags:
        flags = [mirror.flag]
        print(f"checksums come from the mirror that Terraform is told of: {mirror.place}", file=sys.stderr)
        there = mirror.platforms()
        if there and not given("PLATFORMS"):
            left = [platform for platform in wanted if platform not in there]
            wanted = [platform for platform in wanted if platform in there] or wanted
            if left and wanted != left:
                print(f"it has nothing for {', '.join(left)}, so those are left out", file=sys.stderr)
    platforms = [f"-platform={platform}" for platform in wanted]
    for stack in selection.stacks if not given("STACK") else selection.chosen:
        kept = LOCKS / f"{stack}{PROVIDER_LOCK}"
        place = stacks.folder(stack) / PROVIDER_LOCK
        if not kept.exists():
            # What an init chose for this machine only; without it the newest version that is allowed is taken.
            place.unlink(missing_ok=True)
        terraform.act(stacks.folder(stack), "providers", "lock", *platforms, *flags)
        shutil.copyfile(place, kept)
        print(kept.relative_to(ROOT))
