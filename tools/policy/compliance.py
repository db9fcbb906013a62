"""Writes ``docs/compliance.md``: each control with what the shipped environments have for it.

Every value is read from synthesized JSON. A deviation without a reason, and a reason without a deviation, is an
error. Usage: ``python -m policy.compliance``, or ``make compliance``.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from settings.tiers import TIERS
from tools.policy import cis, security_hub
from tools.policy.controls import concerns, values
from tools.policy.stacks import ROOT, SHIPPED, synthesized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tools.policy.controls import Control
    from tools.policy.stacks import Stack

DOCUMENT = ROOT / "docs" / "compliance.md"

BAR: Final = "|"
ESCAPED_BAR: Final = r"\|"

INTRODUCTION: Final = """\
# Compliance

What the shipped environments have for the controls of public catalogues. Written by `make compliance` from the
synthesized JSON and kept true by a test: no value here is typed by hand. What a policy scanner makes of the same
stacks is told by `make policy`.

Each row names the resources, what is read from them, and what it has to be; then for each environment what is there:
the values of all such resources, *unset* where one says nothing, a hyphen where there is no such resource. Reasons
for deviations stand below each table.
"""

SECTIONS: Final = (
    (
        "AWS Foundational Security Best Practices",
        "Every control of the standard for RDS, KMS, Secrets Manager, EC2, S3, IAM, Systems Manager and Lambda.",
        security_hub.FOUNDATIONAL,
        (security_hub.__doc__ or "").split("\n\n")[1],
    ),
    (
        "Other controls of AWS Security Hub",
        "Controls of other standards, such as NIST SP 800-53 and AWS Resource Tagging, that fit what is created.",
        security_hub.OTHER,
        "",
    ),
    (
        "CIS AWS Foundations Benchmark 5.0.0",
        "Every recommendation.",
        cis.RECOMMENDATIONS,
        (cis.__doc__ or "").split("\n\n")[1],
    ),
)


class UnexplainedError(Exception):
    """The reasons do not fit the deviations; a line for each that does not."""


def rendered(stacks: Sequence[Stack]) -> str:
    """Return the document for these stacks; environments stand in the order of their tiers."""
    by_environment: dict[str, list[Stack]] = defaultdict(list)
    for stack in sorted(stacks, key=lambda one: (TIERS.index(one.tier), one.name)):
        by_environment[stack.environment].append(stack)
    problems = [problem for _, _, rows, _ in SECTIONS for row in rows for problem in _unexplained(row, by_environment)]
    if problems:
        raise UnexplainedError("\n".join(dict.fromkeys(problems)))
    return "\n".join([INTRODUCTION, *(line for section in SECTIONS for line in _section(section, by_environment))])


def _section(
    section: tuple[str, str, Sequence[Control], str], environments: Mapping[str, Sequence[Stack]]
) -> Iterator[str]:
    title, about, controls, source = section
    yield f"## {title}\n"
    yield " ".join([about, *source.split()]).strip() + "\n"
    yield f"| control | asks for | read from | {' | '.join(environments)} | verdict |"
    yield "|".join(["", *[" --- "] * (len(environments) + 4), ""])
    for control in controls:
        cells = [", ".join(control.ids), control.asks, _read_from(control)]
        cells += [_shown(control, stacks) for stacks in environments.values()]
        cells.append(_verdict(control, environments))
        # A bar would end the cell, even inside code (GitHub Flavored Markdown, tables).
        yield f"| {' | '.join([cell.replace(BAR, ESCAPED_BAR) for cell in cells])} |"
    yield ""
    for control in controls:
        for reason, names in _deviating(control, environments).items():
            yield f"* {', '.join(control.ids)} in {', '.join(names)}: {reason}"
    yield ""


def _read_from(control: Control) -> str:
    if control.condition is None:
        return ""
    return f"`{control.address}` `{control.attribute}`: {control.condition.text}"


def _shown(control: Control, stacks: Sequence[Stack]) -> str:
    if control.condition is None:
        return ""
    return "; ".join(dict.fromkeys(_text(value) for value in values(control, stacks))) or "-"


def _text(value: Any) -> str:
    if value is None:
        return "unset"
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(_text(one) for one in value)) or "none"
    text = value if isinstance(value, str) else json.dumps(value)
    # A reference is shown as what it refers to; Markdown would take a star for emphasis.
    return text.removeprefix("${").removesuffix("}").replace("*", r"\*")


def _kept(control: Control, stacks: Sequence[Stack]) -> bool | None:
    """Whether an environment keeps a control; None if there is nothing in it that the control is about."""
    if control.condition is None or (control.absent and not concerns(control, stacks)):
        return None
    found = values(control, stacks)
    return (control.condition.nothing or bool(found)) and control.condition.holds(found)


def _verdict(control: Control, environments: Mapping[str, Sequence[Stack]]) -> str:
    if control.condition is None:
        return f"not applicable: {control.not_applicable}"
    by_answer: dict[bool | None, list[str]] = defaultdict(list)
    for name, stacks in environments.items():
        by_answer[_kept(control, stacks)].append(name)
    words = {True: "satisfied", False: "**deviates**", None: "not applicable"}
    parts = [
        f"{word} in {', '.join(by_answer[answer])}" if len(by_answer) > 1 else word
        for answer, word in words.items()
        if answer in by_answer
    ]
    return "; ".join(parts) + (f": {control.absent}" if None in by_answer else "")


def _deviating(control: Control, environments: Mapping[str, Sequence[Stack]]) -> Mapping[str, list[str]]:
    """Return the environments that deviate, by reason."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for name, stacks in environments.items():
        if _kept(control, stacks) is False:
            reasons[control.deviates[stacks[0].tier]].append(name)
    return reasons


def _unexplained(control: Control, environments: Mapping[str, Sequence[Stack]]) -> Iterator[str]:
    name = ", ".join(control.ids)
    if bool(control.not_applicable) == bool(control.condition):
        yield f"{name}: say either why it is not applicable or what is to be read"
    if control.condition is None:
        return
    deviating = set()
    for environment, stacks in environments.items():
        if _kept(control, stacks) is False:
            deviating.add(stacks[0].tier)
            if stacks[0].tier not in control.deviates:
                yield (
                    f"{name}: {environment} has {_shown(control, stacks)} for {_read_from(control)}: fix it, or say "
                    f"under `deviates` why {stacks[0].tier} does without"
                )
    for tier in control.deviates.keys() - deviating:
        if any(stacks[0].tier == tier for stacks in environments.values()):
            yield f"{name}: {tier} does not deviate: take the reason out"


def main() -> int:
    """Write the document."""
    with synthesized([SHIPPED]) as stacks:
        try:
            text = rendered(stacks)
        except UnexplainedError as error:
            print(error, file=sys.stderr)
            return 1
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(text)
    print(DOCUMENT.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
