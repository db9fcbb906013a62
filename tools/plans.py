"""Plans stacks with Terraform itself: what can run side by side does, and is shown in the stacks' order.

A plan reads what other stacks have and not what they plan, so none waits for another. The cdktf command line plans one
stack a call, and asks for the checksums of every platform each time (hashicorp/terraform-cdk, terraform-cli.ts).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tools import advice, processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

PROVIDER_LOCK: Final = ".terraform.lock.hcl"

AT_ONCE: Final = 2
"""Each has a provider of its own, which takes half a gigabyte of memory."""


@dataclass(frozen=True)
class Done:
    """What Terraform said of a stack, and whether it was content."""

    stack: Path
    succeeded: bool
    said: str


@dataclass(frozen=True)
class Planner:
    """Terraform, by its program, in an environment of its own."""

    terraform: str
    variables: Mapping[str, str]

    def initialize(self, stacks: Sequence[Path]) -> list[Done]:
        """Prepare the folders of stacks, and return what failed.

        The first fills the cache of providers, which Terraform does without a lock, and lends its choice to those that
        ask for the same: with a lock of their own they take what is in the cache and ask no registry again. Only those
        that have another choice may fill it too, and wait for one another.
        """
        done = [*self._initialized(stacks[:1])]
        if all(one.succeeded for one in done):
            for stack in stacks[1:]:
                _lend(stacks[0], stack)
            alike = [stack for stack in stacks[1:] if _lock(stack) == _lock(stacks[0])]
            done += self._initialized(alike)
            for stack in stacks[1:]:
                done += self._initialized([] if stack in alike else [stack])
        return [one for one in done if not one.succeeded]

    def _initialized(self, stacks: Sequence[Path]) -> Iterator[Done]:
        return self._each(stacks, lambda _: ["init", "-input=false", "-no-color"])

    def plan(self, stacks: Sequence[Path], options: Callable[[Path], list[str]]) -> Iterator[Done]:
        """Plan stacks and yield what is said of each, in their order."""
        return self._each(stacks, lambda stack: ["plan", "-input=false", *options(stack)], verb="planning")

    def _each(
        self, stacks: Sequence[Path], arguments: Callable[[Path], list[str]], *, verb: str = ""
    ) -> Iterator[Done]:
        with processes.ending_together() as group, ThreadPoolExecutor(AT_ONCE) as pool:

            def one(stack: Path) -> Done:
                if verb:
                    print(f"{verb} {stack.name}", file=sys.stderr, flush=True)
                command = [self.terraform, f"-chdir={stack}", *arguments(stack)]
                with group.start(command, env=self.variables, stdout=subprocess.PIPE) as process:
                    said, _ = process.communicate()
                return Done(stack, process.returncode == 0, said)

            try:
                yield from pool.map(one, stacks)
            finally:
                # Interrupted, Terraform ends by itself; what has not begun does not begin.
                pool.shutdown(cancel_futures=True)


def _lock(stack: Path) -> bytes | None:
    place = stack / PROVIDER_LOCK
    return place.read_bytes() if place.is_file() else None


def _lend(lender: Path, stack: Path) -> None:
    """Give a stack without a choice of provider another's, if it asks for the same."""
    lent, place = lender / PROVIDER_LOCK, stack / PROVIDER_LOCK
    asked, had = (advice.code_of(one)["terraform"].get("required_providers") for one in (stack, lender))
    if lent.is_file() and not place.exists() and asked == had:
        shutil.copyfile(lent, place)
