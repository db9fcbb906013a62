"""Every rule that a finding can break: its stable identifier, how grave it is, why it is one, and how to mend it.

Environment files accept warnings by these identifiers, and code hosts keep findings apart by them, so an identifier
is never renamed and never used again. A rule stands beside the check that yields it; those of a file as such, whose
findings are made while it is read, stand here. ``docs/rules.md`` is this table.
"""

from __future__ import annotations

from typing import Final

from checks import (
    access,
    availability,
    backend,
    copies,
    dangerous_parameters,
    dangers,
    engine,
    generations,
    growth,
    identity,
    memory_plan,
    monitoring,
    network,
    origin,
    parameter_limits,
    past,
    provider,
    serverless,
    service_names,
    statement_log,
    support,
    together,
    windows,
)
from findings.rule import Rule

OF_FILES: Final[tuple[Rule, ...]] = (
    Rule(
        "file",
        "error",
        "A file or folder that cannot be an environment's",
        "The name of a file is the name of its environment and becomes part of every AWS name.",
        "Name it <environment>.yaml in the folder of environment files, readable, in up to 30 lower-case letters, "
        "digits and single hyphens.",
    ),
    Rule(
        "yaml",
        "error",
        "YAML that cannot be read, or says something other than what its reader sees",
        "Duplicate keys, anchors, aliases, tags and merge keys hide what a reviewer approves.",
        "Write plain mappings, lists and values, each key once.",
    ),
    Rule(
        "unknown-key",
        "error",
        "A key that nothing reads",
        "A misspelt key would silently leave the default in force.",
        "Take the key that is suggested, or remove it.",
    ),
    Rule(
        "missing-value",
        "error",
        "A key that is needed, or has no value",
        "Nothing is guessed for accounts, regions, networks and states.",
        "Give the value; the message says what belongs there.",
    ),
    Rule(
        "type",
        "error",
        "A value of another kind than the key takes",
        "Text, numbers, truth values, lists and mappings are never converted into one another.",
        "Write a value of the kind that the message names.",
    ),
    Rule(
        "unquoted",
        "error",
        "A number or truth value where text belongs",
        "YAML reads 15.10 as the number 15.1, and drops the leading zeros of an account.",
        "Write it in quotes.",
    ),
    Rule(
        "value",
        "error",
        "A value outside what AWS, Terraform or this project allows",
        "AWS would refuse it when applying, minutes later.",
        "Take one of the values that the message lists.",
    ),
    Rule(
        "acceptance",
        "error",
        "An acceptance of a warning that is not raised, not known, or accepted twice",
        "A stale acceptance would hide the same risk when it comes back.",
        "Remove the acceptance.",
    ),
)
"""What is wrong with a file as such."""

BY_CONCERN: Final = (
    OF_FILES,
    identity.RULES,
    service_names.RULES,
    network.RULES,
    access.RULES,
    engine.RULES,
    memory_plan.RULES,
    serverless.RULES,
    growth.RULES,
    copies.RULES,
    windows.RULES,
    backend.RULES,
    together.RULES,
    support.RULES,
    provider.RULES,
    parameter_limits.RULES,
    dangerous_parameters.RULES,
    dangers.RULES,
    availability.RULES,
    statement_log.RULES,
    past.RULES,
    origin.RULES,
    generations.RULES,
    monitoring.RULES,
)

RULES: Final[tuple[Rule, ...]] = tuple(
    rule
    for severity in ("error", "warning", "note")
    for rules in BY_CONCERN
    for rule in rules
    if rule.severity == severity
)
"""Errors first, then warnings and notes."""

WARNINGS: Final = tuple(rule.identifier for rule in RULES if rule.severity == "warning")
"""Every identifier that an environment file may accept."""
