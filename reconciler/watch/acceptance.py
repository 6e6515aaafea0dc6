"""Which manifests are in force: the newest valid ones, and what may be sent for them while newer ones are invalid."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.manifest import InvalidManifests, Stated
from reconciler.manifest.files import Content
from reconciler.model.checkout import Checkout
from reconciler.model.errors import ManifestError, ReconcilerError
from reconciler.model.ids import OrderKey, bare
from reconciler.model.order import DesiredOrder, Manifests, unplaced
from reconciler.watch.commit_tree import Tree
from reconciler.watch.source import Snapshot, Source

STILL_SECONDS = 0.3
"""How long files must be unchanged before they are read: what is being written is not meant yet."""
FALL_BACK_SECONDS = 10.0
"""How long one look at the source may try earlier manifests."""
_LOOKS = 20


@dataclass(slots=True, kw_only=True)
class Acceptance:
    """Reads manifests when they change, and keeps the last valid ones in force.

    `read` reads an open tree; `tell` is called with what a person should know at once; `broken` with an exception that
    no source and no reader raises on purpose.
    """

    source: Source
    read: Callable[[Tree], Manifests]
    sleep: Callable[[float], None]
    tell: Callable[[str], None]
    broken: Callable[[Exception], None]
    monotonic: Callable[[], float] = time.monotonic
    progress: Callable[[], None] = lambda: None
    desired: Manifests | None = field(default=None, init=False)
    invalid: str | None = field(default=None, init=False)
    """Why the newest manifests are not those in force; None if they are."""
    commit_in_force: str | None = field(default=None, init=False)
    """The commit that the last pass was made from."""
    _taken: Snapshot | None = field(default=None, init=False)
    _refused: str | None = field(default=None, init=False)
    _stated: Stated = field(default_factory=Stated, init=False)
    _earlier: Iterator[Snapshot] | None = field(default=None, init=False)

    def checkout(self) -> Checkout | None:
        """Ask where the manifests in force are from; None if that is not known."""
        found = self.source.checkout(self._taken) if self._taken is not None else None
        self.commit_in_force = found.commit if found is not None else None
        return found

    def update(self) -> bool:
        """Read the manifests if they have changed; returns whether others are in force, or may be acted on again."""
        try:
            return self._update()
        except (ReconcilerError, OSError) as e:
            self._keep(str(e), None)
        except Exception as e:  # its text may hold anything, also what is secret
            problem = f"internal error: {type(e).__name__}"
            if problem != self.invalid:
                self.broken(e)
            self._keep(problem, None)
        return False

    def changed(self) -> bool:
        """Tell whether the source states something else than what was judged last; also if it cannot be read.

        Other files beside the manifests may change.
        """
        known = {self._taken.fingerprint if self._taken is not None else None, self._refused}
        try:
            found = self.source.look()
            if found is None:
                return self._taken is not None
            if found.fingerprint in known:
                return False
            return self.invalid is not None or self._load(found) != self.desired
        except Exception:  # whatever it is: nothing is sent, and the next look reports it
            return True

    def followed_only(self, recorded: Collection[OrderKey]) -> Mapping[OrderKey, str]:
        """Return the orders for which nothing may be sent now, and why.

        While the newest manifests are invalid, an order may only be sent if they state it, its account and the project
        as those in force do; all others, and `recorded` ones that no manifest declares, are only followed.
        """
        if self.invalid is None or self.desired is None:
            return {}
        why = f"only followed until the newest manifests are valid: {self.invalid.splitlines()[0]}"
        unchanged = _unchanged(self.desired, self._stated)
        return dict.fromkeys(({o.key for o in self.desired.orders} | set(recorded)) - unchanged, why)

    def _update(self) -> bool:
        for _ in range(_LOOKS):
            found = self.source.look()
            if found is None:
                return False
            if self._taken is not None and found.fingerprint == self._taken.fingerprint:
                return self._valid()
            if found.fingerprint == self._refused:
                return self._fall_back(found)
            if found.immutable or self._unchanged_for_a_moment(found):
                return self._take(found)
        return False

    def _unchanged_for_a_moment(self, found: Snapshot) -> bool:
        self.sleep(STILL_SECONDS)
        return self._still(found)

    def _still(self, found: Snapshot) -> bool:
        now = self.source.look()
        return now is not None and now.fingerprint == found.fingerprint

    def _take(self, found: Snapshot) -> bool:
        try:
            desired = self._load(found)
        except ManifestError as e:
            if found.immutable or self._still(found):
                self._stated = e.stated if isinstance(e, InvalidManifests) else Stated()
                self._keep(str(e), found.fingerprint)
                self._earlier = None
                return self._fall_back(found)
            return False
        if not found.immutable and not self._still(found):
            return self._update()
        self.desired, self._taken = desired, found
        self.source.in_force(found)
        self._valid()
        return True

    def _load(self, found: Snapshot) -> Manifests:
        with self.source.open(found) as tree:
            return self.read(replace(tree, content=self._alive(tree.content)))

    def _alive(self, content: Content) -> Content:
        """Show with every file that is read that the loop is alive: a large commit takes long."""

        def read(path: str, limit: int) -> bytes:
            self.progress()
            return content(path, limit)

        return read

    def _fall_back(self, newest: Snapshot) -> bool:
        """Put the last valid manifests before the newest in force, as they were before a restart.

        Each call tries for a while, and the next one goes on: between them the loop shows that it is alive.
        """
        if self.desired is not None:
            return False
        if self._earlier is None:
            self._earlier = self.source.earlier(newest)
        until = self.monotonic() + FALL_BACK_SECONDS
        for earlier in self._earlier:
            try:
                self.desired, self._taken = self._load(earlier), earlier
            except ManifestError:
                if self.monotonic() >= until:
                    return False
                continue
            self.tell(
                f"the manifests of {earlier.fingerprint[:12]} are in force: "
                f"the last valid ones before {newest.fingerprint[:12]}"
            )
            return True
        return False

    def _valid(self) -> bool:
        """Book that the newest manifests are in force; returns whether they were not until now."""
        again = self.invalid is not None
        if again:
            self.tell(f"the manifests {'are valid' if self._refused is not None else 'can be read'} again")
        self.invalid = self._refused = None
        self._stated = Stated()
        return again

    def _keep(self, problem: str, fingerprint: str | None) -> None:
        """Keep the last valid manifests in force, and report that once for each problem."""
        if fingerprint is None:
            self._stated = Stated()
        if problem != self.invalid:
            kept = "the last valid ones stay in force" if self.desired is not None else "there are none to fall back to"
            why = "are not accepted" if fingerprint is not None else "cannot be read"
            self.tell(f"the manifests {why}, {kept}:\n{problem}")
        self.invalid, self._refused = problem, fingerprint


def _unchanged(in_force: Manifests, stated: Stated) -> frozenset[OrderKey]:
    """Return the orders that two sets of manifests state alike, with their accounts and the project."""
    if [unplaced(each) for each in stated.projects] != [unplaced(in_force.project)]:
        return frozenset()
    accounts = {account.name: unplaced(account) for account in stated.accounts}
    same = {account.name for account in in_force.accounts if accounts.get(account.name) == unplaced(account)}
    newest, before = _by_name(stated.orders), _by_name(in_force.orders)
    kept = {name for name, orders in before.items() if newest.get(name) == orders and orders[0].account in same}
    return frozenset(order.key for order in in_force.orders if bare(order.key) in kept)


def _by_name(orders: Iterable[DesiredOrder]) -> dict[str, list[DesiredOrder]]:
    """Return the orders of each document: several if its target has several geometries."""
    found: dict[str, list[DesiredOrder]] = {}
    for order in orders:
        found.setdefault(bare(order.key), []).append(unplaced(order))
    return found
