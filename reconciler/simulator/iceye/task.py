"""A task as the simulator keeps it, and its life: a pure function of what it was ordered as and of its id.

Nothing happens at the moments themselves; every read asks which of them have passed.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from reconciler.simulator.iceye.contracts import PROVIDER
from reconciler.simulator.instants import from_micros, parse_instant, to_micros
from reconciler.simulator.messages import JsonObject
from reconciler.simulator.orders import OrderRow

CANCELABLE = frozenset({"RECEIVED", "ACTIVE"})
PLANNED = frozenset({"ACTIVE", "FULFILLED", "DONE"})
DELIVERED = frozenset({"FULFILLED", "DONE"})
_SLA_HOURS = {"SLA_3H": 3, "SLA_8H": 8, "SLA_24H": 24}
_OTHER_SLA_HOURS = 8


@dataclass(frozen=True, slots=True)
class Step:
    """A status word and the instant from which it holds."""

    at: datetime
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task: `facts` in wire form as the API shows them, `body` as the request sent them.

    `outcome` is how it will end by itself; `forced` is what changed that course (a cancel, a person).
    `price` is None where the contract has no pricing plan. `failed_charge` is what REJECTED or FAILED costs.
    """

    id: str
    contract_id: str
    created: datetime
    facts: JsonObject
    body: JsonObject
    outcome: str
    decision: timedelta
    price: int | None
    currency: str
    forced: Step | None = None
    cancel_charge: int = 0
    failed_charge: int = 0

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The acquisition window."""
        window: dict[str, str] = self.facts["acquisitionWindow"]
        return parse_instant(window["start"]), parse_instant(window["end"])

    @property
    def acquisition(self) -> datetime:
        """The moment of imaging, in the middle four fifths of the window; never before the decision."""
        start, end = self.window
        seed = int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:4], "big") / 2**32
        moment = start + (end - start) * (0.1 + 0.8 * seed)
        return max(moment.replace(microsecond=0), self.created + self.decision)

    @property
    def sla(self) -> timedelta:
        """The promised time from imaging to products."""
        return timedelta(hours=_SLA_HOURS.get(str(self.facts.get("sla")), _OTHER_SLA_HOURS))

    def steps(self) -> tuple[Step, ...]:
        """Return the task's whole life, past and to come, in order of time."""
        natural = self._natural_steps()
        if self.forced is None:
            return natural
        forced = self.forced
        return (*(step for step in natural if step.at < forced.at), forced)

    def step_at(self, now: datetime) -> Step:
        """Return the step that holds at an instant; the first one also before its time."""
        return held_at(self.steps(), now)

    def fulfilled_at(self, now: datetime) -> datetime | None:
        """Return when products became available, None while there are none."""
        return delivered_at(self.steps(), now)

    def settlement(self) -> tuple[datetime | None, int]:
        """Return when the hold ends and what is charged then; the first final step decides."""
        for step in self.steps():
            if step.status in DELIVERED:
                return step.at, self.price or 0
            if step.status in ("REJECTED", "FAILED"):
                return step.at, self.failed_charge
            if step.status == "CANCELED":
                return step.at, self.cancel_charge
        return None, 0

    def ended_as(self, status: str, at: datetime, charge: int = 0) -> Self:
        """Return the task with another course from an instant on."""
        return replace(self, forced=Step(at, status), cancel_charge=charge)

    def to_row(self, list_from: datetime, get_from: datetime) -> OrderRow:
        """Return the task in the form in which orders are stored."""
        settles, charge = self.settlement()
        return OrderRow(
            provider=PROVIDER,
            id=self.id,
            account=self.contract_id,
            created=self.created,
            list_from=list_from,
            get_from=get_from,
            hold=self.price or 0,
            charge=charge,
            settles=settles,
            value=self._to_json(),
        )

    @classmethod
    def from_row(cls, row: OrderRow) -> Self:
        """Read a stored task."""
        value = row.value
        forced = value["forced"]
        return cls(
            id=row.id,
            contract_id=row.account,
            created=row.created,
            facts=value["facts"],
            body=value["body"],
            outcome=value["outcome"],
            decision=timedelta(seconds=value["decision"]),
            price=value["price"],
            currency=value["currency"],
            forced=Step(from_micros(forced[0]), forced[1]) if forced else None,
            cancel_charge=value["cancel_charge"],
            failed_charge=value["failed_charge"],
        )

    def _to_json(self) -> dict[str, Any]:
        return {
            "facts": self.facts,
            "body": self.body,
            "outcome": self.outcome,
            "decision": self.decision.total_seconds(),
            "price": self.price,
            "currency": self.currency,
            "forced": [to_micros(self.forced.at), self.forced.status] if self.forced else None,
            "cancel_charge": self.cancel_charge,
            "failed_charge": self.failed_charge,
        }

    def _natural_steps(self) -> tuple[Step, ...]:
        received = Step(self.created, "RECEIVED")
        decided = self.created + self.decision
        active = Step(decided, "ACTIVE")
        acquired = self.acquisition
        match self.outcome:
            case "DONE":
                sla = self.sla
                ready = Step(acquired + sla / 2, "FULFILLED")
                return received, active, ready, Step(acquired + sla, "DONE")
            case "DONE_DIRECT":
                return received, active, Step(acquired + self.sla / 2, "DONE")
            case "REJECTED":
                return received, Step(decided, "REJECTED")
            case "FAILED":
                return received, active, Step(max(self.window[1], decided), "FAILED")
            case word:
                return received, Step(decided, word)


def held_at(steps: tuple[Step, ...], now: datetime) -> Step:
    """Return the step of a life that holds at an instant; the first one also before its time."""
    return next((step for step in reversed(steps) if step.at <= now), steps[0])


def delivered_at(steps: tuple[Step, ...], now: datetime) -> datetime | None:
    """Return when products became available in a life, None while there are none."""
    return next((step.at for step in steps if step.at <= now and step.status in DELIVERED), None)
