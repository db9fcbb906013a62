"""The review as one comment of a pull request: found again by a marker, folded, and cut below the host's limit."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from review.rendering.groups import grouped, line, rest, verdict
from review.words import UNPRINTABLE, clean, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.effects import Severity
    from review.finding import Found
    from review.judge import Judged, Review

LIMIT: Final = 65_536
"""Most characters of a comment on GitHub; what is longer is refused as a whole."""

ROOM: Final = 600
"""Characters that are kept free for the notice that something was cut."""

MARKS: Final = {"critical": "🛑", "high": "🟥", "medium": "🟧", "low": "🟦", "none": "⬜"}
LONGEST: Final = 2000
"""Most characters of one piece of text, such as a command to copy."""

VERDICTS: Final = {"stop": "🛑", "look": "🟧", "harmless": "✅"}

OPEN_FINDINGS: Final = 12
"""Findings of a group that are not folded."""

SPECIAL: Final = re.compile(r"([\\`*_{}\[\]#|<>~$&])")


def marker(name: str) -> str:
    """Return the hidden line by which a comment is found again and updated."""
    return f"<!-- aurora-plan-review {re.sub(r'[^A-Za-z0-9._ -]', '', name)[:100]} -->"


def as_markdown(review: Review, threshold: Severity, because: str, *, name: str, limit: int = LIMIT) -> str:
    """Return the review as Markdown of GitHub; ``name`` tells comments of one pull request apart."""
    head = [
        marker(name),
        "",
        f"### {VERDICTS[verdict(review, threshold)]} {escaped(line(review, threshold, because))}",
        "",
    ]
    blocks = [block for judged in review.plans for block in _plan(judged)]
    return joined(head, blocks, limit, "main.py review")


def joined(head: list[str], blocks: list[str], limit: int, made_by: str) -> str:
    """Return as many of the blocks as there is room for, and a notice if some are left out."""
    text = "\n".join(head)
    for index, block in enumerate(blocks):
        if len(text) + len(block) > limit - ROOM:
            left = len(blocks) - index
            return text + _cut(left, made_by)
        text += block + "\n"
    return text


def _cut(left: int, made_by: str) -> str:
    return (
        f"\n> [!WARNING]\n> **This is not all of it**: {left} more parts do not fit into a comment. The gravest are "
        f"above; the whole of it is in the output of the job that wrote this, by `{made_by}`.\n"
    )


def findings(judged: Judged) -> Iterator[str]:
    """Yield what is found in one plan, in blocks that can stand alone, so that a cut leaves no fold open."""
    yield f"#### {coded(judged.plan.source)}\n"
    for group, listed in grouped(judged):
        yield f"**{group.title}**\n"
        for found in listed[:OPEN_FINDINGS]:
            yield _finding(found) + "\n"
        for start in range(OPEN_FINDINGS, len(listed), OPEN_FINDINGS):
            part = listed[start : start + OPEN_FINDINGS]
            body = "\n".join(_finding(found) for found in part)
            yield f"<details><summary>{len(part)} more</summary>\n\n{body}\n</details>\n"


def _plan(judged: Judged) -> Iterator[str]:
    yield from findings(judged)
    quiet = rest(judged)
    said = ", ".join(f"{number} {what}" for what, number in quiet) or "no change"
    listed = [change for change in judged.touched if not any(one.severity != "none" for one in judged.of(change))]
    if listed:
        lines = "\n".join(f"- {coded(change.address)} {escaped(', '.join(change.actions))}" for change in listed[:100])
        more = f"\n- and {len(listed) - 100} more" if len(listed) > 100 else ""  # noqa: PLR2004 - as listed
        yield f"<details><summary>The rest: {html.escape(said)}</summary>\n\n{lines}{more}\n\n</details>\n"
    else:
        yield f"The rest: {escaped(said)}\n"


def _finding(found: Found) -> str:
    where = coded(found.address) if found.address else "the plan"
    lines = [f"- {MARKS[found.severity]} **{found.effect}** {where}, {marked(found.when.text)}  "]
    lines.append(f"  {marked(found.because)}.  ")
    if found.affected:
        lines.append(f"  Felt by {', '.join(coded(one) for one in found.affected[:12])}.  ")
    if found.remedy:
        lines.append(f"  *Remedy:* {marked(found.remedy)}  ")
    if found.approved:
        lines.append(f"  *Let through:* {coded(found.approved)}  ")
    place = f"{coded(f'{found.place[0]}:{found.place[1]}')} · " if found.place else ""
    lines.append(
        f"  <sub>{place}{coded(found.rule)} · {escaped(found.source)} · {found.certainty} · "
        f"{coded(found.fingerprint)}</sub>"
    )
    return "\n".join(lines)


def marked(text: str) -> str:
    """Return marked text as Markdown, what comes from the plan in code spans."""
    return "".join(coded(part) if of_plan else escaped(part) for of_plan, part in pieces(text))


def escaped(text: str) -> str:
    """Return our own words as Markdown; what comes from a plan never passes here unmarked."""
    return SPECIAL.sub(r"\\\1", UNPRINTABLE.sub(" ", text)).replace("@", "&#64;")


def coded(text: str) -> str:
    """Return text as a code span, in which nothing is Markdown, HTML, a mention or a link."""
    found = clean(text, LONGEST)
    longest = max((len(run) for run in re.findall(r"`+", found)), default=0)
    fence = "`" * (longest + 1)
    space = " " if found.startswith("`") or found.endswith("`") or not found.strip() else ""
    return f"{fence}{space}{found}{space}{fence}"
