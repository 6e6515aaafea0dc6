"""One random history: everything that may happen to a project, in any order, with somebody watching.

What a history may not do is what the documents say no program can survive: lose the state file, restore an old one or
forget an order inside a provider's visibility delay. A provider's clock goes back only while the state file knows every
live order, and never behind what its orders show.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from reconciler.model.checkout import Checkout
from reconciler.model.errors import ConfigError, Locked, ProviderError
from reconciler.model.time import instant_text
from reconciler.simulator import Simulator
from reconciler.state.store import open_reader
from tests.support.project import START, FakeClock, Project
from tests.support.provider import Provider
from tests.sweeps.actions import GENEROUS
from tests.sweeps.judge import ATTEMPTS, Judge
from tests.sweeps.watch import Died, Rested, Traffic, Watch, references

NAMES = ("alice", "bruce", "carol", "dora")
DELAY = "11m"
"""A little more than any order here takes until its provider shows it."""
STRANGERS = (None, "order of somebody else", "rc1-" + "a" * 20)
PLACES = range(4)
KEYS = (*NAMES, "ports", *(f"ports/{n}" for n in range(2, 5)), *(f"ports/p{place}" for place in PLACES))
"""All names that an order may be placed under; the geometries of `ports` by position, and by name."""
WHOLE = Checkout(root="manifests")
NAME, ATTEMPT = st.sampled_from(NAMES), st.sampled_from(ATTEMPTS)


@dataclass(slots=True)
class Scenario:
    """What histories share, because it is slow to start: one simulator, wiped for each of them, and two clients."""

    root: Path
    simulator: Simulator
    control: httpx.Client
    real: httpx.BaseTransport
    kind: type[History]
    histories: int = 0
    steps: int = 0
    latest: History | None = None

    def fresh(self) -> History:
        """Begin a history in an empty world."""
        self.control.delete(f"{self.simulator.url}/_sim").raise_for_status()
        self.histories += 1
        self.latest = self.kind(self)
        return self.latest


def happening(**details: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Make a method a rule of the machine that is followed by some passes or none."""

    def made(happens: Callable[..., None]) -> Any:
        @wraps(happens)
        def happened(self: History, then: int, **drawn: Any) -> None:
            happens(self, **drawn)
            for _ in range(then):
                self._reconcile(self.judge)

        return rule(then=st.sampled_from([0, 1, 1, 2]), **details)(happened)

    return made


class History(RuleBasedStateMachine):
    """One project, its simulator, and what has happened so far; what is of one provider stands in its own class."""

    provider: ClassVar[Provider]
    watching: ClassVar[type[Watch]] = Watch
    judging: ClassVar[type[Rested]] = Rested

    def __init__(self, scenario: Scenario) -> None:
        super().__init__()
        self.scenario = scenario
        root = scenario.root / str(scenario.histories)
        self.backup, self.remains = root / "backup.db", root / "remains.db"
        self.wire = Traffic(
            scenario.real,
            lambda request: self.watch.look(request),
            lambda: self._keep(self.remains),
            only_asks=self.provider.only_asks,
        )
        self.project = Project(
            root / "here", scenario.simulator, scenario.control, transport=self.wire, provider=self.provider
        )
        self.elsewhere = Project(
            root / "there",
            scenario.simulator,
            scenario.control,
            FakeClock(START),
            transport=self.wire,
            provider=self.provider,
        )
        self.elsewhere.state = self.project.state
        self.project.checkout = self.elsewhere.checkout = WHOLE
        self.judge = self.judging(self.project, KEYS)
        self.other_judge = self.judging(self.elsewhere, KEYS, wrongs=self.judge.wrongs)
        self.watch = self.watching(self.project, self.judge)
        self.spec: dict[str, dict[str, Any]] = {
            name: {"target": {"type": "Point", "coordinates": [number, 0.5]}} for number, name in enumerate(NAMES)
        }
        self.stated = {"alice", "bruce"}
        self.limits: dict[str, Any] = {"concurrency": 1}
        self.policy = GENEROUS
        self.high = START

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.scenario.steps += 1
        assert not self.judge.wrongs, self.judge.wrongs

    # What our program does

    def _begin(self, unknown: str, always: list[dict[str, Any]], strangers: list[str | None]) -> None:
        for reference in strangers:
            self.project.place_by_hand(reference)
        for fault in always:
            self.project.fault(**fault)
        self.limits["onUnknown"] = unknown
        self.project.account(limits=self.limits)
        self._commit()
        self._pull()

    @rule(passes=st.sampled_from([1, 1, 2, 3]))
    def reconcile(self, passes: int) -> None:
        for _ in range(passes):
            self._reconcile(self.judge)

    @rule(pull=st.booleans())
    def reconcile_elsewhere(self, pull: bool) -> None:
        """A second checkout, up to date or not, shares the state file."""
        if pull:
            self._pull()
        self._reconcile(self.other_judge)

    @rule()
    def reconcile_twice_at_once(self) -> None:
        """A second run starts in the middle of the first: it ends as locked, which is before it asks anything."""
        ends: list[str] = []

        def second() -> None:
            try:
                self.elsewhere.reconcile()
            except Locked:
                ends.append("locked")
            else:
                ends.append("ran")

        self.wire.second = threading.Thread(target=second)
        self._reconcile(self.judge)
        if ends != ["locked"]:
            self.watch.wrong(f"a second run in the middle of the first: {ends}")

    @rule()
    def plan(self) -> None:
        """A dry run sends no write, and not a byte of the state file changes."""
        before = self.project.state.read_bytes() if self.project.state.exists() else b""
        self.project.zero()
        report = self.project.plan()
        self.judge.look_for_secrets(repr(report))
        after = self.project.state.read_bytes() if self.project.state.exists() else b""
        if before != after or self.project.writes():
            self.watch.wrong(f"a dry run wrote: {self.project.writes()}")

    @rule()
    def refresh(self) -> None:
        self.project.zero()
        self.project.refresh()
        if self.project.writes():
            self.watch.wrong(f"a refresh sent {self.project.writes()}")

    def _reconcile(self, judge: Judge) -> None:
        manifests = judge.project.read()
        self.watch.begin(manifests, self._truly_stated(), self._renamed_pictures())
        if self.wire.death is None:
            judge.reconcile()
        else:
            with suppress(Died):
                judge.project.reconcile()
            judge.look_for_doubles()
        if self.wire.dead:  # nothing that the program wrote on its way out counts
            self._put(self.remains)
            self.wire.dead = False
        self.watch.look_back(manifests)

    # What people commit

    def _edit(self, name: str, change: dict[str, Any]) -> None:
        self.spec[name] |= change
        self._commit()

    def _raise_attempt(self, name: str, charge: dict[str, str] | None) -> None:
        attempt = self._attempt(name)
        if attempt < ATTEMPTS[-1]:
            agreed = {"attempt": attempt, "reason": "again", **({"maxCharge": charge} if charge else {})}
            self.spec[name] |= {"attempt": attempt + 1, "cancel": agreed}
            self._commit()

    def _change_policy(self, policy: dict[str, Any]) -> None:
        self.policy = policy
        self._commit()

    @happening(name=NAME)
    def remove_or_bring_back(self, name: str) -> None:
        self.stated ^= {name}
        self._commit()

    @happening(old=NAME, new=NAME)
    def rename(self, old: str, new: str) -> None:
        """Never to a name of a later attempt: that would lower it."""
        later = self._attempt(new) > self._attempt(old)
        if old in self.stated and new not in self.stated and not later:
            self.spec[new] = {**self.spec[old], "moved": None}
            self.stated ^= {old, new}
            self._commit()

    @happening(name=NAME)
    def move(self, name: str) -> None:
        here, other = self.provider.account, f"{self.provider.name}-two"
        self.project.account(other, contract=self.provider.other_tenant, limits=self.limits)
        self.spec[name] |= {"account": here if self.spec[name].get("account") == other else other}
        self._commit()

    @happening(name=NAME)
    def suspend_or_go_on(self, name: str) -> None:
        self.spec[name] |= {"suspend": None if self.spec[name].get("suspend") else {"reason": "not now"}}
        self._commit()

    def _commit(self) -> None:
        self.project.policy(**self.policy)
        self._write(self._written())

    def _write(self, names: Iterable[str]) -> None:
        shutil.rmtree(self.project.folder / "orders", ignore_errors=True)
        for name in names:
            self.project.order(name, **self.spec[name])

    def _written(self) -> list[str]:
        """Return the names whose manifests are there."""
        return sorted(self.stated)

    def _truly_stated(self) -> frozenset[str]:
        """Return the references that Git states, even if a single reading misses some of it."""
        references = [self.project.reference(n, a) for n in self.stated for a in range(1, self._attempt(n) + 1)]
        return frozenset(references)

    def _renamed_pictures(self) -> frozenset[str]:
        """Return the references whose picture Git states under another name."""
        return frozenset()

    def _attempt(self, name: str) -> int:
        return int(self.spec[name].get("attempt") or 1)

    def _pull(self) -> None:
        shutil.rmtree(self.elsewhere.folder)
        shutil.copytree(self.project.folder, self.elsewhere.folder)

    # What the world does

    @happening(moment=st.sampled_from(["before", "after"]))
    def die(self, moment: str) -> None:
        self.wire.death = moment

    @happening(by=st.sampled_from(["1m", "6m", "16m", "1h", "10d"]))
    def advance(self, by: str) -> None:
        self.project.advance(by)

    @happening(by=st.sampled_from([timedelta(minutes=5), timedelta(hours=1), timedelta(days=10)]))
    def set_back(self, by: timedelta) -> None:
        """The provider's clock goes back, where all orders are known: a delay that begins anew hides the others."""
        ours = {self.project.reference(key, attempt) for key in KEYS for attempt in ATTEMPTS}
        orders = [order for order in self.project.orders() if not ours.isdisjoint(references(order))]
        known = self.project.records().keys()
        if any(known.isdisjoint(references(order)) for order in orders):
            return
        now = self._now()
        self.high = max(self.high, now)
        shown = [datetime.fromisoformat(order[moment]) for order in orders for moment in ("created", "updated")]
        self._set_clock(max([now - by, START, *shown]))

    @happening(project=st.sampled_from(["project", "elsewhere"]), hours=st.sampled_from([-9000, -1, 1, 9000]))
    def set_local_clock(self, project: str, hours: int) -> None:
        getattr(self, project).clock.passed += hours * 3600

    @happening()
    def lose_state(self) -> None:
        self._forget_what_was_spent()
        self.project.lose_state()

    @happening()
    def back_state_up(self) -> None:
        self._keep(self.backup)

    @happening()
    def restore_state(self) -> None:
        if self.backup.exists():
            self._forget_what_was_spent()
            self._put(self.backup)

    # What a person decides, always truthfully

    @happening(name=NAME, attempt=ATTEMPT)
    def resolve(self, name: str, attempt: int) -> None:
        self._decide(name, attempt)

    def _decide(self, name: str, attempt: int) -> None:
        with suppress(ConfigError, ProviderError), self.project.deciding(name, attempt) as decision:
            orders = [o for o in self.project.orders() if decision.about.reference in (o["text"] or "")]
            if not orders:
                decision.not_created("looked at the console")
            elif not (decision.about.record and decision.about.record.bound):
                decision.adopt(orders[0]["id"])

    @happening(name=NAME, attempt=ATTEMPT)
    def forget(self, name: str, attempt: int) -> None:
        self._let_all_show()
        with suppress(ConfigError), self.project.deciding(name, attempt) as decision:
            decision.forget()

    # In the end

    def teardown(self) -> None:
        """Take all trouble back and state again whatever was ordered: it comes to rest, and stays so."""
        if self.judge.wrongs or not self.limits.get("onUnknown"):
            return
        self.project.clear_faults()
        self.wire.death = None
        self.policy = GENEROUS
        self.stated |= {name for name in NAMES if self._orders(name)}
        for name in NAMES:
            self.spec[name] |= {"suspend": None}
        self._commit()
        self._let_all_show()
        for _ in range(4):
            self._reconcile(self.judge)
            self.project.advance(self.provider.step)
        self._resolve_the_rest()
        self.judge.rest()
        assert not self.judge.wrongs, self.judge.wrongs

    def _resolve_the_rest(self) -> None:
        for record in self.project.records().values():
            tried_again = self.limits["onUnknown"] == "retry" and record.reference in self.watch.wanted
            if record.unresolved and not tried_again:
                self._decide(record.key, record.attempt)

    # Hands

    def _keep(self, copy: Path) -> None:
        copy.unlink(missing_ok=True)
        with open_reader(self.project.state) as reader:
            reader.backup(copy)

    def _put(self, copy: Path) -> None:
        self.project.lose_state()
        self.project.state.parent.mkdir()
        shutil.copy(copy, self.project.state)

    def _forget_what_was_spent(self) -> None:
        """Before the state file goes: what it alone knows is the sum of this month, and orders that do not show yet."""
        self.watch.accountable = False
        self._let_all_show()

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.project.sim("GET", "/clock")["now"])

    def _set_clock(self, to: datetime) -> None:
        self.project.sim("POST", "/clock", {"set": instant_text(to)})

    def _let_all_show(self) -> None:
        """Let the provider's clock be ahead of all that ever was, and every delay over."""
        self._set_clock(max(self.high, self._now()))
        self.project.advance(DELAY)

    def _orders(self, name: str) -> list[dict[str, Any]]:
        ours = [self.project.reference(name, attempt) for attempt in ATTEMPTS]
        return [order for order in self.project.orders() if any(text in (order["text"] or "") for text in ours)]

    def _live(self, name: str) -> list[dict[str, Any]]:
        return [order for order in self._orders(name) if order["status"] in self.project.provider.live]
