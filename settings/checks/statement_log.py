"""What the PostgreSQL log should not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from settings.checks.finding import warning
from settings.parameters import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings.findings import Finding
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
