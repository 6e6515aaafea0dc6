"""The positions of markers, outlines and bars. Across, all is in percent, so that markers keep their size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from reconciler.model.geometry import Point, Polygon, Position, Target
from reconciler.model.time import Window
from reconciler.page.view import STATUS_LABELS, OrderView

MOST_MARKERS = 1_000
"""More targets than these are drawn together where they lie near each other."""
MOST_BARS = 12
_CELL = 15.0
"""The size in degrees of the cells whose targets are drawn together."""
_OUTLINED = 1.0
"""The extent in degrees from which an area is more than its marker on a map of the world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What stands at one place: a target, or several near each other. `x` and `y` are percents from the north-west.

    `counts` says how many orders of which phase it is, the most frequent phase first, whose shape and color it has;
    `waits` that a person must decide about one of them.
    """

    x: float
    y: float
    counts: tuple[tuple[str, int], ...]
    key: str = ""
    page: str = ""
    waits: bool = False

    @property
    def status_label(self) -> str:
        """The phase that it is drawn in."""
        return self.counts[0][0]

    @property
    def count(self) -> int:
        """How many targets it stands for."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class Outline:
    """An area large enough to be seen: a path in tenths of a degree from the north-west corner."""

    path: str
    status_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A map in equirectangular projection. `unplaced` counts orders whose target nobody states any more.

    `waits` counts those on it that a person must decide about.
    """

    markers: tuple[Marker, ...]
    outlines: tuple[Outline, ...]
    unplaced: int
    waits: int
    clustered: bool


def map_of(orders: Sequence[OrderView]) -> Map:
    """Draw every order's target, the most urgent (first) on top."""
    placed = [(order, order.target) for order in reversed(orders) if order.target is not None]
    missing, waits = len(orders) - len(placed), sum(order.waits for order, _ in placed)
    if len(placed) > MOST_MARKERS:
        return Map(markers=_together(placed), outlines=(), unplaced=missing, waits=waits, clustered=True)
    markers = tuple(_marker(order, target) for order, target in placed)
    outlines = [Outline(path, order.status_label) for order, target in placed if (path := _outline(target))]
    return Map(markers=markers, outlines=tuple(outlines), unplaced=missing, waits=waits, clustered=False)


def _marker(order: OrderView, target: Target) -> Marker:
    x, y = _percents(center(target))
    counts = ((order.status_label, 1),)
    return Marker(x=x, y=y, counts=counts, key=order.key, page=order.page, waits=order.waits)


def _percents(where: Position) -> Position:
    longitude, latitude = where
    return round((longitude + 180) / 3.6, 2), round((90 - latitude) / 1.8, 2)


def _together(placed: Iterable[tuple[OrderView, Target]]) -> tuple[Marker, ...]:
    """Return one marker for the targets of each cell, in their middle."""
    cells: dict[tuple[int, int], list[tuple[OrderView, Position]]] = {}
    for order, target in placed:
        where = center(target)
        cells.setdefault((int((where[0] + 180) // _CELL), int((where[1] + 90) // _CELL)), []).append((order, where))
    return tuple(_cluster(cell) for cell in cells.values())


def _cluster(cell: Sequence[tuple[OrderView, Position]]) -> Marker:
    x, y = _percents(_middle([where for _, where in cell]))
    counts = Counter(sorted((order.status_label for order, _ in cell), key=STATUS_LABELS.index)).most_common()
    return Marker(x=x, y=y, counts=tuple(counts), waits=any(order.waits for order, _ in cell))


def _middle(places: Sequence[Position]) -> Position:
    return sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places)


def center(target: Target) -> Position:
    """Return the middle of a target's extent, its longitude from -180 to 180."""
    match target:
        case Point(longitude=longitude, latitude=latitude):
            return longitude, latitude
        case Polygon(rings=rings):
            west, south, east, north = _extent(unbroken(rings[0]))
            return ((west + east) / 2 + 180) % 360 - 180, (south + north) / 2


def unbroken(ring: Sequence[Position]) -> list[Position]:
    """Return a ring that goes on past longitude 180 instead of jumping to the other side of the map."""
    found = [ring[0]]
    turn = 0.0
    for (before, _), (longitude, latitude) in pairwise(ring):
        turn += 360 * ((before - longitude > 180) - (longitude - before > 180))
        found.append((longitude + turn, latitude))
    return found


def _extent(ring: Sequence[Position]) -> tuple[float, float, float, float]:
    across, up = [x for x, _ in ring], [y for _, y in ring]
    return min(across), min(up), max(across), max(up)


def _outline(target: Target) -> str:
    """Return an area's path, on both sides of the map where it passes longitude 180; empty if its marker covers it."""
    if isinstance(target, Point):
        return ""
    rings = [unbroken(ring) for ring in target.rings]
    west, south, east, north = _extent(rings[0])
    if max(east - west, north - south) < _OUTLINED:
        return ""
    shifts = [0.0] + [360.0] * (west < -180) + [-360.0] * (east > 180)
    return "".join(_path(ring, shift) for shift in shifts for ring in rings)


def _path(ring: Sequence[Position], shift: float) -> str:
    places = [f"{round((x + shift + 180) * 10)} {round((90 - y) * 10)}" for x, y in ring[:-1]]
    return f"M{'L'.join(dict.fromkeys(places))}z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One order's window: `x` and `width` in percent. `label_right` if the label ends with its bar."""

    order: OrderView
    x: float
    width: float
    label_right: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant on the axis."""

    x: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Acquisition windows against now (all three counts are of windows). `left_out` are those that end latest."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    now: float
    left_out: int
    open: int
    upcoming: int
    over: int


def timeline_of(orders: Iterable[OrderView], now: datetime) -> Timeline | None:
    """Draw the windows of orders that have not ended, those that end first on top; None where there are none."""
    alive = [(order, order.window) for order in orders if order.window is not None and not order.ended]
    if not alive:
        return None
    alive.sort(key=lambda each: (each[1].end < now, each[1].end, each[0].key))
    shown = alive[:MOST_BARS]
    start, end = _span([window for _, window in shown], now)
    return Timeline(
        bars=tuple(_bar(order, window, start, end) for order, window in shown),
        ticks=tuple(Tick(_share(at, start, end), at) for at in _instants(start, end, _step(end - start))),
        now=_share(now, start, end),
        left_out=len(alive) - len(shown),
        open=sum(window.start <= now < window.end for _, window in alive),
        upcoming=sum(now < window.start for _, window in alive),
        over=sum(window.end <= now for _, window in alive),
    )


_BACK, _AHEAD = timedelta(days=14), timedelta(days=120)


def _span(windows: Sequence[Window], now: datetime) -> tuple[datetime, datetime]:
    """Return what the axis spans: all windows and now, but no more than is readable, with a little room."""
    start = max(min(now, *(window.start for window in windows)), now - _BACK)
    end = min(max(now, *(window.end for window in windows)), now + _AHEAD)
    room = max((end - start) / 40, timedelta(hours=1))
    return start - room, end + room


def _share(at: datetime, start: datetime, end: datetime) -> float:
    return round(100 * max(0.0, min(1.0, (at - start) / (end - start))), 2)


def _bar(order: OrderView, window: Window, start: datetime, end: datetime) -> Bar:
    left, right = _share(window.start, start, end), _share(window.end, start, end)
    return Bar(order=order, x=left, width=round(right - left, 2), label_right=left + right > 100)


_STEPS = tuple(timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 48, 120, 240, 480, 720))


def _step(span: timedelta) -> timedelta:
    """Return the distance of ticks that gives at most six."""
    return next((step for step in _STEPS if span / step <= 6), _STEPS[-1])


def _instants(start: datetime, end: datetime, step: timedelta) -> Iterable[datetime]:
    """Return round instants between two, so that ticks stay where they are while now goes on."""
    epoch = datetime(2000, 1, 1, tzinfo=start.tzinfo)
    at = epoch + step * -((epoch - start) // step)
    while at < end:
        yield at
        at += step
