"""No corner without a way out: every finding names what ends it, and doing just that, and no more, ends it.

Each remedy is a situation, the words of its finding that a person follows, and what that person types or commits: lines
and commands are taken from the output as they are printed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.plan.findings import FindingKind
from tests.support.project import CONTRACT, Project, eur, window

from .terminal import Terminal

Act = Callable[[Project], object]
_LINES = re.compile(r"commit in (?P<file>\S+?):\d+:\d+:  (?P<lines>.+?)(?=  \(|; or\b|, then\b|$)")
_COMMAND = re.compile(r"reconciler (?P<words>(?:resolve|forget) .+?)(?=; |, then|$)")


def nothing(_project: Project) -> None:
    """Only time passes."""


@dataclass(frozen=True)
class Remedy:
    """How a finding comes about, and one way that ends it.

    `says` stands in its remedy. `opened` is what a person does who reads it: `lines` commits what is printed, `command`
    types it with ID and TEXT filled in, `both` does one after the other, and anything else is done by hand.
    """

    kind: FindingKind | str
    comes: Act
    says: str
    opened: Act | str
    key: str = "alice"
    before: Act = nothing


def placed(project: Project) -> None:
    """An order that lives."""
    project.order()
    project.reconcile()


def lived_on(project: Project) -> None:
    placed(project)
    project.remove()
    project.order("bob", window=window(9, 11))


def lost_answer(project: Project) -> None:
    """An order whose answer was lost, and which its provider does not list."""
    project.order()
    project.fault("drop-before")
    project.reconcile()


def doubled(project: Project) -> None:
    project.order()
    for _ in range(2):
        project.place_by_hand(f"by hand {project.reference()}")


def one_is_canceled(project: Project) -> None:
    project.edit(project.orders()[0]["id"], delete=True)


def vanished(project: Project) -> None:
    project.account(limits={"settle": "1m"})
    placed(project)
    project.edit(project.orders()[0]["id"], delete=True)
    project.advance("2h")


def canceled(project: Project) -> None:
    placed(project)
    project.edit(project.orders()[0]["id"], status="CANCELED")


def refused_once(project: Project) -> None:
    project.order()
    project.fault("status", status=422, body={"code": "ERR_NO", "message": "no satellite is free"})
    project.reconcile()


def edited(project: Project) -> None:
    placed(project)
    project.order(window=window(6, 8))


def drifted(project: Project) -> None:
    placed(project)
    project.edit(project.orders()[0]["id"], imagingMode="STRIPMAP")


def renamed(project: Project) -> None:
    placed(project)
    project.remove()
    project.order("bob", place_of="alice")


def lowered(project: Project) -> None:
    project.order(attempt=2)
    project.reconcile()
    project.order(attempt=1)


def charged(project: Project) -> None:
    placed(project)
    project.set_clock(2.5)
    project.order(cancel={"reason": "no longer needed"})


def other_owner(project: Project) -> None:
    placed(project)
    project.write("project.yaml", "Project", project.owner, {"owner": "somebody-else"})


def poor(project: Project) -> None:
    project.contract(CONTRACT, spendLimit=1)
    project.order()


def suspended(project: Project) -> None:
    project.order(suspend={"reason": "budget talks"})


def dear(project: Project) -> None:
    project.policy(perOrder=[eur("5.00")])
    project.order()


def unreachable(project: Project) -> None:
    project.order()
    project.fault("status", method="GET", status=503, times=0)


def two_new(project: Project) -> None:
    project.policy(newOrdersPerPass=1)
    project.order("alice")
    project.order("bob", window=window(9, 11))


def emptied(project: Project) -> None:
    placed(project)
    project.remove()


REMEDIES = {
    "above its ceiling": Remedy("held", lambda p: p.order(confirm={"maxPrice": eur("9.00")}), "confirm: ", "lines"),
    "no ceiling": Remedy("held", lambda p: p.order(confirm=None), "confirm: ", "lines"),
    "refused before": Remedy("held", refused_once, "--not-created", "command"),
    "renamed": Remedy("held", renamed, "moved: ", "lines", key="bob"),
    "renamed, both meant": Remedy("held", renamed, "alsoOrdered", "lines", key="bob"),
    "lowered": Remedy("held", lowered, "attempt: 2", "lines"),
    "a charge to cancel": Remedy("held", charged, "maxCharge", "lines"),
    "another owner": Remedy("held", other_owner, "put the Project's `owner`", lambda p: p.policy()),
    "no funds": Remedy("held", poor, "changed at the provider", lambda p: p.contract(CONTRACT, spendLimit=10**9)),
    "unresolved, not there": Remedy("unresolved", lost_answer, "--not-created", "command"),
    "unresolved, found": Remedy(
        "unresolved", lost_answer, "--adopt", "command", before=lambda p: p.place_by_hand("by hand")
    ),
    "duplicate": Remedy("duplicate", doubled, "--adopt", "command", before=one_is_canceled),
    "missing": Remedy("missing", vanished, "attempt: 2", "both"),
    "orphaned, restored": Remedy("orphaned", lived_on, "restore its manifest", lambda p: p.order()),
    "orphaned, forgotten": Remedy("orphaned", lived_on, "forget", "command"),
    "expired": Remedy("expired", lambda p: p.order(window=window(-3, -1)), "a later window", lambda p: p.order()),
    "ended": Remedy("ended", canceled, "attempt: 2", "lines"),
    "edited": Remedy("drifted", edited, "put the terms back", lambda p: p.order()),
    "edited, ordered again": Remedy("drifted", edited, "attempt: 2", "lines"),
    "drifted": Remedy(
        "drifted",
        drifted,
        "state what the provider holds",
        lambda p: p.order(iceye={"imagingMode": "STRIPMAP"}),
    ),
    "over the policy": Remedy("refused", dear, "perOrder", "lines"),
    "suspended": Remedy("waiting", suspended, "remove `suspend`", lambda p: p.order()),
    "not read": Remedy(
        "unread",
        unreachable,
        "run again",
        Project.clear_faults,
    ),
    "too many": Remedy("the plan", two_new, "newOrdersPerPass", "lines"),
    "nothing left": Remedy("the plan", emptied, "allowEmpty", "lines"),
}


def test_every_finding_that_waits_for_somebody_has_a_remedy():
    """A class of findings without one here would be a corner that nobody has tried to leave."""
    tried = {remedy.kind for remedy in REMEDIES.values()}
    assert tried >= {str(kind) for kind in FindingKind} - {"in sync"}


@pytest.mark.parametrize("remedy", REMEDIES.values(), ids=REMEDIES)
def test_doing_what_a_finding_says_ends_it(terminal: Terminal, remedy: Remedy):
    """The finding is there until its remedy is opened, and gone then."""
    remedy.comes(terminal.project)
    before = terminal.run("reconcile")
    (said,) = [text for kind, text in _findings(terminal, remedy.key) if kind == remedy.kind] or [before.out]
    assert remedy.says in said, said
    remedy.before(terminal.project)
    _open(terminal, remedy, said)
    for _ in range(2):
        terminal.run("reconcile")
    assert [kind for kind, _ in _findings(terminal, remedy.key) if kind == remedy.kind] == []


def _findings(terminal: Terminal, key: str) -> list[tuple[str, str]]:
    document = json.loads(terminal.run("plan", "--format", "json").out)
    found = [(f["kind"], f["remedy"]) for f in document["plan"]["findings"] if f["subject"]["key"] == key]
    return found + [("the plan", refusal["remedy"]) for refusal in document["plan"]["refusals"]]


def _open(terminal: Terminal, remedy: Remedy, said: str) -> None:
    if remedy.opened in ("lines", "both"):
        (found,) = [m for m in _LINES.finditer(said) if remedy.says in m["lines"]]
        _commit(terminal.project.root / found["file"], yaml.safe_load(found["lines"]))
    if remedy.opened in ("command", "both"):
        typed = next(
            m["words"] for m in _COMMAND.finditer(said) if remedy.opened == "both" or remedy.says in m["words"]
        ).split()
        ids = [order["id"] for order in terminal.project.orders()]
        ran = terminal.run(
            *({"ID": ids[-1] if ids else "", "TEXT": "the console shows nothing"}.get(w, w) for w in typed)
        )
        assert ran.code == 0, ran.err
    if not isinstance(remedy.opened, str):
        remedy.opened(terminal.project)


def _commit(path: Path, lines: dict[str, Any]) -> None:
    """Put the lines where they belong; a policy's stand beside its others."""
    document = yaml.safe_load(path.read_text())
    for name, value in lines.items():
        document["spec"][name] = {**document["spec"].get(name, {}), **value} if name == "policy" else value
    path.write_text(yaml.safe_dump(document))
