"""What synthesized code says: what no plan shows (``prevent_destroy``), and two versions of it compared like a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from review.change import Change
from review.context import Code
from review.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

META: Final = frozenset({"//", "lifecycle", "depends_on", "provider", "provisioner", "connection", "count", "for_each"})
"""What stands in a resource's block and is no argument."""

MAPS: Final = frozenset({"tags", "tags_all", "triggers_replace", "input", "variables", "dimensions", "parameters"})
"""Arguments that are maps; any other object is a block, of which plans have lists."""


def read(document: Mapping[str, Any]) -> Code:
    """Return what a ``cdk.tf.json`` says of lifecycles."""
    protected, addresses = set(), set()
    for address, block in _resources(document):
        addresses.add(address)
        lifecycle = block.get("lifecycle")
        if isinstance(lifecycle, dict) and lifecycle.get("prevent_destroy") is True:
            protected.add(address)
    return Code(protected=frozenset(protected), addresses=frozenset(addresses))


def compared(before: Mapping[str, Any], after: Mapping[str, Any], source: str) -> Plan:
    """Return two versions of a ``cdk.tf.json`` as a plan, without AWS and without a state.

    What the provider computes is in neither, and references stand for what they refer to, so such a plan tells less
    than a real one: it does not know what drifted, and nothing of it is unknown.
    """
    old, new = dict(_resources(before)), dict(_resources(after))
    moved = {str(one.get("to")): str(one.get("from")) for one in _many(after.get("moved")) if isinstance(one, dict)}
    changes = []
    for address in dict.fromkeys((*new, *old)):
        former = moved.get(address, address)
        if address in old and address not in new and address in moved.values():
            continue
        changes.append(_change(address, old.get(former), new.get(address), former if former != address else None))
    return Plan(source=source, changes=tuple(changes))


def _change(
    address: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, former: str | None
) -> Change:
    kind = address.partition(".")[0]
    change = Change(
        address=address,
        type=kind,
        actions=("create",) if before is None else ("delete",) if after is None else ("update",),
        before=None if before is None else _arguments(before),
        after=None if after is None else _arguments(after),
        previous_address=former,
    )
    if change.kind != "update":
        return change
    forcing = tuple(
        dict.fromkeys(one.path.partition(".")[0] for one in change.differences if effects.replaces(kind, one.path))
    )
    lifecycle = (after or {}).get("lifecycle")
    first = isinstance(lifecycle, dict) and lifecycle.get("create_before_destroy") is True
    if forcing:
        actions: tuple[str, ...] = ("create", "delete") if first else ("delete", "create")
    else:
        actions = ("update",) if change.differences or change.retagged else ("no-op",)
    return Change(
        address=address,
        type=kind,
        actions=actions,
        before=change.before,
        after=change.after,
        previous_address=former,
        replace_paths=forcing,
    )


def _resources(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    resources = document.get("resource")
    for kind, named in resources.items() if isinstance(resources, dict) else ():
        for name, block in named.items() if isinstance(named, dict) else ():
            if isinstance(block, dict):
                yield f"{kind}.{name}", block


def _arguments(block: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [value] if isinstance(value, dict) and name not in MAPS else value
        for name, value in block.items()
        if name not in META
    }


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []
