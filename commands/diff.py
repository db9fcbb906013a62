"""``main.py diff``."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import ENVS, INVALID, ROOT, Environments, Envs, load, now, width
from commands.making import FAILED, told
from commands.review import STOPPED, FailOn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from review.difference import Weighed


class Format(StrEnum):
    """How differences are printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


Against = Annotated[
    str, typer.Option("--against", metavar="REF", help="The commit, branch or tag to compare with, as git names it.")
]
Style = Annotated[Format, typer.Option("--format", help="For people, pull requests or machines.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="The same as --format markdown.")]


def diff(  # noqa: PLR0917 - typer hands options over by name
    against: Against,
    names: Environments = None,
    envs: Envs = ENVS,
    style: Style = Format.TEXT,
    markdown: Markdown = False,
    fail_on: FailOn = None,
) -> None:
    """Say what the files at hand change in the synthesized stacks, against a commit.

    Needs neither AWS nor a state, and judges by the rules of the review; a plan knows more. Environments that one
    side alone has are told too. Exit code 0 if nothing needs a person, 3 if a finding is at or above the threshold,
    2 if there is no such commit or a file of either side is wrong, 1 if this command itself fails.

    Example: python main.py diff --against origin/main
    """
    from reading import loader  # noqa: PLC0415 - imported when it is called
    from reading.revision import RevisionError, RevisionFailedError, environments_at  # noqa: PLC0415 - as above

    moment = now()
    here = loader.files(envs)
    wanted = [name for name in dict.fromkeys(names or here) if name in here]
    # A folder that holds nothing any more is no mistake here; one whose files are not read is.
    loaded = load(envs, wanted or None) if wanted or (not names and any(envs.glob("*.[yY]*"))) else []
    try:
        former = environments_at(ROOT, envs, against, names)
    except RevisionError as error:
        typer.echo(f"--against: {error}", err=True)
        raise typer.Exit(FAILED if isinstance(error, RevisionFailedError) else INVALID) from None
    unknown = [name for name in names or () if name not in here and name not in former]
    if unknown or not (here or former):
        # The loader knows how to say it, and what was probably meant.
        load(envs, unknown or None)
    from review.difference import differing, weighed  # noqa: PLC0415 - after everything was read, which may end it
    from synthesis.documents import synthesized  # noqa: PLC0415 - as above

    with told("the stacks"):
        stacks = synthesized(loaded, locks=ROOT / "locks")
    found = weighed(differing(former, stacks, now=moment), loaded, fail_on.value if fail_on else None)
    _print(found, Format.MARKDOWN if markdown else style, against)
    if any(one.stops for one in found):
        raise typer.Exit(STOPPED)


def _print(found: Sequence[Weighed], style: Format, against: str) -> None:
    from review.rendering import difference  # noqa: PLC0415 - imported when it is called

    if style is Format.JSON:
        text = difference.as_json(found, against) + "\n"
    elif style is Format.MARKDOWN:
        text = difference.as_markdown(found, against)
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        text = difference.as_text(found, against, colour=colour, width=width())
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
