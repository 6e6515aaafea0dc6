"""A task's life on the simulated clock, its end by cancel, and the money that moves with both."""

import pytest

from .world import CONTRACT, START, TASKS, at, window

PRICE = 143_000


def test_a_task_is_decided_collected_and_delivered(world):
    """RECEIVED for 20 minutes, ACTIVE until products are ready, FULFILLED, and DONE in the end."""
    task = world.created()
    seen = [task["status"]]
    for by in ("19m", "1m", *["3h"] * 8 * 8):
        world.advance(by)
        now = world.task(task["id"])
        if now["status"] != seen[-1]:
            seen.append(now["status"])
            assert now["updatedAt"] <= world.control("GET", "/clock")["now"]
        assert ("fulfilledAt" in now) == (now["status"] in ("FULFILLED", "DONE"))
    assert seen == ["RECEIVED", "ACTIVE", "FULFILLED", "DONE"]
    assert world.task(task["id"])["fulfilledAt"] > at(5)


def test_status_changes_at_the_very_instant(world):
    """A minute before the decision a task is RECEIVED, at the decision ACTIVE."""
    task = world.created()
    world.advance("19m59s")
    assert world.status(task["id"]) == "RECEIVED"
    world.advance("1s")
    now = world.task(task["id"])
    assert (now["status"], now["updatedAt"]) == ("ACTIVE", "2026-12-01T00:20:00Z")


@pytest.mark.parametrize(
    ("outcome", "after_decision", "at_last", "money"),
    [
        ("DONE", "ACTIVE", "DONE", (PRICE, 0)),
        ("DONE_DIRECT", "ACTIVE", "DONE", (PRICE, 0)),
        ("REJECTED", "REJECTED", "REJECTED", (0, 0)),
        ("FAILED", "ACTIVE", "FAILED", (0, 0)),
        ("PAUSED_BY_MOON", "PAUSED_BY_MOON", "PAUSED_BY_MOON", (0, PRICE)),
    ],
)
@pytest.mark.parametrize("existing", [False, True])
def test_outcomes(world, outcome, after_decision, at_last, money, existing):
    """An outcome can be set for coming tasks or for one that exists; money is held, spent or released with it."""
    if existing:
        task = world.created()
        world.control("POST", f"/iceye/tasks/{task['id']}", {"outcome": outcome})
    else:
        world.switch(outcome=outcome)
        task = world.created()
    assert (world.status(task["id"]), world.summary()) == ("RECEIVED", (0, PRICE))
    world.advance("20m")
    assert world.status(task["id"]) == after_decision
    world.advance("9d")
    assert (world.status(task["id"]), world.summary()) == (at_last, money)


def test_done_direct_was_never_fulfilled(world):
    """An ACTIVE task may jump straight to DONE."""
    world.switch(outcome="DONE_DIRECT")
    task = world.created()
    for _ in range(8 * 8):
        world.advance("3h")
        assert world.status(task["id"]) in ("RECEIVED", "ACTIVE", "DONE")


def test_failed_tasks_can_be_charged(world):
    """Whether a failed task costs money is unknown, so a switch makes it cost the whole price."""
    world.switch(outcome="FAILED", failedTasksCharged=True)
    world.created()
    world.advance("8d")
    assert world.summary() == (PRICE, 0)


def test_decision_time_is_a_switch(world):
    """The optimizer can be made quicker."""
    world.switch(decisionMinutes=0)
    assert world.created()["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("ordered", "canceled", "percent"),
    [
        (10, 73, 0),
        (10, 72.01, 0),
        (10, 72, 10),
        (10, 48, 10),
        (10, 47.99, 20),
        (10, 24, 20),
        (10, 23.99, 100),
        (10, 1, 100),
        (1, 23.99, 100),
        (1, 24, 20),
        (0.75, 17, 100),
    ],
)
def test_cancel_bands(world, ordered, canceled, percent):
    """The charge follows the hours left before the window, and the rest of the hold is released.

    `ordered` is in days and `canceled` in hours before the window's start.
    """
    task = world.created(acquisitionWindow=window(ordered, ordered + 2))
    world.advance(f"{round((ordered * 24 - canceled) * 3600)}s")
    answer = world.cancel(task["id"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "CANCELED"
    assert answer.json()["updatedAt"] == world.control("GET", "/clock")["now"]
    assert world.summary() == (PRICE * percent // 100, 0)
    world.advance("12d")
    assert world.status(task["id"]) == "CANCELED"


def test_the_last_line_of_the_table_can_refuse(world):
    """Ordered less than 24 h ahead, a cancel is charged in full or, by switch, refused; earlier orders go on."""
    world.switch(lateCancel="refused")
    late, early = (
        world.created(acquisitionWindow=window(0.75, 2)),
        world.created(acquisitionWindow=window(1.5, 3)),
    )
    world.advance("14h")
    assert world.cancel(late["id"]).status_code == 400
    assert world.status(late["id"]) == "ACTIVE"
    assert world.cancel(early["id"]).status_code == 200


@pytest.mark.parametrize("status", [400, 409, 404])
def test_wrong_state_is_a_switch(world, status):
    """A second cancel is refused with a status that nobody documented, and changes nothing."""
    world.switch(cancelWrongState=status)
    task = world.created()
    assert world.cancel(task["id"]).status_code == 200
    assert world.cancel(task["id"]).status_code == status
    assert world.status(task["id"]) == "CANCELED"


@pytest.mark.parametrize("status", ["FULFILLED", "DONE", "REJECTED", "FAILED", "PAUSED_BY_MOON"])
def test_only_received_and_active_can_be_canceled(world, status):
    """Every other status refuses a cancel."""
    task = world.created()
    world.control("POST", f"/iceye/tasks/{task['id']}", {"status": status})
    assert world.cancel(task["id"]).json()["message"] == f"could not cancel task: status is {status}"


@pytest.mark.parametrize(
    "body", [{}, {"status": "DONE"}, {"status": "CANCELLED"}, {"status": "CANCELED", "reason": "x"}, []]
)
def test_patch_takes_one_body_only(world, body):
    """Nothing but the one documented body cancels, and nothing else can be changed."""
    task = world.created()
    assert world.api("PATCH", f"{TASKS}/{task['id']}", body).status_code == 400
    assert world.status(task["id"]) == "RECEIVED"


def test_a_person_can_edit_cancel_and_delete(world):
    """Over the control API a task changes as by a person in the console."""
    task = world.created(reference="ours")
    path = f"/iceye/tasks/{task['id']}"
    edited = world.control("POST", path, {"reference": None, "acquisitionWindow": window(6, 8), "lookSide": "LEFT"})
    assert edited == world.task(task["id"])
    assert "reference" not in edited
    assert (edited["acquisitionWindow"], edited["lookSide"]) == (window(6, 8), "LEFT")
    assert world.control("POST", path, {"cancel": True})["status"] == "CANCELED"
    assert world.summary() == (0, 0)
    world.control("POST", path, {"delete": True})
    assert world.api("GET", f"{TASKS}/{task['id']}").status_code == 404
    assert (world.listed(), world.control("GET", "/orders")) == ([], [])


def test_a_forced_status_moves_the_money(world):
    """FULFILLED by hand spends the hold; a later cancel by hand does not bring it back."""
    task = world.created()
    world.control("POST", f"/iceye/tasks/{task['id']}", {"status": "FULFILLED"})
    assert world.summary() == (PRICE, 0)
    assert world.task(task["id"])["fulfilledAt"] == "2026-12-01T00:00:00Z"


@pytest.mark.parametrize("edit", [{"color": "red"}, {"acquisitionWindow": {"start": "x", "end": "y"}}, []])
def test_nonsense_edits_are_refused(world, edit):
    """An edit that means nothing is a 400 and leaves the task alone."""
    task = world.created()
    answer = world.http.post(f"{world.simulator.url}/_sim/iceye/tasks/{task['id']}", json=edit)
    assert answer.status_code == 400
    assert world.task(task["id"]) == task
    assert world.http.post(f"{world.simulator.url}/_sim/iceye/tasks/{CONTRACT}", json={}).status_code == 404


def test_the_world_starts_where_it_was_told(world):
    """The fixture's clock stands at its start, on which every window above counts."""
    assert world.control("GET", "/clock")["now"] == START.strftime("%Y-%m-%dT%H:%M:%SZ")
