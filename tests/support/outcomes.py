"""Outcomes by their kind, for tests that go through all of them."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter

from reconciler.model.errors import RefusalKind
from reconciler.model.outcome import Outcome, OutcomeKind

_OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)


def ended(
    kind: OutcomeKind,
    at: datetime,
    message: str = "",
    *,
    order_id: str = "T1",
    refusal: RefusalKind | None = None,
    decided: bool = False,
) -> Outcome:
    """Return an outcome of a kind; what that kind does not have is left out."""
    fields = {"kind": kind, "at": at, "message": message, "order_id": order_id, "refusal": refusal}
    fields |= {"decided": True} if decided else {}
    return _OUTCOME.validate_python(fields)
