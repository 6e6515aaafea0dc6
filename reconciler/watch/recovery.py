"""Asks an account that could not be read, beside the passes, so that nobody else waits for one that hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue

from reconciler.connect import Runtime, connected
from reconciler.model.account import Account
from reconciler.model.errors import ReconcilerError
from reconciler.model.ids import AccountName
from reconciler.watch.backoff import RetryAfter

Spawn = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCheck:
    """What came of asking: why it still cannot be read (None: it can), and how long it wants to be left alone."""

    account: AccountName
    problem: str | None
    told: float | None = None


def in_a_thread(run: Callable[[], None]) -> None:
    """Run something beside; the program does not wait for it when it ends."""
    threading.Thread(target=run, daemon=True).start()


@dataclass(slots=True, kw_only=True)
class RecoveryChecks:
    """The accounts that are being asked now. `signal` is called when one has answered, or has not for long enough."""

    env: Runtime
    signal: Callable[[], None]
    spawn: Spawn = in_a_thread
    asked: set[AccountName] = field(default_factory=set, init=False)
    _found: SimpleQueue[RecoveryCheck] = field(default_factory=SimpleQueue, init=False)

    def begin(self, account: Account) -> None:
        """Ask an account, unless it is being asked already."""
        if account.name not in self.asked:
            self.asked.add(account.name)
            self.spawn(partial(self._ask, account))

    def found(self) -> Iterator[RecoveryCheck]:
        """Yield what has come of asking since the last time; those accounts are not being asked any more."""
        while True:
            try:
                check = self._found.get_nowait()
            except Empty:
                return
            self.asked.discard(check.account)
            yield check

    def _ask(self, account: Account) -> None:
        """Read the newest orders. A bug of ours is left for the next pass to meet and to report."""
        retry_after, problem = RetryAfter(self.env.on_response), None
        try:
            with connected(
                [account], replace(self.env, on_response=retry_after.on_response), read_only=True
            ) as readers:
                reader = readers[account.name]
                problem = reader.list(since=reader.now()).problem
        except ReconcilerError as e:
            problem = str(e)
        finally:
            self._found.put(
                RecoveryCheck(account=account.name, problem=problem, told=retry_after.told.get(account.name))
            )
            self.signal()
