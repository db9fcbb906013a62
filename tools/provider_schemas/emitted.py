"""What synthesized stacks say: blocks and arguments, and the attributes that they refer to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

META: Final = frozenset(
    {"//", "lifecycle", "depends_on", "provider", "count", "for_each", "provisioner", "connection", "alias"}
)
"""Arguments of Terraform's own, ``alias`` among them, which a provider's block can have."""

OF_AWS: Final = "aws_"

REFERENCE: Final = re.compile(r"\$\{.*?\}", re.DOTALL)

ATTRIBUTE: Final = re.compile(r"(?<![\w.])(data\.)?(aws_[a-z0-9_]+)\.[a-z0-9_]+(?:\[[^\]]*\])?\.([a-z_0-9]+)")


@dataclass(frozen=True)
class Block:
    """A block of a resource, of a data source or of the provider, or one within; and where it stands."""

    kind: str
    """``aws_rds_cluster``, ``data.aws_region`` or ``provider.aws``."""
    path: str
    """Empty, or names joined by dots."""
    body: Mapping[str, Any]
    place: str


def declarations(stack: Mapping[str, Any], name: str) -> Iterator[Block]:
    """Yield what a stack declares of AWS's."""
    for section, prefix in (("resource", ""), ("data", "data.")):
        for type_, named in stack.get(section, {}).items():
            if type_.startswith(OF_AWS):
                for label, body in named.items():
                    yield Block(f"{prefix}{type_}", "", _own(body), f"{name}: {type_}.{label}")
    for body in stack.get("provider", {}).get("aws", []):
        yield Block("provider.aws", "", _own(body), f"{name}: provider")


def references(stack: Any) -> set[tuple[str, str]]:
    """Return the attributes that are referred to anywhere, as pairs of kind and attribute."""
    return {
        (f"{found[1] or ''}{found[2]}", found[3])
        for text in _texts(stack)
        for reference in REFERENCE.findall(text)
        for found in ATTRIBUTE.finditer(reference)
    }


def _own(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in META}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        parts: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for part in parts:
            yield from _texts(part)
