"""What the planner is given answers questions about a bound order."""

from __future__ import annotations

from typing import Any

import pytest

from .case import Case, CaseAccount, CaseObserved, CaseRecord, reference_of


@pytest.mark.parametrize(
    ("account", "missing"),
    [
        ({"singles": {"T1": None}}, True),
        ({"singles": {"T1": {"of": ["spot"]}}}, False),
        ({"singles": {"T1": None}, "orders": {"T1": {"of": ["spot"]}}}, False),
        ({"singles": {"T2": None}}, False),
        ({}, False),
    ],
)
def test_a_bound_order_is_reported_missing_by_its_provider_alone(account: dict[str, Any], missing: bool):
    """Only a single read that says so counts, unless the listing shows the order; one that was not read may live."""
    case = {"reason": "an order is bound to T1", "records": {"spot": {"id": "T1"}}, "accounts": {"one": account}}
    inputs = Case.model_validate(case).inputs()
    (record,) = inputs.records.values()
    assert inputs.reported_missing(record) is missing


def test_what_a_complete_listing_showed_is_worth_remembering() -> None:
    """References that no record is bound to; of a listing that is partial, lags or was not read, nothing."""
    accounts = {
        "one": CaseAccount(tenant="here", orders={"T1": CaseObserved(of=["spot"]), "T2": CaseObserved(of=["other"])}),
        "lags": CaseAccount(singles={"T3": CaseObserved(of=["lags"])}),
        "dead": CaseAccount(problem="timed out"),
    }
    records = {"spot": CaseRecord(id="T1")}
    inputs = Case(reason="several accounts, one of which is whole", accounts=accounts, records=records).inputs()
    (read,) = inputs.complete_reads()
    assert (read.account, read.tenant, dict(read.sightings)) == ("one", "here", {reference_of("other"): "T2"})
    assert inputs.unread == "dead: timed out"
