"""Settings that need a newer AWS provider than the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.finding import note
from findings.rule import Rule
from settings import provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding
    from settings.model import Environment
    from settings.names import Names


def provider_release(environment: Environment, _: Names) -> Iterator[Finding]:
    """Tell which setting raises the oldest release of the provider, and why."""
    told: set[str] = set()
    for flaw in provider.flaws(environment):
        if flaw.setting not in told:
            told.add(flaw.setting)
            yield note(
                "provider-release",
                tuple(flaw.setting.split(".")),
                f"{flaw.value} asks for hashicorp/aws {flaw.needs} ({flaw.day}) or newer: before it, {flaw.what} "
                f"({flaw.source})",
            )


RULES: tuple[Rule, ...] = (
    Rule(
        "provider-release",
        "note",
        "A setting that needs a newer release of the AWS provider than the rest",
        "Older releases within the range that the stacks admit do something wrong with it; the stack's JSON asks for "
        "the release that does it right.",
        "Where the provider is locked, renew the lock: make lock, or terraform init -upgrade.",
    ),
)
