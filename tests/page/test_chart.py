"""Where marks and bars stand."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.geometry import Point, Polygon
from reconciler.model.phase import Phase
from reconciler.page.chart import MOST_BARS, MOST_MARKERS, center, map_of, timeline_of

from .factories import NOW, days, finding, order, record, view


def square(west: float, south: float, size: float) -> Polygon:
    """A square whose longitudes are written from -180 to 180."""
    corners = [(west, south), (west + size, south), (west + size, south + size), (west, south + size), (west, south)]
    return Polygon((tuple(((x + 180) % 360 - 180, y) for x, y in corners),))


def map_with(*targets):
    """Return the map of orders with these targets."""
    return map_of(view(*(order(f"o-{n}", target) for n, target in enumerate(targets))).orders)


class TestMap:
    @pytest.mark.parametrize(
        ("where", "percent"),
        [
            (Point(-180, 90), (0, 0)),
            (Point(0, 0), (50, 50)),
            (Point(180, -90), (100, 100)),
            (Point(133.88, -23.7), (87.19, 63.17)),
        ],
    )
    def test_a_point_stands_where_it_lies(self, where, percent):
        """Equirectangular: degrees are shares of the whole."""
        (marker,) = map_with(where).markers
        assert (marker.x, marker.y) == percent

    def test_what_waits_for_a_person_is_known_by_its_mark(self):
        """Also where it is drawn together with others."""
        for count in (2, MOST_MARKERS + 1):
            shown = view(*(order(f"o-{n}") for n in range(count)), findings=[finding("o-1")])
            drawn = map_of(shown.orders)
            assert (drawn.waits, sum(marker.waits for marker in drawn.markers)) == (1, 1)

    def test_an_area_that_is_too_small_to_see_is_its_mark(self):
        """Ten kilometers are less than a marker on a map of the world."""
        drawn = map_with(square(10, 10, 0.1))
        assert (len(drawn.markers), drawn.outlines) == (1, ())

    def test_a_large_area_has_its_outline_and_its_mark(self):
        """The marker in its middle."""
        drawn = map_with(square(10, 20, 4))
        assert (drawn.markers[0].x, drawn.markers[0].y) == (53.33, 37.78)
        assert drawn.outlines[0].path == "M1900 700L1940 700L1940 660L1900 660z"

    def test_an_area_across_the_antimeridian_is_drawn_at_both_edges(self):
        """Never as a band around the earth."""
        drawn = map_with(square(178, 0, 4))
        assert drawn.outlines[0].path == "M3580 900L3620 900L3620 860L3580 860zM-20 900L20 900L20 860L-20 860z"

    @pytest.mark.parametrize(("west", "middle"), [(178.5, -179.5), (176, 178), (-182, -180)])
    def test_its_mark_is_in_its_middle(self, west, middle):
        """Not on the other side of the earth."""
        assert center(square(west, 0, 4))[0] == pytest.approx(middle)

    def test_the_most_urgent_is_drawn_on_top(self):
        """That is: last."""
        shown = view(order("b", Point(1, 1)), order("a", Point(1, 1)), records=[record("a", Phase.FULFILLED)])
        assert [marker.key for marker in map_of(shown.orders).markers] == ["a", "b"]

    def test_an_order_without_a_target_is_counted(self):
        """It is known from its record alone."""
        assert map_of(view(order(), records=[record("lost")]).orders).unplaced == 1

    def test_more_targets_than_can_be_seen_are_drawn_together(self):
        """Each is in one marker near where it lies, and the marker tells how many of each phase it stands for."""
        points = [Point(n % 360 - 180, math.sin(n) * 80) for n in range(MOST_MARKERS + 1)]
        shown = view(
            *(order(f"o-{n}", point) for n, point in enumerate(points)),
            records=[record(f"o-{n}", Phase.FAILED) for n in range(0, 1_000, 3)],
        )
        drawn = map_of(shown.orders)
        assert drawn.clustered
        assert len(drawn.markers) < 300
        counted = Counter()
        for marker in drawn.markers:
            counted.update(dict(marker.counts))
            assert dict(marker.counts)[marker.status_label] == max(dict(marker.counts).values())
        assert counted == shown.counts


class TestTimeline:
    def test_windows_stand_against_now(self):
        """Open, to come and over, counted and drawn."""
        shown = view(
            *(
                order(key, window=days(*window))
                for key, window in (("on", (-1, 1)), ("next", (2, 4)), ("gone", (-4, -2)))
            )
        )
        drawn = timeline_of(shown.orders, NOW)
        assert (drawn.open, drawn.upcoming, drawn.over) == (1, 1, 1)
        bars = {bar.order.key: bar for bar in drawn.bars}
        assert bars["gone"].x + bars["gone"].width < drawn.now < bars["next"].x
        assert bars["on"].x < drawn.now < bars["on"].x + bars["on"].width
        assert list(bars) == ["on", "next", "gone"]

    def test_what_has_ended_is_not_drawn(self):
        """Nothing is waited for."""
        assert timeline_of(view(order(), records=[record(phase=Phase.FULFILLED)]).orders, NOW) is None

    def test_more_than_can_be_read_are_left_out_and_counted(self):
        """Those that end first stay."""
        shown = view(*(order(f"o-{n:03}", window=days(1, 2 + n)) for n in range(MOST_BARS + 5)))
        drawn = timeline_of(reversed(shown.orders), NOW)
        assert [bar.order.key for bar in drawn.bars] == [f"o-{n:03}" for n in range(MOST_BARS)]
        assert drawn.left_out == 5

    @pytest.mark.parametrize("window", [(-0.1, 0.1), (-2, 3), (0, 30), (-400, 4_000), (300, 301), (-301, -300)])
    def test_bars_and_ticks_stay_within(self, window):
        """A window of years does not push the others together, and no axis is without a tick or has too many."""
        drawn = timeline_of(view(order(window=days(*window)), order("near", window=days(1, 2))).orders, NOW)
        for bar in drawn.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= 100.01
        assert 0 < drawn.now < 100
        assert 1 <= len(drawn.ticks) <= 7

    @pytest.mark.parametrize(
        ("window", "label_right"), [((0, 1), False), ((0, 9), False), ((8, 10), True), ((4, 10), True)]
    )
    def test_a_name_stands_where_there_is_room(self, window, label_right):
        """It begins with a bar of the left half and ends with one of the right half, so that it never sticks out."""
        drawn = timeline_of(view(order(window=days(*window)), order("far", window=days(0, 10))).orders, NOW)
        (bar,) = [bar for bar in drawn.bars if bar.order.key == "spot"]
        assert bar.label_right is label_right

    def test_ticks_stay_while_now_goes_on(self):
        """They stand at round instants."""
        shown = view(order(window=days(-2, 20)))
        one, two = (timeline_of(shown.orders, NOW + timedelta(minutes=n)) for n in (0, 7))
        assert [tick.at for tick in one.ticks] == [tick.at for tick in two.ticks]
        assert all(tick.at == tick.at.replace(hour=0, minute=0) for tick in one.ticks)


def test_a_page_s_drawing_of_one_order_has_one_mark():
    """The same functions draw an order's own page."""
    one = replace(view(order()).orders[0], page="spot")
    assert len(map_of([one]).markers) == len(timeline_of([one], NOW).bars) == 1
