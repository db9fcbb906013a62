"""What the PostgreSQL log should not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.finding import warning
from findings.rule import Rule
from settings.parameters import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from findings.finding import Finding
    from settings.model import Environment
    from settings.names import Names

EVERY = "every statement, with its values"
SLOW = "the bound values of statements"

WORDS: Mapping[str, tuple[frozenset[str], str]] = {
    "log_statement": (frozenset({"mod", "all"}), "every statement that writes, with its values"),
    "pgaudit.log": (frozenset({"all", "read", "write", "misc", "function"}), "audited statements, with their values"),
    "pgaudit.log_parameter": (frozenset({"1", "on", "true"}), SLOW),
    "debug_print_parse": (frozenset({"1", "on", "true"}), EVERY),
    "debug_print_plan": (frozenset({"1", "on", "true"}), EVERY),
    "debug_print_rewritten": (frozenset({"1", "on", "true"}), EVERY),
}
"""Words that put personal data into the log and multiply its cost (awslabs/nx-plugin-for-aws#918)."""

FROM_MILLISECONDS: Mapping[str, tuple[int, str]] = {
    "log_min_duration_statement": (100, EVERY),
    "auto_explain.log_min_duration": (100, "the plan of every statement, with its values"),
}
"""Durations in ms below which nearly every statement of a service is logged; -1 logs none."""

LENGTHS = ("log_parameter_max_length", "log_parameter_max_length_on_error", "auto_explain.log_parameter_max_length")
"""Most characters of a bound value that are logged: 0 none, -1 all."""

SAMPLE_RATE = ("log_statement_sample_rate", "1")
"""How much of what log_min_duration_sample is about is logged, and PostgreSQL's own value."""


def statement_log(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn where a protected environment logs what its users store."""
    given = environment.database.parameters if environment.protected else {}
    for name, value in given.items():
        logged = _logged(name, text(value).strip().lower(), given)
        if logged:
            yield warning(
                "protected-logs-data",
                ("database", "parameters", name),
                f"{text(value)} puts {logged} into the log, and CloudWatch charges for each",
            )


def _logged(name: str, value: str, given: Mapping[str, str | int | float | bool]) -> str | None:
    """Return what of the users' data this value puts into the log, or None if nothing."""
    if name in WORDS:
        words, logged = WORDS[name]
        return logged if words & {word.strip() for word in value.split(",")} else None
    number = _number(value)
    return None if number is None else _logged_from(name, number, given)


def _logged_from(name: str, number: float, given: Mapping[str, str | int | float | bool]) -> str | None:
    if name in FROM_MILLISECONDS:
        least, logged = FROM_MILLISECONDS[name]
        return logged if 0 <= number < least else None
    if name in LENGTHS and number != 0:
        return SLOW if name != LENGTHS[0] else "the bound values of slow statements"
    if name == "log_min_duration_sample" and number >= 0 and _number(text(given.get(*SAMPLE_RATE))):
        return "a sample of statements, with their values"
    if name == "log_transaction_sample_rate" and number > 0:
        return "every statement of a sample of transactions, with its values"
    return None


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


RULES: tuple[Rule, ...] = (
    Rule(
        "protected-logs-data",
        "warning",
        "A protected environment that logs its users' values",
        "Statements hold personal data, and CloudWatch charges for each.",
        "Leave the parameter to the tuning; pgaudit covers who changed what.",
    ),
)
