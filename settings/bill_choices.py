"""What another choice would cost: one step more or less of each thing, and from where on another kind is cheaper.

Every step is the difference of two whole bills, so whatever follows from it (alarms, Insights, RDS Proxy) is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from catalog import instance_classes, prices
from settings import bill as bills
from settings import topology
from settings.bill import Usage, bill
from settings.model import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings.loaded import Loaded
    from settings.model import Capacity

ACU_STEP: Final = 0.5
"""Steps of capacity (Aurora User Guide, "Setting the capacity range")."""

ONE_MORE: Final = "one-more"
"""Key of the instance that a step adds; no file has it, as nothing is written."""


GATEWAYS: Final = {"none": "no NAT gateway", "single": "one NAT gateway", "per_zone": "a NAT gateway in each zone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a choice adds to a month, in USD; less is negative."""

    what: str
    floor: Decimal
    ceiling: Decimal


def steps(loaded: Loaded, usage: Usage) -> list[Step]:
    """Return what one step more or less of each thing comes to, as far as prices are known."""
    now = bill(loaded, usage)
    if not now.has_prices:
        return []
    found = []
    for what, other in _others(loaded):
        then = bill(other, usage)
        if {line.key for line in then.unpriced} <= {line.key for line in now.unpriced}:
            found.append(Step(what=what, floor=then.floor - now.floor, ceiling=then.ceiling - now.ceiling))
    return found


def _others(loaded: Loaded) -> Iterator[tuple[str, Loaded]]:
    database = loaded.environment.database
    yield "one instance more", _database(loaded, instances={**database.instances, ONE_MORE: Instance()})
    if len(database.instances) > 1:
        yield "one instance less", _database(loaded, instances=dict(list(database.instances.items())[:-1]))
    for name in bills.provisioned(loaded):
        for word, other in (("larger", neighbour(name, 1)), ("smaller", neighbour(name, -1))):
            if other:
                yield f"every {name} one size {word} ({other})", _with_class(loaded, name, other)
    capacity = database.capacity
    if bills.serverless(loaded) and capacity is not None:
        yield from _capacities(loaded, capacity)
    readers = database.readers
    if readers is not None:
        most = readers.model_copy(update={"maximum": readers.maximum + 1})
        yield "one reader more at most", _database(loaded, readers=most)
    insights = "standard" if database.monitoring.insights == "advanced" else "advanced"
    monitoring = database.monitoring.model_copy(update={"insights": insights})
    yield f"Database Insights {insights}", _database(loaded, monitoring=monitoring)
    yield from _networks(loaded)


def _capacities(loaded: Loaded, capacity: Capacity) -> Iterator[tuple[str, Loaded]]:
    for key, by in (("maximum", 1.0), ("maximum", -1.0), ("minimum", ACU_STEP), ("minimum", -ACU_STEP)):
        value = getattr(capacity, key) + by
        changed = capacity.model_copy(update={key: value})
        if 0 <= changed.minimum <= changed.maximum and changed.maximum >= 1:
            word = "more" if by > 0 else "less"
            yield f"{abs(by):g} ACU {word} of {key} capacity", _database(loaded, capacity=changed)


def _networks(loaded: Loaded) -> Iterator[tuple[str, Loaded]]:
    create = loaded.environment.network.create
    if create is None:
        return
    for nat, said in GATEWAYS.items():
        if nat != create.nat:
            yield said, _network(loaded, nat=nat)
    more = [*create.interface_endpoints, ONE_MORE]
    yield "one interface endpoint more", _network(loaded, interface_endpoints=more)


def io_optimized_from(loaded: Loaded, usage: Usage) -> Decimal | None:
    """Return from how many million requests a month on I/O-Optimized is cheaper; None if prices are missing.

    With the given size of the volume, and every capacity at its maximum.
    """
    idle = replace(usage, io_millions=Decimal(0))
    standard = bill(_database(loaded, storage="standard"), idle)
    optimized = bill(_database(loaded, storage="io_optimized"), idle)
    request = prices.find(standard.region, "io")
    if request is None or standard.unpriced or optimized.unpriced:
        return None
    return (optimized.ceiling - standard.ceiling) / request.amount


def acu_for_the_price(loaded: Loaded) -> dict[str, Decimal]:
    """Return, by class, the average ACU below which a serverless instance costs less than one of it."""
    region, optimized = loaded.environment.aws.region, bills.is_io_optimized(loaded)
    acu = prices.find(region, "acu.io_optimized" if optimized else "acu")
    found = {}
    for name in _compared(loaded):
        price = prices.of_class(region, name, io_optimized=optimized)
        if acu is not None and price is not None:
            found[name] = price.amount / acu.amount
    return found


def _compared(loaded: Loaded) -> list[str]:
    """Return the classes in use, or those that hold what a serverless instance may grow to."""
    used = list(bills.provisioned(loaded))
    capacity = loaded.environment.database.capacity
    if used or capacity is None:
        return used
    memory = capacity.maximum * topology.GIB_PER_ACU
    region = loaded.environment.aws.region
    fitting = [
        one
        for name in instance_classes.names()
        if (one := instance_classes.find(name)) is not None
        and one.memory_gib >= memory
        and name in instance_classes.offered(region)
        and prices.of_class(region, name) is not None
    ]
    if not fitting:
        return []
    cheapest = min(fitting, key=lambda one: (_hourly(region, one.name), one.name))
    return [cheapest.name]


def _hourly(region: str, name: str) -> Decimal:
    price = prices.of_class(region, name)
    return price.amount if price else Decimal(0)


def neighbour(name: str, by: int) -> str | None:
    """Return the class of the next size up or down in the same family."""
    known = instance_classes.find(name)
    family = [one for one in instance_classes.names() if known and one.split(".")[1] == known.family]
    place = family.index(name) + by if name in family else -1
    return family[place] if 0 <= place < len(family) else None


def _with_class(loaded: Loaded, name: str, other: str) -> Loaded:
    database = loaded.environment.database
    instances = {
        key: own.model_copy(update={"instance_class": other}) if own.instance_class == name else own
        for key, own in database.instances.items()
    }
    default = other if database.instance_class == name else database.instance_class
    return _database(loaded, instances=instances, instance_class=default)


def _database(loaded: Loaded, **update: Any) -> Loaded:
    environment = loaded.environment
    changed = environment.database.model_copy(update=update)
    return replace(loaded, environment=environment.model_copy(update={"database": changed}))


def _network(loaded: Loaded, **update: Any) -> Loaded:
    environment = loaded.environment
    create = environment.network.create
    if create is None:
        return loaded
    network = environment.network.model_copy(update={"create": create.model_copy(update=update)})
    return replace(loaded, environment=environment.model_copy(update={"network": network}))
