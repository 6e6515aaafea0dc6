"""What an import leaves alone, what it cannot write, and what comes of a death in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from reconciler.importing import Imports, write
from reconciler.model.errors import ConfigError, ProviderError
from reconciler.model.journal import EventKind
from reconciler.plan.findings import FindingKind
from tests.simulator import vantor as vantor_api
from tests.simulator.up42 import Up42, spot
from tests.support.project import Project, actions, at, credits_of, finding, findings
from tests.support.provider import CLIENT_ID, CLIENT_SECRET

from .scenario import add_accounts, imported, prepared, record_of


def whys(imports: Imports) -> dict[str, str]:
    """Return why each order was left, by its id."""
    return {left.order_id: left.why for left in imports.left}


@pytest.fixture
def three(project: Project) -> Project:
    """A folder with an account at each provider."""
    add_accounts(project)
    return project


@pytest.fixture
def up42(three: Project) -> Up42:
    """A person at the console of UP42, in the workspace of the account."""
    return Up42(three.simulator, three.http, username=CLIENT_ID)


@pytest.fixture
def vantor(three: Project) -> vantor_api.Vantor:
    """A person at Vantor, with the key of the account."""
    return vantor_api.Vantor(three.simulator, three.http, headers={"MAXAR-API-KEY": CLIENT_SECRET})


@pytest.fixture
def neighbor(project: Project) -> Iterator[Project]:
    """Another owner, with a folder of their own, at the same account."""
    other = Project(project.root / "neighbor", project.simulator, project.http, owner="neighbor")
    return replace(other, transport=project.transport)


def test_an_imported_order_is_bound_and_journaled(project: Project) -> None:
    """Under the reference of its new name, with the terms that Git states."""
    order_id = project.place_by_hand("Port survey")
    (written,) = imported(project).written
    record = record_of(project, order_id)
    assert (written.key, record.key, record.reference) == (
        "port-survey",
        "port-survey",
        project.reference("port-survey"),
    )
    (event,) = project.journal("port-survey")
    assert (event.kind, event.event.how) == (EventKind.BOUND, "imported")
    assert written.path.read_text() == written.text


def test_two_owners_of_one_account(project: Project, neighbor: Project) -> None:
    """The second owner's import leaves the first one's orders alone, and neither's plan touches the other's."""
    project.order("alice")
    project.reconcile()
    (theirs,) = project.orders()
    mine = neighbor.place_by_hand("mine")
    imports = imported(neighbor)
    assert whys(imports) == {theirs["id"]: "carries the reference of another owner"}
    assert [each.observed.id for each in imports.written] == [mine]
    assert imports.failed == 0
    for each in (project, neighbor):
        each.zero()
        assert actions(each.reconcile()) == []
        assert each.creates() == 0
    assert len(project.orders()) == 2
    named = imported(neighbor, theirs["id"])
    assert (named.written, whys(named)) == ((), {theirs["id"]: "carries the reference of another owner"})


def test_an_order_whose_manifest_has_gone(project: Project) -> None:
    """It is known by its record: the manifest is to be restored, not written anew under another name."""
    project.order("alice")
    project.reconcile()
    (order,) = project.orders()
    project.remove("alice")
    assert whys(imported(project)) == {order["id"]: "belongs to alice: restore its manifest"}


def test_an_order_that_the_next_pass_adopts(project: Project) -> None:
    """Its reference is that of a manifest, though no record knows it."""
    project.order("alice")
    project.reconcile()
    (order,) = project.orders()
    project.lose_state()
    assert whys(imported(project)) == {order["id"]: "belongs to alice: the next reconcile adopts it"}


def test_ended_orders_are_counted_and_left_out(project: Project) -> None:
    """They come along with `ended`, and by their ids."""
    ended, alive = project.place_by_hand("ended"), project.place_by_hand("alive")
    project.edit(ended, cancel=True)
    imports = prepared(project)
    assert ([each.observed.id for each in imports.written], imports.ended) == ([alive], 1)
    assert {each.observed.id for each in prepared(project, ended=True).written} == {ended, alive}
    assert [each.observed.id for each in imported(project, ended).written] == [ended]
    assert findings(project.plan()) == [("ended", FindingKind.ENDED)]


def test_an_id_that_is_not_there(project: Project) -> None:
    """It fails; what else was named is imported."""
    order_id = project.place_by_hand("there")
    imports = imported(project, order_id, "nowhere")
    assert [each.observed.id for each in imports.written] == [order_id]
    assert (whys(imports), imports.failed) == ({"nowhere": "the account does not list it"}, 1)


def test_an_order_that_no_manifest_can_state(project: Project) -> None:
    """Its window is too narrow for the provider's own rule: it is left out with the loader's words."""
    narrow, sound = project.place_by_hand("narrow"), project.place_by_hand("sound")
    project.edit(narrow, acquisitionWindow={"start": at(5), "end": at(5.5)})
    imports = imported(project)
    assert [each.observed.id for each in imports.written] == [sound]
    assert "cannot be written: spec.window: is 12h wide" in whys(imports)[narrow]
    assert not (project.folder / "imported" / "narrow.yaml").exists()
    assert imports.failed == 1


def test_a_mode_that_no_manifest_knows(project: Project) -> None:
    """What a manifest has to state and cannot is named."""
    order_id = project.place_by_hand("odd")
    project.edit(order_id, imagingMode="a new mode")
    assert whys(prepared(project))[order_id].startswith("cannot be written: imagingMode: 'a new mode' is no imaging")


def test_names_are_made_of_what_people_called_their_orders(project: Project) -> None:
    """Unique among names and files, with a prefix where one is wished, by the id where there is no text."""
    project.order("ports", suspend={"reason": "name taken"})
    (project.folder / "imported").mkdir()
    (project.folder / "imported" / "ports-2.yaml").write_text("# mine\n")
    first, second = project.place_by_hand("Ports!"), project.place_by_hand("pörts")
    nameless = project.place_by_hand(None)
    names = {each.observed.id: each.key for each in prepared(project).written}
    assert {names[first], names[second]} == {"ports-3", "ports-4"}
    assert names[nameless] == f"iceye-{nameless[:8]}"
    assert prepared(project, first, prefix="old-").written[0].key == "old-ports"
    imported(project)
    assert (project.folder / "imported" / "ports-2.yaml").read_text() == "# mine\n"


def test_a_name_whose_reference_is_at_the_provider_already(project: Project) -> None:
    """An order of ours without manifest and record keeps its name: another one under it would be a duplicate."""
    project.place_by_hand(project.reference("survey"))
    project.place_by_hand("survey")
    assert [each.key for each in imported(project).written] == ["survey-2"]
    assert actions(project.plan()) == []


@pytest.mark.parametrize("into", ["..", "manifests/.hidden", "manifests/project.yaml", "/"])
def test_a_folder_that_no_pass_reads(project: Project, into: str) -> None:
    """Refused, with what to name instead, before anything is asked."""
    project.zero()
    with pytest.raises(ConfigError, match="--into"):
        prepared(project, into=project.root / into)
    assert project.requests() == {}


def test_an_account_that_is_not_there(project: Project) -> None:
    """Told with those that are."""
    with pytest.raises(ConfigError, match=r"there is no account 'up42' in .*: iceye-sim"):
        prepared(project, account="up42")


def test_a_listing_that_is_not_complete(project: Project) -> None:
    """Nothing is written, for whose an order is cannot be told."""
    project.place_by_hand("one")
    project.fault("status", method="GET", status=503, times=0)
    with pytest.raises(ProviderError, match="Nothing was written"):
        imported(project)
    assert not (project.folder / "imported").exists()


def test_a_single_read_that_fails(project: Project) -> None:
    """That order is left out, for its delivery is not known; the next import takes it."""
    project.place_by_hand("one")
    project.fault("status", method="GET", path="/tasking/v2/tasks/{taskID}", status=503, times=0)
    assert [left.why.partition(":")[0] for left in imported(project).left] == ["could not be read"]
    project.clear_faults()
    assert len(imported(project).written) == 1


def test_a_death_between_files_and_state(project: Project) -> None:
    """The next pass binds each order by the id in its manifest; another import leaves it alone."""
    order_id = project.place_by_hand("one")
    with project.store() as store, pytest.raises(RuntimeError):
        write(prepared(project), store, _dies, lambda _text: None)
    assert project.records() == {}
    assert whys(prepared(project)) == {order_id: "belongs to one already"}
    project.zero()
    assert actions(project.reconcile()) == [("adopt", "one")]
    assert project.writes() == {}
    assert findings(project.plan()) == [("one", FindingKind.IN_SYNC)]


def _dies() -> str:
    raise RuntimeError("the machine is gone")


def test_a_file_that_came_to_be_there(project: Project) -> None:
    """It is not overwritten, and nothing is left beside it."""
    project.place_by_hand("one")
    imports = prepared(project)
    path = imports.written[0].path
    path.parent.mkdir()
    path.write_text("# mine\n")
    with project.store() as store, pytest.raises(ConfigError, match="was not overwritten"):
        write(imports, store, lambda: None, lambda _text: None)
    assert [(each.name, each.read_text()) for each in path.parent.iterdir()] == [("one.yaml", "# mine\n")]


def test_the_schema_for_editors(project: Project) -> None:
    """Its first line names the folder's own schema, where there is one."""
    project.place_by_hand("one")
    assert prepared(project).written[0].text.startswith("apiVersion:")
    (project.folder / ".schema").mkdir()
    (project.folder / ".schema" / "manifest.json").write_text("{}")
    (written,) = prepared(project, into=project.folder / "a" / "b").written
    assert written.text.startswith("# yaml-language-server: $schema=../../.schema/manifest.json\n")


class TestUp42:
    def test_what_was_agreed_to(self, three: Project, up42: Up42) -> None:
        """The price that was accepted is the ceiling: without it a plan would ask about the money that is bound."""
        order_id = up42.accepted(spot())
        (written,) = imported(three, account="up42-sim").written
        price = up42.quotes(order_id)[0]["creditsPrice"]
        assert three.read().orders[0].confirm.max_price.minor == price * 100
        assert str(credits_of(price)["amount"]) in written.text
        assert findings(three.plan()) == [(written.key, FindingKind.IN_SYNC)]

    def test_an_open_quote_waits_for_a_person(self, three: Project, up42: Up42) -> None:
        """It is imported without a ceiling, so that no pass accepts it."""
        up42.quoted(spot())
        (written,) = imported(three, account="up42-sim").written
        assert "confirm:" not in written.text
        report = three.plan()
        assert (report.plan.actions, finding(report, written.key).kind) == ((), FindingKind.HELD)

    def test_a_second_quote_beside_an_accepted_one(self, three: Project, up42: Up42) -> None:
        """The ceiling of the first would accept the second too: such an order is left to a person."""
        order_id = up42.accepted(spot())
        three.sim("POST", f"/up42/orders/{order_id}/quotes", {"credits": 1})
        imports = imported(three, account="up42-sim")
        assert (imports.written, imports.failed) == ((), 1)
        assert "would accept its open quote" in whys(imports)[order_id]

    def test_tags_that_people_change_are_put_back(self, three: Project, up42: Up42) -> None:
        """Tags that are stated are all of its tags, and UP42 changes them: that is an action, not drift."""
        order_id = up42.placed(spot(tags=["ports"]))
        (written,) = imported(three, account="up42-sim").written
        three.sim("POST", f"/up42/orders/{order_id}", {"tags": ["ports", "more"]})
        assert actions(three.plan()) == [("amend", written.key)]


class TestVantor:
    def test_requests_that_show_no_text(self, three: Project, vantor: vantor_api.Vantor) -> None:
        """Whose they are cannot be told, so they are imported by their ids alone."""
        vantor.switch(descriptionEcho="absent")
        order_id = vantor.submitted()
        imports = imported(three, account="vantor-sim")
        assert (imports.written, imports.failed) == ((), 0)
        assert "import it by its id" in whys(imports)[order_id]
        (written,) = imported(three, order_id, account="vantor-sim").written
        assert written.key == f"vantor-{order_id[:8]}"
        assert findings(three.plan()) == [(written.key, FindingKind.IN_SYNC)]

    def test_credentials_that_are_echoed_are_written_nowhere(self, three: Project, vantor: vantor_api.Vantor) -> None:
        """Neither into the manifest nor into the state."""
        vantor.switch(secretEcho="echoed")
        azure = {
            "type": "azure_blob_storage",
            "container": "c",
            "prefix": "p",
            "sas_url": "https://x.test/?sig=echo-canary",
        }
        vantor.submitted(vantor_api.request(output_configs=[azure]))
        (written,) = imported(three, account="vantor-sim").written
        assert "sas_url: {env: VANTOR_SAS_URL}" in written.text
        files = [path for path in three.root.rglob("*") if path.is_file()]
        assert [path for path in files if b"echo-canary" in path.read_bytes()] == []
        assert findings(three.plan()) == [(written.key, FindingKind.IN_SYNC)]
