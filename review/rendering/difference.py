"""What a commit changes, printed: the findings as of plans, and every difference, harmless ones too."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from findings.layout import prose
from review.rendering import machine, markdown, text
from review.rendering.groups import line, verdict
from review.words import clean, code, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from review.change import Change
    from review.difference import Fate, Weighed
    from review.judge import Judged

SIGNS: Final = {"create": "+", "delete": "-", "replace": "-/+", "update": "~", "forget": ".", "no-op": "~"}
"""As plans have them; a dot lets go."""

SHOWN: Final = 100
"""Most differences of a stack that are printed in a comment."""


FATES: Final[dict[Fate, str]] = {"added": "comes", "removed": "goes", "changed": "changes", "unchanged": "stays"}
"""What happens to an environment, in one word."""


def as_text(weighed: Sequence[Weighed], against: str, *, colour: bool, width: int | None = None) -> str:
    """Return the differences for terminals, fitted to a width if there is one."""
    lines = []
    for one in _changed(weighed):
        mark = text.VERDICTS[verdict(one.differing.review, one.threshold)]
        head = prose(f"{one.differing.environment} {_head(one)}", width)
        lines += [text.painted(part, mark, colour=colour) for part in head]
        for judged in one.differing.review.plans:
            lines += ["", *text.findings(judged, colour=colour, width=width), ""]
            for said in _differences(judged):
                lines += prose(plain(said), width, indent="    ")
        lines.append("")
    return "\n".join((*lines, _last(weighed, against))) + "\n"


def as_markdown(weighed: Sequence[Weighed], against: str, *, limit: int = markdown.LIMIT) -> str:
    """Return the differences as one comment of a pull request, cut below the host's limit."""
    blocks = [f"### What changes against {markdown.coded(against)}\n"]
    for one in _changed(weighed):
        mark = markdown.VERDICTS[verdict(one.differing.review, one.threshold)]
        blocks.append(
            f"#### {mark} {markdown.coded(one.differing.environment)} {markdown.escaped(_head(one))}\n",
        )
        for judged in one.differing.review.plans:
            blocks += markdown.findings(judged)
            blocks.append(_folded(list(_differences(judged))))
    blocks.append(markdown.marked(_last(weighed, against, marks=True)) + "\n")
    return markdown.joined([f"{markdown.marker('diff')}\n"], blocks, limit, "main.py diff")


def as_json(weighed: Sequence[Weighed], against: str) -> str:
    """Return the differences as JSON: of each environment what a review has, and how each resource differs."""
    reviews = [one.differing.review for one in weighed]
    stopping = [one for one in weighed if one.stops]
    whole = "stop" if stopping else "look" if any(one.open for one in reviews) else "harmless"
    environments = []
    for one in weighed:
        document = machine.document(one.differing.review, one.threshold, one.because, one.differing.environment)
        for listed, judged in zip(document["plans"], one.differing.review.plans, strict=True):
            for shown, change in zip(listed["changes"], judged.touched, strict=True):
                shown["differences"] = [plain(difference.said) for difference in change.differences]
            found = judged.plan.code
            listed["beside"] = [plain(difference.said) for difference in found.beside] if found else []
            listed["ignored"] = [plain(difference.said) for difference in found.ignored] if found else []
            listed["left"] = list(found.left) if found else []
        environments.append({"fate": one.differing.fate, **document})
    return json.dumps({"format": 1, "against": against, "verdict": whole, "environments": environments}, indent=2)


def _head(one: Weighed) -> str:
    return f"{FATES[one.differing.fate]}. {line(one.differing.review, one.threshold, one.because)}"


def _changed(weighed: Sequence[Weighed]) -> list[Weighed]:
    return [one for one in weighed if one.differing.fate != "unchanged"]


def _last(weighed: Sequence[Weighed], against: str, *, marks: bool = False) -> str:
    def said(name: str) -> str:
        return code(name) if marks else clean(name)

    same = [said(one.differing.environment) for one in weighed if one.differing.fate == "unchanged"]
    if same and len(same) == len(weighed):
        return f"Nothing changes against {said(against)}: {', '.join(same)}"
    return f"Nothing changes in {', '.join(same)}" if same else f"Compared with {said(against)}, without AWS or a state"


def _differences(judged: Judged) -> Iterator[str]:
    """Yield every difference of a stack, marked, one line each; what comes is told by type."""
    for change in judged.touched:
        if change.kind != "create":
            yield from _of(change)
    yield from _by_type("+", (change.address for change in judged.touched if change.kind == "create"))
    found = judged.plan.code
    for difference in found.beside if found else ():
        yield f"{code('~')} {difference.said}"
    for difference in found.ignored if found else ():
        yield f"{code('=')} {difference.said}, which is ignored: ignore_changes names it"
    yield from _by_type(".", found.left if found else ())


def _by_type(sign: str, addresses: Iterable[str]) -> Iterator[str]:
    """Yield what comes or is left behind whole, by type."""
    names: dict[str, list[str]] = defaultdict(list)
    for address in addresses:
        kind, _, name = address.partition(".")
        names[kind].append(name)
    for kind, listed in names.items():
        yield f"{code(sign)} {code(kind)}: {', '.join(code(name) for name in listed)}"


def _of(change: Change) -> Iterator[str]:
    moved = f", before {code(change.previous_address)}" if change.moved else ""
    tags = ", tags" if change.retagged else ""
    yield f"{code(SIGNS.get(change.kind, '~'))} {code(change.address)}{moved}{tags}"
    for difference in change.differences:
        yield f"    {difference.said}"


def _folded(lines: list[str]) -> str:
    listed = "\n".join(
        f"{'  ' if one.startswith('  ') else ''}- {markdown.marked(one.strip())}" for one in lines[:SHOWN]
    )
    more = f"\n- and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return f"<details><summary>What differs</summary>\n\n{listed}{more}\n\n</details>\n" if lines else ""
