"""What ``show`` prints: an environment explained value by value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from catalog import formulas
from findings.layout import prose, table
from settings import memory, parameters, topology
from settings.memory import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from settings.loaded import Loaded


_JSON: Final = TypeAdapter(Any)


def explained(loaded: Loaded, width: int | None = None) -> Iterator[str]:
    """Yield the complete configuration of an environment, each value with where it comes from, fitted to a width."""
    environment = loaded.environment
    yield f"{loaded.name} ({loaded.file}), tier {environment.tier}"
    yield ""
    yield from table([(f"  {key}", shown(value), origin(loaded, key)) for key, value in flat(environment, ())], width)
    yield ""
    yield "Instances"
    yield from table(
        [
            (
                f"  {one['name']}",
                one["class"],
                one["zone"] or "zone by AWS",
                f"promotion tier {one['promotion_tier']}",
                f"maintenance {one['maintenance_window']}",
            )
            for one in _instances(loaded)
        ],
        width,
    )
    yield ""
    yield "Parameters of the cluster"
    sizes = topology.sizes(environment)
    yield from table(
        [
            (
                f"  {setting.name}",
                setting.value,
                _comes_to(setting, sizes),
                _applies(setting),
                setting.origin,
                setting.reason,
            )
            for setting in parameters.effective(environment)
        ],
        width,
    )
    if loaded.accepted:
        yield ""
        yield "Accepted warnings"
        yield from table(
            [
                (f"  {one.rule}", f"{one.file}:{one.line}", f"accepted: {one.accepted}", f"{one.key}: {one.message}")
                for one in loaded.accepted
            ],
            width,
        )
    for plan in memory.plans(environment):
        yield ""
        yield from _memory(plan, width)
    if len(loaded.generations) > 1:
        yield ""
        yield "Clusters"
        yield from table(
            [
                (f"  {one['name']}", one["role"], f"stack {one['stack']}", f"PostgreSQL {one['engine_version']}")
                for one in _clusters(loaded)
            ],
            width,
        )
    yield ""
    yield "Names"
    yield from table([(f"  {key}", name) for key, name in _names(loaded)], width)
    yield ""
    yield "State"
    yield from table([(f"  {loaded.names.stack(kind)}", loaded.identity(kind)) for kind in loaded.stacks], width)


def as_data(loaded: Loaded) -> dict[str, Any]:
    """Return the same for machines: values as files have them, memory in bytes."""
    environment = loaded.environment
    sizes = topology.sizes(environment)
    return {
        "format": 1,
        "environment": loaded.name,
        "file": loaded.file,
        "tier": environment.tier,
        "settings": [
            {"key": key, "value": json.loads(_JSON.dump_json(value)), "from": origin(loaded, key)}
            for key, value in flat(environment, ())
        ],
        "clusters": list(_clusters(loaded)),
        "instances": list(_instances(loaded)),
        "parameters": [
            {
                "name": setting.name,
                "value": setting.value,
                "comes_to": _comes_to(setting, sizes).removeprefix("= ") or None,
                "applies": _applies(setting),
                "from": setting.origin,
                "reason": setting.reason,
            }
            for setting in parameters.effective(environment)
        ],
        "accepted": [
            {"warning": one.rule, "file": one.file, "line": one.line, "key": one.key, "reason": one.accepted}
            for one in loaded.accepted
        ],
        "memory": [
            {
                "instance_class": plan.instance_class,
                "usable_bytes": plan.usable,
                "expected_bytes": plan.expected,
                "worst_case_bytes": plan.worst_case,
            }
            for plan in memory.plans(environment)
        ],
        "states": {loaded.names.stack(kind): loaded.identity(kind) for kind in loaded.stacks},
    }


def _names(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """Yield what a file of another name would have to say under ``names`` to keep the database."""
    names, version = loaded.names, loaded.environment.database.engine_version
    yield "names.cluster", names.cluster
    for placed in topology.instances(loaded.environment):
        yield f"names.instances.{placed.key}", names.instance(placed.key)
    yield "names.subnet_group", names.subnet_group
    yield "names.cluster_parameter_group", names.cluster_parameter_group(version)
    yield "names.instance_parameter_group", names.instance_parameter_group(version)
    yield "names.security_group", names.security_group


def _clusters(loaded: Loaded) -> Iterator[dict[str, Any]]:
    for each in loaded.generations:
        yield {
            "name": each.names.cluster,
            "role": "serves" if each.serves else each.ended or "waits",
            "stack": loaded.names.stack(each.names.database),
            "engine_version": each.environment.database.engine_version,
            "instances": [each.names.instance(placed.key) for placed in topology.instances(each.environment)],
        }


def _instances(loaded: Loaded) -> Iterator[dict[str, Any]]:
    for placed in topology.instances(loaded.environment):
        yield {
            "name": loaded.names.instance(placed.key),
            "class": placed.instance_class,
            "zone": placed.zone,
            "promotion_tier": placed.promotion_tier,
            "maintenance_window": placed.maintenance_window,
        }


def _comes_to(setting: parameters.Setting, sizes: list[topology.Size]) -> str:
    """Return the numbers that a formula comes to on each kind of instance."""
    if not formulas.is_formula(setting.value):
        return ""
    numbers = [
        f"{number:,} on {size.name}"
        for size in sizes
        if (number := formulas.number(setting.value, size.variables)) is not None
    ]
    return f"= {', '.join(numbers)}" if numbers else ""


def _applies(setting: parameters.Setting) -> str:
    if setting.dropped:
        return "left out: Aurora's default"
    return "needs a reboot" if setting.static else "applies live"


def _memory(plan: memory.Plan, width: int | None) -> Iterator[str]:
    yield f"Memory of {plan.instance_class}: about {plan.usable // MIB:,} MB usable by PostgreSQL"
    yield from table(
        [
            (
                f"  {share.name}",
                f"{share.amount // MIB:,} MB" if share.is_memory else f"{share.amount:,}",
                share.formula,
                share.reason,
            )
            for share in plan.shares
        ],
        width,
    )
    expected = round(100 * plan.expected / plan.usable)
    yield from prose(f"Expected: {plan.arithmetic}, {expected} % of usable memory", width, indent="  ")
    share = round(100 * plan.worst_case / plan.usable)
    worst = f"{plan.worst_case // MIB:,} MB, {share} % of usable memory"
    yield from prose(
        f"Worst case, every connection sorting and every autovacuum worker running: {worst}", width, indent="  "
    )


def flat(model: BaseModel, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield every key of a model with its value, dotted below ``path``."""
    for name, field in type(model).model_fields.items():
        yield from _flat_value(getattr(model, name), (*path, field.alias or name))


def _flat_value(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if hasattr(value, "model_fields_set"):
        yield from flat(value, path)
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat_value(item, (*path, key))
    else:
        yield ".".join(path), value


def shown(value: Any) -> str:
    """Return a value as files have it, a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        items = [f"{item.warning}: {item.reason}" if hasattr(item, "warning") else str(item) for item in value]
        return f"[{', '.join(items)}]"
    if isinstance(value, dict):
        return "{}"
    return str(value)


def origin(loaded: Loaded, key: str) -> str:
    """Return where a key's value comes from: the line of the file, the tier, or the default."""
    parts = key.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if prefix in loaded.given:
            return f"{loaded.file}:{loaded.given[prefix]}"
        if prefix in loaded.origins:
            return loaded.origins[prefix]
    return "default"
