"""What an environment costs, as people and machines read it: every line with its arithmetic, and what it leaves out."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from catalog import prices
from findings.layout import prose, table
from settings import bill_choices
from settings.bill import NOT_COUNTED, Bill, bill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from settings.bill import Factor, Line, Usage
    from settings.loaded import Loaded

CENT: Final = Decimal("0.01")

MARK: Final = "~"
"""In front of whatever rests on a price that no public list was found for."""


SINGULARS: Final = {"addresses": "address"}
"""Of one; of other units the s goes."""


def money(amount: Decimal) -> str:
    """Return USD with cents and thousands."""
    return f"{amount.quantize(CENT, ROUND_HALF_UP):,}"


def number(amount: Decimal) -> str:
    """Return a number without needless zeros."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def arithmetic(line: Line, factors: Sequence[Factor]) -> str:
    """Return how a line comes to its amount, such as ``2 instances x 730 hours x 0.29``."""
    if not factors:
        return "nothing"
    price = "?" if line.price is None else (MARK if not line.price.confirmed else "") + number(line.price.amount)
    return " x ".join([*(f"{number(one.number)} {_unit(one)}" for one in factors), price])


def _unit(factor: Factor) -> str:
    if factor.number != 1 or factor.unit.startswith("million"):
        return factor.unit
    return SINGULARS.get(factor.unit, factor.unit.removesuffix("s"))


def as_text(loaded: Sequence[Loaded], usage: Usage, width: int | None = None) -> str:
    """Return the bills for people, fitted to a width if there is one."""
    lines: list[str] = []
    known = [bill(one, usage) for one in loaded]
    for one, found in zip(loaded, known, strict=True):
        lines += [*_text(one, found, width), ""]
    if len(known) > 1:
        floor, ceiling = (sum((getattr(one, end) for one in known), Decimal(0)) for end in ("floor", "ceiling"))
        lines += [f"All {len(known)} together: {money(floor)} to {money(ceiling)} USD a month", ""]
    lines += ["Not counted:", *(line for what in NOT_COUNTED for line in prose(what, width, indent="  "))]
    return "\n".join(lines) + "\n"


def _text(loaded: Loaded, found: Bill, width: int | None) -> Iterator[str]:
    yield from prose(summary(found), width)
    for note in _notes(found):
        yield from prose(note, width, indent="  ")
    yield ""
    rows = [("", "at least", "at most", "at most is")]
    for line in found.lines:
        floor, ceiling = (money(line.amount(factors)) if line.price else "?" for factors in (line.floor, line.ceiling))
        rows.append((line.what, floor, ceiling, arithmetic(line, line.ceiling)))
    rows.append(("Together", money(found.floor), money(found.ceiling), ""))
    yield from _table(rows, width)
    changes = bill_choices.steps(loaded, found.usage)
    if changes:
        yield ""
        yield from _table(
            [
                ("One step more or less", "at least", "at most", ""),
                *((step.what, _signed(step.floor), _signed(step.ceiling), "") for step in changes),
            ],
            width,
        )
    others = list(_others(loaded, found))
    if others:
        yield ""
        for other in others:
            yield from prose(other, width)


def summary(found: Bill) -> str:
    """Return an environment's floor and ceiling in one line."""
    if not found.has_prices:
        return f"{found.environment}: no prices of {found.region} are known"
    mark = f"about {MARK}" if found.unconfirmed else ""
    return (
        f"{found.environment}: {mark}{money(found.floor)} to {mark and MARK}{money(found.ceiling)} USD a month in "
        f"{found.region}, by list prices of {prices.AS_OF}"
    )


def _notes(found: Bill) -> Iterator[str]:
    usage = found.usage
    yield (
        f"At most: every capacity at its maximum, {number(usage.storage_gb)} GB of data of which a day changes "
        f"{number(usage.changed_percent)} %, {number(usage.io_millions)} million requests to the storage, "
        f"{number(usage.logs_gb)} GB of logs, {number(usage.nat_gb)} GB through NAT, {number(usage.calls_millions)} "
        "million calls."
    )
    if not found.has_prices:
        yield f"Known are prices of {', '.join(prices.regions())}; the quantities below hold in every Region."
        return
    if found.unpriced:
        names = ", ".join(line.what for line in found.unpriced)
        yield f"Without a known price, and not in the sums: {names}."
    if found.unconfirmed:
        yield f"{MARK} marks prices that follow from another Region's or size's; calculator.aws has AWS's own."


def _others(loaded: Loaded, found: Bill) -> Iterator[str]:
    """Yield from where on another kind of storage, or of capacity, is cheaper."""
    requests = bill_choices.io_optimized_from(loaded, found.usage)
    if requests is not None:
        size = number(found.usage.storage_gb)
        yield (
            f"I/O-Optimized is cheaper from {number(requests.quantize(Decimal(1), ROUND_HALF_UP))} million requests a "
            f"month on, with {size} GB of data and every capacity at its maximum."
        )
    for name, acu in bill_choices.acu_for_the_price(loaded).items():
        average = number(acu.quantize(CENT))
        yield f"Serverless v2 is cheaper than {name} as long as it takes less than {average} ACU on average."


def _signed(amount: Decimal) -> str:
    text = money(abs(amount))
    return f"-{text}" if amount.quantize(CENT, ROUND_HALF_UP) < 0 else f"+{text}"


def _table(rows: Iterable[tuple[str, str, str, str]], width: int | None) -> Iterator[str]:
    return table([(f"  {what}", *numbers) for what, *numbers in rows], width, right=(1, 2))


def as_json(loaded: Iterable[Loaded], usage: Usage) -> str:
    """Return the bills for machines; amounts are text with all their digits, in USD."""
    return json.dumps(
        {
            "currency": "USD",
            "prices_of": prices.AS_OF.isoformat(),
            "hours_of_a_month": prices.HOURS,
            "environments": [_document(one, bill(one, usage)) for one in loaded],
            "not_counted": list(NOT_COUNTED),
        },
        indent=2,
        ensure_ascii=False,
    )


def _document(loaded: Loaded, found: Bill) -> dict[str, Any]:
    requests = bill_choices.io_optimized_from(loaded, found.usage)
    return {
        "environment": found.environment,
        "region": found.region,
        "prices_known": found.has_prices,
        "floor": _plain(found.floor) if found.has_prices else None,
        "ceiling": _plain(found.ceiling) if found.has_prices else None,
        "usage": {name: _plain(getattr(found.usage, name)) for name in type(found.usage).__dataclass_fields__},
        "lines": [
            {
                "line": line.key,
                "what": line.what,
                "price": _plain(line.price.amount) if line.price else None,
                "unit": line.price.unit if line.price else None,
                "confirmed": line.price.confirmed if line.price else None,
                "floor": _plain(line.amount(line.floor)) if line.price else None,
                "floor_is": arithmetic(line, line.floor),
                "ceiling": _plain(line.amount(line.ceiling)) if line.price else None,
                "ceiling_is": arithmetic(line, line.ceiling),
            }
            for line in found.lines
        ],
        "steps": [
            {"what": step.what, "floor": _plain(step.floor), "ceiling": _plain(step.ceiling)}
            for step in bill_choices.steps(loaded, found.usage)
        ],
        "io_optimized_from_million_requests": None if requests is None else _plain(requests),
        "serverless_below_acu": {name: _plain(acu) for name, acu in bill_choices.acu_for_the_price(loaded).items()},
    }


def _plain(amount: Decimal) -> str:
    return number(amount.quantize(Decimal("0.000001"))).replace(",", "")
