"""What `plan`, `reconcile` and `status --refresh` share: a pass with its runtime, and signals heard."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

from reconciler.cli.collector import collector_paused
from reconciler.cli.options import state_path
from reconciler.cli.output import notice, progress
from reconciler.cli.working_tree import checkout_of
from reconciler.connect import Runtime
from reconciler.desired import cache_beside, read
from reconciler.model.order import Manifests
from reconciler.reconcile import Approval, Mode, Pass, Report


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
    """Read the manifests and run one pass over them, of an approved plan or of whatever is due."""
    stop = threading.Event()
    with collector_paused():
        desired = read(manifests, cache=_cache(state, manifests))
        env, checkout = environment(state, manifests), checkout_of(manifests)
        with listening(stop), progress() as tell:
            one = Pass(
                manifests=desired,
                env=env,
                mode=mode,
                reread=lambda: read(manifests),
                commit=checkout.commit if mode is Mode.RECONCILE or expiry is not None else None,
                checkout=checkout,
                lock_timeout=lock_timeout,
                stop=stop,
                tell=tell,
                approval=approval,
                expiry=expiry,
            )
            return desired, one.run()


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
