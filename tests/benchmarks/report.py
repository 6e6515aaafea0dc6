"""The figures as tables, and the bars with met or missed. Nothing fails: the reader judges."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.folders import Layout
from tests.benchmarks.measure import Measured
from tests.benchmarks.passes import Size, Step
from tests.benchmarks.spending import TIMES, Spending

_BIG, _HUGE = 10_000, 100_000
_PAGE = 100
_TIMES_FASTER = 6.0
_HEADINGS = ("orders", "layout", "command", "wall s", "CPU s", "peak MB", "calls", "octoDNS / ours, wall", "CPU")
_STAGES = ("orders", "layout", "imports s", "manifests s", "pass s", "of it waiting for its own rate limit s")


@dataclass(frozen=True, slots=True)
class Bar:
    """What is promised and what was found; `met` is None where it could not be measured."""

    promise: str
    found: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was measured. `starts` holds `--version` and `--help`."""

    sizes: Sequence[Size]
    starts: Mapping[str, Measured]
    spending: Spending


def lines(results: Results) -> Iterator[str]:
    """Return the whole report."""
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}"
    yield f"Medians of the runs, peaks of all; {python}"
    yield ""
    yield from _table(_HEADINGS, [row for size in results.sizes for row in _rows(size)])
    yield ""
    yield "A warm no-op pass from inside, one run"
    yield ""
    yield from _table(_STAGES, [row for size in results.sizes for row in _stage_rows(size)])
    yield ""
    yield from _table(("bar", "found", ""), [(bar.promise, bar.found, _conclusion(bar)) for bar in bars(results)])
    for size in results.sizes:
        if size.profile:
            yield f"\nProfile of a warm no-op pass of {size.count:,} orders, {Layout.APART}\n{size.profile}"


def _rows(size: Size) -> Iterator[tuple[str, ...]]:
    for (layout, step), measured in size.steps.items():
        peer = size.steps.get((layout, Step.OCTODNS))
        ratios = ("", "")
        if peer and step is not Step.OCTODNS:
            ratios = (f"{peer.wall / measured.wall:.2f}", f"{peer.cpu / measured.cpu:.2f}")
        figures = (f"{measured.wall:.2f}", f"{measured.cpu:.2f}", f"{measured.peak:.0f}")
        calls = "" if step is Step.OCTODNS else str(sum(measured.calls.values()))
        yield f"{size.count:,}", layout, step, *figures, calls, *ratios


def _stage_rows(size: Size) -> Iterator[tuple[str, ...]]:
    for layout, seconds in size.stages.items():
        figures = (f"{seconds[name]:.2f}" for name in ("imports", "manifests", "pass", "limit"))
        yield f"{size.count:,}", layout, *figures


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    for row in (headings, ["-" * width for width in widths], *rows):
        yield "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) + " |"


def _conclusion(bar: Bar) -> str:
    return {True: "met", False: "MISSED", None: "not measured"}[bar.met]


def bars(results: Results) -> Iterator[Bar]:
    """Return the bars in the order of the table that states them."""
    sizes = {size.count: size for size in results.sizes}
    yield from _against_octodns(sizes.get(_BIG))
    yield _growth(sizes)
    yield from map(_calls, results.sizes)
    yield from _memory(sizes)
    spent = results.spending
    yield Bar(
        f"own cost of one spending call under 3 ms ({TIMES} times, {spent.journal})",
        f"median {spent.median * 1000:.2f} ms, slowest twentieth {spent.slowest_twentieth * 1000:.2f} ms",
        spent.median < 0.003,
    )
    for option, most in (("--version", 0.15), ("--help", 0.3)):
        wall = results.starts[option].wall
        yield Bar(f"{option} under {most} s", f"{wall:.3f} s", wall < most)


def _against_octodns(size: Size | None) -> Iterator[Bar]:
    for layout in Layout:
        promise = f"no-op pass of {_BIG:,}, warm, {layout}: at least 6 times faster than octoDNS"
        yield _ratio(size, (layout, layout), Step.WARM, promise, _TIMES_FASTER)
    for layout in Layout:
        promise = f"no-op pass of {_BIG:,}, nothing cached, {layout}: not slower than octoDNS, {Layout.APART}"
        yield _ratio(size, (layout, Layout.APART), Step.UNCACHED, promise, 1.0)
    promise = f"(the adopting pass of {_BIG:,}, {Layout.APART}, held to the same bar)"
    yield _ratio(size, (Layout.APART, Layout.APART), Step.FIRST, promise, 1.0)


def _ratio(size: Size | None, layouts: tuple[Layout, Layout], step: Step, promise: str, least: float) -> Bar:
    ours = size.steps.get((layouts[0], step)) if size else None
    peer = size.steps.get((layouts[1], Step.OCTODNS)) if size else None
    if ours is None or peer is None:
        return Bar(promise, "", None)
    ratio = peer.wall / ours.wall
    return Bar(promise, f"{ratio:.2f} times ({ours.wall:.2f} s, octoDNS {peer.wall:.2f} s)", ratio >= least)


def _growth(sizes: Mapping[int, Size]) -> Bar:
    promise = f"no-op pass of {_HUGE:,}, warm: under 12 times the time of {_BIG:,}, under 400 MB"
    if not {_BIG, _HUGE} <= sizes.keys():
        return Bar(promise, "", None)
    big, huge = (sizes[count].steps[Layout.APART, Step.WARM] for count in (_BIG, _HUGE))
    times = huge.wall / big.wall
    return Bar(promise, f"{times:.1f} times, {huge.peak:.0f} MB", times < 12 and huge.peak < 400)


def _calls(size: Size) -> Bar:
    calls = size.steps[Layout.APART, Step.WARM].calls
    pages = sum(number for name, number in calls.items() if name.startswith("GET "))
    promise = f"provider calls of a no-op pass of {size.count:,}: the pages of the list"
    others = sum(calls.values()) - pages
    return Bar(promise, f"{pages} pages, {others} for a token", pages == -(-size.count // _PAGE) and others <= 1)


def _memory(sizes: Mapping[int, Size]) -> Iterator[Bar]:
    promise = f"peak memory of {_BIG:,} orders under 200 MB"
    if _BIG not in sizes:
        yield Bar(promise, "", None)
        return
    ours = {key: found for key, found in sizes[_BIG].steps.items() if key[1] is not Step.OCTODNS}
    (layout, step), worst = max(ours.items(), key=lambda item: item[1].peak)
    yield Bar(promise, f"{worst.peak:.0f} MB ({step}, {layout})", worst.peak < 200)
