"""What synthesized code says: what no plan shows (``prevent_destroy``), and two versions of it compared like a plan."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from review import documents
from review.change import Change, Difference
from review.context import CLUSTER, CLUSTER_GROUP, INSTANCE, INSTANCE_GROUP, Code
from review.expansion import expanded
from review.plan import Comparison, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

META: Final = frozenset({"//", "lifecycle", "depends_on", "provider", "provisioner", "connection", "count", "for_each"})
"""What stands in a resource's block and is no argument."""

MAPS: Final = frozenset({"tags", "tags_all", "triggers_replace", "input", "variables", "dimensions", "parameters"})
"""Arguments that are maps; any other object is a block, of which plans have lists."""

SECRET: Final = frozenset({"master_password", "password", "private_key", "secret_binary", "secret_string", "token"})
"""Arguments that the provider marks as sensitive: code has no marks, and their values are not shown either."""

NAMED: Final = {
    CLUSTER: "cluster_identifier",
    INSTANCE: "identifier",
    CLUSTER_GROUP: "name",
    INSTANCE_GROUP: "name",
    "aws_db_subnet_group": "name",
}
"""The argument that the provider makes the id of; a reference to the id stands for it."""

REFERENCE: Final = re.compile(r"\$\{(?P<address>[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+)\.(?P<attribute>[a-z0-9_]+)\}")


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

    What the provider computes is in neither, so such a plan tells less than a real one: it does not know what
    drifted. References stand for what they refer to where the code says that, ``for_each`` over a table in the code
    is a resource for each row, and what ``ignore_changes`` names does not change.
    """
    old, new = _resolved(before), _resolved(after)
    moved = {str(one.get("to")): str(one.get("from")) for one in _many(after.get("moved")) if isinstance(one, dict)}
    forgotten = {str(one.get("from")) for one in _many(after.get("removed")) if isinstance(one, dict) and _kept(one)}
    changes: list[Change] = []
    ignored: list[Difference] = []
    # Of a stack that comes there is nothing to compare with.
    beside = [*_beside(before, after)] if before else []
    for address in dict.fromkeys((*new, *old)):
        former = moved.get(address, address)
        if address in old and address not in new and address in moved.values():
            continue
        was, is_now = old.get(former), new.get(address)
        if was is not None and is_now is not None:
            left = _ignored(is_now, was)
            ignored += [replace(one, path=f"{address}.{one.path}") for one in _differing(was, is_now, left)]
            is_now = {name: value for name, value in is_now.items() if name not in left} | {
                name: was[name] for name in left if name in was
            }
            beside += _meta(address, was, is_now)
        change = _change(address, was, is_now, former if former != address else None)
        if change.actions == ("delete",) and address.partition("[")[0] in forgotten:
            change = replace(change, actions=("forget",))
        changes.append(change)
    code = Comparison(beside=tuple(beside), ignored=tuple(ignored))
    return Plan(source=source, changes=tuple(changes), code=code, region=_region(after) or _region(before))


def _region(document: Mapping[str, Any]) -> str:
    providers = document.get("provider")
    configured = providers.get("aws") if isinstance(providers, dict) else None
    found = {one.get("region") for one in _many(configured) if isinstance(one, dict)}
    only = found.pop() if len(found) == 1 else None
    return only if isinstance(only, str) and "$" not in only else ""


def abandoned(before: Mapping[str, Any], source: str, twins: tuple[str, ...] = ()) -> Plan:
    """Return what it means that a stack is synthesized no more: nothing is planned, and what it made lives on.

    ``twins`` are environments that come with the same commit and are made alike: it may be one under another name.
    """
    return Plan(source=source, changes=(), code=Comparison(left=tuple(_expanded(before)), twins=twins))


def _change(
    address: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, former: str | None
) -> Change:
    kind = address.partition(".")[0]
    masks = {name: True for name in SECRET if name in {**(before or {}), **(after or {})}}
    change = Change(
        address=address,
        type=kind,
        actions=("create",) if before is None else ("delete",) if after is None else ("update",),
        before=None if before is None else _arguments(before),
        after=None if after is None else _arguments(after),
        before_sensitive=masks,
        after_sensitive=masks,
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
    return replace(change, actions=actions, replace_paths=forcing)


def _resources(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    resources = document.get("resource")
    for kind, named in resources.items() if isinstance(resources, dict) else ():
        for name, block in named.items() if isinstance(named, dict) else ():
            if isinstance(block, dict):
                yield f"{kind}.{name}", block


def _expanded(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tables = document.get("locals")
    return expanded(dict(_resources(document)), tables if isinstance(tables, dict) else {})


def _resolved(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the resources with references replaced by what the code says of the argument that they lead to."""
    blocks = _expanded(document)

    def resolve(value: Any) -> Any:
        found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
        block = blocks.get(found["address"]) if found else None
        if found is None or block is None:
            return value
        attribute = found["attribute"]
        said = block.get(NAMED.get(found["address"].partition(".")[0], "") if attribute == "id" else attribute)
        return said if isinstance(said, (str, int, float)) and "${" not in str(said) else value

    return {
        address: {name: resolve(value) if name not in META else value for name, value in block.items()}
        for address, block in blocks.items()
    }


def _arguments(block: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [value] if isinstance(value, dict) and name not in MAPS else value
        for name, value in block.items()
        if name not in META
    }


def _ignored(block: Mapping[str, Any], before: Mapping[str, Any]) -> set[str]:
    """Return the arguments that Terraform leaves as they are; of a part of one it is taken to be the whole."""
    lifecycle = block.get("lifecycle")
    names = lifecycle.get("ignore_changes") if isinstance(lifecycle, dict) else None
    if names == "all":
        return {*block, *before} - META
    return {re.split(r"[.\[]", name)[0] for name in _many(names) if isinstance(name, str)}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any], names: set[str]) -> tuple[Difference, ...]:
    sides = [_arguments({name: value for name, value in side.items() if name in names}) for side in (before, after)]
    return Change(address="", type="", actions=("update",), before=sides[0], after=sides[1]).differences


def _meta(address: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted(META - {"//"}):
        yield from _below(f"{address}.{name}", before.get(name), after.get(name))


def _beside(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs in two documents, resources and the tables that they are made of left out."""
    for name in dict.fromkeys((*before, *after)):
        if name not in ("//", "resource", "locals", "moved", "removed"):
            yield from _below(name, before.get(name), after.get(name))
    tables = [_tables(side) for side in (before, after)]
    yield from _below("locals", *tables)


def _tables(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables that something still refers to once every resource is made of its row."""
    tables = document.get("locals")
    rest = {name: value for name, value in document.items() if name not in ("//", "resource", "locals")}
    text = json.dumps([_expanded(document), rest])
    return {
        name: value
        for name, value in (tables.items() if isinstance(tables, dict) else ())
        if re.search(rf"\blocal\.{re.escape(name)}\b", text)
    }


def _below(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) or isinstance(after, dict):
        # What comes or goes whole is told by its keys as well.
        before, after = before or {}, after or {}
    for inner, was, is_now in documents.differences(before, after):
        yield Difference(path + inner, was, is_now, _secret(inner))


def _secret(path: str) -> bool:
    return path.rpartition(".")[2] in SECRET


def _kept(removed: Mapping[str, Any]) -> bool:
    lifecycle = next((one for one in _many(removed.get("lifecycle")) if isinstance(one, dict)), {})
    return lifecycle.get("destroy") is False


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []
