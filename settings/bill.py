"""What an environment costs in a month: from what its file says, and a usage that it does not say.

The floor is billed whatever happens: everything runs, nobody uses it. The ceiling has every capacity at its maximum
and the usage that is given. Quantities are kept apart as factors, so that whoever reads a line can reckon it again.
What is billed follows from the settings alone; prices are those of ``catalog.prices``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from catalog import instance_classes, prices
from settings import alarms, topology
from settings.state import S3State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catalog.prices import Price
    from settings.loaded import Loaded
    from settings.topology import PlacedInstance

NOT_COUNTED: Final = (
    "tax, discounts, reservations, the free tier",
    "data between zones, Regions and to the internet",
    "snapshots taken by hand or kept after a deletion, copies by AWS Backup, exports of either",
    "what an activity stream sends through Kinesis",
    "CPU credits beyond those that burstable classes earn",
    "log lines of Enhanced Monitoring and of RDS Proxy, queries over logs",
    "requests to KMS, Secrets Manager, SNS, SQS, the Data API and S3; the state's bucket",
    "Extended Support of major versions past their end",
    "what exists already and is only referred to: networks, keys, topics",
)
"""What a bill may have besides."""

DAYS_OF_A_MONTH: Final = 30
"""Days of a month, as retention of logs is reckoned here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What nobody can read out of a file; for the ceiling."""

    storage_gb: Decimal = Decimal(100)
    """Size of the volume."""
    io_millions: Decimal = Decimal(100)
    """Requests to the storage in a month, in millions."""
    changed_percent: Decimal = Decimal(5)
    """Share of the volume that a day changes, which is what backups hold of it."""
    logs_gb: Decimal = Decimal(10)
    """Lines of all logs in a month."""
    nat_gb: Decimal = Decimal(10)
    """What goes through NAT gateways in a month."""
    calls_millions: Decimal = Decimal(1)
    """Calls of the function in a month, in millions, of 100 milliseconds each."""


ASSUMED: Final = Usage()
"""Used where nothing is said."""

GONE: Final = ("destroyed", "forgotten")
"""Ends after which a cluster is none of the environment's; a final snapshot is not counted, either."""

CALL_SECONDS: Final = Decimal("0.1")
"""How long a call of the function is taken to last."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A number with what it counts."""

    number: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a bill."""

    key: str
    what: str
    price: Price | None
    """None if it is not known, and the line then counts nothing."""
    floor: tuple[Factor, ...]
    ceiling: tuple[Factor, ...]
    """Without a factor there is nothing to pay."""

    def amount(self, factors: Sequence[Factor]) -> Decimal:
        """Return the USD that factors come to at this line's price."""
        if self.price is None or not factors:
            return Decimal(0)
        return math.prod((one.number for one in factors), start=self.price.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an environment costs in a month, in USD."""

    environment: str
    region: str
    lines: tuple[Line, ...]
    usage: Usage

    @property
    def floor(self) -> Decimal:
        """What is billed whatever happens."""
        return sum((line.amount(line.floor) for line in self.lines), Decimal(0))

    @property
    def ceiling(self) -> Decimal:
        """What is billed at most capacity and the given usage."""
        return sum((line.amount(line.ceiling) for line in self.lines), Decimal(0))

    @property
    def has_prices(self) -> bool:
        """Whether prices of the Region are known."""
        return self.region in prices.regions()

    @property
    def unpriced(self) -> tuple[Line, ...]:
        """The lines without a price."""
        return tuple(line for line in self.lines if line.price is None)

    @property
    def unconfirmed(self) -> bool:
        """Whether the price of any line was found in no public list."""
        return any(line.price and not line.price.confirmed for line in self.lines)


def bill(loaded: Loaded, usage: Usage = ASSUMED) -> Bill:
    """Return the bill of an environment; of two clusters beside one another, of both."""
    others = [each for each in loaded.generations if not (each.serves or each.ended in GONE)]
    loaded, beside = loaded.serving, [loaded.as_only(each) for each in others]
    lines = (
        *_compute(loaded),
        *_storage(loaded, usage),
        *_insights(loaded),
        *_proxy(loaded),
        *_network(loaded, usage),
        *_keys(loaded, keys(loaded)),
        *_secrets(loaded),
        *_monitoring(loaded),
        *_logs(loaded, usage),
        *_function(loaded, usage),
        *(line for other in beside for line in _beside(other, usage)),
    )
    return Bill(environment=loaded.name, region=loaded.environment.aws.region, lines=lines, usage=usage)


def _beside(loaded: Loaded, usage: Usage) -> Iterator[Line]:
    cluster = loaded.names.cluster
    own = (*_keys(loaded, _keys_of_the_database(loaded)), *_secrets(loaded))
    for line in (*_compute(loaded), *_storage(loaded, usage), *_insights(loaded), *own):
        yield replace(line, key=f"{loaded.names.database}.{line.key}", what=f"{line.what} ({cluster})")


def count(number: int | float | Decimal, unit: str) -> Factor:
    """Return a factor."""
    return Factor(Decimal(str(number)), unit)


HOURS: Final = count(prices.HOURS, "hours")


def is_io_optimized(loaded: Loaded) -> bool:
    """Whether requests to the storage are in its price."""
    return loaded.environment.database.storage == "io_optimized"


def provisioned(loaded: Loaded) -> dict[str, list[PlacedInstance]]:
    """Return the instances that have a size, by class."""
    found: dict[str, list[PlacedInstance]] = {}
    for placed in topology.instances(loaded.environment):
        if placed.instance_class != instance_classes.SERVERLESS:
            found.setdefault(placed.instance_class, []).append(placed)
    return found


def serverless(loaded: Loaded) -> int:
    """Return how many instances are serverless."""
    placed = topology.instances(loaded.environment)
    return sum(one.instance_class == instance_classes.SERVERLESS for one in placed)


def scaled_readers(loaded: Loaded) -> tuple[int, int]:
    """Return how many readers auto scaling keeps at least, and at most, beside those of the file."""
    readers = loaded.environment.database.readers
    if readers is None:
        return 0, 0
    own = len(topology.instances(loaded.environment)) - 1
    # Other bounds hold at other times: what they allow at any time counts.
    least = min((readers.minimum, *(one.minimum for one in readers.schedule.values())))
    most = max((readers.maximum, *(one.maximum for one in readers.schedule.values())))
    return max(0, least - own), max(0, most - own)


def writer_class(loaded: Loaded) -> str:
    """Return the class that readers of auto scaling get, which is the writer's; that of whoever is promoted first."""
    return topology.in_order_of_promotion(topology.instances(loaded.environment))[0].instance_class


def _price(loaded: Loaded, item: str) -> Price | None:
    return prices.find(loaded.environment.aws.region, item)


def _acu(loaded: Loaded) -> Price | None:
    return _price(loaded, "acu.io_optimized" if is_io_optimized(loaded) else "acu")


def _compute(loaded: Loaded) -> Iterator[Line]:
    region, optimized = loaded.environment.aws.region, is_io_optimized(loaded)
    for name, placed in provisioned(loaded).items():
        always = (count(len(placed), "instances"), HOURS)
        yield Line(
            key=f"instances.{name}",
            what=f"Instances {name}" + (", I/O-Optimized" if optimized else ""),
            price=prices.of_class(region, name, io_optimized=optimized),
            floor=always,
            ceiling=always,
        )
    capacity = loaded.environment.database.capacity
    if serverless(loaded) and capacity is not None:
        instances = count(serverless(loaded), "instances")
        yield Line(
            key="capacity",
            what="Capacity of Serverless v2" + (", I/O-Optimized" if optimized else ""),
            price=_acu(loaded),
            floor=(instances, count(capacity.minimum, "ACU"), HOURS),
            ceiling=(instances, count(capacity.maximum, "ACU"), HOURS),
        )
    yield from _readers_that_come(loaded)


def _readers_that_come(loaded: Loaded) -> Iterator[Line]:
    least, most = scaled_readers(loaded)
    if not most:
        return
    name, capacity = writer_class(loaded), loaded.environment.database.capacity
    floor: tuple[Factor, ...]
    ceiling: tuple[Factor, ...]
    if name != instance_classes.SERVERLESS:
        price = prices.of_class(loaded.environment.aws.region, name, io_optimized=is_io_optimized(loaded))
        floor, ceiling = (count(least, "readers"), HOURS), (count(most, "readers"), HOURS)
    elif capacity is not None:
        price = _acu(loaded)
        floor = (count(least, "readers"), count(capacity.minimum, "ACU"), HOURS)
        ceiling = (count(most, "readers"), count(capacity.maximum, "ACU"), HOURS)
    else:
        return
    yield Line(key="readers", what=f"Readers of auto scaling, {name}", price=price, floor=floor, ceiling=ceiling)


def _storage(loaded: Loaded, usage: Usage) -> Iterator[Line]:
    optimized = is_io_optimized(loaded)
    size = count(usage.storage_gb, "GB")
    yield Line(
        key="storage",
        what="Storage" + (", I/O-Optimized" if optimized else ""),
        price=_price(loaded, "storage.io_optimized" if optimized else "storage"),
        floor=(),
        ceiling=(size,),
    )
    if not optimized:
        requests = count(usage.io_millions, "million requests")
        yield Line(key="io", what="Requests to the storage", price=_price(loaded, "io"), floor=(), ceiling=(requests,))
    # As much as the volume is free; what a day changes is kept for each further day (Aurora User Guide, "Understanding
    # Amazon Aurora backup storage usage").
    days = loaded.environment.database.backup.retention_days - 1
    share = Factor(usage.changed_percent / 100, "changed a day")
    yield Line(
        key="backup",
        what="Backups beyond the free share",
        price=_price(loaded, "backup"),
        floor=(),
        ceiling=(size, share, count(days, "days")) if days else (),
    )


def _insights(loaded: Loaded) -> Iterator[Line]:
    if loaded.environment.database.monitoring.insights != "advanced":
        return
    processors = sum(_processors(name) * len(placed) for name, placed in provisioned(loaded).items())
    least, most = scaled_readers(loaded)
    own = _processors(writer_class(loaded))
    if processors:
        yield Line(
            key="insights",
            what="Database Insights, advanced",
            price=_price(loaded, "insights.vcpu"),
            floor=(count(processors + least * own, "vCPU"), HOURS),
            ceiling=(count(processors + most * own, "vCPU"), HOURS),
        )
    capacity = loaded.environment.database.capacity
    if serverless(loaded) and capacity is not None:
        more = (least, most) if writer_class(loaded) == instance_classes.SERVERLESS else (0, 0)
        yield Line(
            key="insights.serverless",
            what="Database Insights, advanced, of Serverless v2",
            price=_price(loaded, "insights.acu"),
            floor=(count(serverless(loaded) + more[0], "instances"), count(capacity.minimum, "ACU"), HOURS),
            ceiling=(count(serverless(loaded) + more[1], "instances"), count(capacity.maximum, "ACU"), HOURS),
        )


def _processors(name: str) -> int:
    known = instance_classes.find(name)
    return known.vcpu if known else 0


def _proxy(loaded: Loaded) -> Iterator[Line]:
    access = loaded.environment.access
    if access is None or not access.proxy.enabled:
        return
    billed = sum(
        max(_processors(name), prices.PROXY_LEAST_VCPU) * len(placed) for name, placed in provisioned(loaded).items()
    )
    least, most = scaled_readers(loaded)
    name = writer_class(loaded)
    own = max(_processors(name), prices.PROXY_LEAST_VCPU) if name != instance_classes.SERVERLESS else 0
    if billed:
        yield Line(
            key="proxy",
            what="RDS Proxy",
            price=_price(loaded, "proxy.vcpu"),
            floor=(count(billed + least * own, "vCPU"), HOURS),
            ceiling=(count(billed + most * own, "vCPU"), HOURS),
        )
    capacity = loaded.environment.database.capacity
    if serverless(loaded) and capacity is not None:
        more = (least, most) if name == instance_classes.SERVERLESS else (0, 0)
        yield Line(
            key="proxy.serverless",
            what="RDS Proxy before Serverless v2",
            price=_price(loaded, "proxy.acu"),
            floor=(
                count(serverless(loaded) + more[0], "instances"),
                count(max(capacity.minimum, prices.PROXY_LEAST_ACU), "ACU"),
                HOURS,
            ),
            ceiling=(
                count(serverless(loaded) + more[1], "instances"),
                count(max(capacity.maximum, prices.PROXY_LEAST_ACU), "ACU"),
                HOURS,
            ),
        )


def _network(loaded: Loaded, usage: Usage) -> Iterator[Line]:
    network = loaded.environment.network.create
    if network is None:
        return
    spread = topology.zones(loaded.environment.aws)
    gateways = {"none": 0, "single": 1, "per_zone": len(spread)}[network.nat]
    if gateways:
        always = (count(gateways, "gateways"), HOURS)
        yield Line(key="nat", what="NAT gateways", price=_price(loaded, "nat"), floor=always, ceiling=always)
        yield Line(
            key="nat.data",
            what="Data through NAT gateways",
            price=_price(loaded, "nat.data"),
            floor=(),
            ceiling=(count(usage.nat_gb, "GB"),),
        )
        addresses = (count(gateways, "addresses"), HOURS)
        yield Line(
            key="public_ipv4",
            what="Public addresses of NAT gateways",
            price=_price(loaded, "public_ipv4"),
            floor=addresses,
            ceiling=addresses,
        )
    if network.interface_endpoints:
        placed = sum(
            sum(zone in network.endpoint_zones.get(service, spread) for zone in spread)
            for service in network.interface_endpoints
        )
        endpoints = (count(placed, "endpoints, one in each zone"), HOURS)
        yield Line(
            key="endpoints",
            what="Interface endpoints",
            price=_price(loaded, "endpoint"),
            floor=endpoints,
            ceiling=endpoints,
        )


def keys(loaded: Loaded) -> int:
    """Return how many KMS keys are the environment's own."""
    environment = loaded.environment
    manages_bucket = isinstance(environment.state, S3State) and environment.state.manage_bucket
    own = (
        environment.network.create is not None,
        environment.access is not None,
        environment.monitoring.enabled
        and any(
            part.topic is None for part in (environment.monitoring.notify.page, environment.monitoring.notify.ticket)
        ),
        manages_bucket,
    )
    return _keys_of_the_database(loaded) + sum(own)


def _keys_of_the_database(loaded: Loaded) -> int:
    given, database = loaded.environment.encryption, loaded.environment.database
    copies = database.backup.copies
    own = (
        given.data is None,
        given.secrets is None and database.master_user.is_managed,
        given.logs is None,
        database.activity_stream is not None,
        copies is not None,
        copies is not None and copies.region is not None,
    )
    return sum(own)


def _keys(loaded: Loaded, number: int) -> Iterator[Line]:
    made = count(number, "keys")
    if made.number:
        yield Line(
            key="keys",
            what="KMS keys; each of the first two rotations adds as much again",
            price=_price(loaded, "kms_key"),
            floor=(made,),
            ceiling=(made, count(1 + prices.ROTATIONS_OF_A_KEY, "versions")),
        )


def _secrets(loaded: Loaded) -> Iterator[Line]:
    if loaded.environment.database.master_user.is_managed:
        one = (count(1, "secret"),)
        yield Line(key="secret", what="Master secret", price=_price(loaded, "secret"), floor=one, ceiling=one)


def _monitoring(loaded: Loaded) -> Iterator[Line]:
    environment = loaded.environment
    # One more watches the queue of runs that failed.
    number = (len(alarms.alarms(loaded)) if environment.monitoring.enabled else 0) + (environment.access is not None)
    if number:
        all_of_them = (count(number, "alarms"),)
        yield Line(key="alarms", what="Alarms", price=_price(loaded, "alarm"), floor=all_of_them, ceiling=all_of_them)
    if not environment.monitoring.enabled:
        return
    one = (count(1, "alarm"),)
    yield Line(
        key="alarms.composite", what="Composite alarm", price=_price(loaded, "alarm.composite"), floor=one, ceiling=one
    )
    yield Line(
        key="metrics",
        what="Metrics of log lines, of those that appear",
        price=_price(loaded, "metric"),
        floor=(),
        ceiling=(count(len(alarms.log_metrics(loaded, beside=[loaded.names])), "metrics"),),
    )
    board = (count(1, "dashboard"),)
    yield Line(key="dashboard", what="Dashboard", price=_price(loaded, "dashboard"), floor=board, ceiling=board)


def _logs(loaded: Loaded, usage: Usage) -> Iterator[Line]:
    lines = count(usage.logs_gb, "GB")
    yield Line(key="logs", what="Log lines that come in", price=_price(loaded, "logs"), floor=(), ceiling=(lines,))
    logs = loaded.environment.database.logs
    longest = max(logs.postgresql, logs.iam_db_auth_error, logs.instance)
    yield Line(
        key="logs.kept",
        what=f"Log lines kept for {longest} days, before compression",
        price=_price(loaded, "logs.kept"),
        floor=(),
        ceiling=(lines, Factor((Decimal(longest) / DAYS_OF_A_MONTH).quantize(Decimal("0.01")), "months")),
    )


def _function(loaded: Loaded, usage: Usage) -> Iterator[Line]:
    access = loaded.environment.access
    if access is None:
        return
    calls = count(usage.calls_millions, "million calls")
    yield Line(
        key="function.requests",
        what="Calls of the function",
        price=_price(loaded, "function.requests"),
        floor=(),
        ceiling=(calls,),
    )
    yield Line(
        key="function.compute",
        what="Runs of the function",
        price=_price(loaded, "function.compute"),
        floor=(),
        ceiling=(
            Factor(usage.calls_millions * 1_000_000, "calls"),
            Factor(CALL_SECONDS, "seconds"),
            Factor(Decimal(access.memory_mb) / 1024, "GB"),
        ),
    )
