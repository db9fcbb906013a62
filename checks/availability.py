"""What a protected environment should not be without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import instance_classes
from checks.finding import warning
from findings.rule import Rule
from settings import topology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding
    from settings.model import Environment
    from settings.names import Names


def availability(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a single instance, a single zone, and burstable classes."""
    if not environment.protected:
        return
    database = environment.database
    if len(database.instances) == 1:
        yield warning(
            "protected-without-reader",
            ("database", "instances"),
            "1 instance: a failover has nowhere to go, and a failed instance is an outage of ten minutes; "
            "two or more in different zones fail over in under a minute",
        )
    placed = topology.instances(environment)
    if len(placed) > 1 and len({instance.zone for instance in placed}) == 1:
        yield warning(
            "protected-in-one-zone",
            ("database", "instances"),
            f"every instance is in {placed[0].zone}; the loss of that zone is an outage",
        )
    for instance in placed:
        known = instance_classes.find(instance.instance_class)
        if known and known.burstable:
            yield warning(
                "protected-burstable",
                ("database", "instances", instance.key, "instance_class")
                if database.instances[instance.key].instance_class
                else ("database", "instance_class"),
                f"{known.name} is burstable; AWS recommends T classes for development and test only",
            )
            return


def failover(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of different classes in one promotion tier, and of a failover to less memory.

    Aurora promotes the lowest promotion tier, in it the largest instance, among equals any (Aurora User Guide, fault
    tolerance, 2026-04).
    """
    placed = topology.instances(environment)
    by_tier: dict[int, dict[str, str]] = {}
    for one in placed:
        by_tier.setdefault(one.promotion_tier, {}).setdefault(one.instance_class, one.key)
    mixed = {tier: classes for tier, classes in by_tier.items() if len(classes) > 1}
    for tier, classes in sorted(mixed.items()):
        kinds = " and ".join(f"{name} (instance {key})" for name, key in classes.items())
        yield warning(
            "mixed-promotion-tier",
            ("database", "instances", list(classes.values())[-1]),
            f"promotion tier {tier} has {kinds}; Aurora promotes the largest of a tier; give each class its own",
        )
    memory = {one.key: size.usable_memory for one in placed if (size := topology.size(environment, one.instance_class))}
    in_order = sorted((one for one in placed if one.key in memory), key=lambda one: one.promotion_tier)
    if not in_order:
        return
    # Whichever wrote first, after the first failover these two take turns.
    pair = sorted(in_order[:2], key=lambda one: -memory[one.key])
    if not mixed and memory[pair[-1].key] < memory[pair[0].key]:
        larger, smaller = pair
        yield warning(
            "failover-to-less-memory",
            ("database", "instances", smaller.key),
            f"{smaller.instance_class} takes over from {larger.instance_class} (instance {larger.key}) with less "
            "memory; give the two lowest promotion tiers the same class",
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "failover-to-less-memory",
        "warning",
        "The instance that a failover goes to has less memory than the one it goes from",
        "The smaller writer meets the same load with fewer buffers and, by Aurora's formula, fewer connections.",
        "Give the instances of the two lowest promotion tiers the same class.",
    ),
    Rule(
        "mixed-promotion-tier",
        "warning",
        "Instances of different classes in one promotion tier",
        "Within a tier Aurora promotes the largest, which may be one that was meant for something else.",
        "Give each class a promotion tier of its own.",
    ),
    Rule(
        "protected-burstable",
        "warning",
        "A burstable class in a protected environment",
        "AWS recommends T classes for development and test; out of CPU credits they slow down or cost extra.",
        "Take an R class.",
    ),
    Rule(
        "protected-in-one-zone",
        "warning",
        "Every instance of a protected environment in one zone",
        "The loss of that zone is an outage.",
        "Spread the instances, which numbered ones do by themselves.",
    ),
    Rule(
        "protected-without-reader",
        "warning",
        "A protected environment with a single instance",
        "A failed instance is recreated in about ten minutes; a reader is promoted in under one.",
        "Set instances to 2 or more.",
    ),
)
