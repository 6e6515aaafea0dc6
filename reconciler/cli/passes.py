"""What `plan`, `reconcile` and `status --refresh` share: a pass with its runtime, and signals heard."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import FrameType

from reconciler.cli.collector import collector_paused
from reconciler.cli.options import state_path
from reconciler.cli.output import notice, progress
from reconciler.cli.pausing import tell_pauses
from reconciler.cli.working_tree import checkout_of
from reconciler.connect import Runtime
from reconciler.desired import cache_beside, read
from reconciler.model.errors import ReconcilerError
from reconciler.model.order import Manifests
from reconciler.observe import Tell
from reconciler.plan.actions import Result
from reconciler.reconcile import Approval, Mode, Pass, Report
from reconciler.watch.source import fingerprint_of

MOST_PLANS = 5
"""How often what is left is planned anew in one run, if manifests or prices change in the middle of it."""


def environment(state: Path | None, manifests: Path) -> Runtime:
    """Return the real runtime."""
    return Runtime(state=state_path(state, manifests), variables=os.environ, manifests=manifests)


def run_pass(
    manifests: Path,
    state: Path | None,
    mode: Mode,
    *,
    lock_timeout: float = 0.0,
    approval: Approval | None = None,
    expiry: timedelta | None = None,
) -> tuple[Manifests, Report]:
    """Read the manifests and run one pass over them, of an approved plan or of whatever is due.

    What is left when manifests, prices or the provider's orders change in the middle is planned anew, a few times.
    """
    stop = threading.Event()

    def planned(tell: Tell) -> tuple[Manifests, Report]:
        files = _Files(manifests)
        desired = read(manifests, cache=_cache(state, manifests))
        env, checkout = environment(state, manifests), checkout_of(manifests)
        one = Pass(
            manifests=desired,
            env=env,
            mode=mode,
            reread=files.read,
            commit=checkout.commit if mode is Mode.RECONCILE or expiry is not None else None,
            checkout=checkout,
            lock_timeout=lock_timeout,
            stop=stop,
            tell=tell,
            approval=approval,
            expiry=expiry,
            changed=files.changed,
        )
        return desired, one.run()

    with collector_paused(), listening(stop), progress() as tell:
        desired, report = planned(tell)
        done: tuple[Result, ...] = ()
        for _ in range(MOST_PLANS - 1):
            if not report.again or report.approved or stop.is_set():
                break
            tell("something has changed meanwhile: planning what is left anew")
            try:
                later = planned(tell)
            except ReconcilerError as e:  # what was done before must still be told
                notice(f"what is left could not be planned anew: {e}")
                break
            done = (*done, *(result for result in report.results if not result.again))
            desired, report = later
        tell_pauses(report.inputs.pauses if report.inputs is not None else ())
        return desired, replace(report, results=(*done, *report.results))


@dataclass(slots=True)
class _Files:
    """The files that are carried out: read without the cache, and compared with what was read before each call."""

    manifests: Path
    known: tuple[str, Manifests] | None = None

    def read(self) -> Manifests:
        """Read them, and note how they are."""
        fingerprint = fingerprint_of(self.manifests)
        found = read(self.manifests)
        self.known = fingerprint, found
        return found

    def changed(self) -> bool:
        """Tell whether they state something else than what was read; other files beside them may change."""
        if self.known is None or self.known[0] == fingerprint_of(self.manifests):
            return False
        before = self.known[1]
        try:
            return self.read() != before
        except (ReconcilerError, OSError):
            return True


def _cache(state: Path | None, manifests: Path) -> Path | None:
    """Where there is no folder, its reader says so better than the search for its state."""
    return cache_beside(state_path(state, manifests)) if manifests.exists() else None


@contextmanager
def listening(stop: threading.Event) -> Iterator[None]:
    """First signal: start nothing new. Second: leave at once, what is on its way booked as unknown."""

    def hear(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        notice(
            f"{signal.Signals(number).name}: starting nothing new, waiting for calls on their way (again to leave now)"
        )

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
