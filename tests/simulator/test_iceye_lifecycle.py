"""A task's life on the simulated clock, its end by cancel, and the money that moves with both."""

import pytest

from .scenario import CONTRACT, START, TASKS, at, window

PRICE = 143_000


def test_a_task_is_decided_collected_and_delivered(scenario):
    """RECEIVED for 20 minutes, ACTIVE until products are ready, FULFILLED, and DONE in the end."""
    task = scenario.created()
    seen = [task["status"]]
    for by in ("19m", "1m", *["3h"] * 8 * 8):
        scenario.advance(by)
        now = scenario.task(task["id"])
        if now["status"] != seen[-1]:
            seen.append(now["status"])
            assert now["updatedAt"] <= scenario.control("GET", "/clock")["now"]
        assert ("fulfilledAt" in now) == (now["status"] in ("FULFILLED", "DONE"))
    assert seen == ["RECEIVED", "ACTIVE", "FULFILLED", "DONE"]
    assert scenario.task(task["id"])["fulfilledAt"] > at(5)


def test_status_changes_at_the_very_instant(scenario):
    """A minute before the decision a task is RECEIVED, at the decision ACTIVE."""
    task = scenario.created()
    scenario.advance("19m59s")
    assert scenario.status(task["id"]) == "RECEIVED"
    scenario.advance("1s")
    now = scenario.task(task["id"])
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
def test_outcomes(scenario, outcome, after_decision, at_last, money, existing):
    """An outcome can be set for coming tasks or for one that exists; money is held, spent or released with it."""
    if existing:
        task = scenario.created()
        scenario.control("POST", f"/iceye/tasks/{task['id']}", {"outcome": outcome})
    else:
        scenario.switch(outcome=outcome)
        task = scenario.created()
    assert (scenario.status(task["id"]), scenario.summary()) == ("RECEIVED", (0, PRICE))
    scenario.advance("20m")
    assert scenario.status(task["id"]) == after_decision
    scenario.advance("9d")
    assert (scenario.status(task["id"]), scenario.summary()) == (at_last, money)


def test_done_direct_was_never_fulfilled(scenario):
    """An ACTIVE task may jump straight to DONE."""
    scenario.switch(outcome="DONE_DIRECT")
    task = scenario.created()
    for _ in range(8 * 8):
        scenario.advance("3h")
        assert scenario.status(task["id"]) in ("RECEIVED", "ACTIVE", "DONE")


def test_failed_tasks_can_be_charged(scenario):
    """Whether a failed task costs money is unknown, so a switch makes it cost the whole price."""
    scenario.switch(outcome="FAILED", failedTasksCharged=True)
    scenario.created()
    scenario.advance("8d")
    assert scenario.summary() == (PRICE, 0)


def test_decision_time_is_a_switch(scenario):
    """The optimizer can be made quicker."""
    scenario.switch(decisionMinutes=0)
    assert scenario.created()["status"] == "ACTIVE"


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
def test_cancel_bands(scenario, ordered, canceled, percent):
    """The charge follows the hours left before the window, and the rest of the hold is released.

    `ordered` is in days and `canceled` in hours before the window's start.
    """
    task = scenario.created(acquisitionWindow=window(ordered, ordered + 2))
    scenario.advance(f"{round((ordered * 24 - canceled) * 3600)}s")
    answer = scenario.cancel(task["id"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "CANCELED"
    assert answer.json()["updatedAt"] == scenario.control("GET", "/clock")["now"]
    assert scenario.summary() == (PRICE * percent // 100, 0)
    scenario.advance("12d")
    assert scenario.status(task["id"]) == "CANCELED"


def test_the_last_line_of_the_table_can_refuse(scenario):
    """Ordered less than 24 h ahead, a cancel is charged in full or, by switch, refused; earlier orders go on."""
    scenario.switch(lateCancel="refused")
    late, early = (
        scenario.created(acquisitionWindow=window(0.75, 2)),
        scenario.created(acquisitionWindow=window(1.5, 3)),
    )
    scenario.advance("14h")
    assert scenario.cancel(late["id"]).status_code == 400
    assert scenario.status(late["id"]) == "ACTIVE"
    assert scenario.cancel(early["id"]).status_code == 200


@pytest.mark.parametrize("status", [400, 409, 404])
def test_wrong_state_is_a_switch(scenario, status):
    """A second cancel is refused with a status that nobody documented, and changes nothing."""
    scenario.switch(cancelWrongState=status)
    task = scenario.created()
    assert scenario.cancel(task["id"]).status_code == 200
    assert scenario.cancel(task["id"]).status_code == status
    assert scenario.status(task["id"]) == "CANCELED"


@pytest.mark.parametrize("status", ["FULFILLED", "DONE", "REJECTED", "FAILED", "PAUSED_BY_MOON"])
def test_only_received_and_active_can_be_canceled(scenario, status):
    """Every other status refuses a cancel."""
    task = scenario.created()
    scenario.control("POST", f"/iceye/tasks/{task['id']}", {"status": status})
    assert scenario.cancel(task["id"]).json()["message"] == f"could not cancel task: status is {status}"


@pytest.mark.parametrize(
    "body", [{}, {"status": "DONE"}, {"status": "CANCELLED"}, {"status": "CANCELED", "reason": "x"}, []]
)
def test_patch_takes_one_body_only(scenario, body):
    """Nothing but the one documented body cancels, and nothing else can be changed."""
    task = scenario.created()
    assert scenario.api("PATCH", f"{TASKS}/{task['id']}", body).status_code == 400
    assert scenario.status(task["id"]) == "RECEIVED"


def test_a_person_can_edit_cancel_and_delete(scenario):
    """Over the control API a task changes as by a person in the console."""
    task = scenario.created(reference="ours")
    path = f"/iceye/tasks/{task['id']}"
    edited = scenario.control("POST", path, {"reference": None, "acquisitionWindow": window(6, 8), "lookSide": "LEFT"})
    assert edited == scenario.task(task["id"])
    assert "reference" not in edited
    assert (edited["acquisitionWindow"], edited["lookSide"]) == (window(6, 8), "LEFT")
    assert scenario.control("POST", path, {"cancel": True})["status"] == "CANCELED"
    assert scenario.summary() == (0, 0)
    scenario.control("POST", path, {"delete": True})
    assert scenario.api("GET", f"{TASKS}/{task['id']}").status_code == 404
    assert (scenario.list_page(), scenario.control("GET", "/orders")) == ([], [])


def test_a_forced_status_moves_the_money(scenario):
    """FULFILLED by hand spends the hold; a later cancel by hand does not bring it back."""
    task = scenario.created()
    scenario.control("POST", f"/iceye/tasks/{task['id']}", {"status": "FULFILLED"})
    assert scenario.summary() == (PRICE, 0)
    assert scenario.task(task["id"])["fulfilledAt"] == "2026-12-01T00:00:00Z"


@pytest.mark.parametrize("edit", [{"color": "red"}, {"acquisitionWindow": {"start": "x", "end": "y"}}, []])
def test_nonsense_edits_are_refused(scenario, edit):
    """An edit that means nothing is a 400 and leaves the task alone."""
    task = scenario.created()
    answer = scenario.http.post(f"{scenario.simulator.url}/_sim/iceye/tasks/{task['id']}", json=edit)
    assert answer.status_code == 400
    assert scenario.task(task["id"]) == task
    assert scenario.http.post(f"{scenario.simulator.url}/_sim/iceye/tasks/{CONTRACT}", json={}).status_code == 404


def test_the_clock_starts_where_it_was_told(scenario):
    """The fixture's clock stands at its start, on which every window above counts."""
    assert scenario.control("GET", "/clock")["now"] == START.strftime("%Y-%m-%dT%H:%M:%SZ")
