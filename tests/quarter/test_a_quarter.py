"""A quarter of simulated time: an honest team meets no hold that it does not need, and gets each picture once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import TypeAlias

import httpx
import pytest

from reconciler.model.journal import FindingChanged
from reconciler.simulator import Simulator
from tests.quarter import decisions, mounted, orders, upkeep
from tests.quarter.holds import Why, table
from tests.quarter.pictures import DELIVERED, shown
from tests.quarter.quarter import GitTeam, MountTeam, Quarter, Story, Team
from tests.support.project import START, Project, credits_of, eur
from tests.support.provider import CONTRACT, ICEYE, VANTOR, Provider

WEEKS = 13
FAILING = (2, 6, 10)
Calendar: TypeAlias = tuple[tuple[Callable[..., Story], tuple[int, ...], int], ...]
"""Which story begins in which weeks, and on which of their days."""

IN_GIT: Calendar = (
    (orders.weekly, tuple(week for week in range(WEEKS) if week not in FAILING), 0),
    (orders.weekly_that_fails, FAILING, 0),
    (orders.ports, (1, 11), 1),
    (orders.ports_that_fail, (5,), 0),
    (orders.ports_with_names, (9,), 1),
    (orders.berths, (2, 7), 1),
    (orders.parallel, (4, 7, 10), 1),
    (orders.meant_twice, (6,), 1),
    (orders.pair, (5,), 2),
    (orders.berths_copied, (3, 8), 1),
    (orders.neighbors, (3, 9), 0),
    (orders.touching, (2, 9), 0),
    (decisions.priced, (1, 4, 11), 0),
    (decisions.priced_on_a_branch, (6,), 0),
    (decisions.suspended, (3, 9), 0),
    (decisions.prepared, (2,), 0),
    (decisions.poor, (7,), 0),
    (decisions.replaced, (8,), 0),
    (decisions.frozen, (WEEKS,), 0),
    (decisions.copied, (3, 6, 11), 1),
    (decisions.copied_as_it_is, (4, 8), 1),
    (decisions.renamed, (2, 8), 0),
    (decisions.renamed_twice, (4, 10), 0),
    (decisions.removed, (3, 12), 0),
    (decisions.removed_late, (7,), 1),
    (decisions.removed_before_a_shallow_pass, (8,), 0),
    (decisions.removed_in_a_dirty_tree, (10,), 0),
    (decisions.removed_before_another, (9,), 1),
    (decisions.exchanged, (5,), 1),
    (decisions.forgotten, (11,), 0),
    (upkeep.folder_renamed, (7,), 0),
    (upkeep.written_out, (6, 12), 0),
    (upkeep.reworded, (7,), 0),
    (upkeep.relabeled, (3, 9), 2),
    (upkeep.sorted_into_folders, (4, 8), 2),
    (upkeep.gathered, (5, 10), 2),
    (upkeep.settings_changed, (6,), 2),
    (upkeep.cleared, tuple(range(1, WEEKS)), 0),
    (upkeep.shallow, (1, 5, 9), 2),
    (upkeep.old_job, (4, 9, 12), 3),
    (upkeep.old_job, (10,), 0),
    (upkeep.scheduled, (0, 4, 8, 12), 5),
)
MOUNTED: Calendar = (
    (mounted.weekly, tuple(range(0, WEEKS, 2)), 0),
    (mounted.priced, (1, 7), 1),
    (mounted.removed, (2, 9), 1),
    (mounted.away_for_a_moment, (5,), 1),
    (mounted.renamed, (3, 11), 1),
    (mounted.buoys, (4, 8), 0),
    (mounted.shared, (8,), 0),
)


OF_OLD_JOBS = {Why.OLD_JOB, Why.OLD_JOB_REMOVES, Why.OLD_TERMS}
"""What an old job meets depends on what came after it."""
HOLDS = (
    (1, "dam-w01", Why.CEILING),
    (2, "delta-flood-w02", Why.NEVER_PLACED),
    (4, "dam-w04", Why.CEILING),
    (4, "quay-ben-w04", Why.COPIED),
    (4, "quay-ben-w04", Why.OLD_TERMS),
    (5, "field-up-w05", Why.PAIR),
    (5, "field-down-w05", Why.PAIR),
    (5, "bridge-b-w05", Why.EXCHANGED),
    (5, "bridge-w05", Why.EXCHANGED_FOR),
    (6, "dam-w06", Why.CEILING),
    (7, "field-w07", Why.REWORDED),
    (7, "pipeline-w07", Why.LATE),
    (8, "quay-ben-w08", Why.COPIED),
    (8, "pipeline-w08", Why.SHALLOW),
    (9, "bridge-w09", Why.EXCHANGED_FOR),
    (10, "bridge-w10", Why.OLD_JOB),
    (10, "pipeline-w10", Why.OLD_JOB_REMOVES),
    (10, "pipeline-w10", Why.UNCOMMITTED),
    (11, "dam-w11", Why.CEILING),
    (11, "field-w11", Why.FORGOTTEN),
)
"""What the team with the repository meets: in which week, by which order, and why that is right."""
MOUNTED_HOLDS = (
    (1, "weir-w01", Why.CEILING),
    (7, "weir-w07", Why.CEILING),
    (8, "berth-w08", Why.UNKNOWN),
)
"""What the team with the ConfigMap meets."""
CURRENCY = {"iceye": "EUR", "vantor": "credits"}
POLICY = {
    "perOrder": [eur("2000"), credits_of(2_000)],
    "perPass": [eur("12000"), credits_of(4_000)],
    "perMonth": [eur("60000"), credits_of(8_000)],
}


@pytest.fixture
def teams(
    tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport
) -> Iterator[tuple[GitTeam, MountTeam]]:
    """A team with a repository and accounts at two providers, and one with a ConfigMap and the same contract."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator:

        def project(owner: str, provider: Provider) -> Project:
            root = tmp_path / owner / "work"
            return Project(root, simulator, control_client, transport=plain_transport, owner=owner, provider=provider)

        project("coast-team", VANTOR)
        coast, river = project("coast-team", ICEYE), project("river-team", ICEYE)
        coast.contract(spendLimit=None)
        for each in (coast, river):
            each.policy(**POLICY)
        yield GitTeam(coast), MountTeam(river)


def played(teams: tuple[GitTeam, MountTeam], draw: Random | None = None) -> None:
    """Play the quarter, and then the weeks until every order has ended."""
    quarter = Quarter(*teams, draw=draw)
    for team, calendar in zip(teams, (IN_GIT, MOUNTED), strict=True):
        for story, weeks, day in calendar:
            for week in weeks:
                quarter.begin(team, story(team), 7 * week + (draw.randrange(3) if draw is not None else day))
    quarter.play()
    quarter.to(7 * WEEKS + 21)
    for team in teams:
        team.run()


def check(teams: tuple[GitTeam, MountTeam]) -> None:
    """Each picture was ordered once and ended as Git says; the money is the sum, in every book; nothing waits."""
    project = teams[0].project
    pictures = [picture for team in teams for picture in team.pictures]
    declared = Counter((picture.shown, picture.status) for picture in pictures)
    assert Counter((shown(order), order["status"]) for order in project.orders()) == declared
    assert project.creates() == sum(picture.provider == "iceye" for picture in pictures)
    assert charged(project) == {
        name: sum(picture.charge for picture in pictures if picture.provider == name) for name in DELIVERED
    }
    for team in teams:
        check_state(team)


def charged(project: Project) -> dict[str, int]:
    """Return what the providers have charged, in their own units; nothing is held back any more."""
    simulator, http = project.simulator, project.http
    grant = {"grant_type": "client_credentials"}
    token = http.post(simulator.iceye_token_url, auth=("someone", "else"), data=grant).json()["access_token"]
    address = f"{simulator.iceye_url}/company/v1/contracts/{CONTRACT}/summary"
    summary = http.get(address, headers={"Authorization": f"Bearer {token}"}).json()
    assert summary["onHold"] == 0
    credits = [order["charged"] for order in project.orders() if order["provider"] == "vantor"]
    return {"iceye": summary["consolidatedSpent"], "vantor": sum(credits)}


def check_state(team: Team) -> None:
    """The state knows every order as ended, has booked what was bound, and every finding in its journal is gone."""
    records = team.project.records().values()
    assert Counter(record.bound and not record.live for record in records) == {True: len(team.pictures)}
    with team.project.store() as store:
        booked = {money.currency: money.minor for money in store.committed(START)}
    bound = {name: sum(p.bound for p in team.pictures if p.provider == name) for name in DELIVERED}
    assert booked == {CURRENCY[name]: amount for name, amount in bound.items() if amount}
    changes = [entry.event for entry in team.project.journal() if isinstance(entry.event, FindingChanged)]
    appeared = Counter(each.finding for each in changes if each.appeared)
    assert appeared == Counter(each.finding for each in changes if not each.appeared)


def figures(teams: Sequence[Team]) -> str:
    """Return the figures and the table for people."""
    lines = ["", f"{WEEKS} weeks: {sum(len(team.pictures) for team in teams)} pictures, each ordered once"]
    for team in teams:
        fates = Counter(picture.status for picture in team.pictures)
        lines += [
            f"{type(team).__name__}: {team.passes} passes, {team.commits} commits, {dict(fates)}",
            table(team.rows),
        ]
    return "\n".join([*lines, ""])


def test_an_everyday_quarter(teams: tuple[GitTeam, MountTeam]) -> None:
    """Thirteen weeks of the same calendar: the holds are the ones that are listed here, and no other."""
    played(teams)
    sys.stdout.write(figures(teams))
    check(teams)
    assert [[(row.week, row.key, row.why) for row in team.rows] for team in teams] == [list(HOLDS), list(MOUNTED_HOLDS)]


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(8))
def test_a_quarter_in_another_order(teams: tuple[GitTeam, MountTeam], seed: int) -> None:
    """The stories begin on other days, their steps come in another order, and each is followed by a pass."""
    played(teams, Random(seed))
    sys.stdout.write(figures(teams))
    check(teams)
    assert {row.why for team in teams for row in team.rows} | OF_OLD_JOBS == set(Why)
