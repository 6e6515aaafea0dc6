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

from reconciler.model.ids import OrderKey, Reference, bare
from reconciler.model.journal import EventKind
from reconciler.model.order import DesiredOrder, Manifests
from reconciler.model.record import Record
from reconciler.plan.findings import Finding, FindingKind
from reconciler.reconcile import Report
from reconciler.render.phrases import message, remedy
from reconciler.state.store import open_reader
from tests.support.project import Project
from tests.sweeps.judge import ATTEMPTS, Judge, Kind

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


_DELIVERED = frozenset({"DONE", "FULFILLED", "PARTIALLY-FULFILLED"})
_DECIMALS = 6


def canonical(value: Any) -> Any:
    """Return JSON in which equal pictures are equal: rings are begun at one corner, numbers are rounded."""
    match value:
        case {"type": "Polygon", "coordinates": [*rings]}:
            return {"type": "Polygon", "coordinates": [_ring(ring) for ring in rings]}
        case {}:
            return {name: canonical(each) for name, each in value.items() if each not in (None, "ANY")}
        case [*_]:
            return [canonical(each) for each in value]
        case float():
            return round(value, _DECIMALS)
        case _:
            return value


def _ring(ring: list[list[float]]) -> list[Any]:
    corners = [tuple(canonical(corner)) for corner in ring[:-1]]
    turns = [each[n:] + each[:n] for each in (corners, corners[::-1]) for n in range(len(corners))]
    return list(min(turns))


def _stated_attempts(order: DesiredOrder) -> range:
    """Return the attempts that Git may have placed: its own; of several orders' common one, every one up to it."""
    return range(1 if order.common_attempt is not None else order.attempt, order.attempt + 1)


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
        self._stated: Set[str] = frozenset()
        self._pictures: Set[str] = frozenset()

    def wrong(self, text: str) -> None:
        """Note a wrong."""
        self.judge.wrong(Kind.OTHER, text)

    def begin(self, manifests: Manifests, stated: Set[str], pictures: Set[str]) -> None:
        """Begin to watch a pass over these manifests.

        `stated` are the references that Git states, even if this reading misses some; `pictures` are those whose
        picture it states under another name.
        """
        owner = self.project.owner
        self.wanted = {o.reference(owner, n): o for o in manifests.orders for n in _stated_attempts(o)}
        self._stated, self._pictures = stated, pictures
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
        self._look_at_picture(order, request)
        self._look_at_attempts(order, reference)

    def _look_at_picture(self, order: DesiredOrder, request: httpx.Request) -> None:
        """Renamed, copied or written otherwise: what lives already is not bought again, unless Git says so."""
        body, account = self._picture(json.loads(request.content)), self._account_of(request)
        keys = {self.project.reference(key, attempt): key for key in self.judge.keys for attempt in ATTEMPTS}
        for other in self.project.orders():
            names = {keys[r] for r in references(other) if r in keys}
            same = self._picture(other["body"]) == body and account in (None, other["account"]) and self._as_sent(other)
            if names and same and other["status"] in self.project.provider.live and not self._both_meant(order, names):
                self.wrong(f"{order.key} was ordered while {names}, which is the same, lives on as {other['id']}")

    def _picture(self, body: Mapping[str, Any]) -> object:
        return canonical(self.project.provider.bare(body))

    def _as_sent(self, order: Mapping[str, Any]) -> bool:
        """Tell whether an order at the provider still is what was sent."""
        return bool(order)

    def _both_meant(self, order: DesiredOrder, names: Set[str]) -> bool:
        """Tell whether one of both says that the other is meant besides."""
        same = [o for o in self.wanted.values() if o.origin in names or o.key in names]
        meant = {*names, *(o.key for o in same)} & set(order.confirm.also_ordered)
        return bool(meant) or any(order.key in o.confirm.also_ordered for o in same)

    def _look_at_attempts(self, order: DesiredOrder, reference: Reference) -> None:
        """An attempt of several orders raises none that is live or was delivered."""
        if order.common_attempt is None:
            return
        own = {order.reference(self.project.owner, n) for n in range(1, order.common_attempt + 1)} - {reference}
        for other in self.project.orders():
            stands = other["status"] in self.project.provider.live or other["status"] in _DELIVERED
            if stands and own & set(references(other)):
                self.wrong(f"{order.key} was ordered again by a common attempt, while {other['id']} stands")

    def _account_of(self, request: httpx.Request) -> str | None:
        """Tell for which account at the provider an order is, where its body does not say so."""
        return request.url.params.get("workspaceId")

    def _agreed(self, order: DesiredOrder) -> bool:
        """Tell whether Git agrees to a price, and remember it."""
        agreed = order.confirm
        if agreed.max_price is not None or agreed.unpriced:
            for attempt in _stated_attempts(order):
                reference = order.reference(self.project.owner, attempt)
                self._ceilings[reference] = agreed.max_price.minor if agreed.max_price is not None else sys.maxsize
        return agreed.max_price is not None or agreed.unpriced

    def _look_at_change(self, request: httpx.Request, records: Mapping[Reference, Record]) -> Reference:
        """Look at what changes an order that is bound; at ICEYE it can only be canceled."""
        task = request.url.path.rsplit("/", 1)[1]
        record = next((record for record in records.values() if record.order_id == task), None)
        if record is None or not self._unwanted(self.wanted.get(record.reference), record):
            self.wrong(f"canceled, but Git does not cancel it: {record}")
        return record.reference if record is not None else Reference("")

    def _replaced(self, record: Record) -> bool:
        """Tell whether Git states a later attempt of what a record is about."""
        orders = [o for o in self.wanted.values() if bare(o.key) == bare(record.key) and o.common_attempt is None]
        return any(order.attempt > record.attempt and order.suspend is None for order in orders)

    def _cancels(self, wanted: DesiredOrder) -> bool:
        return wanted.canceled

    def _unwanted(self, wanted: DesiredOrder | None, record: Record) -> bool:
        """Tell whether Git wants an order to end: canceled, replaced, or gone where its record says to cancel then."""
        if wanted is not None and self._cancels(wanted):
            return True
        removed = record.reference not in self._stated and record.reference not in self._pictures
        return self._replaced(record) or (wanted is None and record.on_delete == "cancel" and removed)

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
