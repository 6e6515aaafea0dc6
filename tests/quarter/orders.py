"""What a small team orders in a quarter: each function is one story, told step by step."""

from __future__ import annotations

import json
from typing import Any

from tests.quarter.folder import document
from tests.quarter.holds import Why
from tests.quarter.pictures import Picture, Place, point, points
from tests.quarter.quarter import GitTeam, Story
from tests.support.project import Project, credits_of, eur, window
from tests.support.provider import VANTOR, area

QUAY, DAM, MINE, BRIDGE, FIELD = (10.0, 5.0), (12.5, 6.25), (14.0, 7.5), (16.25, 8.0), (18.5, 9.75)
PORTS = ((20.0, 10.0), (20.5, 10.25), (21.0, 10.5))
BERTHS = {"berth-1": (22.0, 11.0), "berth-2": (22.02, 11.01), "berth-3": (22.04, 11.02), "berth-4": (22.06, 11.03)}


def fail(project: Project, picture: Picture) -> None:
    """Let an order end without a picture, at its provider."""
    (order,) = project.orders_of(picture.key, picture.attempt)
    project.edit(order["id"], status="FAILED")
    picture.fails()


# Orders


def weekly(team: GitTeam) -> Story:
    """The picture of every week: the same place, next week's window, a file of its own."""
    team.order(f"quay-w{team.week:02}", QUAY, begin=4)
    team.commit("Order this week's quay")
    yield 0.0


def weekly_that_fails(team: GitTeam) -> Story:
    """It fails; what is ordered instead is the second attempt, in a later window."""
    key = f"quay-w{team.week:02}"
    (first,) = team.order(key, QUAY, begin=4)
    team.commit("Order this week's quay")
    yield 2.0
    fail(team.project, first)
    yield 0.25
    second = team.again(first, begin=3)
    team.folder.state(key, attempt=2, window=second.window)
    team.commit(f"Order {key} again")
    yield 0.0


def parallel(team: GitTeam) -> Story:
    """The place of the weekly picture in a window that overlaps with its own."""
    team.order(f"quay-spare-w{team.week:02}", QUAY, begin=3, days=4)
    team.commit("Order a spare picture of the quay", author="Ben")
    yield 0.0


def meant_twice(team: GitTeam) -> Story:
    """Two orders of one picture, said to be meant in the commit that declares the second."""
    key = f"field-w{team.week:02}"
    team.order(key, FIELD, begin=5)
    team.order(f"{key}-b", FIELD, begin=5, confirm={"maxPrice": eur("2000"), "alsoOrdered": [key]})
    team.commit("Order the field for two customers")
    yield 0.0


def pair(team: GitTeam) -> Story:
    """One place and time from both directions of flight; the second person says that both are meant."""
    keys = [f"field-{way}-w{team.week:02}" for way in ("up", "down")]
    pictures: list[Picture] = []
    for key, way in zip(keys, ("ASCENDING", "DESCENDING"), strict=True):
        pictures += team.order(key, FIELD, begin=5, iceye={"imagingMode": "SPOTLIGHT", "passDirection": way})
        team.meets(Why.PAIR, key)
    team.later(*pictures)
    team.commit("Order the field from both directions")
    yield 1.0
    for key in keys:
        team.solves(Why.PAIR, key)
    team.folder.state(keys[1], confirm={"maxPrice": eur("2000"), "alsoOrdered": [keys[0]]})
    team.due += [("place", picture) for picture in pictures]
    team.commit("Say that both directions are meant", author="Ben")
    yield 0.0


def neighbors(team: GitTeam) -> Story:
    """Two places a few meters apart, and two that touch: four pictures."""
    east, north = MINE
    team.order(f"shaft-a-w{team.week:02}", MINE, begin=5)
    team.order(f"shaft-b-w{team.week:02}", (east + 5e-5, north), begin=5)
    team.order(f"mine-w{team.week:02}", (east + 0.05, north), (east + 0.1, north), begin=5)
    team.commit("Order the mine and its shafts")
    yield 0.0


def touching(team: GitTeam) -> Story:
    """Two areas at Vantor with a common edge; one gets more time, the other ring is exported the other way round."""
    pictures = [flexible(team, f"delta-{side}-w{team.week:02}", west) for side, west in (("a", 30.0), ("b", 30.08))]
    team.commit("Order both halves of the delta", author="Ben")
    yield 1.0
    first = pictures[0]
    first.changed = team.commits
    team.folder.state(first.key, window=window(first.begin, first.end + 2))
    team.due.append(("amend", first))
    team.commit("Give the delta two days more", author="Ben")
    yield 1.0
    ring = pictures[1].target["coordinates"][0][1:]
    turned = [[east, north] for east, north in [*ring, ring[0]]][::-1]
    team.folder.state(pictures[1].key, target={"type": "Polygon", "coordinates": [turned]})
    team.commit("Export the delta again")
    yield 0.0


def flexible(team: GitTeam, key: str, west: float) -> Picture:
    """Write an order at Vantor."""
    target = area(west)
    picture = team.declare(key, target, 5, 8, provider="vantor", mode="flexView")
    spec = VANTOR.spec()
    block = {name: value for name, value in spec["vantor"].items() if name != "notifications"}
    block["output_configs"] = block["output_configs"][:1]
    confirm = {"maxPrice": credits_of(2_000)}
    more = {"account": "vantor-sim", "window": picture.window, "target": target, "vantor": block, "confirm": confirm}
    team.folder.write(f"orders/{key}.yaml", document(key, more))
    return picture


# Several geometries


def ports(team: GitTeam) -> Story:
    """Several places in one manifest; another one is appended at the end."""
    key = f"ports-w{team.week:02}"
    first, *_ = team.order(key, *PORTS[:2], begin=5, days=3)
    team.commit("Order the ports")
    yield 1.0
    append_port(team, key, first)
    team.commit("Add a port")
    yield 0.0


def append_port(team: GitTeam, key: str, first: Picture) -> Picture:
    """Append the third port, in the window of the others."""
    team.folder.state(key, target=points(PORTS))
    return team.declare(f"{key}/3", point(PORTS[2]), first.begin - team.day, first.end - first.begin)


def ports_that_fail(team: GitTeam) -> Story:
    """One of them fails: `attempt` orders that one again. Everything is proposed on branches and merged as one commit.

    A later place is appended while the manifest states the raised attempt.
    """
    key = f"ports-w{team.week:02}"
    team.repository.branch(f"{key}-order")
    found = team.order(key, *PORTS[:2], begin=6, days=3)
    team.later(*found)
    team.commit("Order the ports", author="Ben")
    team.folder.label(key, customer="harbor office")
    team.commit("Name the customer", author="Ben")
    team.check(team.repository.leave(), *found)
    yield 1.0
    team.repository.squash(f"{key}-order", author="Ann")
    team.landed(*found)
    yield 1.0
    fail(team.project, found[0])
    yield 0.25
    team.folder.state(key, attempt=2)
    team.again(found[0])
    team.commit("Order the port again that failed")
    yield 1.0
    third = append_port(team, key, found[0])
    third.attempt = 2
    team.commit("Add a port")
    yield 0.0


def ports_with_names(team: GitTeam) -> Story:
    """Positions become names while the orders live; the manifest is renamed as well, with what was placed."""
    key = f"ports-w{team.week:02}"
    found = team.order(key, *PORTS, begin=6, days=3)
    team.commit("Order the ports")
    yield 1.0
    names = ("east", "mid", "west")
    team.folder.state(key, target=collection(dict(zip(names, PORTS, strict=True)), keyBy="id"))
    team.folder.state(key, moved={name: f"{key}/{n}" for n, name in enumerate(names, start=1)})
    for picture, name in zip(found, names, strict=True):
        picture.key = f"{key}/{name}"
    team.commit("Name the ports")
    yield 1.0
    team.rename(key, f"harbors-w{team.week:02}")
    team.commit("Call the ports harbors", author="Ben")
    yield 0.0


def collection(places: dict[str, Place], **more: Any) -> dict[str, Any]:
    """Return places as features with ids."""
    features = [{"type": "Feature", "id": name, "geometry": point(place)} for name, place in places.items()]
    return {"type": "FeatureCollection", "features": [{**each, "properties": {}} for each in features], **more}


def berths(team: GitTeam) -> Story:
    """The places are in a file, by name: two are added, one fails and is ordered again, the file is exported again."""
    key = f"berths-w{team.week:02}"
    places = dict(list(BERTHS.items())[:2])
    found = berths_of(team, key, places)
    team.commit("Order the berths", author="Ben")
    yield 1.0
    write_berths(team, BERTHS)
    for name in ("berth-3", "berth-4"):
        team.declare(f"{key}/{name}", point(BERTHS[name]), found[0].begin - team.day)
    team.commit("Add two berths", author="Ben")
    yield 1.0
    fail(team.project, found[1])
    yield 0.25
    team.folder.state(key, attempts={"berth-2": 2})
    team.again(found[1])
    exported = {name: (east + 1e-9, north) for name, (east, north) in reversed(BERTHS.items())}
    write_berths(team, exported, name="berths", bbox=[22.0, 11.0, 22.06, 11.03])
    team.commit("Order berth 2 again, and export the file again")
    yield 0.0


def berths_copied(team: GitTeam) -> Story:
    """The manifest of last time is copied with its attempts, for another window."""
    old = next(name for name in reversed(team.names) if name.startswith("berths-"))
    key = f"berths-w{team.week:02}"
    found = [
        team.declare(f"{key}/{name}", point(place), 5, attempt=2 if name == "berth-2" else 1)
        for name, place in BERTHS.items()
    ]
    team.folder.write(f"orders/{key}.yaml", team.folder.text_of(old).replace(old, key))
    team.folder.state(key, window=found[0].window)
    team.commit("Order the berths for next week", author="Ben")
    yield 0.0


def berths_of(team: GitTeam, key: str, places: dict[str, Place]) -> list[Picture]:
    """Write a manifest whose places are in a file."""
    write_berths(team, places)
    found = [team.declare(f"{key}/{name}", point(place), 6) for name, place in places.items()]
    target = {"file": "../targets/berths.geojson", "keyBy": "id"}
    spec = {"account": "iceye-sim", "window": found[0].window, "target": target}
    spec |= {"iceye": {"imagingMode": "SPOTLIGHT"}, "confirm": {"maxPrice": eur("2000")}}
    team.folder.write(f"orders/{key}.yaml", document(key, spec))
    return found


def write_berths(team: GitTeam, places: dict[str, Place], **more: Any) -> None:
    """Write the file of berths."""
    team.folder.write("targets/berths.geojson", json.dumps(collection(places, **more), indent=2))
