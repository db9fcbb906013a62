"""The generated half of ``docs/review.md``: every effect, every rule, and what each argument does."""

from __future__ import annotations

from typing import Final

from catalog import effects
from review.concerns.arguments import CORE
from review.judge import RULES

BEGIN: Final = "<!-- Written by `main.py effects`; what stands below is not edited by hand. -->"

HEAD: Final = "| argument | effect | when | severity | what it does | source |"

WHEN: Final[dict[str, str]] = {
    "at_once": "at once",
    "window": "window, or at once",
    "reboot": "reboot by hand",
    "later": "later",
    "apply": "fails at apply",
    "never": "never",
}

CONDITION: Final[dict[str, str]] = {
    "any": "",
    "on": "switched on",
    "off": "switched off",
    "up": "raised",
    "down": "lowered",
    "shorter": "shortened",
    "lessened": "has a rule that goes, or keeps or copies less",
    "zero": "to 0",
    "set": "set",
    "unset": "taken out",
    "changed": "changed",
    "shrunk": "loses members",
    "grown": "gains members",
}


def reference() -> str:
    """Return the tables as Markdown."""
    lines = [BEGIN, "", "## Effects", "", "| effect | what it means |", "| --- | --- |"]
    lines += [f"| `{effect}` | {words} |" for effect, words in effects.EFFECTS.items()]
    lines += ["", "## Rules", "", "| rule | when | why | what to do |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{rule.identifier}` | {rule.title} | {rule.why} | {rule.remedy} |"
        for rule in sorted(RULES, key=lambda rule: rule.identifier)
    ]
    lines += [
        "",
        "## Arguments",
        "",
        "The rule of a row is its type without `aws_`, and the argument: `rds_cluster.port`. Rows without effect are",
        "left out; of the types marked with a star every argument has a row.",
    ]
    for kind in effects.types():
        rows = [row for argument in effects.arguments(kind) for row in effects.rows(kind, argument) or ()]
        spoken = [row for row in rows if row.effect != "none"]
        if spoken:
            lines += ["", f"### `{kind}`{' *' if kind in CORE else ''}", ""]
            lines += [
                "| argument | effect | when | severity | what it does | source |",
                "| --- | --- | --- | --- | --- | --- |",
            ]
            lines += [_row(row) for row in spoken]
    lines += [
        "",
        "## Removals",
        "",
        "| type | effect | severity | replaced | what goes |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{kind}` | `{one.effect}` | {one.severity} | {one.replaced} | {one.says} |"
        for kind, one in effects.removals().items()
    ]
    return "\n".join(lines) + "\n"


def _row(row: effects.ArgumentEffect) -> str:
    condition = CONDITION[row.condition]
    argument = f"`{row.argument}` {condition}".strip()
    cells = [argument, f"`{row.effect}`", WHEN[row.when], row.severity, row.says, f"{row.source} ({row.certainty})"]
    return f"| {' | '.join(cells)} |"
