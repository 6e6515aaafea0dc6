"""Reports for CI: what passed, what failed, what nobody knows; valid by the strictest schema in use."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from reconciler.model.errors import Location, Problem
from reconciler.model.ids import AccountName, OrderKey
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.actions import Action
from reconciler.plan.findings import Choice, FindingKind, Subject
from reconciler.render.junit import junit, problems_junit, valid_junit
from reconciler.render.review import Review

from .factories import ACTIONS, ADOPT, AT, HERE, ODD, finding, order, orders, place, plan, result

ENDS = {
    None: {FindingKind.IN_SYNC, FindingKind.ENDED},
    "skipped": {FindingKind.WAITING, FindingKind.EXPIRED, FindingKind.ORPHANED},
    "failure": {
        *(FindingKind.DRIFTED, FindingKind.MISSING, FindingKind.HELD),
        *(FindingKind.REFUSED, FindingKind.DUPLICATE),
    },
    "error": {FindingKind.UNREAD, FindingKind.UNRESOLVED},
}
# What Windy Road's schema of Ant's reports asks of each element: its attributes, and its children in their order.
_ATTRIBUTES = {
    "testsuites": set(),
    "testsuite": {
        *("name", "package", "id", "timestamp", "hostname", "time"),
        *("tests", "failures", "errors", "skipped"),
    },
    "properties": set(),
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message", "type"},
    "system-out": set(),
    "system-err": set(),
}
_CHILDREN = {
    "testsuites": "(testsuite )*",
    "testsuite": "properties (testcase )*system-out system-err ",
    "testcase": "(skipped |failure |error )?",
}


def read(text: str) -> ElementTree.Element:
    """Read a report back and hold it against the schema."""
    assert text.isascii()
    root = ElementTree.fromstring(text)
    for element in root.iter():
        assert set(element.attrib) == _ATTRIBUTES[element.tag]
        children = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(_CHILDREN.get(element.tag, ""), children), children
    for number, suite in enumerate(root):
        cases = suite.findall("testcase")
        assert int(suite.attrib["id"]) == number
        assert int(suite.attrib["tests"]) == len(cases)
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[count]) == len(suite.findall(f"testcase/{tag}"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert all(case.attrib["classname"] == suite.attrib["name"] != "" for case in cases)
    return root


def ends(root: ElementTree.Element) -> dict[tuple[str, str], str | None]:
    """Return how each case ended, by its suite and name."""
    return {
        (case.attrib["classname"], case.attrib["name"]): case[0].tag if len(case) else None
        for case in root.iter("testcase")
    }


def test_a_suite_an_account_and_a_case_an_order():
    """Orders that need nothing pass; each stands under its account."""
    two = AccountName("two")
    stated = orders(order("a"), order("b"), order("c", account=two))
    assert ends(read(junit(Review(plan=plan(place("a")), orders=stated)))) == {
        ("one", "a"): None,
        ("one", "b"): None,
        ("two", "c"): None,
    }


@pytest.mark.parametrize("kind", FindingKind)
def test_each_finding_has_its_end(kind: FindingKind):
    """What a person must end has failed, what nobody knows is an error, what ends by itself is skipped."""
    root = read(junit(Review(plan=plan(findings=(finding(kind),)))))
    (end,) = ends(root).values()
    assert kind in ENDS[end]
    if end is not None:
        told = root.find(f"testsuite/testcase/{end}")
        assert told.attrib == {"message": f"orders/spot.yaml:10:5: {kind}: costs too much. commit more", "type": kind}
        assert "end: soon at the provider, later in Git" in told.text


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.kind)
@pytest.mark.parametrize("kind", OutcomeKind)
def test_each_outcome_has_its_end(kind: OutcomeKind, action: Action):
    """Done passes, refused and not sent have failed, unknown is an error."""
    root = read(junit(Review(plan=plan(action), results=(result(action, kind),))))
    (end,) = ends(root).values()
    assert end == {OutcomeKind.DONE: None, OutcomeKind.UNKNOWN: "error"}.get(kind, "failure")
    assert (kind is OutcomeKind.DONE) == (root.find("testsuite/system-out").text is not None)


def test_the_worst_of_several_counts_and_all_are_told():
    """A case ends once."""
    planned = plan(place(), findings=(finding(FindingKind.WAITING), finding(FindingKind.UNREAD), finding()))
    (case,) = read(junit(Review(plan=planned))).iter("testcase")
    assert [each.tag for each in case] == ["error"]
    assert all(word in case[0].text for word in ("place: EUR 900.00", "waiting: ", "unread: ", "held: "))


def test_what_passes_is_told_as_output():
    """What is planned, in words."""
    assert "spot: place: EUR 900.00" in read(junit(Review(plan=plan(place())))).find("testsuite/system-out").text


def test_a_refused_plan_fails():
    """In a suite of its own, for it is about no order alone."""
    planned = plan(place(), refused=True)
    name = "3 new orders in one pass; the policy allows 2"
    assert ends(read(junit(Review(plan=planned)))) == {("one", "spot"): None, ("policy", name): "failure"}


def test_a_finding_without_an_account_stands_with_its_order():
    """Where the order is stated nowhere either, the account is unknown."""
    found = replace(finding(), subject=Subject(key=OrderKey("spot")))
    assert set(ends(read(junit(Review(plan=plan(findings=(found,)), orders=orders(order())))))) == {("one", "spot")}
    assert set(ends(read(junit(Review(plan=plan(findings=(found,))))))) == {("unknown", "spot")}


@pytest.mark.parametrize("text", [ODD, "<failure>]]>&amp;\x00\x08\ufffe\ud800\u202e\x85", "東京 🛰\n\ttab"])
def test_foreign_words_are_text(text: str):
    """They open no element, and what XML cannot hold is gone."""
    choices = (Choice(text, text),)
    planned = plan(replace(ADOPT, status=text), findings=(replace(finding(message=text), choices=choices),))
    root = read(junit(Review(plan=planned, orders=orders(replace(order(), key=OrderKey(text))))))
    held = root.find(".//failure").text
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\ufffe\ud800]", "?", text).replace("\r\n", "\n")
    assert kept in held.replace("\r\n", "\n")


def test_problems_are_a_suite_a_file():
    """Each problem has failed at its place."""
    problems = [
        Problem(Location(file="a.yaml", line=1, column=2), "one"),
        Problem(Location(file="b.yaml", line=3, column=4), "two"),
    ]
    root = read(problems_junit(problems, AT))
    assert ends(root) == {("a.yaml", "a.yaml:1:2"): "failure", ("b.yaml", "b.yaml:3:4"): "failure"}
    assert root.find("testsuite/testcase/failure").text == "a.yaml:1:2: one"


def test_valid_manifests_pass():
    """A suite a file, a case an order; what is doubtful is told there and passes all the same."""
    warnings = [Problem(HERE, "reviewed by hand")]
    root = read(
        valid_junit([order("a"), replace(order("b"), source=Location(file="b.yaml", line=1, column=1))], warnings, AT)
    )
    assert ends(root) == {("b.yaml", "b"): None, ("orders/spot.yaml", "a"): None}
    assert root[1].find("system-out").text == "a: orders/spot.yaml:10:5: reviewed by hand"
    assert ends(read(valid_junit([], [], AT))) == {}
