"""Reads a Terraform state: the file itself (version 4), or what ``terraform show -json`` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.adoption.found import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def resources(document: Mapping[str, Any]) -> Iterator[Resource] | None:
    """Return every resource of the state, whatever module made it; None if the document is no state."""
    if "values" in document and "terraform_version" in document:
        return _shown(document["values"].get("root_module", {}))
    if "terraform_version" in document and isinstance(document.get("resources"), list):
        return _stored(document["resources"])
    return None


def _shown(module: Mapping[str, Any]) -> Iterator[Resource]:
    for one in module.get("resources", ()):
        managed = one.get("mode") == "managed"
        yield Resource(
            kind=one["type"], attributes=one.get("values") or {}, address=one["address"] if managed else None
        )
    for child in module.get("child_modules", ()):
        yield from _shown(child)


def _stored(listed: list[Mapping[str, Any]]) -> Iterator[Resource]:
    for one in listed:
        prefix = f"{one['module']}." if one.get("module") else ""
        for instance in one.get("instances", ()):
            address = f"{prefix}{one['type']}.{one['name']}{_index(instance.get('index_key'))}"
            yield Resource(
                kind=one["type"],
                attributes=instance.get("attributes") or {},
                address=address if one.get("mode") == "managed" else None,
            )


def _index(key: object) -> str:
    if key is None:
        return ""
    return f"[{key}]" if isinstance(key, int) else f'["{key}"]'
