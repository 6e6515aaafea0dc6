"""What people do to a repository in a random history: they rename, copy, tidy up, and read a part of it.

None of it is a decision to buy or to cancel, unless it says so. Renames that are written wrongly are held until the
end, in which they are put right as the hold says.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from hypothesis import strategies as st

from reconciler.model.checkout import Checkout
from reconciler.model.errors import ManifestError
from tests.support.project import Project
from tests.sweeps.history import KEYS, NAME, NAMES, PLACES, WHOLE, History, Scenario, happening
from tests.sweeps.judge import ATTEMPTS
from tests.sweeps.watch import canonical, references

PORTS = "ports"
SOME_NAMES = st.sets(NAME, min_size=1)
PLACE = st.sampled_from(PLACES)
_NOT_OF_THE_PICTURE = frozenset({"confirm", "attempt", "cancel", "suspend", "lifecycle", "moved", "labels"})
_BY_HAND = ("DONE", "FULFILLED", "FAILED", "UNFULFILLED", "FAILED_PERMANENTLY")


class EditedHistory(History):
    """A history with everything that is done to files and names. `defaults` are those of a provider's block."""

    defaults: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.root = dict(zip(NAMES, NAMES, strict=True))
        """The name that each name's order was placed under."""
        self.heir: dict[str, str] = {}
        """Which name speaks of the orders that were placed under a name."""
        self.places: list[int] = []
        """The geometries of `ports`, in their order."""
        self.named = False
        self.ports: dict[str, Any] = {}
        self.foreign = Project(
            self.project.root.parent / "foreign",
            scenario.simulator,
            scenario.control,
            transport=self.wire,
            owner="somebody-else",
            provider=self.provider,
        )
        self.foreign.state = self.project.state
        self.foreign.checkout = Checkout(root="foreign")
        self.foreign.policy(allowEmpty=True)

    # Names

    @happening(old=NAME, new=NAME, how=st.sampled_from(["first", "first", "last", "misspelt"]), nudged=st.booleans())
    def rename_and_say_so(self, old: str, new: str, how: str, nudged: bool) -> None:
        """To a name that was never used: by the first name, or wrongly by the last one, or by a misspelt one."""
        if old not in self._written() or new in self.stated or self._was_used(new):
            return
        said = {"first": self.root[old], "last": old, "misspelt": f"{old}-s"}[how]
        self.spec[new] = {**self.spec[old], "moved": {"from": said}}
        if nudged:
            self.spec[new] |= {"target": _nudged(self._target(new))}
        self.root[new] = self.root[old]
        if said == self.root[old]:
            self.heir[said] = new
        self.stated ^= {old, new}
        self._commit()

    @happening(old=NAME, new=NAME, nudged=st.booleans(), defaults=st.booleans())
    def copy(self, old: str, new: str, nudged: bool, defaults: bool) -> None:
        """State the same picture under a second name, perhaps written otherwise."""
        if old not in self._written() or new in self.stated or self._was_used(new):
            return
        self.spec[new] = {**self.spec[old], "moved": None, "cancel": None}
        if nudged:
            self.spec[new] |= {"target": _nudged(self._target(new))}
        self.root[new] = new
        self.stated |= {new}
        self._write_defaults(new) if defaults else self._commit()

    @happening(name=NAME, other=NAME)
    def mean_both(self, name: str, other: str) -> None:
        confirm = {**(self.spec[name].get("confirm") or self.provider.spec().get("confirm") or {})}
        self._edit(name, {"confirm": {**confirm, "alsoOrdered": [other]}})

    @happening(name=NAME)
    def write_otherwise(self, name: str) -> None:
        """The ring is begun elsewhere, or a point is moved by less than anybody can see."""
        self._edit(name, {"target": _nudged(self._target(name))})

    @happening(name=NAME)
    def write_defaults(self, name: str) -> None:
        self._write_defaults(name)

    def _write_defaults(self, name: str) -> None:
        changes = {part: {**(self.spec[name].get(part) or {}), **block} for part, block in self.defaults.items()}
        self._edit(name, changes)

    def _was_used(self, name: str) -> bool:
        """Tell whether anything was ever placed under a name, or said to be."""
        known = any(record.key == name for record in self.project.records().values())
        return known or bool(self._orders(name)) or name in self.heir

    def _target(self, name: str) -> Any:
        return self.spec[name].get("target") or self.provider.spec()["target"]

    # What a single reading misses

    @happening(names=SOME_NAMES)
    def miss_files_once(self, names: set[str]) -> None:
        """Files are away while one pass reads, and back for the next one."""
        self._write(set(self._written()) - names)
        self._reconcile(self.judge)
        self._commit()
        self._reconcile(self.judge)

    @happening()
    def break_the_link(self) -> None:
        """The folder of orders is a link to nothing while a pass would read: no pass can."""
        orders = self.project.folder / "orders"
        shutil.rmtree(orders, ignore_errors=True)
        orders.symlink_to("away")
        try:
            self.project.read()
        except ManifestError:
            pass
        else:
            self.watch.wrong("a folder behind a dangling link was read as empty")
        orders.unlink()
        self._commit()

    @happening()
    def put_orders_behind_a_link(self) -> None:
        """The same files behind a link, as a ConfigMap is mounted."""
        orders, real = self.project.folder / "orders", self.project.folder / ".data"
        if not orders.is_dir():
            return
        shutil.rmtree(real, ignore_errors=True)
        shutil.move(orders, real)
        orders.symlink_to(".data")
        self._reconcile(self.judge)
        orders.unlink()
        self._commit()

    @happening(name=NAME, file=st.booleans())
    def read_a_part(self, name: str, file: bool) -> None:
        """One folder of the manifests is reconciled, or one file, instead of all."""
        if name not in self._written():
            return
        self._write([name])
        part = f"orders/{name}.yaml" if file else "orders"
        self._as(Checkout(root=f"manifests/{part}", whole=not file), lambda: self._reconcile(self.judge))
        self._commit()

    @happening()
    def reconcile_another_project(self) -> None:
        """Another project, without orders, names this state by mistake."""
        before = self.project.records()
        self.watch.begin(self.foreign.read(), self._truly_stated(), self._renamed_pictures())
        report = self.foreign.reconcile()
        if report.plan.actions:
            self.watch.wrong(f"another project did {report.plan.actions}")
        if any(record.absent != before[r].absent for r, record in self.project.records().items() if r in before):
            self.watch.wrong("another project told what is absent from this one")

    def _as(self, checkout: Checkout, act: Callable[[], None]) -> None:
        self.project.checkout = checkout
        try:
            act()
        finally:
            self.project.checkout = WHOLE

    # Several geometries

    @happening(place=PLACE, front=st.booleans())
    def add_geometry(self, place: int, front: bool) -> None:
        if place not in self.places and len(self.places) < len(PLACES):
            self._change_ports([place, *self.places] if front else [*self.places, place], named=self.named)

    @happening(place=PLACE)
    def remove_geometry(self, place: int) -> None:
        self._change_ports([each for each in self.places if each != place], named=self.named)

    @happening(told=st.booleans())
    def name_geometries_or_number_them(self, told: bool) -> None:
        """Either form; with the names that they were placed under, or without."""
        if not self.places:
            return
        self._change_ports(self.places, named=not self.named)
        if told:
            self._say_old_names()

    @happening(place=PLACE)
    def raise_one(self, place: int) -> None:
        part = self._parts().get(place)
        if part is not None:
            attempts = {**self.ports.get("attempts", {})}
            attempts[part] = min(max(attempts.get(part, 1), self.ports.get("attempt", 1)) + 1, ATTEMPTS[-1])
            self._state_ports({"attempts": attempts})

    @happening()
    def raise_all(self) -> None:
        if self.places:
            self._state_ports({"attempt": min(self.ports.get("attempt", 1) + 1, ATTEMPTS[-1])})

    @happening(place=PLACE, status=st.sampled_from(_BY_HAND))
    def end_one(self, place: int, status: str) -> None:
        """One order of several comes to its end at the provider, by a status word that it has."""
        fulfilled = status in ("DONE", "FULFILLED")
        words = {"iceye": ("FAILED", "DONE"), "up42": ("FAILED_PERMANENTLY", "FULFILLED")}
        ends = words.get(self.provider.name, ("UNFULFILLED", "FULFILLED"))
        for order in self._orders_at(place)[-1:]:
            if order["status"] in self.provider.live:
                self.project.edit(order["id"], status=ends[fulfilled])

    def _change_ports(self, places: list[int], *, named: bool) -> None:
        """State other geometries; what is stated of single ones goes with their names."""
        self.places, self.named = places, named
        parts = {str(part) for part in self._parts().values() if part is not None}
        attempts = {part: n for part, n in self.ports.get("attempts", {}).items() if part in parts}
        self._state_ports({"moved": None, "attempts": attempts or None})

    def _say_old_names(self) -> None:
        """State the names that orders of these geometries carry, if the manifest has others."""
        found, parts = self._placed(), self._parts()
        moved = {
            part: found[p][0] for p, part in parts.items() if part and found.get(p, (_key(part),))[0] != _key(part)
        }
        before = dict(self.ports)
        self._state_ports({"moved": moved or None})
        try:
            self.project.read()
        except ManifestError:  # one of the names is another geometry's own
            self.ports = before
            self._commit()

    def _placed(self) -> dict[int, tuple[str, int]]:
        """Return under which key and attempt each place was ordered; of several attempts the one that is live."""
        by_key: dict[str, tuple[int, int]] = {}
        for order in sorted(self.project.orders(), key=lambda order: order["status"] in self.provider.live):
            place = next((p for p in PLACES if canonical(self.place(p)) == canonical(_geometry_of(order))), None)
            if place is not None:
                by_key |= {key: (place, attempt) for key, attempt in self._attempts_of(order)}
        return {place: (key, attempt) for key, (place, attempt) in by_key.items()}

    def _attempts_of(self, order: Mapping[str, Any]) -> list[tuple[str, int]]:
        found = references(order)
        return [(key, a) for key in KEYS for a in ATTEMPTS if self.project.reference(key, a) in found]

    def _state_all_ports(self) -> None:
        """State every place that was ordered, by name, under the key and the attempt that its order has."""
        found = self._placed()
        self._change_ports(sorted({*self.places, *found}), named=True)
        attempts = {f"p{place}": attempt for place, (_, attempt) in found.items()}
        self._state_ports({"attempt": None, "attempts": attempts or None, "cancel": None})
        self._say_old_names()

    def _state_ports(self, change: Mapping[str, Any]) -> None:
        stated = {**self.ports, **change, "target": self._ports_target()}
        self.ports = {name: value for name, value in stated.items() if value is not None}
        self._commit()

    def _ports_target(self) -> dict[str, Any]:
        features = [{"type": "Feature", "id": f"p{p}", "geometry": self.place(p)} for p in self.places]
        return {"type": "FeatureCollection", "features": features, **({"keyBy": "id"} if self.named else {})}

    def place(self, place: int) -> dict[str, Any]:
        """Return the geometry of a place."""
        return {"type": "Point", "coordinates": [10 + place, 0.5]}

    def _parts(self) -> dict[int, str | None]:
        """Return the last part of the key of each geometry."""
        if self.named:
            return {place: f"p{place}" for place in self.places}
        alone = len(self.places) == 1
        return {place: None if alone else str(n) for n, place in enumerate(self.places, start=1)}

    def _orders_at(self, place: int) -> list[dict[str, Any]]:
        here = canonical(self.place(place))
        ours = [order for order in self.project.orders() if self._attempts_of(order)]
        return [order for order in ours if canonical(_geometry_of(order)) == here]

    # What is stated

    def _written(self) -> list[str]:
        """A name whose orders another one speaks of cannot be stated beside that one."""
        heirs = {root: heir for root, heir in self.heir.items() if heir in self.stated}
        return sorted(name for name in self.stated if heirs.get(self._origin(name), name) == name)

    def _origin(self, name: str) -> str:
        return str((self.spec[name].get("moved") or {"from": name})["from"])

    def _write(self, names: Iterable[str]) -> None:
        super()._write(sorted(names))
        if self.places:
            self.project.order(PORTS, **self.ports_spec())

    def ports_spec(self) -> dict[str, Any]:
        """Return what the manifest of several geometries states."""
        return {**self.ports, "target": self._ports_target()}

    def _truly_stated(self) -> frozenset[str]:
        own = {self.project.reference(self._origin(n), a) for n in self._written() for a in ATTEMPTS}
        keys = [self.ports.get("moved", {}).get(part) or _key(part) for part in self._parts().values()]
        return frozenset(own | {self.project.reference(key, a) for key in keys for a in ATTEMPTS})

    def _renamed_pictures(self) -> frozenset[str]:
        stated = [self._picture(name) for name in self._written()]
        gone = [name for name in NAMES if name not in self._written() and self._picture(name) in stated]
        return frozenset(self.project.reference(self._origin(n), a) for n in gone for a in ATTEMPTS)

    def _picture(self, name: str) -> object:
        spec = {**self.provider.spec(), "account": self.provider.account, "target": self._target(name)}
        spec |= {part: value for part, value in self.spec[name].items() if value is not None}
        return canonical({part: value for part, value in spec.items() if part not in _NOT_OF_THE_PICTURE})

    def teardown(self) -> None:
        """In the end every wrong `moved` is put right, as its hold says."""
        for name in NAMES:
            if self._origin(name) != name and self._origin(name) != self.root[name]:
                self.spec[name] |= {"moved": {"from": self.root[name]} if self._orders(self.root[name]) else None}
                self.heir |= {self.root[name]: name} if name in self.stated else {}
        if self._placed():
            self._state_all_ports()
        super().teardown()


def _geometry_of(order: Mapping[str, Any]) -> Any:
    """Return the GeoJSON of an order at a provider."""
    if (point := order["body"].get("pointOfInterest")) is not None:
        return {"type": "Point", "coordinates": [point["lon"], point["lat"]]}
    return order.get("geometry") or order["body"]["geometry"]


def _key(part: str | None) -> str:
    return PORTS if part in (None, "1") else f"{PORTS}/{part}"


def _nudged(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same place written otherwise."""
    if target["type"] == "Point":
        longitude, latitude = target["coordinates"]
        return {**target, "coordinates": [longitude + 1e-9, latitude]}
    ring = target["coordinates"][0][:-1]
    turned = [*ring[1:], ring[0]][::-1]
    return {**target, "coordinates": [[*turned, turned[0]]]}
