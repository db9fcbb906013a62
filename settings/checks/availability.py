"""What a protected environment should not be without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import instance_classes
from settings import topology
from settings.checks.finding import warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings.findings import Finding
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
