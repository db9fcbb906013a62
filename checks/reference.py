"""The table of rules for people, which is kept as ``docs/rules.md``."""

from __future__ import annotations

from checks.rules import RULES


def reference() -> str:
    """Return the table of rules as Markdown, which is ``docs/rules.md``."""
    lines = [
        "# Rules",
        "",
        "What `main.py check` finds, by the rule that its JSON and SARIF name. An error stops everything. A warning",
        "is legal but risky; an environment file can accept it: `accept: [{warning: <rule>, reason: …}]`. A note tells",
        "what was done otherwise than the file says. Written by `main.py rules`.",
    ]
    for severity, heading in (("error", "Errors"), ("warning", "Warnings"), ("note", "Notes")):
        lines += ["", f"## {heading}", "", "| rule | when | why | how to mend |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{rule.identifier}` | {rule.title} | {rule.why} | {rule.remedy} |"
            for rule in RULES
            if rule.severity == severity
        ]
    return "\n".join(lines) + "\n"
