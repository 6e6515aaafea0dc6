"""What a small team tidies up in a quarter, and what its CI does: each function is one story, told step by step."""

from __future__ import annotations

import re

from tests.quarter.decisions import DEFAULTS, REMOVED_ON_PURPOSE
from tests.quarter.holds import Why
from tests.quarter.orders import BRIDGE, FIELD, QUAY
from tests.quarter.quarter import GitTeam, Story
from tests.support.project import eur


def cleared(team: GitTeam) -> Story:
    """Manifests of orders that have ended are removed."""
    if team.clear_out():
        team.commit("Remove what has ended", author="Ben")
    yield 0.0


def relabeled(team: GitTeam) -> Story:
    """Every manifest gets a label and a comment, whatever has become of its order."""
    for key in team.declared():
        team.folder.label(key, team="coast", week=f"{team.week}")
    team.commit("Label the orders")
    yield 0.0


def sorted_into_folders(team: GitTeam) -> Story:
    """Files move into a folder of their own."""
    for key in team.movable():
        name = team.folder.file_of(key)
        if name == f"orders/{key}.yaml":
            team.repository.move(name, f"orders/until-w{team.week:02}/{key}.yaml")
    team.commit("Sort the orders into folders")
    yield 0.0


def gathered(team: GitTeam) -> Story:
    """Two orders come into one file, and are split again later."""
    one, other = team.movable()[-2:]
    texts = team.folder.text_of(one), team.folder.text_of(other)
    for key in (one, other):
        team.folder.replace(key, "")
    team.folder.write(f"orders/week-{team.week:02}.yaml", "---\n".join(texts))
    team.commit("Keep two orders in one file")
    yield 1.0
    if team.folder.declares(other):
        text = team.folder.text_of(other)
        team.folder.replace(other, "")
        team.folder.write(f"orders/single/{other}.yaml", text)
        team.commit("Give one of them its own file again", author="Ben")
    yield 0.0


def written_out(team: GitTeam) -> Story:
    """The defaults of a live order are written out, its window in another time zone, its place with more digits."""
    key = f"bridge-w{team.week:02}"
    (picture,) = team.order(key, BRIDGE, begin=5)
    team.commit("Order the bridge")
    yield 1.0
    begin, end = (text.replace("T00:00:00", "T02:00:00").replace("Z", "+02:00") for text in picture.window.values())
    place = {"type": "Point", "coordinates": [BRIDGE[0] + 1e-7, BRIDGE[1]]}
    team.folder.state(key, iceye=DEFAULTS, window={"start": begin, "end": end}, target=place)
    team.folder.state(key, confirm={"maxPrice": eur("1000")})
    team.commit("Write the defaults out, and lower the ceiling of what is ordered")
    yield 0.0


def reworded(team: GitTeam) -> Story:
    """The text of an order is edited before it is placed, while it lives, and after it has ended."""
    key = f"field-w{team.week:02}"
    mode = {"imagingMode": "SPOTLIGHT"}
    team.order(key, FIELD, begin=4, iceye={**mode, "reference": "field 12"})
    team.commit("Order the field")
    yield 1.0
    team.folder.state(key, iceye={**mode, "reference": "field 12, north"})
    team.meets(Why.REWORDED, key)
    team.commit("Say which part of the field")
    yield 1.0
    team.folder.state(key, iceye={**mode, "reference": "field 12"})
    team.solves(Why.REWORDED, key)
    team.commit("Leave the text as it was ordered")
    yield 5.0
    team.folder.state(key, iceye={**mode, "reference": "field 12, north, delivered"})
    team.commit("Note what has become of the field")
    yield 0.0


def folder_renamed(team: GitTeam) -> Story:
    """The whole folder of manifests gets another name, while an order lives that is removed on purpose later."""
    key = f"survey-w{team.week:02}"
    (picture,) = team.order(key, QUAY, begin=10, days=3, lifecycle=REMOVED_ON_PURPOSE)
    team.commit("Order a survey")
    yield 1.0
    team.repository.rename_folder("tasking")
    team.commit("Call the folder what it is")
    yield 2.0
    team.remove(key)
    picture.is_canceled()
    team.commit("No survey this time")
    yield 0.0


def settings_changed(team: GitTeam) -> Story:
    """The budget of the month is raised, and the pace of an account changed."""
    project = team.folder.read("project.yaml")
    team.folder.write("project.yaml", re.sub(r"'60000", "'70000", project))
    account = team.folder.read("accounts/iceye-sim.yaml")
    team.folder.write("accounts/iceye-sim.yaml", account.replace("requestsPerSecond: 100", "requestsPerSecond: 90"))
    team.commit("Raise the budget", author="Ben")
    yield 0.0


# What CI does by itself


def scheduled(team: GitTeam) -> Story:
    """A pass of a timer, over a commit that a pass has seen already."""
    yield 0.0


def shallow(team: GitTeam) -> Story:
    """A pass in a clone of depth 1."""
    team.run_elsewhere(team.repository.shallow(), Why.SHALLOW)
    yield 0.0


def old_job(team: GitTeam) -> Story:
    """The job of an earlier commit is run again after today's; not while a hold waits for somebody."""
    while team.holds:
        yield 1.0
    team.run()
    team.run_again(team.commits - 4)
    yield 0.0
