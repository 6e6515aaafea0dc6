"""Edits that decide nothing about money, one by one: `edit/NAME`. None of them may buy, accept or cancel.

Each is the smallest life in which one rule of the plan alone stands between an honest commit and a purchase.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, START, Project, credits_of, eur, window
from tests.support.provider import HOME, ICEYE, UP42, Provider
from tests.sweeps.history import WHOLE
from tests.sweeps.judge import Judge, Kind, Wrong

_POINTS = {"type": "MultiPoint", "coordinates": [[10, 20], [11, 21], [12, 22]]}
_SETTLED = "16m"


def _created(project: Project) -> int:
    return len(project.orders())


def common_attempt(project: Project) -> Wrong | None:
    """One picture of three failed, one was delivered, one lives; `attempt: 2` orders the first again."""
    project.order("ports", target=_POINTS)
    project.reconcile()
    for key, status in (("ports", "FAILED"), ("ports/2", "DONE")):
        project.edit(project.orders_of(key)[0]["id"], status=status)
    project.reconcile()
    project.order("ports", target=_POINTS, attempt=2)
    for _ in range(3):
        project.reconcile()
    extra = _created(project) - 4
    return Wrong(Kind.DOUBLE, f"{extra} orders more than the four that Git states") if extra else None


def option_of_another(project: Project) -> Wrong | None:
    """Somebody chooses an option at the console that changes no term; Git agrees to a price, but names no option."""
    project.switch(study="MANUAL")
    project.order(confirm={"maxPrice": credits_of(10_000_000)})
    project.reconcile()
    project.advance("65m")
    (order,) = project.orders()
    project.sim("POST", f"/up42/orders/{order['id']}/decision", {"option": 2, "by": "USER"})
    for _ in range(3):
        project.advance("65m")
        project.reconcile()
    accepted = [quote for each in project.orders() for quote in each["quotes"] if quote["decision"] == "ACCEPTED"]
    return Wrong(Kind.MONEY, f"accepted for an option that Git does not name: {accepted}") if accepted else None


def charge_of_an_unknown_price(project: Project) -> Wrong | None:
    """The state is lost, and with it the price; a ceiling in Git bounds no charge."""
    project.order()
    project.reconcile()
    project.set_clock(2.5)
    project.lose_state()
    project.reconcile()
    project.order(cancel={"reason": "late", "maxCharge": eur("1.00")}, confirm={"maxPrice": eur("1.00")})
    return _canceled(project, Kind.MONEY, "at a charge that nobody knows")


def file_away_once(project: Project) -> Wrong | None:
    """A file is away while one pass reads."""
    path = project.order(lifecycle={"onDelete": "cancel"})
    project.reconcile()
    text = path.read_text(encoding="utf-8")
    project.order("bruce")
    project.remove()
    project.reconcile()
    path.write_text(text, encoding="utf-8")
    return _canceled(project, Kind.CANCELED, "because one reading missed it")


def another_project(project: Project) -> Wrong | None:
    """Another project, without this order, names the same state by mistake, again and again."""
    project.checkout = WHOLE
    project.order(lifecycle={"onDelete": "cancel"})
    project.reconcile()
    other = Project(
        project.root / "other", project.simulator, project.http, transport=project.transport, owner="somebody-else"
    )
    other.state, other.checkout = project.state, WHOLE
    other.policy(allowEmpty=True)
    for _ in range(3):
        other.reconcile()
        project.advance(_SETTLED)
    return _canceled(project, Kind.CANCELED, "because another project lacks it")


def renamed_and_nudged(project: Project) -> Wrong | None:
    """Renamed without `moved`, at a place that no provider tells from the first."""
    project.order()
    project.reconcile()
    project.remove()
    project.order("bruce", target={"type": "Point", "coordinates": [HOME[0] + 1e-9, HOME[1]]})
    return _bought_again(project)


def renamed_twice(project: Project) -> Wrong | None:
    """The second rename names the last name instead of the first, and edits the window."""
    project.order()
    project.reconcile()
    project.remove()
    project.order("bruce", place_of="alice", moved={"from": "alice"})
    project.reconcile()
    project.remove("bruce")
    project.order("carol", place_of="alice", moved={"from": "bruce"}, window=window(9, 11))
    return _bought_again(project)


def _canceled(project: Project, kind: Kind, why: str) -> Wrong | None:
    project.zero()
    for _ in range(2):
        project.reconcile()
    canceled = [order["id"] for order in project.orders() if order["status"] == "CANCELED"]
    return Wrong(kind, f"canceled {why}: {canceled}") if canceled else None


def _bought_again(project: Project) -> Wrong | None:
    for _ in range(3):
        project.reconcile()
    bought = _created(project)
    return Wrong(Kind.DOUBLE, f"{bought} orders of one picture") if bought > 1 else None


Life = Callable[[Project], Wrong | None]
LIVES: Mapping[str, tuple[Provider, Life]] = {
    "common-attempt": (ICEYE, common_attempt),
    "option-of-another": (UP42, option_of_another),
    "charge-of-an-unknown-price": (ICEYE, charge_of_an_unknown_price),
    "file-away-once": (ICEYE, file_away_once),
    "another-project": (ICEYE, another_project),
    "renamed-and-nudged": (ICEYE, renamed_and_nudged),
    "renamed-twice": (ICEYE, renamed_twice),
}


def run(name: str) -> list[Wrong]:
    """Live through one edit by its name, and return what went wrong."""
    provider, life = LIVES[name.partition("/")[2]]
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False, timeout=30, verify=False) as control,
        httpx.HTTPTransport(verify=False) as real,
        Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator,
    ):
        project = Project(Path(folder), simulator, control, transport=real, provider=provider)
        wrong = life(project)
        judge = Judge(project, ("alice", "bruce", "carol", "ports"))
        judge.look_for_doubles()
        return [*judge.wrongs, *([wrong] if wrong is not None else [])]
