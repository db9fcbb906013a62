"""Small files and rows for the tables of mistakes, risks and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _pytest.mark.structures import ParameterSet

    from findings.finding import Located

LEAST = """\
tier: {tier}
project: experimentation
aws: {{account_id: "111111111111", region: eu-west-1}}
network: {{create: {{cidr: 10.10.0.0/16}}}}
state: {{backend: s3, bucket: example-terraform-state, region: eu-west-1}}
database:
"""


def database(*keys: str, tier: str = "staging") -> str:
    """Return a file with these keys of ``database``, the first on the seventh line."""
    return LEAST.format(tier=tier) + "".join(f"  {key}\n" for key in keys)


def row(name: str, text: str, *lines: str) -> ParameterSet:
    """Return a row of a table: a name, a file, and what is printed of it from the line number on."""
    return pytest.param(text, lines, id=name)


def telling(findings: Iterable[Located]) -> list[Located]:
    """Return what a table is about: small files have a local state and page nobody, which is warned of in all alike."""
    return [one for one in findings if one.rule not in ("local-state", "nobody-is-paged")]
