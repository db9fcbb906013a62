"""Draws a picture as SVG: plain elements at whole places, the same for the same stacks, for light and dark pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from operations.diagram.model import Admitted, Instance, Picture, Target

WIDTH: Final = 1000
"""As wide as a README is shown; at that width letters are as large as the page's."""

STYLE: Final = """\
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-size: 18px; font-weight: 600; }
  .head { font-weight: 600; }
  .small { font-size: 11px; fill: #59636e; }
  .page { fill: #ffffff; }
  .frame { fill: none; stroke: #59636e; stroke-width: 1.5; }
  .subnet { fill: #59636e; fill-opacity: .06; stroke: #59636e; stroke-dasharray: 4 3; }
  .box { fill: #ffffff; stroke: #59636e; }
  .data { fill: #ddf4ff; stroke: #0969da; }
  .compute { fill: #fff1e5; stroke: #bc4c00; }
  .watch { fill: #dafbe1; stroke: #1a7f37; }
  .key { fill: #fbefff; stroke: #8250df; }
  .arrow { fill: none; stroke: #1f2328; stroke-width: 1.3; }
  .tip { fill: #1f2328; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .page { fill: #0d1117; }
    .frame, .subnet, .box { stroke: #9198a1; }
    .subnet { fill: #9198a1; }
    .box { fill: #151b23; }
    .data { fill: #0c2d6b; stroke: #4493f8; }
    .compute { fill: #5a1e02; stroke: #f0883e; }
    .watch { fill: #04260f; stroke: #3fb950; }
    .key { fill: #271052; stroke: #ab7df8; }
    .arrow { stroke: #f0f6fc; }
    .tip { fill: #f0f6fc; }
  }
"""

LETTERS: Final = {"title": 10.5, "head": 7.2, "small": 6.1}
"""Width of a letter by the kind of text, on average, rather too wide than too narrow."""

TARGETS: Final[dict[Target, str]] = {"database": "cluster", "proxy": "proxy"}

LINE: Final = 16
PAD: Final = 10
LEFT: Final = 20
SOURCES: Final = 190
"""Width of the column of those who are let in."""
VPC_X: Final = 250
VPC_WIDTH: Final = 510
SERVICES_X: Final = 800
SERVICES: Final = 180
"""Width of the column of services outside of the network."""
BAR: Final = 44


@dataclass
class _Canvas:
    """Collects elements, and how far down they reach."""

    elements: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    """Arrows, which are drawn last."""
    bottom: int = 0

    def box(self, x: int, y: int, width: int, height: int, *, kind: str) -> None:
        """Draw a rectangle."""
        self.elements.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="4"/>')
        self.bottom = max(self.bottom, y + height)

    def text(self, x: int, y: int, text: str, width: int, *, kind: str) -> None:
        """Write a line that stays within a width; what is cut can be read by pointing at it."""
        most = int(width / LETTERS[kind])
        shown, told = (text, "") if len(text) <= most else (f"{text[: most - 1]}…", f"<title>{escape(text)}</title>")
        self.elements.append(f'<text class="{kind}" x="{x}" y="{y}">{escape(shown)}{told}</text>')
        self.bottom = max(self.bottom, y)

    def card(self, x: int, y: int, width: int, *, kind: str, head: str, lines: Iterable[str] = ()) -> int:
        """Draw a box with a heading and lines; return where it ends."""
        those = [line for line in lines if line]
        height = 2 * PAD + LINE * (1 + len(those)) - 6
        self.box(x, y, width, height, kind=kind)
        self.text(x + PAD, y + PAD + 9, head, width - 2 * PAD, kind="head")
        for number, line in enumerate(those, 1):
            self.text(x + PAD, y + PAD + 9 + number * LINE, line, width - 2 * PAD, kind="small")
        return y + height

    def instance(self, picture: Picture, one: Instance, place: tuple[int, int], width: int) -> None:
        """Draw an instance."""
        x, y = place
        own = one.name.removeprefix(f"{picture.cluster}-")
        self.box(x, y, width, BAR, kind="data")
        self.text(x + 6, y + 18, one.name if own == one.name else f"Instance {own}", width - 8, kind="head")
        self.text(x + 6, y + 34, f"{one.size}, tier {one.tier}", width - 8, kind="small")

    def arrow(self, *points: tuple[int, int]) -> None:
        """Draw a line with a tip at its end."""
        path = " ".join(f"{x},{y}" for x, y in points)
        self.over.append(f'<polyline class="arrow" points="{path}" marker-end="url(#tip)"/>')


def svg(picture: Picture) -> str:
    """Return the picture of an environment."""
    canvas = _Canvas()
    canvas.text(LEFT, 32, f"{picture.name}: {picture.cluster}, {picture.engine}", WIDTH - 2 * LEFT, kind="title")
    places = _network(canvas, picture, 52)
    _sources(canvas, picture, places)
    _services(canvas, picture, places)
    _watching(canvas, picture, max(places.bottom, canvas.bottom) + 28, places)
    height = canvas.bottom + LEFT
    title = f"{picture.name}: {picture.cluster}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            'role="img" aria-labelledby="title">',
            f'<title id="title">{escape(title)}</title>',
            f"<style>\n{STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto-start-reverse"><path class="tip" d="M0,0 L8,4 L0,8 z"/></marker></defs>',
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            *canvas.elements,
            *canvas.over,
            "</svg>\n",
        )
    )


@dataclass
class _Places:
    """Where arrows begin and end: the middle of each bar, by what it is."""

    middles: dict[str, int] = field(default_factory=dict)
    bottoms: dict[str, int] = field(default_factory=dict)
    tops: dict[str, int] = field(default_factory=dict)
    top: int = 0
    bottom: int = 0
    zones: dict[str, int] = field(default_factory=dict)
    """The left edge of each zone's column."""
    width: int = 0
    """Of a column."""


def _network(canvas: _Canvas, picture: Picture, y: int) -> _Places:
    """Draw the network with what stands in it."""
    places = _Places(top=y)
    columns = list(picture.zones) or [""]
    if any(not one.zone for one in picture.instances):
        columns.append("")
    columns = list(dict.fromkeys(columns))
    places.width = (VPC_WIDTH - PAD * (len(columns) + 1)) // len(columns)
    places.zones = {zone: VPC_X + PAD + number * (places.width + PAD) for number, zone in enumerate(columns)}
    start = len(canvas.elements)
    canvas.text(VPC_X + PAD, y + 20, picture.vpc, VPC_WIDTH - 2 * PAD, kind="head")
    below = y + 30
    for zone, left in places.zones.items():
        canvas.text(left, below + 12, zone or "zone by AWS", places.width, kind="small")
    below += 20
    for kind in picture.kinds:
        below = _row(canvas, picture, places, kind, below) + PAD
    places.bottom = below
    canvas.elements.insert(
        start,
        f'<rect class="frame" x="{VPC_X}" y="{y}" width="{VPC_WIDTH}" height="{below - y}" rx="6"/>',
    )
    _inside(canvas, picture, places)
    return places


def _row(canvas: _Canvas, picture: Picture, places: _Places, kind: str, y: int) -> int:
    """Draw the subnets of one kind, and over them what spans their zones; return where they end."""
    lefts, width = places.zones, places.width
    bars = _bars(picture, kind)
    instances = picture.instances if kind == picture.database_kind else ()
    by_zone = {zone: [one for one in instances if one.zone == zone] for zone in lefts}
    most = max((len(those) for those in by_zone.values()), default=0)
    height = 26 + len(bars) * (BAR + 8) + most * 50 + 4
    subnets = {one.zone: one for one in picture.subnets if one.kind == kind}
    for zone, left in lefts.items():
        if zone in subnets or by_zone[zone]:
            canvas.box(left, y, width, height, kind="subnet")
            said = subnets.get(zone)
            canvas.text(left + 6, y + 15, f"{kind} {said.label if said else ''}".strip(), width - 8, kind="small")
    below = y + 24
    for key, style, head, line in bars:
        canvas.box(VPC_X + 2 * PAD, below, VPC_WIDTH - 4 * PAD - 20, BAR, kind=style)
        canvas.text(VPC_X + 3 * PAD, below + 18, head, VPC_WIDTH - 7 * PAD - 20, kind="head")
        canvas.text(VPC_X + 3 * PAD, below + 34, line, VPC_WIDTH - 7 * PAD - 20, kind="small")
        places.tops[key], places.middles[key], places.bottoms[key] = below, below + BAR // 2, below + BAR
        below += BAR + 8
    for zone, left in lefts.items():
        for number, one in enumerate(by_zone[zone]):
            canvas.instance(picture, one, (left + 6, below + number * 50), width - 12)
    return y + height


def _bars(picture: Picture, kind: str) -> list[tuple[str, str, str, str]]:
    """Return what spans the zones of a kind of subnets: its key, style and two lines."""
    found = []
    gateways = [one.zone for one in picture.subnets if one.kind == kind and one.nat]
    if gateways:
        found.append(("nat", "box", f"NAT gateways: {len(gateways)}", ", ".join(gateways)))
    if kind == "private":
        if picture.endpoints:
            found.append(("endpoints", "box", "Endpoints", ", ".join(picture.endpoints)))
        if picture.functions:
            daily = f", the second by {picture.schedule}" if picture.schedule else ""
            found.append(
                ("function", "compute", "Functions (Lambda)", ", ".join(map(picture.short, picture.functions)) + daily)
            )
        if picture.proxy:
            found.append(("proxy", "compute", "RDS Proxy", f"{picture.short(picture.proxy)}, IAM and TLS"))
    if kind == picture.database_kind:
        size = f", {picture.capacity}" if picture.capacity else ""
        found.append(
            (
                "database",
                "data",
                f"Cluster {picture.cluster}",
                f"{picture.engine}, port {picture.port}, IAM and TLS{size}",
            )
        )
    return found


def _inside(canvas: _Canvas, picture: Picture, places: _Places) -> None:
    """Draw who talks to whom inside the network, along its right edge."""
    edge = VPC_X + VPC_WIDTH - 2 * PAD - 20
    lane = edge + 8
    pairs: list[tuple[str, Target]] = [("function", target) for target in picture.function_reaches]
    if picture.proxy:
        pairs.append(("proxy", "database"))
    for origin, target in dict.fromkeys(pairs):
        if origin in places.middles and target in places.middles:
            begin, end = places.middles[origin] + 6, places.middles[target] - 6
            canvas.arrow((edge, begin), (lane, begin), (lane, end), (edge, end))
            lane += 7
    if "function" in places.middles and "endpoints" in places.middles:
        middle = VPC_X + VPC_WIDTH // 2
        canvas.arrow((middle, places.tops["function"]), (middle, places.bottoms["endpoints"]))


def _sources(canvas: _Canvas, picture: Picture, places: _Places) -> None:
    """Draw who is let in, each with its ways."""
    canvas.text(LEFT, places.top + 20, "May connect", SOURCES, kind="head")
    y, lane = places.top + 30, VPC_X - 6
    ways: dict[tuple[str, str], list[Admitted]] = {}
    for one in picture.admitted:
        ways.setdefault((one.who, one.address), []).append(one)
    if not ways:
        canvas.text(LEFT, y + 14, "nobody from outside", SOURCES, kind="small")
    counted: dict[str, int] = {}
    for (who, address), those in ways.items():
        ports = ", ".join(f"{TARGETS[one.target]} {one.port}" for one in those)
        end = canvas.card(LEFT, y, SOURCES, kind="box", head=who, lines=[address, ports])
        for number, one in enumerate(those):
            target = places.middles.get(one.target)
            if target is not None:
                begin = (y + end) // 2 + 10 * number - 5 * (len(those) - 1)
                arrive = target - 12 + 6 * (counted.get(one.target, 0) % 5)
                counted[one.target] = counted.get(one.target, 0) + 1
                canvas.arrow((LEFT + SOURCES, begin), (lane, begin), (lane, arrive), (VPC_X + 2 * PAD, arrive))
                lane = lane - 5 if lane > LEFT + SOURCES + 10 else VPC_X - 6
        y = end + 8


def _services(canvas: _Canvas, picture: Picture, places: _Places) -> None:
    """Draw what is outside of the network; what the function reads is reached by the endpoints."""
    keys = [", ".join(picture.keys[at : at + 2]) for at in range(0, len(picture.keys), 2)]
    read = (
        ("key", "Master secret", ["Secrets Manager, by RDS"] if picture.secret else []),
        ("box", "Contract", ["Parameter Store", picture.contract] if picture.contract else []),
    )
    others = (
        ("compute", "Runs that failed", ["SQS", picture.short(picture.failed_runs)] if picture.failed_runs else []),
        ("key", f"Keys (KMS): {len(picture.keys)}", keys),
        ("box", "Terraform states", ["S3", picture.short(picture.bucket)] if picture.bucket else []),
    )
    y, edge = places.top, VPC_X + VPC_WIDTH
    for kind, head, lines in (*read, *others):
        if not lines:
            continue
        if "endpoints" in places.middles and any(head == one for _, one, _ in read):
            begin, middle = edge - 2 * PAD - 20, places.middles["endpoints"]
            canvas.arrow((begin, middle), (edge + 20, middle), (edge + 20, y + 20), (SERVICES_X, y + 20))
        y = canvas.card(SERVICES_X, y, SERVICES, kind=kind, head=head, lines=lines) + 8


def _watching(canvas: _Canvas, picture: Picture, y: int, places: _Places) -> None:
    """Draw what watches, from logs to people."""
    steps: list[tuple[str, Sequence[str]]] = [
        ("Logs (CloudWatch)", [name.rpartition("/")[2] for name in picture.logs]),
    ]
    if picture.alarms:
        counted = f"{picture.log_metrics} metrics of log lines" if picture.log_metrics else ""
        composite = "of them: experiments at risk" if picture.composite else ""
        steps.append((f"Alarms: {picture.alarms}", [counted, composite]))
    for topic in picture.topics:
        listeners = list(topic.listeners[:3]) or ["nobody is subscribed"]
        more = [f"and {len(topic.listeners) - 3} more"] if len(topic.listeners) > 3 else []  # noqa: PLR2004 - as above
        steps.append((f"{picture.short(topic.name)}: {topic.alarms} alarms", [*listeners, *more]))
    width = (WIDTH - 2 * LEFT - 24 * 3) // 4
    ends = {}
    for number, (head, lines) in enumerate(steps[:4]):
        x = LEFT + number * (width + 24)
        ends[number] = (x, canvas.card(x, y, width, kind="watch", head=head, lines=lines))
    line = y + 18
    if 1 in ends:
        canvas.arrow((ends[0][0] + width, line), (ends[1][0], line))
    if 2 in ends:  # noqa: PLR2004 - the first topic
        canvas.arrow((ends[1][0] + width, line), (ends[2][0], line))
    if 3 in ends:  # noqa: PLR2004 - the second topic, behind the first
        above = y - 12
        begin = ends[1][0] + width - 30
        canvas.arrow((begin, y), (begin, above), (ends[3][0] + 30, above), (ends[3][0] + 30, y))
    if "database" in places.bottoms:
        middle = LEFT + width // 2
        canvas.arrow((VPC_X + 30, places.bottom), (VPC_X + 30, y - 14), (middle, y - 14), (middle, y))
