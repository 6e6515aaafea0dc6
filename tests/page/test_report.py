"""`reconciler report`: the page as files, from the state file and the manifests alone."""

from __future__ import annotations

import pytest

from reconciler.page.site import GENERATOR
from reconciler.simulator import Simulator
from tests.cli.conftest import terminal  # noqa: F401 - a fixture
from tests.support.project import OTHER_CONTRACT, START, Project, at
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, CONTRACT, CREDENTIALS, HOOK, ICEYE, SAS_URL, VANTOR

from .html import parsed


@pytest.fixture
def done(terminal):  # noqa: F811 - the fixture above
    """A terminal after a pass that has placed one order, whose provider answers nobody any more."""
    project = terminal.project
    project.order()
    project.reconcile()
    project.fault("status", method="*", path="*", status=500, times=0)
    project.zero()
    return terminal


def files(folder):
    """Return every file below a folder, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_what_is_known_and_says_so_in_one_line(done):
    """Without a request, and without a change of the state file."""
    out = done.project.root / "report"
    before = done.project.state.read_bytes()
    ran = done.run("report", "--out", "report")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"Wrote report/index.html: 1 order, as of {at(0)}; {done.project.state}\n"
    assert set(files(out)) == {"index.html", "style.css", "script.js", "orders/alice.html"}
    assert "about to place, binding EUR 1,300.00" in parsed(files(out)["orders/alice.html"]).text
    assert done.project.requests() == {}
    assert done.project.state.read_bytes() == before


def test_before_the_first_pass_it_shows_what_git_states(terminal):  # noqa: F811 - the fixture above
    """Orders that are not placed, and no pass."""
    terminal.project.order()
    assert "1 order, no pass has been made yet" in terminal.run("report", "--out", "report").out
    page = parsed((terminal.project.root / "report" / "index.html").read_bytes())
    assert "Nothing waits for a person. 1 order: 1 not placed." in page.text
    assert not terminal.project.state.exists()


def test_an_earlier_report_is_replaced(done):
    """A page of an order that has gone goes with it; a file of somebody else's stays."""
    done.run("report", "--out", "report")
    out = done.project.root / "report"
    gone = out / "orders" / "gone.html"
    gone.write_bytes((out / "orders" / "alice.html").read_bytes())
    notes = out / "orders" / "notes.html"
    notes.write_text("mine", encoding="utf-8")
    (out / "index.html").write_text(f'<meta name="generator" content="{GENERATOR}">', encoding="utf-8")
    assert done.run("report", "--out", "report").code == 0
    assert not gone.exists()
    assert notes.read_text(encoding="utf-8") == "mine"
    assert b"alice" in (out / "index.html").read_bytes()


@pytest.mark.parametrize("name", ["notes.txt", "index.html"])
def test_a_folder_of_something_else_is_refused(done, name):
    """Nothing in it is touched, also where a page of another kind stands in it."""
    out = done.project.root / "report"
    out.mkdir()
    (out / name).write_text("mine", encoding="utf-8")
    ran = done.run("report", "--out", "report")
    assert ran.code == 4
    assert "holds other files than a report: name an empty folder" in ran.err
    assert files(out) == {name: b"mine"}


def test_invalid_manifests_write_nothing(done):
    """A report that leaves out what Git states would not be true."""
    (done.project.folder / "orders" / "alice.yaml").write_text("kind: Nothing", encoding="utf-8")
    assert done.run("report", "--out", "report").code == 4
    assert not (done.project.root / "report").exists()


# What each provider is told, and so could repeat: at Vantor the account has a key alone, and orders name the others.
SECRETS = {ICEYE: (CLIENT_ID, CLIENT_SECRET), VANTOR: (CLIENT_ID, SAS_URL, CREDENTIALS, HOOK)}


@pytest.mark.parametrize("provider", SECRETS, ids=lambda provider: provider.name)
def test_no_secret_gets_into_it(tmp_path, control_client, plain_transport, provider):
    """Neither an account's credentials nor what an order names as one, also where a provider repeats them."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:
        project = Project(tmp_path, simulator, control_client, transport=plain_transport, provider=provider)
        for key in ("alice", "bob"):
            project.order(key)
        project.fault("status", status=400, body={"code": "X", "message": f"bad {' '.join(SECRETS[provider])}"})
        project.reconcile()
        ran = project.command("report", "--out", "report")
        assert ran.code == 0
        assert {"orders/alice.html", "orders/bob.html"} < set(files(tmp_path / "report"))
        assert any(b"***" in content for content in files(tmp_path / "report").values())
        assert project.told_secrets(ran.out, ran.err) == []


def test_nothing_is_needed_but_the_state_file_and_the_manifests(terminal):  # noqa: F811 - the fixture above
    """No variable that names a secret, and no address that answers."""
    terminal.project.order()
    terminal.project.account(endpoint="http://127.0.0.1:9/api")
    unset = dict.fromkeys(terminal.project.variables, "")
    assert terminal.command("report", "--out", "report", **unset).code == 0
