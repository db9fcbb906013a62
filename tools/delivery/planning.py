"""``make plan`` and ``make review``: what can run side by side does, and is shown in the stacks' order.

A plan reads what other stacks have and not what they plan, so none waits for another. The cdktf command line plans one
stack a call, and asks for the checksums of every platform each time (hashicorp/terraform-cdk, terraform-cli.ts).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.delivery import advice, leaving, processes, stacks, terraform
from tools.delivery.given import StoppedError, given
from tools.delivery.terraform import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tools.delivery.stacks import Selection

PROVIDER_LOCK: Final = ".terraform.lock.hcl"

AT_ONCE: Final = 2
"""Each has a provider of its own, which takes half a gigabyte of memory."""


STOPPED: Final = 3
"""Exit code of a review that needs a person; also where there is nothing that it could review."""

CHANGES: Final = 2
"""Exit code of a plan that would change something, where it is asked for (``-detailed-exitcode``)."""


@dataclass(frozen=True)
class Done:
    """What Terraform said of a stack, and the code that it ended with."""

    stack: Path
    code: int
    said: str

    @property
    def succeeded(self) -> bool:
        """Whether Terraform was content, be there changes or not."""
        return self.code in (0, CHANGES)


def plan() -> None:
    """Show what would change, stack by stack, as far as the stacks can be planned."""
    selection = stacks.select()
    terraform.program()
    stacks.synthesize(selection.environment)
    advice.warn_of_lost_state(selection)
    prepare(selection)
    leaving.remind(selection, leaving.left_behind(selection.environment))
    ready, stopped = _plannable(selection)
    for done in planned(ready, lambda _: terraform.colours()):
        show(done)
        if not done.succeeded:
            advice.after_failure(selection, [done.stack.name])
            raise SystemExit(1)
    if stopped:
        raise stopped


def _plannable(selection: Selection) -> tuple[list[str], StoppedError | None]:
    """Return the chosen stacks up to the first that cannot be planned, and why that one cannot."""
    ready: list[str] = []
    asked = cache(stacks.deployed)
    try:
        for stack in selection.chosen:
            stacks.require_upstream(selection.environment, stack, "planned", asked=asked)
            stacks.require_archives(stacks.folder(stack))
            ready.append(stack)
    except StoppedError as stopped:
        return ready, stopped
    return ready, None


def show(done: Done) -> None:
    """Print a plan below the name of its stack."""
    print(f"\n{done.stack.name}\n\n{done.said.strip()}", flush=True)


def review() -> None:
    """Plan the stacks, and say what the plans do; ends with the code of the review."""
    selection = stacks.select()
    terraform.program()
    # With a format, what is printed is read by something: it is the review and nothing else.
    stacks.synthesize(selection.environment, quiet=bool(given("FORMAT")))
    options = ["--env", selection.environment]
    for option, value in (("--before", given("BEFORE")), ("--format", given("FORMAT"))):
        options += [option, value] if value else []
    asked = cache(stacks.deployed)
    for stack in selection.chosen:
        stacks.require_upstream(selection.environment, stack, "reviewed", asked=asked)
        stacks.require_archives(stacks.folder(stack))
        options += ["--stack", str(stacks.folder(stack))]
    prepare(selection)
    # A saved plan holds every value, secret ones too: it goes with this process.
    with tempfile.TemporaryDirectory(prefix="aurora-review-") as name:
        code = _said(Path(name), *options, *_kept(selection, Path(name)))
    if code:
        raise SystemExit(code)


def say_what_it_does(environment: str, stack: str, saved: Path) -> None:
    """Review a saved plan, for somebody who is about to be asked."""
    shown = _as_json(stacks.folder(stack), saved)
    _said(saved.parent, "--env", environment, "--stack", str(stacks.folder(stack)), shown)


def _said(place: Path, *arguments: str) -> int:
    """Review plans in a folder, in which they are called by their stacks alone; return the review's code."""
    command = [sys.executable, str(ROOT / "main.py"), "review", *arguments]
    sys.stdout.flush()
    return subprocess.run(command, cwd=place, env=terraform.surroundings(), check=False).returncode


def _kept(selection: Selection, place: Path) -> list[str]:
    """Plan the chosen stacks, and return the names of the files with the plans' JSON.

    A failed plan is kept, if Terraform keeps it.
    """
    found = []
    for done in planned(selection.chosen, lambda stack: ["-no-color", f"-out={place / stack}.tfplan"]):
        saved = place / f"{done.stack.name}.tfplan"
        if not done.succeeded:
            print(done.said, file=sys.stderr)
        if not saved.is_file():
            # Nothing to review is no reason to go on.
            print(f"Stop: planning {done.stack.name} fails, so nothing of it could be reviewed")
            advice.of_credentials(selection)
            raise SystemExit(STOPPED)
        found.append(_as_json(done.stack, saved))
    return found


def _as_json(stack: Path, saved: Path) -> str:
    """Write the JSON of a saved plan beside it, and return the file's name."""
    shown = saved.with_suffix(".json")
    command = [terraform.program(), f"-chdir={stack}", "show", "-json", str(saved)]
    with shown.open("wb") as output:
        done = subprocess.run(command, env=terraform.surroundings(), stdout=output, check=False)
    if done.returncode:
        message = f"the plan of {stack.name} cannot be shown as JSON, so nothing of it could be reviewed"
        raise StoppedError(message)
    return shown.name


def prepare(selection: Selection) -> list[str]:
    """Prepare the folders of the chosen stacks; return those where it fails, as what follows there will, too."""
    failed = initialize([stacks.folder(stack) for stack in selection.chosen])
    for done in failed:
        print(f"{done.stack.name} cannot be initialized\n{done.said}", file=sys.stderr)
    return [done.stack.name for done in failed]


def planned(chosen: Sequence[str], options: Callable[[str], list[str]]) -> Iterator[Done]:
    """Plan stacks and yield what is said of each, in their order."""
    folders = [stacks.folder(stack) for stack in chosen]
    return _each(folders, lambda stack: ["plan", "-input=false", *options(stack.name)], verb="planning")


def initialize(folders: Sequence[Path]) -> list[Done]:
    """Prepare the folders of stacks, and return what failed.

    The first fills the cache of providers, which Terraform does without a lock, and lends its choice to those that
    ask for the same: with a lock of their own they take what is in the cache and ask no registry again. Only those
    that have another choice may fill it too, and wait for one another. Where the first has all that it has chosen, the
    others need not wait for it.
    """
    settled = [stack for stack in folders[:1] if _has_its_providers(stack)]
    done = [*_initialized([stack for stack in folders[:1] if stack not in settled])]
    if all(one.succeeded for one in done):
        for stack in folders[1:]:
            _lend(folders[0], stack)
        alike = [stack for stack in folders[1:] if _lock(stack) == _lock(folders[0])]
        done += _initialized([*settled, *alike])
        for stack in folders[1:]:
            done += _initialized([] if stack in alike else [stack])
    return [one for one in done if not one.succeeded]


def _initialized(folders: Sequence[Path]) -> Iterator[Done]:
    return _each(folders, lambda _: ["init", "-input=false", "-no-color"])


def _each(folders: Sequence[Path], arguments: Callable[[Path], list[str]], *, verb: str = "") -> Iterator[Done]:
    program, variables = terraform.program(), terraform.surroundings()
    with processes.ending_together() as group, ThreadPoolExecutor(AT_ONCE) as pool:

        def one(stack: Path) -> Done:
            if verb:
                # One piece, so that no other thread's comes between a line and its end.
                sys.stderr.write(f"{verb} {stack.name}\n")
                sys.stderr.flush()
            command = [program, f"-chdir={stack}", *arguments(stack)]
            with group.start(command, env=variables, stdout=subprocess.PIPE) as process:
                said, _ = process.communicate()
            return Done(stack, process.returncode, said)

        try:
            yield from pool.map(one, folders)
        finally:
            # Interrupted, Terraform ends by itself; what has not begun does not begin.
            pool.shutdown(cancel_futures=True)


def _has_its_providers(stack: Path) -> bool:
    """Whether the folder of a stack holds the versions that its lock names, as files or as links to such."""
    lock = (_lock(stack) or b"").decode("utf-8", "replace")
    found = [*(stack / ".terraform" / "providers").glob("*/*/*/*/*")]
    return found != [] and all(one.exists() and f'"{one.parent.name}"' in lock for one in found)


def _lock(stack: Path) -> bytes | None:
    place = stack / PROVIDER_LOCK
    return place.read_bytes() if place.is_file() else None


def _lend(lender: Path, stack: Path) -> None:
    """Give a stack without a choice of provider another's, if it asks for the same."""
    lent, place = lender / PROVIDER_LOCK, stack / PROVIDER_LOCK
    asked, had = (stacks.code(one)["terraform"].get("required_providers") for one in (stack, lender))
    if lent.is_file() and not place.exists() and asked == had:
        shutil.copyfile(lent, place)
