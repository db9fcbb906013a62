"""``main.py review``."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from commands.common import ENVS, INVALID, ROOT, Envs, load, now, width

if TYPE_CHECKING:
    from datetime import date

    from catalog.effects import Severity
    from review.context import Code
    from review.judge import Review
    from review.plan import Plan
    from settings.loaded import Loaded

STOPPED = 3
"""Exit code for findings at or above the threshold that nobody has approved."""


class Format(StrEnum):
    """How a review is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class Threshold(StrEnum):
    """The least severity that needs a person."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


Plans = Annotated[
    list[str],
    typer.Argument(
        metavar="PLAN.json...", help="What `terraform show -json` or `tofu show -json` prints; - for standard input."
    ),
]
Style = Annotated[Format, typer.Option("--format", help="For people, pull requests, machines, or code hosts.")]
OfEnvironment = Annotated[
    str | None, typer.Option("--env", help="The plans' environment: gives the threshold, lines and approvals.")
]
FailOn = Annotated[Threshold | None, typer.Option("--fail-on", help="The least severity that ends with code 3.")]
Stacks = Annotated[
    list[Path] | None,
    typer.Option(
        "--stack", help="Folder of the synthesized code that was planned; once for each plan, in their order."
    ),
]
Before = Annotated[
    str | None,
    typer.Option("--before", help="The code as deployed: a commit, or a folder of stacks; needs --env and --stack."),
]
Approvals = Annotated[
    Path | None, typer.Option("--approvals", help="File of approvals.", show_default="approvals/<env>.yaml")
]


def review(  # noqa: PLR0917 - typer hands options over by name
    plans: Plans,
    style: Style = Format.TEXT,
    env: OfEnvironment = None,
    envs: Envs = ENVS,
    fail_on: FailOn = None,
    stack: Stacks = None,
    before: Before = None,
    approvals: Approvals = None,
) -> None:
    """Say what plans do to the database and to those connected to it.

    Needs neither Terraform nor AWS. Exit code 0 if nothing needs a person, 3 if a finding is at or above the
    threshold, 2 if a file is not what it should be, 1 if this command itself fails.

    Example: python main.py review --env prod plan.json
    """
    moment = now()
    loaded = load(envs, [env])[0] if env else None
    read = _read(plans)
    after, former = _code(read, stack, before, env)
    from review.judge import judge  # noqa: PLC0415 - after the files were read, which may end it
    from review.places import placed  # noqa: PLC0415 - as above

    try:
        found = judge(read, now=moment, before=former, after=after)
    except RecursionError:
        _refuse(f"{', '.join(plan.source for plan in read)}: is nested too deeply to be a plan")
    if loaded:
        found = placed(found, loaded)
    found, problems = _approved(found, approvals, env, moment.date())
    threshold, because = _threshold(fail_on, loaded)
    _print(found, style, threshold, because, env)
    if problems:
        _refuse(*problems)
    if found.at_least(threshold):
        raise typer.Exit(STOPPED)


def _read(names: list[str]) -> list[Plan]:
    from review.plan import PlanError, parsed  # noqa: PLC0415 - imported when it is called

    read, problems = [], []
    for name in dict.fromkeys(names):
        try:
            data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            read.append(parsed(data, "standard input" if name == "-" else name))
        except OSError as error:
            problems.append(f"{name}: cannot be read: {error.strerror}")
        except ValueError:
            # A name with a NUL in it.
            problems.append(f"{name!r}: cannot be a file's name")
        except PlanError as error:
            problems.append(str(error))
    if problems:
        _refuse(*problems)
    return read


def _code(
    plans: list[Plan], stacks: list[Path] | None, before: str | None, env: str | None
) -> tuple[dict[str, Code], dict[str, Code]]:
    """Return what the code says, now and before, by the source of the plan."""
    if not stacks:
        if before:
            _refuse("--before needs --stack, the folder of the code that was planned")
        return {}, {}
    if len(stacks) != len(plans):
        _refuse(f"--stack is given {len(stacks)} times for {len(plans)} plans; give it once for each, in their order")
    from review.code import read  # noqa: PLC0415 - few reviews have code at hand

    after = {plan.source: read(_document(stack)) for plan, stack in zip(plans, stacks, strict=True)}
    if not before:
        return after, {}
    names = {plan.source: stack.resolve().name for plan, stack in zip(plans, stacks, strict=True)}
    former = _former(before, env)
    return after, {source: read(former.get(name, {})) for source, name in names.items()}


def _former(before: str, env: str | None) -> dict[str, dict[str, object]]:
    folder = Path(before)
    if folder.is_dir():
        return {path.parent.name: _document(path.parent) for path in folder.glob("*/cdk.tf.json")}
    if env is None:
        _refuse("--before with a commit needs --env, the environment to synthesize as of then")
    from reading.revision import RevisionError, stacks_at  # noqa: PLC0415 - few reviews ask for it

    try:
        return stacks_at(ROOT, before, env)
    except RevisionError as error:
        _refuse(f"--before: {error}")


def _document(stack: Path) -> dict[str, object]:
    file = stack / "cdk.tf.json"
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        _refuse(f"{file}: cannot be read: {error.strerror}")
    except (ValueError, RecursionError):
        _refuse(f"{file}: is not JSON")
    if not isinstance(document, dict):
        _refuse(f"{file}: is not the JSON of a stack")
    return document


def _approved(found: Review, file: Path | None, env: str | None, today: date) -> tuple[Review, list[str]]:
    path = file or (ROOT / "approvals" / f"{env}.yaml" if env else None)
    if path is None:
        return found, []
    if file and not file.is_file():
        _refuse(f"{file}: is not a file of approvals")
    if not path.exists():
        return found, []
    from reading import approvals  # noqa: PLC0415 - few reviews have any
    from review.approvals import approved  # noqa: PLC0415 - as above

    try:
        listed = approvals.read(path)
    except approvals.InvalidApprovalsError as error:
        _refuse(*map(str, error.findings))
    let, problems = approved(found, listed, today)
    return let, [str(problem) for problem in problems]


def _threshold(fail_on: Threshold | None, loaded: Loaded | None) -> tuple[Severity, str]:
    if fail_on:
        return fail_on.value, "by --fail-on"
    from review.thresholds import BY_TIER, DEFAULT  # noqa: PLC0415 - imported when it is called

    if loaded:
        return BY_TIER[loaded.environment.tier], f"by the tier {loaded.environment.tier}"
    return DEFAULT, "without an environment"


def _print(found: Review, style: Format, threshold: Severity, because: str, env: str | None) -> None:
    if style is Format.JSON:
        from review.rendering.machine import as_json  # noqa: PLC0415 - each format pays for its own imports

        text = as_json(found, threshold, because, env) + "\n"
    elif style is Format.SARIF:
        from review.rendering.machine import as_sarif  # noqa: PLC0415 - as above

        text = as_sarif(found, threshold) + "\n"
    elif style is Format.GITHUB:
        from review.rendering.machine import as_annotations  # noqa: PLC0415 - as above

        text = as_annotations(found, threshold, because)
    elif style is Format.MARKDOWN:
        from review.rendering.markdown import as_markdown  # noqa: PLC0415 - as above

        text = as_markdown(found, threshold, because, name=env or "plan")
    else:
        from review.rendering.text import as_text  # noqa: PLC0415 - as above

        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        text = as_text(found, threshold, because, colour=colour, width=width())
    # Whatever the terminal's encoding, nothing that is read here stops it from being printed.
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def _refuse(*problems: str) -> NoReturn:
    for problem in problems:
        typer.echo(problem.encode("utf-8", "backslashreplace").decode(), err=True)
    raise typer.Exit(INVALID)
