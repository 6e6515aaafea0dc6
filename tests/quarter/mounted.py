"""What a team does in a quarter whose manifests are in a ConfigMap: each function is one story, told step by step."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.quarter.folder import document
from tests.quarter.holds import Why
from tests.quarter.orders import QUAY, collection
from tests.quarter.pictures import Place, point, shown, text_of
from tests.quarter.quarter import MountTeam, Story
from tests.support.project import START, eur
from tests.support.provider import ICEYE

LOCK, WEIR, ISLE = (40.0, 12.0), (41.0, 13.0), (42.0, 14.0)
BUOYS: dict[str, Place] = {"red": (43.0, 15.0), "green": (43.02, 15.0), "white": (43.04, 15.0)}


def weekly(team: MountTeam) -> Story:
    """The picture of every week; what has ended is removed."""
    key = f"lock-w{team.week:02}"
    team.order(key, LOCK, begin=4, file=f"{key}.yaml")
    team.clear_out()
    yield 0.0


def priced(team: MountTeam) -> Story:
    """An order costs more than its ceiling; the next day a reviewer agrees."""
    key = f"weir-w{team.week:02}"
    (picture,) = team.order(key, WEIR, begin=5, mode="SPOTLIGHT_FINE", ceiling="1500", file=f"{key}.yaml")
    team.later(picture)
    team.meets(Why.CEILING, key)
    yield 1.0
    team.folder.state(key, confirm={"maxPrice": eur("1800")})
    team.solves(Why.CEILING, key)
    team.due.append(("place", picture))
    yield 0.0


def removed(team: MountTeam) -> Story:
    """A live order is removed on purpose: the second pass that misses it cancels it."""
    key = f"isle-w{team.week:02}"
    (picture,) = team.order(key, ISLE, begin=8, lifecycle={"onDelete": "cancel"}, file=f"{key}.yaml")
    yield 1.0
    team.folder.replace(key, "")
    yield 0.25
    team.due.append(("cancel", picture))
    picture.is_canceled()
    yield 0.0


def away_for_a_moment(team: MountTeam) -> Story:
    """A file is missing in one pass, and back in the next one."""
    key = f"isle-w{team.week:02}"
    team.order(key, ISLE, begin=6, lifecycle={"onDelete": "cancel"}, file=f"{key}.yaml")
    yield 1.0
    text = team.folder.text_of(key)
    team.folder.replace(key, "")
    yield 0.25
    team.folder.write(f"{key}.yaml", text)
    yield 0.0


def renamed(team: MountTeam) -> Story:
    """An order gets another name, and `moved` says which one it had; its file is another one too."""
    key, new = f"isle-w{team.week:02}", f"skerry-w{team.week:02}"
    team.order(key, ISLE, begin=6, lifecycle={"onDelete": "cancel"}, file=f"{key}.yaml")
    yield 1.0
    team.rename(key, new)
    team.folder.state(new, moved={"from": key})
    text = team.folder.text_of(new)
    team.folder.replace(new, "")
    team.folder.write(f"{new}.yaml", text)
    yield 0.0


def buoys(team: MountTeam) -> Story:
    """Places with names in a file that is mounted too; one is added."""
    key = f"buoys-w{team.week:02}"
    names = list(BUOYS)
    write_buoys(team, names[:2])
    found = [team.declare(f"{key}/{name}", point(BUOYS[name]), 5) for name in names[:2]]
    spec = {"account": "iceye-sim", "window": found[0].window, "target": {"file": "buoys.geojson", "keyBy": "id"}}
    spec |= {"iceye": {"imagingMode": "SPOTLIGHT"}, "confirm": {"maxPrice": eur("1500")}}
    team.folder.write(f"{key}.yaml", document(key, spec))
    yield 1.0
    write_buoys(team, names)
    team.declare(f"{key}/{names[2]}", point(BUOYS[names[2]]), found[0].begin - team.day)
    yield 0.0


def shared(team: MountTeam) -> Story:
    """The other team has ordered the same picture under the contract of both; the next day both are meant."""
    while (theirs := _ordered_at(QUAY, team)) is None:
        yield 0.25
    key, begin = f"berth-w{team.week:02}", (shown(theirs)[2] - START) / timedelta(days=1) - team.day
    (picture,) = team.order(key, QUAY, begin=begin, file=f"{key}.yaml")
    team.later(picture)
    team.meets(Why.UNKNOWN, key)
    yield 0.25
    team.folder.state(key, confirm={"maxPrice": eur("2000"), "alsoOrdered": [theirs["id"]]})
    team.solves(Why.UNKNOWN, key)
    team.due.append(("place", picture))
    yield 0.0


def _ordered_at(place: Place, team: MountTeam) -> dict[str, Any] | None:
    """Return a live order of two days at a place, whose window does not begin today or tomorrow."""
    for order in team.project.orders():
        _, target, begin, end, _ = shown(order)
        soon = begin - START < timedelta(days=team.day + 2)
        here = target == text_of(point(place)) and order["status"] in ICEYE.live
        if here and not soon and end - begin < timedelta(days=3):
            return order
    return None


def write_buoys(team: MountTeam, names: list[str]) -> None:
    """Write the file of buoys."""
    team.folder.write("buoys.geojson", json.dumps(collection({name: BUOYS[name] for name in names})))
