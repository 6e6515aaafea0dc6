"""The reference: a function of what is in Git alone, and found wherever a provider keeps it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from reconciler.model.block import OwnText
from reconciler.model.ids import (
    OrderKey,
    fragments_in,
    reference_for,
    references_in,
    resembles_reference,
    without_references,
)

FORM = re.compile(r"rc1-[a-z2-7]{20}")
OURS = reference_for("acme-eo", OrderKey("alice-springs"), 1)
OTHER = reference_for("acme-eo", OrderKey("berlin"), 2)

steady = settings(derandomize=True, max_examples=100, deadline=None)


def test_a_reference_never_changes():
    """Orders that live today carry these; a version that computes others would order everything again."""
    assert reference_for("acme-eo", OrderKey("alice-springs"), 1) == "rc1-kv5ds43ajn6t24fceyq7"
    assert reference_for("acme-eo", OrderKey("berlin/2"), 3) == "rc1-aqq7qsd6djexty24f3nj"


@steady
@given(owner=st.text(), key=st.text(), attempt=st.integers(1, 10**6))
def test_a_reference_has_one_form(owner: str, key: str, attempt: int):
    """Whatever the names, it is `rc1-` and 20 lower-case base32 characters, and the same every time."""
    reference = reference_for(owner, OrderKey(key), attempt)
    assert FORM.fullmatch(reference)
    assert reference == reference_for(owner, OrderKey(key), attempt)


def test_owner_key_and_attempt_all_count():
    """Another owner, another name or another attempt is another order."""
    made = [
        reference_for(owner, OrderKey(key), attempt)
        for owner in ("acme-eo", "acme")
        for key in ("alice", "alice/2", "berlin")
        for attempt in (1, 2, 12)
    ]
    assert len(set(made)) == len(made)


def test_the_first_geometry_shares_with_the_bare_name():
    """A target that grows from one geometry to many keeps what it has already placed; the others are new."""
    bare, first, second, eleventh = (
        reference_for("acme-eo", OrderKey(key), 1) for key in ("berlin", "berlin/1", "berlin/2", "berlin/11")
    )
    assert bare == first
    assert len({bare, second, eleventh}) == 3


FOUND = {
    "alone": OURS,
    "before text": f"{OURS} customer task 123-456",
    "after text": f"customer task 123-456 {OURS}",
    "in capitals": OURS.upper(),
    "in brackets": f"text [{OURS}]",
    "between commas": f"a,{OURS},b",
    "in lines": f"a\n{OURS}\nb",
    "in quotes": f'"{OURS}"',
    "at the end of a sentence": f"see {OURS}.",
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND.keys())
def test_found_as_a_whole_token(text: str):
    """A provider may keep it in any case and beside any text; what is found is lower-case."""
    assert references_in(text) == {OURS}


NOT_FOUND = {
    "nothing": None,
    "empty": "",
    "another text": "customer task 123-456",
    "cut off": OURS[:-1],
    "grown": OURS + "a",
    "part of a word": "x" + OURS,
    "after a hyphen": "x-" + OURS,
    "another version": OURS.replace("rc1-", "rc2-"),
    "characters that base32 has not": "rc1-" + "0189" * 5,
}


@pytest.mark.parametrize("text", NOT_FOUND.values(), ids=NOT_FOUND.keys())
def test_nothing_else_is_found(text: str | None):
    """A part of a reference, or a reference inside a longer word, is not ours."""
    assert references_in(text) == frozenset()


def test_all_are_found():
    """A text may carry several, also the same one twice."""
    assert references_in(f"{OURS} {OTHER.upper()} {OURS}") == {OURS, OTHER}


@pytest.mark.parametrize("text", ["rc1-", "my RC1- text", OURS, f"x{OURS}"])
def test_a_users_text_must_not_look_like_one(text: str):
    """What resembles a reference in a user's own text would confuse the search; it is refused."""

    class Holder(BaseModel):
        text: OwnText

    assert resembles_reference(text)
    with pytest.raises(ValidationError, match="kept for the reconciler's own reference"):
        Holder(text=text)
    assert Holder(text="customer task 123-456").text == "customer task 123-456"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"Port survey {OURS}", "Port survey"),
        (f"{OURS.upper()}: customer task 7", ": customer task 7"),
        (f"a {OURS}  {OTHER} b", "a b"),
        (f"x{OURS}", f"x{OURS}"),
        ("no reference", "no reference"),
    ],
)
def test_a_text_without_its_references(text: str, rest: str):
    """References that are whole tokens are removed with the blanks before them; everything else stays."""
    assert without_references(text) == rest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, set()),
        ("arc1 and marc1", set()),
        (f"{OURS} customer", set()),
        (f"customer {OURS[:12]}", {OURS[:12]}),
        (f"{OURS} and {OURS[:9].upper()}", {OURS[:9]}),
        (f"x{OURS}", {OURS}),
        (f"{OURS}a", {OURS}),
        ("cut at rc1-", {"rc1-"}),
        ("cut at rc1", {"rc1"}),
        ("rc1 in the middle", set()),
    ],
)
def test_what_begins_as_a_reference_and_is_none(text: str | None, found: set[str]) -> None:
    """Cut off, or grown together with other text: which reference it was is not known for sure."""
    assert fragments_in(text) == found
