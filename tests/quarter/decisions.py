"""What a small team decides about its orders in a quarter: each function is one story, told step by step."""

from __future__ import annotations

import json

from tests.quarter.holds import Hold, Why
from tests.quarter.orders import BRIDGE, DAM, FIELD
from tests.quarter.quarter import REMOVAL, GitTeam, Story
from tests.support.project import at, eur, window

REMOVED_ON_PURPOSE = {"onDelete": "cancel"}
DEFAULTS = {
    "imagingMode": "Spot",
    "priority": "COMMERCIAL",
    "exclusivity": "PRIVATE",
    "sla": "SLA_8H",
    "eula": "STANDARD",
    "lookSide": "ANY",
    "passDirection": "ANY",
    "incidenceAngle": {"min": 20, "max": 40},
}
"""What ICEYE fills in, written out."""


# Money and time


def priced(team: GitTeam) -> Story:
    """An order costs more than its ceiling; the next day a reviewer agrees."""
    key = f"dam-w{team.week:02}"
    (picture,) = team.order(key, DAM, begin=5, mode="SPOTLIGHT_FINE", ceiling="1500")
    team.later(picture)
    team.meets(Why.CEILING, key)
    team.commit("Order the dam in detail")
    yield 1.0
    team.folder.state(key, confirm={"maxPrice": eur("1800")})
    team.solves(Why.CEILING, key)
    team.due.append(("place", picture))
    team.commit("Agree to the price of the dam", author="Ben")
    yield 0.0


def priced_on_a_branch(team: GitTeam) -> Story:
    """The same, seen and agreed to in a pull request; nothing of it reaches `main` before."""
    key = f"dam-w{team.week:02}"
    team.repository.branch(f"{key}-order")
    (picture,) = team.order(key, DAM, begin=6, mode="SPOTLIGHT_FINE", ceiling="1500")
    team.later(picture)
    team.commit("Order the dam in detail")
    team.check(team.repository.leave(), holds={Hold.of(key, Why.CEILING): Why.CEILING})
    yield 1.0
    team.repository.resume(f"{key}-order")
    team.folder.state(key, confirm={"maxPrice": eur("1800")})
    team.commit("Agree to the price of the dam", author="Ben")
    team.repository.merge("main", author="Ben")
    team.check(team.repository.leave(), picture)
    team.repository.merge(f"{key}-order", author="Ben")
    team.landed(picture)
    yield 0.0


def suspended(team: GitTeam) -> Story:
    """An order waits until its line is removed; it is suspended again while it lives."""
    key = f"field-w{team.week:02}"
    (picture,) = team.order(key, FIELD, begin=7, suspend={"reason": "the crop report is late"})
    team.later(picture)
    team.commit("Prepare the order of the field")
    yield 1.0
    team.folder.state(key, suspend=None)
    team.due.append(("place", picture))
    team.commit("Order the field")
    yield 1.0
    team.folder.state(key, suspend={"reason": "holidays", "until": at(team.day + 2)})
    team.commit("Leave the field alone for two days")
    yield 1.0
    team.folder.state(key, suspend=None)
    team.commit("Go on with the field")
    yield 0.0


def prepared(team: GitTeam) -> Story:
    """An order is prepared weeks ahead, and renamed with `moved` though nothing was placed; the line is removed."""
    key, new = f"flood-w{team.week:02}", f"delta-flood-w{team.week:02}"
    (picture,) = team.order(key, FIELD, begin=20.125)
    team.later(picture)
    team.commit("Prepare the flood")
    yield 1.0
    team.rename(key, new)
    team.folder.state(new, moved={"from": key})
    team.meets(Why.NEVER_PLACED, new)
    team.commit("Say which flood")
    yield 1.0
    team.folder.state(new, moved=None)
    team.solves(Why.NEVER_PLACED, new)
    team.commit("Nothing was placed under the old name", author="Ben")
    yield 6.125
    team.due.append(("place", picture))
    yield 0.0


def frozen(team: GitTeam) -> Story:
    """Nothing is ordered over the holidays, and everything after them."""
    project = team.folder.read("project.yaml")
    freeze = {**window(team.day, team.day + 2), "reason": "holidays"}
    team.folder.write("project.yaml", f"{project}    freezes: [{json.dumps(freeze)}]\n")
    team.commit("Order nothing over the holidays")
    (picture,) = team.order(f"dam-w{team.week:02}", DAM, begin=5)
    team.later(picture)
    team.commit("Order the dam", author="Ben")
    yield 2.0
    team.due.append(("place", picture))
    yield 0.0


def poor(team: GitTeam) -> Story:
    """A picture was delivered and is of no use: the next attempt is ordered in a new window."""
    key = f"dam-w{team.week:02}"
    (first,) = team.order(key, DAM, begin=1, days=1)
    team.commit("Order the dam")
    yield 3.0
    second = team.again(first, begin=3)
    team.folder.state(key, attempt=2, window=second.window)
    team.commit("Order the dam again: there was ice on it")
    yield 0.0


def replaced(team: GitTeam) -> Story:
    """A live order is replaced by its next attempt in another window: it is canceled first."""
    key = f"dam-w{team.week:02}"
    (first,) = team.order(key, DAM, begin=8)
    team.commit("Order the dam")
    yield 1.0
    second = team.again(first, begin=9)
    team.later(second)
    team.then[first] = second
    first.is_canceled()
    team.due.append(("cancel", first))
    team.folder.state(key, attempt=2, window=second.window)
    team.commit("Order the dam two days later instead", author="Ben")
    yield 0.25


# Copies and names


def copied(team: GitTeam) -> Story:
    """A second person copies last week's file, and gives it a new name and a new window."""
    old, key = f"quay-w{team.week - 1:02}", f"quay-ben-w{team.week:02}"
    last = team.names[old][-1]
    picture = team.declare(key, last.target, 8, attempt=last.attempt)
    team.folder.write(f"orders/ben/{key}.yaml", team.folder.text_of(old).replace(old, key))
    team.folder.state(key, window=picture.window)
    team.commit("Order the quay for next week", author="Ben")
    yield 0.0


def copied_as_it_is(team: GitTeam) -> Story:
    """The window is forgotten, and given the next day."""
    old, key = f"quay-w{team.week:02}", f"quay-ben-w{team.week:02}"
    while old not in team.names:
        yield 0.25
    picture = team.declare(key, team.names[old][-1].target, 9)
    team.later(picture)
    team.meets(Why.COPIED, key)
    team.folder.write(f"orders/ben/{key}.yaml", team.folder.text_of(old).replace(old, key))
    team.commit("Order the quay for next week", author="Ben")
    yield 1.0
    picture.begin, picture.end, picture.changed = team.day + 7.5, team.day + 9.5, team.commits
    team.solves(Why.COPIED, key)
    team.due.append(("place", picture))
    team.folder.state(key, window=picture.window)
    team.commit("Give the copy its own window", author="Ben")
    yield 0.0


def renamed(team: GitTeam) -> Story:
    """An order gets another name, and `moved` says which one it had."""
    key = f"bridge-w{team.week:02}"
    team.order(key, BRIDGE, begin=6)
    team.commit("Order the bridge")
    yield 1.0
    team.rename(key, f"viaduct-w{team.week:02}")
    team.folder.state(f"viaduct-w{team.week:02}", moved={"from": key})
    team.commit("Call the bridge a viaduct")
    yield 0.0


def renamed_twice(team: GitTeam) -> Story:
    """Two names after the first one, each with an edit; `moved` keeps naming the first."""
    key, second, third = (f"{name}-w{team.week:02}" for name in ("bridge", "crossing", "overpass"))
    team.order(key, BRIDGE, begin=9, days=3)
    team.commit("Order the bridge")
    yield 2.0
    team.rename(key, second)
    team.folder.state(second, moved={"from": key}, iceye={**DEFAULTS, "imagingMode": "SPOTLIGHT"})
    team.commit("Call the bridge a crossing, and write its defaults out", author="Ben")
    yield 2.0
    team.rename(second, third)
    team.folder.label(third, road="A 7")
    team.repository.move(team.folder.file_of(third), f"orders/roads/{third}.yaml")
    team.commit("Call the crossing an overpass")
    yield 0.0


# Removals


def removed(team: GitTeam) -> Story:
    """A live order is removed on purpose while canceling it is free."""
    key = f"pipeline-w{team.week:02}"
    (picture,) = team.order(key, DAM, begin=8, mode="STRIPMAP", lifecycle=REMOVED_ON_PURPOSE)
    team.commit("Order the pipeline")
    yield 1.0
    team.remove(key)
    picture.is_canceled()
    team.commit("The pipeline is not needed")
    yield 0.0


def removed_before_a_shallow_pass(team: GitTeam) -> Story:
    """The first pass over the removal has no history; the next one has."""
    key = f"pipeline-w{team.week:02}"
    (picture,) = team.order(key, DAM, begin=8, mode="STRIPMAP", lifecycle=REMOVED_ON_PURPOSE)
    team.commit("Order the pipeline")
    yield 1.0
    team.remove(key)
    picture.is_canceled()
    team.commit("The pipeline is not needed")
    team.run_elsewhere(team.repository.shallow(), Why.SHALLOW)
    yield 0.0


def removed_in_a_dirty_tree(team: GitTeam) -> Story:
    """Somebody runs a pass on uncommitted changes; the commit follows."""
    key = f"pipeline-w{team.week:02}"
    (picture,) = team.order(key, DAM, begin=8, mode="STRIPMAP", lifecycle=REMOVED_ON_PURPOSE)
    team.commit("Order the pipeline")
    yield 1.0
    team.remove(key)
    picture.is_canceled()
    team.run_elsewhere(team.folder.path, Why.UNCOMMITTED)
    team.commit("The pipeline is not needed")
    yield 0.0


def removed_late(team: GitTeam) -> Story:
    """An order is removed when canceling it is not free any more; it is restored with the charge agreed to."""
    key = f"pipeline-w{team.week:02}"
    (picture,) = team.order(key, DAM, begin=4, mode="STRIPMAP", lifecycle=REMOVED_ON_PURPOSE)
    team.commit("Order the pipeline")
    yield 2.0
    team.folder.replace(key, "")
    team.meets(Why.LATE, key)
    team.commit("The pipeline is not needed")
    removal = team.repository.main[-1]
    yield 0.875
    team.repository.revert(removal, author="Ann")
    team.folder.state(key, cancel={"reason": "not needed", "maxCharge": eur("240")})
    team.solves(Why.LATE, key)
    team.due.append(("cancel", picture))
    picture.is_canceled(24_000)
    team.commit("Cancel the pipeline for its charge")
    yield 0.0


def forgotten(team: GitTeam) -> Story:
    """The manifest of a live order is removed by mistake; the commit is reverted."""
    key = f"field-w{team.week:02}"
    (picture,) = team.order(key, FIELD, begin=5)
    team.commit("Order the field")
    yield 1.0
    team.folder.replace(key, "")
    team.meets(Why.FORGOTTEN, key)
    first = team.commits
    team.commit("Tidy up")
    yield 1.0
    team.solves(Why.FORGOTTEN, key)
    picture.missing = range(first, team.commits)
    team.repository.revert(team.repository.main[first], author="Ben")
    yield 0.0


def removed_before_another(team: GitTeam) -> Story:
    """A live order is removed on purpose while the next one of its place, which overlaps, is prepared already."""
    old, new = f"bridge-w{team.week:02}", f"bridge-next-w{team.week:02}"
    (first,) = team.order(old, BRIDGE, begin=8, days=4, lifecycle=REMOVED_ON_PURPOSE)
    (second,) = team.order(new, BRIDGE, begin=11.125, days=6)
    team.later(second)
    team.commit("Order the bridge, and prepare the next picture")
    yield 1.0
    team.folder.replace(old, "")
    team.meets(Why.EXCHANGED_FOR, old)
    team.commit("The first picture of the bridge is not needed")
    yield 1.0
    team.solves(Why.EXCHANGED_FOR, old)
    first.is_canceled()
    team.due.append((REMOVAL, first))
    team.folder.state(new, confirm={"maxPrice": eur("2000"), "alsoOrdered": [old]})
    team.commit("Say that the next picture is another one", author="Ben")
    yield 1.125
    team.due.append(("place", second))
    yield 0.0


def exchanged(team: GitTeam) -> Story:
    """An order is removed on purpose, and another one of its place and time comes with the same commit."""
    old, new = f"bridge-w{team.week:02}", f"bridge-b-w{team.week:02}"
    (first,) = team.order(old, BRIDGE, begin=8, lifecycle=REMOVED_ON_PURPOSE)
    team.commit("Order the bridge")
    yield 1.0
    team.folder.replace(old, "")
    (second,) = team.order(new, BRIDGE, begin=8)
    team.later(second)
    team.meets(Why.EXCHANGED, new)
    team.meets(Why.EXCHANGED_FOR, old)
    team.commit("Order the bridge a day later instead")
    yield 1.0
    first.is_canceled()
    team.solves(Why.EXCHANGED, new)
    team.solves(Why.EXCHANGED_FOR, old)
    team.folder.state(new, confirm={"maxPrice": eur("2000"), "alsoOrdered": [old]})
    team.due += [(REMOVAL, first), ("place", second)]
    team.commit("Say that the bridge of a day later is another order", author="Ben")
    yield 0.0
