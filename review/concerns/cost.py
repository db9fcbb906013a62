"""What a plan adds to a month's bill, by the list prices of the catalogue, as far as it can be read out of it.

Counted is what is billed by the hour or the piece: instances, capacity, Insights, NAT gateways, endpoints, keys,
alarms, dashboards. What is billed by use (storage, requests, backups, logs, RDS Proxy) is in ``main.py cost``.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from catalog import instance_classes, prices
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review.context import CLUSTER, INSTANCE, SERVERLESS
from review.finding import NOW, Found
from review.words import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context

Side: TypeAlias = Literal["before", "after"]

ARN: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9]):.*")

PIECES: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "aws_nat_gateway": (("nat", prices.HOURS), ("public_ipv4", prices.HOURS)),
    "aws_kms_key": (("kms_key", 1),),
    "aws_cloudwatch_metric_alarm": (("alarm", 1),),
    "aws_cloudwatch_composite_alarm": (("alarm.composite", 1),),
    "aws_cloudwatch_dashboard": (("dashboard", 1),),
}
"""Resources that cost the same whatever their arguments: items of the price list, and how many of their units."""

CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Amount:
    """What something costs in a month, in USD: at least, and at most."""

    floor: Decimal
    ceiling: Decimal

    def __sub__(self, other: _Amount) -> _Amount:
        return _Amount(self.floor - other.floor, self.ceiling - other.ceiling)

    def __add__(self, other: _Amount) -> _Amount:
        return _Amount(self.floor + other.floor, self.ceiling + other.ceiling)


NOTHING: Final = _Amount(Decimal(0), Decimal(0))


def cost(context: Context) -> Iterator[Found]:
    """Yield what a month costs more, or less, after the plan; nothing where its Region has no prices."""
    region = _region(context)
    if region not in prices.regions():
        return
    total, unknown = NOTHING, set()
    counted: Counter[str] = Counter()
    for change in context.changes:
        if change.deposed or not _is_priced(change):
            continue
        before = _amount(context, change, "before", region)
        after = _amount(context, change, "after", region)
        if before is None or after is None:
            unknown |= {_name(change, "before")} if before is None else set()
            unknown |= {_name(change, "after")} if after is None else set()
        elif before != after:
            total += after - before
            counted[_name(change, "before")] -= change.before is not None
            counted[_name(change, "after")] += change.after is not None and change.kind != "forget"
    if total != NOTHING:
        yield Found(
            rule="monthly-cost",
            severity="none",
            effect="cost",
            when=NOW,
            because=_said(total, counted, unknown),
            source=f"AWS's list prices, {prices.AS_OF}",
            certainty="inferred",
        )


def _region(context: Context) -> str:
    if context.plan.region:
        return context.plan.region
    for change in context.of_type(CLUSTER, INSTANCE):
        for arn in (change.old("arn"), change.new("arn")):
            found = ARN.fullmatch(arn) if isinstance(arn, str) else None
            if found:
                return found["region"]
    return ""


def _is_priced(change: Change) -> bool:
    return change.type in PIECES or change.type in (INSTANCE, "aws_vpc_endpoint")


def _name(change: Change, side: Side) -> str:
    name = _value(change, side, "instance_class") if change.type == INSTANCE else None
    return name if isinstance(name, str) else change.type


def _value(change: Change, side: Side, argument: str) -> Any:
    return change.old(argument) if side == "before" else change.new(argument)


def _amount(context: Context, change: Change, side: Side, region: str) -> _Amount | None:
    """Return what a resource costs on one side of the plan; None if that is not known."""
    if getattr(change, side) is None or (side == "after" and change.kind == "delete"):
        return NOTHING
    if change.type == INSTANCE:
        return _of_instance(context, change, side, region)
    if change.type == "aws_vpc_endpoint":
        return _of_endpoint(change, side, region)
    total = Decimal(0)
    for item, units in PIECES[change.type]:
        price = prices.find(region, item)
        if price is None:
            return None
        total += price.amount * units
    return _Amount(total, total)


def _of_endpoint(change: Change, side: Side, region: str) -> _Amount | None:
    if _value(change, side, "vpc_endpoint_type") != "Interface":
        return NOTHING
    subnets, price = _value(change, side, "subnet_ids"), prices.find(region, "endpoint")
    if price is None or not isinstance(subnets, list):
        return None
    total = price.amount * len(subnets) * prices.HOURS
    return _Amount(total, total)


def _of_instance(context: Context, change: Change, side: Side, region: str) -> _Amount | None:
    name, cluster = _value(change, side, "instance_class"), context.cluster_of(change)
    kind = _value(cluster, side, "storage_type") if cluster else None
    optimized = kind == "aurora-iopt1"
    advanced = cluster is not None and _value(cluster, side, "database_insights_mode") == "advanced"
    if name == SERVERLESS:
        return _of_capacity(cluster, side, region, optimized=optimized, advanced=advanced)
    known = instance_classes.find(name) if isinstance(name, str) else None
    price = prices.of_class(region, name, io_optimized=optimized) if known else None
    insights = prices.find(region, "insights.vcpu")
    if known is None or price is None or insights is None:
        return None
    total = (price.amount + (insights.amount * known.vcpu if advanced else 0)) * prices.HOURS
    return _Amount(total, total)


def _of_capacity(cluster: Change | None, side: Side, region: str, *, optimized: bool, advanced: bool) -> _Amount | None:
    price = prices.find(region, "acu.io_optimized" if optimized else "acu")
    insights = prices.find(region, "insights.acu")
    if cluster is None or price is None or insights is None:
        return None
    scaling = _value(cluster, side, "serverlessv2_scaling_configuration")
    block = scaling[0] if isinstance(scaling, list) and len(scaling) == 1 else scaling
    if not isinstance(block, dict):
        return None
    ends = []
    for end in ("min_capacity", "max_capacity"):
        number = block.get(end)
        if number is UNKNOWN or isinstance(number, bool) or not isinstance(number, (int, float)):
            return None
        ends.append(Decimal(str(number)) * (price.amount + (insights.amount if advanced else 0)) * prices.HOURS)
    return _Amount(*ends)


def _said(total: _Amount, counted: Counter[str], unknown: set[str]) -> str:
    less = total.ceiling < 0 or (total.ceiling == 0 and total.floor < 0)
    low, high = (abs(one).quantize(CENT, ROUND_HALF_UP) for one in (total.floor, total.ceiling))
    amount = f"about {low:,}" if low == high else f"at least {low:,}, at most {high:,}"
    changed = [f"{number:+} {code(name)}" for name, number in sorted(counted.items()) if number]
    what = f": {', '.join(changed)}" if changed else ""
    besides = f"; not counted, for want of a price: {', '.join(map(code, sorted(unknown)))}" if unknown else ""
    return f"a month costs {amount} USD {'less' if less else 'more'}{what}{besides}"


RULES: Final = (
    Rule(
        "monthly-cost",
        "note",
        "What a month costs more or less",
        "The sum of what is billed by the hour or the piece, by list prices; main.py cost has the whole bill.",
        "Nothing has to be done.",
    ),
)
