"""What is counted, read back as Prometheus reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reconciler import __version__
from reconciler.state.lock import writer_lock
from reconciler.watch.figures import Figures
from reconciler.watch.pass_result import HANGUP
from tests.support.project import ACCOUNT, eur, window
from tests.watch.watched import Watched, ticks

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def scraped(figures: Figures) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and the values of its labels."""
    families = text_string_to_metric_families(figures.text().decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


@pytest.fixture
def figures(watched: Watched) -> Figures:
    """Figures that book what the loop makes and hear what providers answer."""
    return Figures(lambda: NOW)


def play(watched: Watched, figures: Figures, *steps: object) -> dict[tuple[str, ...], float]:
    """Run the loop through a script and scrape."""
    env = replace(watched.project.environment(), on_response=figures.on_response)
    for result in watched.play(*steps, env=env):
        figures.book(result)
    assert figures.disk(watched.project.state)
    return scraped(figures)


def test_a_pass_is_counted_with_what_it_did(watched: Watched, figures: Figures) -> None:
    """One order placed, what it bound, what the policy allows, what was asked, the commit in force."""
    watched.project.policy(perMonth=[eur("2000.00")])
    found = play(watched, figures, HANGUP)
    assert found["reconciler_passes_total", "done"] == 2
    assert found["reconciler_pass_duration_seconds_count",] == 2
    assert found["reconciler_last_pass_timestamp_seconds",] == NOW.timestamp()
    assert found["reconciler_creations_total", "done"] == 1
    assert found["reconciler_spending_calls_total", ACCOUNT, "place", "done"] == 1
    assert found["reconciler_next_pass_timestamp_seconds",] == NOW.timestamp() + watched.results[-1].next_in
    assert found["reconciler_orders", ACCOUNT, "placed"] == 1
    assert found["reconciler_findings", "in sync"] == 1
    assert (found["reconciler_spend_committed", "EUR"], found["reconciler_spend_ceiling", "EUR"]) == (1300.0, 2000.0)
    assert found["reconciler_provider_requests_total", ACCOUNT, "2xx"] >= 2
    assert found["reconciler_git_commit_info", "abc"] == 1
    assert found["reconciler_build_info", __version__] == 1
    assert found["reconciler_state_bytes",] > 0
    assert found["reconciler_state_fsync_seconds",] > 0
    assert not watched.project.state.with_name("state.db.probe").exists()


def test_a_doubt_is_measured(watched: Watched, figures: Figures) -> None:
    """How many orders may exist, and for how long the oldest has been in doubt, by the provider's clock."""
    watched.project.fault("drop-before")
    found = play(watched, figures, lambda: watched.project.advance("7m"), HANGUP)
    assert found["reconciler_creations_total", "unknown"] == 1
    assert found["reconciler_passes_total", "failed"] == 1
    assert found["reconciler_unresolved_orders",] == 1
    assert found["reconciler_oldest_unresolved_seconds",] == pytest.approx(420, abs=3)
    assert found["reconciler_findings", "unresolved"] == 1


def test_trouble_with_a_provider_is_measured(watched: Watched, figures: Figures) -> None:
    """Who asks to come back later, and who is left alone; what has passed is taken back."""
    watched.project.fault("status", method="GET", status=429, times=3)
    first = play(watched, figures)
    assert first["reconciler_provider_rate_limited_total", ACCOUNT] == 3
    assert first["reconciler_account_resting", ACCOUNT] == 1
    second = play(watched, figures, *ticks(1))
    assert second["reconciler_account_resting", ACCOUNT] == 0


def test_a_placing_call_that_is_told_to_wait_is_counted(watched: Watched, figures: Figures) -> None:
    """As refused, and as rate limited; nothing was placed."""
    watched.project.fault("status", method="POST", status=429)
    found = play(watched, figures)
    assert found["reconciler_spending_calls_total", ACCOUNT, "place", "refused"] == 1
    assert found["reconciler_provider_rate_limited_total", ACCOUNT] == 1
    assert found["reconciler_creations_total", "done"] == 0


def test_reads_without_an_answer_are_counted(watched: Watched, figures: Figures) -> None:
    """Each try of them."""
    watched.project.fault("drop-before", method="GET", times=3)
    assert play(watched, figures)["reconciler_provider_requests_total", ACCOUNT, "none"] == 3


def test_names_are_as_prometheus_wants_them(watched: Watched, figures: Figures) -> None:
    """Counters and they alone end in `_total`, everything is explained, and no sample says when a counter was made."""
    play(watched, figures, HANGUP)
    families = list(text_string_to_metric_families(figures.text().decode()))
    ours = [family for family in families if family.name.startswith("reconciler_")]
    assert len(ours) > 20
    assert [f.name for f in ours if not f.documentation or f.type == "unknown"] == []
    totals = {s.name for f in ours for s in f.samples if s.name.endswith("_total")}
    assert totals == {s.name for f in ours if f.type == "counter" for s in f.samples}
    assert [s.name for f in families for s in f.samples if s.name.endswith("_created")] == []


def test_a_pass_is_due_from_the_start_and_until_it_is_made(watched: Watched, figures: Figures) -> None:
    """One that another run keeps from being made stays due: an alert then sees that it is late."""
    before = scraped(figures)
    assert before["reconciler_next_pass_timestamp_seconds",] == NOW.timestamp()
    assert before["process_resident_memory_bytes",] > 0
    with writer_lock(watched.project.state):
        found = play(watched, figures)
    assert found["reconciler_passes_total", "locked"] == 1
    assert found["reconciler_next_pass_timestamp_seconds",] == NOW.timestamp()


def test_nothing_may_be_due(watched: Watched, figures: Figures) -> None:
    """Where every order has ended, for example."""
    (result,) = watched.play()
    figures.book(replace(result, next_in=None))
    assert scraped(figures)["reconciler_next_pass_timestamp_seconds",] == float("inf")


def test_labels_do_not_grow_with_orders(watched: Watched, figures: Figures) -> None:
    """Ten orders have as many samples as one."""
    before = len(play(watched, figures))
    for number in range(9):
        watched.project.order(f"more-{number}", window=window(9 + number, 11 + number))
    assert len(play(watched, figures, HANGUP)) == before


def test_a_disk_that_cannot_be_written_to_is_noticed(watched: Watched, figures: Figures) -> None:
    """The state's folder is a file."""
    (watched.project.root / "file").touch()
    assert not figures.disk(watched.project.root / "file" / "state.db")
