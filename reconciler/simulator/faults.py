"""Faults: what a network or a provider does wrong, asked for over the control API and kept in the data.

One request may meet several faults, but at most one of each slot: a delay, a lag, a paging fault, a mutation,
and one that replaces or breaks the answer. The oldest fault of a slot fires first, so that faults queue up.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from reconciler.simulator.store import Store


class _Fault(BaseModel):
    """Which requests a fault meets: method and path (glob or template), `skip` of them passed, then `times`.

    `times` 0 means for ever.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str = "*"
    path: str = "*"
    times: int = Field(default=1, ge=0)
    skip: int = Field(default=0, ge=0)

    def meets(self, method: str, paths: Collection[str]) -> bool:
        """Tell whether a request, known by all the names of its path, is one of this fault's."""
        return fnmatchcase(method, self.method.upper()) and any(fnmatchcase(path, self.path) for path in paths)


class Cut(_Fault):
    """The connection ends (drop: FIN, reset: RST) with no bytes, before or after the request is handled."""

    kind: Literal["drop-before", "drop-after", "reset-before", "reset-after"]


class Status(_Fault):
    """Any status; without a body the provider's own error body; `commit` handles the request all the same."""

    kind: Literal["status"]
    status: int = Field(ge=200, le=599)
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)
    contentType: str | None = None
    commit: bool = False


class Delay(_Fault):
    """A wait of real seconds before or after the request is handled and committed."""

    kind: Literal["delay"]
    seconds: float = Field(ge=0)
    when: Literal["before", "after"] = "before"


class Garble(_Fault):
    """The answer is committed but cut in half, no JSON, or empty."""

    kind: Literal["truncate", "malformed", "empty"]


class Huge(_Fault):
    """The answer is committed, then replaced by a JSON string of `size` bytes, streamed."""

    kind: Literal["huge"]
    size: int = Field(default=64 * 1024 * 1024, ge=2)


class ContentType(_Fault):
    """The right body under another content type."""

    kind: Literal["wrong-content-type"]
    contentType: str = "text/plain"


class Html(_Fault):
    """A proxy's page instead of the committed answer; its status is kept where none is given."""

    kind: Literal["html"]
    status: int | None = Field(default=None, ge=200, le=599)


class Lag(_Fault):
    """An order created by the request stays invisible for simulated seconds, in lists or in all reads.

    Name the path of the create: token and feasibility requests are POSTs as well.
    """

    kind: Literal["lag"]
    method: str = "POST"
    seconds: float = Field(ge=0)
    where: Literal["list", "both"] = "both"


class Paging(_Fault):
    """A list goes wrong: the same page and cursor again, fresh cursors for ever, or pages of `items` only."""

    kind: Literal["repeat-page", "endless", "short-page"]
    method: str = "GET"
    items: int = Field(default=1, ge=0)


class Mutate(_Fault):
    """A JSON merge patch on a successful answer's body, or on `each` item of its list."""

    kind: Literal["mutate"]
    patch: dict[str, Any]
    each: bool = False


Ending: TypeAlias = Cut | Status | Garble | Huge | ContentType | Html
Fault: TypeAlias = Annotated[Ending | Delay | Lag | Paging | Mutate, Field(discriminator="kind")]

_FAULT: TypeAdapter[Fault] = TypeAdapter(Fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """The faults that one request meets."""

    ending: Ending | None = None
    delay: Delay | None = None
    lag: Lag | None = None
    paging: Paging | None = None
    mutate: Mutate | None = None


def add(store: Store, wanted: object) -> dict[str, Any]:
    """Keep a fault from its JSON form and return it with its id; raise ValueError where it is malformed."""
    fault = _FAULT.validate_python(wanted)
    spec = json.dumps(fault.model_dump(mode="json"))
    fault_id = store.run("INSERT INTO faults (spec, passed, fired) VALUES (?, 0, 0)", spec).lastrowid
    return {"id": fault_id, **json.loads(spec), "passed": 0, "fired": 0}


def every(store: Store) -> list[dict[str, Any]]:
    """Return all faults, used up or not, with how often each was passed and fired."""
    rows = store.run("SELECT * FROM faults ORDER BY id")
    return [
        {"id": row["id"], **json.loads(row["spec"]), "passed": row["passed"], "fired": row["fired"]} for row in rows
    ]


def clear(store: Store, fault_id: int | None = None) -> None:
    """Delete one fault, or all."""
    if fault_id is None:
        store.run("DELETE FROM faults")
    else:
        store.run("DELETE FROM faults WHERE id = ?", fault_id)


def take(store: Store, method: str, paths: Collection[str]) -> Fired:
    """Find the faults that a request meets, and count them as fired (or as passed, while `skip` lasts)."""
    fired = Fired()
    for row in store.run("SELECT * FROM faults ORDER BY id").fetchall():
        fault = _FAULT.validate_json(row["spec"])
        used_up = fault.times and row["fired"] >= fault.times
        if used_up or not fault.meets(method, paths):
            continue
        if row["passed"] < fault.skip:
            store.run("UPDATE faults SET passed = passed + 1 WHERE id = ?", row["id"])
            continue
        after = _with(fired, fault)
        if after is not fired:
            store.run("UPDATE faults SET fired = fired + 1 WHERE id = ?", row["id"])
            fired = after
    return fired


def _with(fired: Fired, fault: Fault) -> Fired:
    """Return `fired` with a fault in its slot, or the same object where the slot is taken."""
    match fault:
        case Delay():
            return fired if fired.delay else replace(fired, delay=fault)
        case Lag():
            return fired if fired.lag else replace(fired, lag=fault)
        case Paging():
            return fired if fired.paging else replace(fired, paging=fault)
        case Mutate():
            return fired if fired.mutate else replace(fired, mutate=fault)
        case Cut() | Status() | Garble() | Huge() | ContentType() | Html():
            return fired if fired.ending else replace(fired, ending=fault)
