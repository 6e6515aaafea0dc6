"""Equivalence is symmetric, whoever asks, and the index finds what comparing all with all would find."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.provider import Traits
from reconciler.model.terms import Terms
from reconciler.model.time import parse_instant
from reconciler.plan.equivalence import Targets, equivalent, overlapping, same_target, window_open

TRAITS = Traits(
    reference_limit=100,
    place=frozenset({"lat", "lon"}),
    window=("start", "end", "reserved"),
    product=frozenset({"mode"}),
    tolerances={"lat": 1.6e-5, "lon": 1.6e-5},
)
_DAYS = st.sampled_from([f"2026-12-0{day}T00:00:00Z" for day in range(1, 6)])
_DEGREES = st.sampled_from([-1e-9, 0.0, 1e-9, 1.59e-5, 1.7e-5, 3.3e-5, 10.0, 10.000001])
_TERMS: st.SearchStrategy[Terms] = st.fixed_dictionaries(
    {"lat": _DEGREES, "lon": _DEGREES},
    optional={"start": _DAYS, "end": _DAYS, "mode": st.sampled_from(["spot", "scan"]), "text": st.text(max_size=3)},
)


@given(_TERMS, _TERMS)
def test_it_is_symmetric(one: Terms, other: Terms) -> None:
    """So is having the same target, and overlapping."""
    for relation in (equivalent, same_target, overlapping):
        assert relation(one, other, TRAITS) == relation(other, one, TRAITS)


@given(_TERMS)
def test_every_order_is_equivalent_to_itself(terms: Terms) -> None:
    """Whatever it leaves open."""
    assert equivalent(terms, terms, TRAITS)


@given(st.lists(_TERMS, max_size=8), _TERMS)
def test_the_index_finds_every_order_of_the_same_target(orders: list[Terms], one: Terms) -> None:
    """At the tolerance's edge too; what it finds besides is sorted out by the comparison."""
    found: Targets[int] = Targets()
    for number, terms in enumerate(orders):
        found.add(number, "tenant", terms, TRAITS)
    near = list(found.near("tenant", one, TRAITS))
    same = {number for number, terms in enumerate(orders) if same_target(one, terms, TRAITS)}
    assert same <= set(near)
    assert len(near) == len(set(near))
    assert list(found.near("another tenant", one, TRAITS)) == []


def test_an_order_without_a_target_is_like_no_other() -> None:
    """An answer may leave it out; nothing is concluded from that."""
    found: Targets[int] = Targets()
    found.add(1, "tenant", {"lat": 1.0}, TRAITS)
    assert list(found.near("tenant", {"lat": 1.0}, TRAITS)) == []
    assert not same_target({"lat": 1.0}, {"lat": 1.0}, TRAITS)
    assert not same_target({}, {}, Traits(reference_limit=1))


def test_a_window_has_one_of_several_ends() -> None:
    """A reserved slot ends under another name than an open window."""
    now = parse_instant("2026-12-03T00:00:00Z")
    assert not window_open({"reserved": "2026-12-02T00:00:00Z"}, TRAITS, now)
    assert window_open({"end": "2026-12-04T00:00:00Z"}, TRAITS, now)
    assert window_open({"end": "no instant"}, TRAITS, now)
    assert window_open({}, TRAITS, now)
