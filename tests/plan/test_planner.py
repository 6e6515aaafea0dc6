"""What a plan says of itself, and that prices may be learned between the survey and the plan."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from reconciler.model.money import Money
from reconciler.plan import make_plan, survey

from .case import Case
from .inputs import cases


def test_a_plan_commits_the_sum_of_its_actions_by_currency():
    """Amounts of one currency are added up; what is held commits nothing."""
    case = Case.model_validate(
        {
            "reason": "three orders are placed, a fourth is held",
            "desired": {"a": {}, "b": {}, "c": {"ceiling": "1000 USD"}, "d": {"ceiling": "1 EUR"}},
            "preflights": {"c": {"price": "5 USD"}},
        }
    )
    assert make_plan(case.inputs()).commits == (Money(180_000, "EUR"), Money(500, "USD"))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(cases)
def test_a_survey_before_prices_are_known_gives_the_same_plan(case: Case):
    """A pass judges every order without prices first; the plan made from that is the plan made at once."""
    inputs = case.inputs()
    assert make_plan(inputs, survey(replace(inputs, preflights={}))) == make_plan(inputs)
