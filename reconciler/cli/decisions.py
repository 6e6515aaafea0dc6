"""What `resolve` and `forget` share: the state held, the order found."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.cli.output import progress
from reconciler.cli.passes import environment
from reconciler.cli.pausing import tell_pauses
from reconciler.cli.working_tree import git_commit
from reconciler.decide import Decision, subject
from reconciler.desired import read
from reconciler.state.store import open_store


def user() -> str:
    """Return who runs the command, as this machine knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number that has no name
        return "unknown"


@contextmanager
def deciding(
    order: str, attempt: int | None, manifests: Path, state: Path | None, *, lock_timeout: float
) -> Iterator[Decision]:
    """Hold the state for one decision about one order."""
    desired = read(manifests)
    env = environment(state, manifests)
    with open_store(env.state, lock_timeout=lock_timeout) as store, progress() as tell:
        tell_pauses(store.pauses())
        yield Decision(
            manifests=desired,
            store=store,
            env=env,
            about=subject(desired, store, order, attempt),
            commit=git_commit(manifests),
            tell=tell,
            by=user(),
        )
