"""What is known of a running cluster: resources by Terraform type, with the AWS provider's names of arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Attributes: TypeAlias = dict[str, Any]


class UnreadableError(Exception):
    """What was given holds no cluster, or more than one; the message says what to give instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource; ``address`` is where a Terraform state has it, or None if no state does."""

    kind: str
    attributes: Attributes
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was found, from whatever source."""

    resources: list[Resource] = field(default_factory=list)

    def of(self, kind: str) -> list[Resource]:
        """Return the resources of a type, in the order in which they were found."""
        return [one for one in self.resources if one.kind == kind]

    def named(self, kind: str, attribute: str, value: object) -> Resource | None:
        """Return a resource by one of its arguments; one that a state manages before one that it only reads."""
        same = [one for one in self.of(kind) if one.attributes.get(attribute) == value]
        return next((one for one in same if one.address), same[0] if same else None)
