"""A random history at Vantor: text may be shown nowhere, ends are moved, cancellations take their time.

Where no text is shown, nothing but the state file and people know whose an order is. So there, whoever loses the state,
or restores an old one, names every order of ours before Git is edited again; and nobody forgets one that lives.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from contextlib import suppress
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from reconciler.model.errors import ConfigError
from reconciler.model.ids import OrderKey, Reference
from reconciler.model.order import DesiredOrder
from reconciler.model.record import Record
from reconciler.model.time import parse_instant
from reconciler.plan.findings import Finding, FindingKind
from reconciler.providers.vantor.descriptions import CHECKS
from reconciler.providers.vantor.orders import KEY_HEADER
from reconciler.render.phrases import remedy
from reconciler.simulator.switches import SwitchValue
from tests.support.provider import CLIENT_SECRET, OTHER_CLIENT_ID, VANTOR, area, credits_of
from tests.sweeps.actions_at_vantor import (
    CEILING,
    DEEDS,
    EDITS,
    OF_READING,
    OF_SPENDING,
    OF_SPENDING_WHERE_TEXT_IS_SHOWN,
    OF_THE_PROVIDER,
    POLICIES,
    POSITIONS,
    block_of,
    price_agreed,
)
from tests.sweeps.edited_history import EditedHistory
from tests.sweeps.history import ATTEMPT, NAME, NAMES, STRANGERS, Scenario, happening
from tests.sweeps.judge import ATTEMPTS
from tests.sweeps.watch import Rested, Watch

CHARGE = credits_of(CEILING)
HERE, THERE = "default", "two"
"""Vantor's names of the account of the first user, who has a key, and of the other's, who logs in by a password."""
_NAMED = {HERE: VANTOR.account, THERE: f"{VANTOR.name}-two"}


class RestedLate(Rested):
    """A judge for whom a cancellation that was asked for may wait."""

    def _waits(self, finding: Finding, stuck: Set[OrderKey]) -> bool:
        return finding.kind is FindingKind.WAITING and bool(remedy(finding))


class Changes(Watch):
    """Watches the two changes that Vantor knows."""

    def _account_of(self, request: httpx.Request) -> str | None:
        return HERE if KEY_HEADER in request.headers else THERE

    def _look_at_change(self, request: httpx.Request, records: Mapping[Reference, Record]) -> Reference:
        path = request.url.path
        record = next((r for r in records.values() if r.order_id is not None and r.order_id in path), None)
        wanted = self.wanted.get(record.reference) if record is not None else None
        body = json.loads(request.content)
        if record is None:
            self.wrong(f"{request.method} {path} is about no order of ours")
            return Reference("")
        if request.method == "PATCH" and not self._extends(wanted, record, body):
            self.wrong(f"{body} for {record.key} left, but Git states {wanted}")
        if request.method == "POST" and not self._unwanted(wanted, record):
            self.wrong(f"{record.key} was canceled, but Git states {wanted}")
        return record.reference

    def _extends(self, wanted: DesiredOrder | None, record: Record, body: Mapping[str, Any]) -> bool:
        """Tell whether Git states this end, and it is later than the one that the order has."""
        (order,) = [order for order in self.project.orders() if order["id"] == record.order_id]
        end = parse_instant(body["end_collect_datetime"])
        stated = wanted is not None and wanted.suspend is None and wanted.window.end == end
        return stated and end > parse_instant(order["window"][1])


class VantorHistory(EditedHistory):
    """A history at Vantor, under drawn positions of the simulator's switches."""

    provider = VANTOR
    watching = Changes
    judging = RestedLate
    shows_text = True
    positions: Mapping[str, SwitchValue] = {}

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        for number, name in enumerate(NAMES):
            self.spec[name] |= {"target": area(float(number))}

    @initialize(
        unknown=st.sampled_from(["hold", "retry"]),
        always=st.lists(st.sampled_from(OF_THE_PROVIDER), max_size=2),
        strangers=st.lists(st.sampled_from(STRANGERS), max_size=2),
        echo=st.sampled_from(POSITIONS["descriptionEcho"]),
        knows=st.sampled_from([True, True, False]),
        positions=st.fixed_dictionaries(
            {},
            optional={
                name: st.sampled_from(choices) for name, choices in POSITIONS.items() if name != "descriptionEcho"
            },
        ),
    )
    def begin(
        self,
        unknown: str,
        always: list[dict[str, Any]],
        strangers: list[str | None],
        echo: str,
        knows: bool,
        positions: dict[str, SwitchValue],
    ) -> None:
        """`knows`: the account states where Vantor answers, where that is not as guessed."""
        self.project.sim("PUT", "/vantor/users", {OTHER_CLIENT_ID: {"password": CLIENT_SECRET, "account": THERE}})
        for reference in strangers:
            self.project.place_by_hand(reference)
        self.project.switch(descriptionEcho=echo, **positions)
        self.positions = positions
        self.shows_text = echo != "absent"
        self.project.block = self.elsewhere.block = block_of(positions) if knows else {}
        for spec in self.spec.values():
            spec["confirm"] = price_agreed(positions)
        self.watch.accountable = positions.get("quoteUnits", "credits") == "credits"
        self._begin(unknown, always, [])

    @happening(name=NAME, change=st.sampled_from(EDITS))
    def edit(self, name: str, change: dict[str, Any]) -> None:
        self._edit(name, change)

    @happening(name=NAME, charge=st.sampled_from([CHARGE, None]))
    def raise_attempt(self, name: str, charge: dict[str, str] | None) -> None:
        self._raise_attempt(name, charge)

    @happening(name=NAME, charge=st.sampled_from([CHARGE, None]))
    def cancel_or_not(self, name: str, charge: dict[str, str] | None) -> None:
        agreed = {"reason": "not needed", **({"maxCharge": charge} if charge else {})}
        self.spec[name] |= {"cancel": None if self.spec[name].get("cancel") else agreed}
        self._commit()

    @happening(policy=st.sampled_from(POLICIES))
    def change_policy(self, policy: dict[str, Any]) -> None:
        self._change_policy(policy)

    def place(self, place: int) -> dict[str, Any]:
        """Return the area of a place."""
        return area(10.0 + place)

    # What Vantor and its people do

    @happening(data=st.data())
    def break_a_write(self, data: st.DataObject) -> None:
        """A refusal is believed even if the request was carried out: that order's price is then in no sum."""
        fault = data.draw(st.sampled_from(OF_SPENDING_WHERE_TEXT_IS_SHOWN if self.shows_text else OF_SPENDING))
        self.project.fault(**fault)
        self.watch.accountable &= not fault.get("commit")

    @happening(fault=st.sampled_from(OF_READING))
    def break_a_read(self, fault: dict[str, Any]) -> None:
        """Without a quote an order without a price may be agreed to."""
        self.project.fault(**fault)
        self.watch.accountable &= not fault["path"].endswith("/quote")

    @happening(name=NAME, deed=st.sampled_from(DEEDS))
    def act_at_the_console(self, name: str, deed: dict[str, Any]) -> None:
        for order in self._live(name)[-1:]:
            self.project.edit(order["id"], **deed)
            if "delete" in deed:
                self.watch.gone.add(order["id"])

    @happening(name=NAME)
    def place_the_same_by_hand(self, name: str) -> None:
        """Somebody orders, without a text, exactly what one of our orders is for.

        Only so many requests are read singly to find out whether their text is shown there.
        """
        if sum(order["text"] is None for order in self.project.orders()) >= CHECKS - 1:
            return
        for order in self._live(name)[-1:]:
            somebody = {**order["body"], "request_description": None}
            with suppress(httpx.TransportError):  # a fault that waits for our own order may meet theirs
                self.provider.place(self.project.simulator, self.project.http, somebody)

    @happening(account=st.sampled_from([HERE, THERE]), credits=st.sampled_from([0, 1_600, 10_000_000]))
    def set_funds(self, account: str, credits: int) -> None:
        self.project.sim("PUT", f"/vantor/accounts/{account}", {"credits": credits})

    # What no program can survive

    @happening()
    def lose_state(self) -> None:
        if self._cannot_be_named():
            return
        self._forget_what_was_spent()
        self.project.lose_state()
        self._name_all()

    @happening()
    def restore_state(self) -> None:
        if self.backup.exists() and not self._cannot_be_named():
            self._forget_what_was_spent()
            self._put(self.backup)
            self._name_all()

    @happening(name=NAME, attempt=ATTEMPT)
    def forget(self, name: str, attempt: int) -> None:
        if self.shows_text or not self._live(name):
            self._let_all_show()
            with suppress(ConfigError), self.project.deciding(name, attempt) as decision:
                decision.forget()

    def _cannot_be_named(self) -> bool:
        """Tell whether there are orders of several geometries that nothing but the state file tells apart."""
        return not self.shows_text and bool(self._placed())

    def _name_all(self) -> None:
        """Where no text is shown, name the order of each attempt that Git speaks of, stating the account it is in."""
        for name in sorted(self.stated) if not self.shows_text else ():
            for attempt in ATTEMPTS:
                for order in self.project.orders_of(self._origin(name), attempt)[:1]:
                    self._edit(name, {"account": _NAMED[order["account"]]})
                    self._decide(name, attempt)

    def teardown(self) -> None:
        """In the end there are funds, the paths are known, and what Vantor takes for a cancellation is one.

        A deleted order is reported as such, in JSON: a 404 in another form may be any server's.
        """
        self.project.switch(cancelOutcome="canceled", hourlyRequests=1000, errorBody="message")
        self.project.block = block_of(self.positions)
        for account, whose in zip((HERE, THERE), (VANTOR.tenant, VANTOR.other_tenant), strict=True):
            self.project.sim("PUT", f"/vantor/accounts/{account}", {"credits": 10_000_000})
            self.project.account(_NAMED[account], contract=whose, limits=self.limits)
        super().teardown()

    def _resolve_the_rest(self) -> None:
        super()._resolve_the_rest()
        self._name_all()
