"""What is watched while a history is lived: every spending call as it leaves, and after each pass what came of it."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Set
from typing import Any

import httpx

from reconciler.model.ids import OrderKey, Reference
from reconciler.model.journal import EventKind
from reconciler.model.order import DesiredOrder, Manifests
from reconciler.model.record import Record
from reconciler.plan.findings import Finding, FindingKind
from reconciler.reconcile import Report
from reconciler.render.phrases import message, remedy
from reconciler.state.store import open_reader
from tests.support.project import Project
from tests.sweeps.judge import Judge, Kind

_REFERENCE = re.compile(r"rc1-[a-z2-7]{20}")
_CALM = frozenset({FindingKind.IN_SYNC, FindingKind.ENDED})
_WITH_A_REMEDY = frozenset(
    {
        FindingKind.HELD,
        FindingKind.REFUSED,
        FindingKind.DRIFTED,
        FindingKind.MISSING,
        FindingKind.EXPIRED,
        FindingKind.ORPHANED,
    }
)
_CALLS = (EventKind.INTENT, EventKind.OUTCOME)


def references(order: Mapping[str, Any]) -> list[Reference]:
    """Return what an order's text at the provider holds of our references' form."""
    return [Reference(text) for text in _REFERENCE.findall(order["text"] or "")]


class Died(RuntimeError):
    """Our program's end in the middle of a pass."""


class Traffic(httpx.BaseTransport):
    """The real transport. Every spending call is looked at as it leaves; there, once, our program may die.

    `only_asks` tells the calls that spend nothing. `last_breath` keeps what a death leaves. Nothing leaves after it.
    """

    def __init__(
        self,
        real: httpx.BaseTransport,
        look: Callable[[httpx.Request], None],
        last_breath: Callable[[], None],
        *,
        only_asks: Callable[[httpx.Request], bool],
    ) -> None:
        self.death: str | None = None
        self.dead = False
        self.second: threading.Thread | None = None
        self._real, self._look, self._last_breath, self._only_asks = real, look, last_breath, only_asks

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, unless this is the moment; before the first of a pass, let a second run start and end."""
        if self.dead:
            raise Died
        second, self.second = self.second, None
        if second is not None:
            second.start()
            second.join()
        if self._only_asks(request):
            return self._real.handle_request(request)
        self._look(request)
        death, self.death = self.death, None
        if death == "before":
            self._die()
        answer = self._real.handle_request(request)
        if death == "after":
            answer.close()
            self._die()
        return answer

    def _die(self) -> None:
        self.dead = True
        self._last_breath()
        raise Died


class Watch:
    """Looks at what a project's passes send and leave. `accountable`: the state file knows all that was spent."""

    def __init__(self, project: Project, judge: Judge) -> None:
        self.project, self.judge = project, judge
        self.wanted: dict[str, DesiredOrder] = {}
        self.gone: set[str] = set()
        self.accountable = True
        self._earlier: set[str] = set()
        self._placed = 0
        self._ceilings: dict[str, int] = {}
        self._bound: dict[Reference, str] = {}
        self._spent: Counter[str] = Counter()

    def wrong(self, text: str) -> None:
        """Note a wrong."""
        self.judge.wrong(Kind.OTHER, text)

    def begin(self, manifests: Manifests) -> None:
        """Begin to watch a pass over these manifests."""
        self.wanted = {self.project.reference(o.key, o.attempt): o for o in manifests.orders}
        self._placed = 0
        self._earlier = {order["id"] for order in self.project.orders()}

    def look(self, request: httpx.Request) -> None:
        """At the moment of sending: Git asks for this call, its intent is on disk, and a ceiling is committed."""
        with open_reader(self.project.state) as reader:
            records, journal = reader.records(), reader.journal()
        if request.method == "POST" and request.url.path == self.project.provider.orders:
            reference = Reference(_REFERENCE.findall(request.content.decode())[0])
            self._look_at_order(reference, request, records)
        else:
            reference = self._look_at_change(request, records)
        calls = [event.kind for event in journal if event.reference == reference and event.kind in _CALLS]
        if calls[-1:] != [EventKind.INTENT]:
            self.wrong(f"{request.method} for {reference} left without an intent on disk: {calls}")

    def _look_at_order(self, reference: Reference, request: httpx.Request, records: Mapping[Reference, Record]) -> None:
        order = self.wanted.get(reference)
        if order is None or order.suspend is not None or not self._agreed(order):
            self.wrong(f"{reference} was ordered, but Git states {order}")
            return
        self._placed += 1
        named = {o.key for o in self.wanted.values()}
        body, account = json.loads(request.content), self._account_of(request)
        for other in self.project.orders():  # renamed: the same order under a name whose manifest has gone
            known = [records[r].key for r in references(other) if r in records and records[r].key not in named]
            same = self.project.provider.bare(other["body"]) == self.project.provider.bare(body)
            same &= account in (None, other["account"])
            if known and same and other["status"] in self.project.provider.live:
                self.wrong(f"{order.key} was ordered while {known[0]}, which is the same, lives on as {other['id']}")

    def _account_of(self, request: httpx.Request) -> str | None:
        """Tell for which account at the provider an order is, where its body does not say so."""
        return request.url.params.get("workspaceId")

    def _agreed(self, order: DesiredOrder) -> bool:
        """Tell whether Git agrees to a price, and remember it."""
        agreed, reference = order.confirm, self.project.reference(order.key, order.attempt)
        if agreed.max_price is not None or agreed.unpriced:
            self._ceilings[reference] = agreed.max_price.minor if agreed.max_price is not None else sys.maxsize
        return agreed.max_price is not None or agreed.unpriced

    def _look_at_change(self, request: httpx.Request, records: Mapping[Reference, Record]) -> Reference:
        """Look at what changes an order that is bound; at ICEYE it can only be canceled."""
        task = request.url.path.rsplit("/", 1)[1]
        record = next((record for record in records.values() if record.order_id == task), None)
        if record is None or not self._replaced(record):
            self.wrong(f"canceled, but Git states no later attempt: {record}")
        return record.reference if record is not None else Reference("")

    def _replaced(self, record: Record) -> bool:
        """Tell whether Git states a later attempt of what a record is about."""
        orders = [order for order in self.wanted.values() if order.key == record.key]
        return any(order.attempt > record.attempt and order.suspend is None for order in orders)

    def _cancels(self, wanted: DesiredOrder) -> bool:
        return wanted.cancel is not None and wanted.cancel.attempt == wanted.attempt

    def _unwanted(self, wanted: DesiredOrder | None, record: Record) -> bool:
        """Tell whether Git wants an order to end: canceled, replaced, or gone where its record says to cancel then."""
        if wanted is not None:
            return self._cancels(wanted)
        return self._replaced(record) or record.on_delete == "cancel"

    def look_back(self, manifests: Manifests) -> None:
        """After a pass: what it ordered kept to each ceiling, and what was bound is bound to the same order."""
        policy = manifests.project.policy
        for order in self.project.orders():
            if order["id"] not in self._earlier and references(order):
                self._look_at_price(order, min((limit.minor for limit in policy.per_month), default=None))
        if self._placed > policy.new_orders_per_pass:
            self.wrong(f"{self._placed} ordered in one pass, above {policy.new_orders_per_pass}")
        for reference, record in self.project.records().items():
            if record.order_id is not None:
                before = self._bound.get(reference, record.order_id)
                if before != record.order_id and not {before, record.order_id} & self.gone:
                    self.wrong(f"{reference} was bound to {before} and is now bound to {record.order_id}")
                self._bound[reference] = record.order_id

    def _look_at_price(self, order: Mapping[str, Any], per_month: int | None) -> None:
        reference, price, month = references(order)[0], _minor(order["price"]), order["created"][:7]
        self._spent[month] += price
        if price > self._ceilings.get(reference, 0):
            self.wrong(f"{reference} cost {price}, above its ceiling of {self._ceilings.get(reference)}")
        if self.accountable and per_month is not None and self._spent[month] > per_month:
            self.wrong(f"{self._spent[month]} spent in {month}, above {per_month}")


def _minor(price: Mapping[str, Any]) -> int:
    """Return a price in minor units: credits are told whole."""
    return int(price["amount"]) * (100 if price["currency"] == "CREDIT" else 1)


class Rested(Judge):
    """A judge for worlds in which people act: drift, loss and lateness are at rest too, where a remedy is named."""

    def _rests(self, report: Report) -> bool:
        plan = report.plan
        stated = {order.key for order in self.project.read().orders}
        stuck = {f.key for f in plan.findings if f.kind in _WITH_A_REMEDY and remedy(f)}
        return (
            not plan.actions
            and not plan.refusals
            and {f.key for f in plan.findings} >= stated
            and all(
                f.kind in _CALM or (remedy(f) and (f.kind in _WITH_A_REMEDY or self._waits(f, stuck)))
                for f in plan.findings
            )
        )

    def _waits(self, finding: Finding, stuck: Set[OrderKey]) -> bool:
        """Tell whether it waits for the instant from which it can be placed, or for an attempt that is stuck itself."""
        opens = message(finding).startswith("can be placed from ")
        return finding.kind is FindingKind.WAITING and (opens or finding.key in stuck)
