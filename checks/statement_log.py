"""What the PostgreSQL log should not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.finding import warning
from findings.rule import Rule
from settings.parameters import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding
    from settings.model import Environment
    from settings.names import Names

LEAKING = {
    "log_statement": (("mod", "all"), "every statement that writes, with its values"),
    "log_min_duration_statement": (("0",), "every statement, with its values"),
    "log_parameter_max_length": (("-1",), "the bound values of slow statements"),
}
"""Values that put personal data into the log and multiply its cost (awslabs/nx-plugin-for-aws#918)."""


def statement_log(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn where a protected environment logs what its users store."""
    for name, value in environment.database.parameters.items() if environment.protected else ():
        values, logged = LEAKING.get(name, ((), ""))
        if text(value).lower().lstrip("0") in {each.lstrip("0") for each in values}:
            yield warning(
                "protected-logs-data",
                ("database", "parameters", name),
                f"{text(value)} puts {logged} into the log, and CloudWatch charges for each",
            )


RULES: tuple[Rule, ...] = (
    Rule(
        "protected-logs-data",
        "warning",
        "A protected environment that logs its users' values",
        "Statements hold personal data, and CloudWatch charges for each.",
        "Leave the parameter to the tuning; pgaudit covers who changed what.",
    ),
)
