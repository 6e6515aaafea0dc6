"""A random history at UP42: what is offered is answered by Git, by people at the console, twice, late or never."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from reconciler.model.geojson import geojson
from reconciler.model.ids import OrderKey, Reference
from reconciler.model.order import DesiredOrder
from reconciler.model.record import Record
from reconciler.model.time import parse_instant
from reconciler.plan.findings import Finding, FindingKind
from reconciler.simulator.switches import SwitchValue
from tests.support.provider import UP42, credits_of
from tests.sweeps.actions_at_up42 import (
    CEILINGS,
    DEEDS,
    EDITS,
    OF_READING,
    OF_SPENDING,
    OF_THE_PROVIDER,
    POLICIES,
    POSITIONS,
    PRICE,
)
from tests.sweeps.edited_history import EditedHistory
from tests.sweeps.history import NAME, STRANGERS, Scenario, happening
from tests.sweeps.judge import Kind
from tests.sweeps.watch import Rested, Watch, canonical

_OPEN = "NOT_DECIDED"
Json = Mapping[str, Any]


class Rested42(Rested):
    """A judge for whom an order that is to be canceled may wait for its quote, as long as a remedy is named."""

    def look_for_spending(self) -> None:
        """People accept at the console whatever they like: `Purse` tells our answers from theirs."""

    def _waits(self, finding: Finding, stuck: Set[OrderKey]) -> bool:
        return finding.kind is FindingKind.WAITING


class Purse(Watch):
    """Watches each answer as it leaves, and the credits. `quoted`: nothing is charged but what a quote is over."""

    funds = 0
    quoted = True

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.accepted: set[str] = set()
        """Quotes that we have asked to accept, or somebody has by hand."""

    def spend_by_hand(self, quote: Json) -> None:
        """Note what somebody has accepted at the console."""
        self.accepted.add(quote["id"])

    def _agreed(self, order: DesiredOrder) -> bool:
        return not order.canceled

    def _look_at_change(self, request: httpx.Request, records: Mapping[Reference, Record]) -> Reference:
        path = request.url.path.removeprefix("/up42/api")
        about = next((o for o in self.project.orders() if path.split("/")[-1] in _ids(o) or o["id"] in path), None)
        record = next((r for r in records.values() if about is not None and r.order_id == about["id"]), None)
        if about is None or record is None:
            self.wrong(f"{request.method} {path} is about no order of ours")
            return Reference("")
        wanted = self.wanted.get(record.reference)
        body = json.loads(request.content or b"{}")
        wrong = self._objection(path, body, about=about, wanted=wanted, record=record)
        if wrong:
            self.judge.wrong(Kind.MONEY, f"{request.method} {path} {body} for {record.key} left, but {wrong}: {wanted}")
        return record.reference

    def _as_sent(self, order: Json) -> bool:
        """An option may have rewritten it."""
        sent = order["body"]["params"]
        return {name: str(order["params"].get(name)) for name in sent} == {n: str(value) for n, value in sent.items()}

    def _objection(self, path: str, body: Json, *, about: Json, wanted: DesiredOrder | None, record: Record) -> str:
        """Return what speaks against a change that is about to leave; empty where Git asks for it."""
        match body:
            case {"decision": "ACCEPTED"}:
                quote = next(quote for quote in about["quotes"] if path.endswith(quote["id"]))
                return self._of_accepting(quote, about, wanted)
            case {"decision": "REJECTED"}:
                rejects = wanted is not None and wanted.confirm.reject_quote
                return "" if rejects or self._unwanted(wanted, record) else "Git rejects nothing"
            case {"acceptedOptionId": str(option)}:
                return "" if wanted is not None and option in wanted.confirm.options else "Git chooses no such option"
            case {"tags": _} | {"budgetId": _}:
                return "" if wanted is not None and wanted.suspend is None else "Git states no such order"
            case _:
                return "" if self._unwanted(wanted, record) else "Git cancels nothing"

    def _of_accepting(self, quote: Json, about: Json, wanted: DesiredOrder | None) -> str:
        if wanted is None or wanted.suspend is not None or self._cancels(wanted):
            return "Git does not state it"
        ceiling = wanted.confirm.max_price
        if wanted.confirm.reject_quote or ceiling is None or ceiling.minor < 100 * quote["creditsPrice"]:
            return f"{quote['creditsPrice']} credits are not agreed to"
        if quote["decision"] != _OPEN:
            return f"the quote is {quote['decision']} already"
        chosen = (about["study"] or {}).get("decisionOption")
        if chosen is not None and chosen["id"] not in wanted.confirm.options:
            return f"it is for option {chosen['id']}, which Git does not name"
        if chosen is None and (other := _otherwise(wanted, about)):
            return f"it is for other terms: {other}"
        self.accepted.add(quote["id"])
        self._spend(ceiling_month=self._month(), credits=quote["creditsPrice"])
        return ""

    def _month(self) -> str:
        return str(self.project.sim("GET", "/clock")["now"])[:7]

    def _spend(self, *, ceiling_month: str, credits: int) -> None:
        self._spent[ceiling_month] += 100 * credits
        policy = self.project.read().project.policy
        limit = min((limit.minor for limit in policy.per_month), default=None)
        if self.accountable and limit is not None and self._spent[ceiling_month] > limit:
            self.judge.wrong(Kind.MONEY, f"{self._spent[ceiling_month]} spent in {ceiling_month}, above {limit}")

    def _look_at_price(self, order: Json, per_month: int | None) -> None:
        """Nothing is bound by placing: see `settle`."""

    def settle(self) -> None:
        """After a pass: what is accepted was asked for, and no credits are gone but for it."""
        quotes = [quote for order in self.project.orders() for quote in order["quotes"]]
        taken = [quote for quote in quotes if quote["decision"] == "ACCEPTED"]
        for quote in taken:
            if quote["id"] not in self.accepted:
                self.judge.wrong(Kind.MONEY, f"nobody accepted {quote}")
        left, bound = self.project.credits(), sum(quote["creditsPrice"] for quote in taken)
        if self.quoted and left != self.funds - bound:
            self.judge.wrong(Kind.MONEY, f"of {self.funds} credits {left} are left, with {bound} accepted")


def _ids(order: Json) -> list[str]:
    study = order["study"]
    return [*([study["id"]] if study else []), *(quote["id"] for quote in order["quotes"])]


def _otherwise(wanted: DesiredOrder, about: Json) -> list[str]:
    """Return the terms of the order at the provider that Git states otherwise."""
    params, window = about["params"], wanted.window
    stated = getattr(wanted.settings, "params", {})
    found = [name for name, value in stated.items() if str(params.get(name)) != str(value)]
    ends = {"acquisitionStart": window.start, "acquisitionEnd": window.end}
    found += [name for name, instant in ends.items() if parse_instant(params[name]) != instant]
    here = canonical(json.loads(json.dumps(geojson(wanted.target))))
    return found if here == canonical(about["geometry"]) else [*found, "geometry"]


class Up42History(EditedHistory):
    """A history at UP42, under drawn positions of the simulator's switches."""

    provider = UP42
    watching = Purse
    judging = Rested42
    watch: Purse

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        for number, name in enumerate(self.spec):
            self.spec[name] |= {"target": {"type": "Point", "coordinates": [number, 0.5]}, "confirm": {}}
        self.watch.funds = self.project.credits()

    @initialize(
        unknown=st.sampled_from(["hold", "retry"]),
        always=st.lists(st.sampled_from(OF_THE_PROVIDER), max_size=1),
        strangers=st.lists(st.sampled_from(STRANGERS), max_size=2),
        study=st.sampled_from(["MANUAL", "MANUAL", "AUTO", "none"]),
        positions=st.fixed_dictionaries(
            {}, optional={name: st.sampled_from(choices) for name, choices in POSITIONS.items() if name != "study"}
        ),
    )
    def begin(
        self,
        unknown: str,
        always: list[dict[str, Any]],
        strangers: list[str | None],
        study: str,
        positions: dict[str, SwitchValue],
    ) -> None:
        for reference in strangers:
            self.project.place_by_hand(reference)
        self.project.switch(study=study, **positions)
        self.watch.quoted = positions.get("quotation") != "none"
        self._begin(unknown, always, [])

    @happening(name=NAME, change=st.sampled_from(EDITS))
    def edit(self, name: str, change: dict[str, Any]) -> None:
        self._edit(name, change)

    @happening(name=NAME)
    def raise_attempt(self, name: str) -> None:
        self._raise_attempt(name, None)

    @happening(name=NAME)
    def cancel_or_not(self, name: str) -> None:
        self.spec[name] |= {"cancel": None if self.spec[name].get("cancel") else {"reason": "not needed"}}
        self._commit()

    @happening(policy=st.sampled_from(POLICIES))
    def change_policy(self, policy: dict[str, Any]) -> None:
        self._change_policy(policy)

    # What Git answers

    @happening(name=NAME, option=st.sampled_from([0, 1, 2, None]))
    def choose(self, name: str, option: int | None) -> None:
        """Choose an option that is offered, one that is not, or (where nothing is offered) none."""
        offered = [order["study"]["options"] for order in self._live(name) if order["study"]]
        ids = [each["id"] for each in offered[-1]] if offered else []
        chosen = ids[option] if option is not None and option < len(ids) else "another" if option is None else None
        self._agree(name, feasibility={"optionId": chosen} if chosen else None)

    @happening(name=NAME, ceiling=st.sampled_from([CEILINGS[0], *CEILINGS, None]))
    def set_ceiling(self, name: str, ceiling: dict[str, str] | None) -> None:
        self._agree(name, maxPrice=ceiling)

    @happening(name=NAME, reject=st.booleans())
    def reject_or_not(self, name: str, reject: bool) -> None:
        self._agree(name, quote="reject" if reject else None)

    @happening(rounds=st.sampled_from([1, 2, 4]))
    def answer_and_wait(self, rounds: int) -> None:
        """What most people do: agree to what is offered, and look again later."""
        for _ in range(rounds):
            for name in sorted(self.stated):
                for order in self._live(name)[-1:]:
                    self._agree_to(name, order)
            self._reconcile(self.judge)
            self.project.advance("65m")

    def _agree_to(self, name: str, order: Json) -> None:
        self.spec[name] |= {"cancel": None, "suspend": None}
        if order["study"] and order["study"]["options"]:
            self._agree(name, feasibility={"optionId": order["study"]["options"][-1]["id"]})
        if order["quotes"]:
            self._agree(name, maxPrice=credits_of(order["quotes"][-1]["creditsPrice"]), quote=None)

    def _agree(self, name: str, **lines: Any) -> None:
        confirm = {**self.spec[name]["confirm"], **lines}
        self._edit(name, {"confirm": {field: value for field, value in confirm.items() if value is not None}})

    # What UP42 and its people do

    @happening(fault=st.sampled_from(OF_SPENDING))
    def break_a_write(self, fault: dict[str, Any]) -> None:
        """A refusal is believed even if the request was carried out: that price is then in no sum."""
        self.project.fault(**fault)
        self.watch.accountable &= not fault.get("commit")

    @happening(fault=st.sampled_from(OF_READING))
    def break_a_read(self, fault: dict[str, Any]) -> None:
        self.project.fault(**fault)

    @happening(name=NAME, deed=st.sampled_from(DEEDS))
    def act_at_the_console(self, name: str, deed: dict[str, Any]) -> None:
        for order in self._live(name)[-1:]:
            self.project.edit(order["id"], **deed)
            if "delete" in deed:
                self.watch.gone.add(order["id"])

    @happening(name=NAME, price=st.sampled_from([PRICE, PRICE, 2 * PRICE, 1]))
    def quote_once_more(self, name: str, price: int) -> None:
        self._at_console(name, lambda order: order["study"] is not None, "quotes", lambda _: {"credits": price})

    @happening(name=NAME, by=st.sampled_from(["ADMIN", "USER"]))
    def choose_at_the_console(self, name: str, by: str) -> None:
        self._at_console(name, _waits_for_a_choice, "decision", lambda _: {"option": 1, "by": by})

    @happening(name=NAME, by=st.sampled_from(["ADMIN", "USER"]), decision=st.sampled_from(["ACCEPTED", "REJECTED"]))
    def decide_at_the_console(self, name: str, by: str, decision: str) -> None:
        def decided(order: Json) -> dict[str, Any]:
            quote = next(quote for quote in order["quotes"] if quote["decision"] == _OPEN)
            if decision == "ACCEPTED":
                self.watch.spend_by_hand(quote)
            return {"quote": quote["id"], "decision": decision, "by": by}

        self._at_console(name, _waits_for_an_answer, "decision", decided)

    def _at_console(
        self, name: str, fits: Callable[[Json], bool], what: str, body: Callable[[Json], dict[str, Any]]
    ) -> None:
        for order in [order for order in self._live(name) if fits(order)][-1:]:
            self.project.sim("POST", f"/up42/orders/{order['id']}/{what}", body(order))

    def teardown(self) -> None:
        """In the end quotes neither expire nor follow each other.

        No answer tells that a quote has expired, so its decision is refused again and again; and where each rejection
        brings another quote, an order that is to be canceled comes to no end.
        """
        self.project.switch(quoteValidHours=0, afterRejection="stays")
        super().teardown()

    def _reconcile(self, judge: Rested) -> None:
        super()._reconcile(judge)
        self.watch.settle()


def _waits_for_a_choice(order: Json) -> bool:
    study = order["study"]
    return study is not None and study["decision"] == _OPEN and bool(study["options"])


def _waits_for_an_answer(order: Json) -> bool:
    return any(quote["decision"] == _OPEN for quote in order["quotes"])
