"""`python -m tests.benchmarks`: measure, then print the tables."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.folders import Layout, OrdersFolder
from tests.benchmarks.measure import Failed, Stopwatch
from tests.benchmarks.passes import Series, has_octodns, measure_size, tell
from tests.benchmarks.report import Results, lines
from tests.benchmarks.spending import spending

_LEAST_STARTS = 5


def main() -> int:
    """Measure what the arguments ask for; 1 where a command failed, whatever the figures are."""
    arguments = _arguments()
    with_octodns = not arguments.without_octodns and has_octodns()
    if not arguments.without_octodns and not with_octodns:
        tell("octoDNS is not installed, so there is nothing to compare with: python -m pip install octodns")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        series = Series(arguments.runs, with_octodns, arguments.profile, Path(folder))
        try:
            results = _results(sorted(set(arguments.orders)), series)
        except Failed as e:
            tell(str(e))
            return 1
    sys.stdout.write("\n".join(lines(results)) + "\n")
    return 0


def _results(counts: list[int], series: Series) -> Results:
    watch = Stopwatch(series.scratch, {})
    starts = {
        option: watch.median_of(max(series.runs, _LEAST_STARTS), ("-m", "reconciler", option))
        for option in ("--version", "--help")
    }
    sizes = [measure_size(count, series) for count in counts]
    smallest = OrdersFolder(series.scratch / str(counts[0]) / Layout.APART.name.lower(), counts[0], Layout.APART)
    return Results(sizes, starts, spending(smallest.state, series.scratch))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--orders", type=_positive, nargs="+", default=[1000, 10_000], metavar="N")
    parser.add_argument("--runs", type=_positive, default=3, metavar="N", help="how often each command is run")
    parser.add_argument("--without-octodns", action="store_true", help="do not compare")
    parser.add_argument("--profile", action="store_true", help="also profile a warm no-op pass of each size")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
