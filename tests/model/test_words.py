"""Terms, phases, outcomes, records and errors: the words that decisions are made of."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconciler.model
from reconciler.model import errors
from reconciler.model.errors import (
    Location,
    ManifestError,
    NotSentError,
    Problem,
    ProviderError,
    ReconcilerError,
    RefusalKind,
    RefusedError,
    UnclearError,
    UnusableAccount,
)
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.order import Listing
from reconciler.model.outcome import NotSent, OutcomeKind, Refused, Unknown, outcome_of
from reconciler.model.phase import Phase
from reconciler.model.record import Call, Intent, Record
from reconciler.model.terms import Difference, DriftKind, TermValue, digest, same
from tests.support.outcomes import ended

AT = datetime(2026, 12, 1, tzinfo=UTC)
steady = settings(derandomize=True, max_examples=100, deadline=None)

COMPARED: list[tuple[TermValue, TermValue | None, float, bool]] = [
    ("SPOT", "SPOT", 0.0, True),
    ("SPOT", "spot", 0.0, False),
    ("SPOT", None, 0.0, False),
    ("5", 5, 0.0, False),
    (5, 5.0, 0.0, True),
    (5.0, 5, 0.0, True),
    (0.5, 0.5000001, 0.000001, True),
    (0.5, 0.5001, 0.000001, False),
    (5, 5.0000001, 0.000001, True),
    (5, 6, 0.5, False),
    (0.1 + 0.2, 0.3, 0.0, False),
    (0.5, None, 1.0, False),
    (0.5, "0.5", 1.0, False),
    (False, True, 1.0, False),
    (True, True, 0.0, True),
    (float("nan"), 1.0, 1.0, False),
]


@pytest.mark.parametrize(("stated", "observed", "tolerance", "expected"), COMPARED)
def test_two_values_of_a_term(stated: TermValue, observed: TermValue | None, tolerance: float, expected: bool):
    """Numbers are equal within the tolerance, everything else exactly; nothing is no value."""
    assert same(stated, observed, tolerance=tolerance) is expected


def test_a_difference_says_both_sides():
    """A difference names what the provider holds and what Git states, and why they differ."""
    assert (
        str(Difference(term="mode", stated="SPOT", observed="SCAN", kind=DriftKind.MATERIAL))
        == "mode: SCAN at the provider, SPOT in Git (material)"
    )
    assert str(Difference(term="mode", stated="SPOT", observed=None, kind=DriftKind.SPEC_EDITED)).startswith(
        "mode: nothing at the provider"
    )


_terms = st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers() | st.booleans(), max_size=5)


@steady
@given(_terms)
def test_a_digest_knows_no_order(terms: dict[str, TermValue]):
    """The same terms in any order give the same digest; one more term gives another."""
    assert digest(dict(reversed(list(terms.items())))) == digest(terms)
    assert digest({**terms, "one more term": 1}) != digest(terms)


def test_a_digest_never_changes():
    """Digests in the journal are compared across versions."""
    assert digest({"mode": "spot", "lon": 13.5}) == "22d0d702e30f2bf0"


def test_the_phases_that_have_ended():
    """Everything else is alive, an unrecognized status among it."""
    assert {phase for phase in Phase if phase.ended} == {
        Phase.FULFILLED, Phase.PARTIAL, Phase.REJECTED, Phase.FAILED, Phase.CANCELED, Phase.EXPIRED,
    }  # fmt: skip


@pytest.mark.parametrize("kind", RefusalKind)
def test_a_refusal_is_a_refused_outcome(kind: RefusalKind):
    """Its kind is kept, for what a later pass does depends on it."""
    outcome = outcome_of(RefusedError("no funds", kind=kind, status=402), AT)
    assert outcome == Refused(at=AT, message="no funds", refusal=kind)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotSentError("no route"), OutcomeKind.NOT_SENT),
        (UnclearError("timed out"), OutcomeKind.UNKNOWN),
        (ProviderError("of no clear kind"), OutcomeKind.UNKNOWN),
        (type("Later", (ProviderError,), {})("a kind that is not known yet"), OutcomeKind.UNKNOWN),
    ],
    ids=["not sent", "unknown", "the bare root", "a new class"],
)
def test_what_is_not_clear_is_unknown(error: ProviderError, kind: OutcomeKind):
    """Only what surely was not sent is not sent; everything unclear may have happened."""
    assert outcome_of(error, AT) == ended(kind, AT, str(error))


def record(**known: object) -> Record:
    return replace(
        Record(
            reference=Reference("rc1-x"), key=OrderKey("spot"), attempt=1, account=AccountName("one"), provider="acme"
        ),
        **known,
    )


INTENT = Intent(call=Call.PLACE, at=AT, digest="0123456789abcdef", plan_id="plan-1")
STANDS: dict[str, tuple[Record, bool, bool, bool]] = {
    "nothing known": (record(), False, False, False),
    "on its way": (record(intent=INTENT), False, True, False),
    "unknown": (record(intent=INTENT, outcome=Unknown(at=AT)), False, True, False),
    "refused": (record(intent=INTENT, outcome=Refused(at=AT)), False, False, False),
    "not sent": (record(intent=INTENT, outcome=NotSent(at=AT)), False, False, False),
    "bound": (record(order_id=ProviderOrderId("T1")), True, False, True),
    "bound while on its way": (record(order_id=ProviderOrderId("T1"), intent=INTENT), True, False, True),
    "bound to an empty id": (record(order_id=ProviderOrderId("")), True, False, True),
    "bound and active": (record(order_id=ProviderOrderId("T1"), phase=Phase.ACTIVE), True, False, True),
    "bound and of no known status": (
        record(order_id=ProviderOrderId("T1"), phase=Phase.UNRECOGNIZED),
        True,
        False,
        True,
    ),
    "bound and ended": (record(order_id=ProviderOrderId("T1"), phase=Phase.CANCELED), True, False, False),
}


@pytest.mark.parametrize(("known", "bound", "unresolved", "live"), STANDS.values(), ids=STANDS.keys())
def test_how_a_record_stands(known: Record, bound: bool, unresolved: bool, live: bool):
    """Bound: the id is known. Unresolved: an order may exist. Live: it exists and has not ended."""
    assert (known.bound, known.unresolved, known.live) == (bound, unresolved, live)


def test_a_listing_is_complete_without_a_problem():
    """Absence means something only where every page was read."""
    assert Listing(orders=(), since=None, read_at=AT, pages=1).complete
    assert not Listing(orders=(), since=None, read_at=AT, pages=1, problem="page 2 timed out").complete


def drawn_tree() -> dict[str, str]:
    """Read the tree at the head of the errors module: each class and the class that it hangs on."""
    assert errors.__doc__ is not None
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        if found := re.match(r"((?:[│ ]   )*)(?:[├└]── )?([A-Z]\w+)\b(?:  .*)?$", line):
            depth = len(found[1]) // 4 + ("──" in line)
            path = [*path[:depth], found[2]]
            parents[found[2]] = path[-2] if depth else "Exception"
    return parents


def walked_tree(kind: type[Exception]) -> dict[str, str]:
    """Walk the classes themselves, those of this package."""
    below = [sub for sub in kind.__subclasses__() if sub.__module__.startswith("reconciler.model")]
    tree = {kind.__name__: str(kind.__base__.__name__) if kind.__base__ else ""}
    for sub in below:
        tree |= walked_tree(sub)
    return tree


def test_the_error_tree_is_the_drawn_one():
    """What the module draws at its head is what the classes are."""
    assert drawn_tree() == walked_tree(ReconcilerError)
    assert len(drawn_tree()) >= 10


def test_a_manifest_error_tells_every_problem_in_file_order():
    """All problems, sorted by place, each with file, line and column."""
    late, early = (
        Problem(Location(file="b.yaml", line=1, column=1), "wrong"),
        Problem(Location(file="a.yaml", line=12, column=3), "also wrong"),
    )
    error = ManifestError([late, early])
    assert error.problems == (early, late)
    assert str(error) == "a.yaml:12:3: also wrong\nb.yaml:1:1: wrong"


def test_an_unusable_account_is_named():
    """The caller reports the account by its name; the message is a person's."""
    error = UnusableAccount("one", "environment variable TOKEN is not set")
    assert (error.account, str(error)) == ("one", "environment variable TOKEN is not set")


def modules() -> list[ModuleType]:
    names = [name for _, name, _ in pkgutil.iter_modules(reconciler.model.__path__)]
    return [importlib.import_module(f"reconciler.model.{name}") for name in names]


def own_dataclasses() -> list[type]:
    everything = [thing for module in modules() for thing in vars(module).values()]
    return sorted(
        {
            t
            for t in everything
            if isinstance(t, type) and is_dataclass(t) and t.__module__.startswith("reconciler.model")
        },
        key=lambda kind: kind.__name__,
    )


def test_the_walk_finds_the_words():
    """The list below is read from the modules, so that a new word is met here first."""
    assert {"DesiredOrder", "ObservedOrder", "Record", "Money", "Window"} <= {
        kind.__name__ for kind in own_dataclasses()
    }


@pytest.mark.parametrize("kind", own_dataclasses(), ids=lambda kind: kind.__name__)
def test_every_word_is_frozen_and_slotted(kind: type):
    """What was decided upon cannot change afterwards, and a misspelled field is an error."""
    thing = object.__new__(kind)
    assert "__slots__" in vars(kind)
    assert not hasattr(thing, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(thing, fields(kind)[0].name, None)
