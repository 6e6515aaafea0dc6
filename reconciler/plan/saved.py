"""A plan that people approve: written down, compared with what would be done by now, and carried out at most once.

The fingerprint speaks of what will be done, of what Git stated, and of the orders that it concerns; not of where in a
file a line stands, nor of anything that a pass without actions changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from reconciler.model.codec import Codec
from reconciler.model.errors import ConfigError, StalePlan
from reconciler.model.ids import Reference
from reconciler.model.order import Manifests, unplaced
from reconciler.model.record import Record
from reconciler.model.terms import digest
from reconciler.plan.actions import Action, Place
from reconciler.plan.inputs import PlanInput
from reconciler.plan.planner import Plan

FORMAT = 4
"""Raised with every change after which an older program must not carry a plan out, nor a newer one an old plan."""
EXPIRY = timedelta(hours=24)
_PASSING = ("location", "until", "status", "warnings")
"""What may differ between two plans that do the same: where a line stands, how an order stands meanwhile."""
CHANGED = "the manifests were changed"
_MODIFIED = "the plan file was modified after it was written (fingerprint mismatch)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A plan with what it was made from. `basis` tells for each order concerned how the state and its provider held it.

    `expires_at` is on the providers' clock. `seal` is a digest of it and of the plan: edits of the file are noticed.
    """

    format: int
    fingerprint: str
    stated: str
    basis: Mapping[Reference, str]
    expires_at: datetime
    seal: str
    commit: str | None
    plan: Plan

    def to_text(self) -> str:
        """Write it as JSON."""
        return _CODEC.dump_json(self, indent=2).decode() + "\n"


_CODEC: Codec[Saved] = Codec(Saved)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a saved plan."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_CODEC.json_schema()}


def saved_plan(
    plan: Plan, inputs: PlanInput, manifests: Manifests, *, expiry: timedelta = EXPIRY, commit: str | None = None
) -> Saved:
    """Return a plan as it is written down; it expires by the providers' clock."""
    stated = stated_in(manifests)
    basis = {action.reference: _basis(action, inputs) for action in plan.actions}
    content = json.dumps([FORMAT, stated, basis, [_action_fields(action) for action in plan.actions]], sort_keys=True)
    fingerprint = hashlib.sha256(content.encode()).hexdigest()[:16]
    return Saved(
        format=FORMAT,
        fingerprint=fingerprint,
        stated=stated,
        basis=basis,
        expires_at=plan.at + expiry,
        seal=_seal(fingerprint, plan.at + expiry, plan),
        commit=commit,
        plan=plan,
    )


def _seal(fingerprint: str, expires_at: datetime, plan: Plan) -> str:
    content = json.dumps([fingerprint, expires_at.isoformat(), plan.at.isoformat(), plan.id])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def read_saved(text: str, name: str) -> Saved:
    """Read what `to_text` wrote; raises `ConfigError` for anything else, `StalePlan` for another format."""
    try:
        document = json.loads(text)
    except ValueError as e:
        raise ConfigError(f"{name} is no saved plan: it is no JSON") from e
    found = document.get("format") if isinstance(document, dict) else None
    if isinstance(found, int) and not isinstance(found, bool) and found != FORMAT:
        raise StalePlan(f"{name} has format {found}, and this version applies format {FORMAT}: plan again")
    try:
        return _CODEC.validate_json(text)
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise ConfigError(f"{name} is no saved plan: {where}: {first['msg']}") from e


def stale(saved: Saved, fresh: Saved) -> tuple[str, ...]:
    """Return why a saved plan no longer matches what would be done now; empty if it matches."""
    if saved.seal != _seal(saved.fingerprint, saved.expires_at, saved.plan):
        return (_MODIFIED,)
    if fresh.plan.at >= saved.expires_at:
        return (f"it has expired at {saved.expires_at:%Y-%m-%dT%H:%M:%SZ}",)
    if fresh.fingerprint == saved.fingerprint:
        return ()
    causes = tuple(_causes(saved, fresh))
    return causes or (_MODIFIED,)


def _causes(saved: Saved, fresh: Saved) -> Iterator[str]:
    if saved.stated != fresh.stated:
        yield CHANGED
    before = {(a.kind, a.reference): a for a in saved.plan.actions}
    now = {(a.kind, a.reference): a for a in fresh.plan.actions}
    for each, old in before.items():
        if each in now:
            yield from _between(old, now[each], saved.basis, fresh.basis)
        else:
            yield f"{old.key}: to {old.kind} it is not due any more"
    for each, new in now.items():
        if each not in before:
            yield f"{new.key}: to {new.kind} it is due now, and was not"


def _between(old: Action, new: Action, before: Mapping[Reference, str], now: Mapping[Reference, str]) -> Iterator[str]:
    was, is_ = getattr(old, "commits", None), getattr(new, "commits", None)
    if was != is_:
        yield f"{new.key}: commits {is_ or 'nothing'} now, and {was or 'nothing'} in the plan"
    elif _action_fields(old) != _action_fields(new):
        yield f"{new.key}: what is to be done about it was changed ({_explained(old, new)})"
    elif before.get(old.reference) != now.get(new.reference):
        yield f"{new.key}: the state file, or its provider, holds it otherwise than when the plan was made"


def _explained(old: Action, new: Action) -> str:
    """Name what differs between two actions, with both values."""
    from deepdiff import DeepDiff  # slow to import, and needed for a stale plan alone

    found = DeepDiff(_action_fields(old), _action_fields(new), view="tree")
    changes = [
        f"{'.'.join(map(str, each.path(output_format='list')))}: {_value(each.t1)} -> {_value(each.t2)}"
        for kind in found.values()
        for each in kind
    ]
    return ", ".join(sorted(changes))


def _value(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | dict | list) else "nothing"


def _action_fields(action: Action) -> dict[str, object]:
    fields: dict[str, object] = json.loads(TypeAdapter(type(action)).dump_json(action))
    return {name: value for name, value in fields.items() if name not in _PASSING}


def _basis(action: Action, inputs: PlanInput) -> str:
    record = inputs.records.get(action.reference)
    observed = inputs.observed(record) if record is not None else None
    terms = observed.terms if observed is not None and not isinstance(action, Place) else {}
    held = json.dumps([_held(record), digest(terms)])
    return hashlib.sha256(held.encode()).hexdigest()[:16]


def _held(record: Record | None) -> list[str | None]:
    """What a record decides about its order; how often it was looked for, or last seen, is none of it."""
    if record is None:
        return []
    sent = record.intent.plan_id if record.intent is not None else None
    kind = record.outcome.kind if record.outcome is not None else None
    return [record.order_id, record.account, sent, kind, str(record.declined) if record.declined is not None else None]


def stated_in(manifests: Manifests) -> str:
    """Digest what the manifests state, wherever in the files it is stated."""
    accounts = sorted(map(unplaced, manifests.accounts), key=lambda a: a.name)
    orders = sorted(map(unplaced, manifests.orders), key=lambda o: o.key)
    hashed = hashlib.sha256(to_json(unplaced(manifests.project)))
    for each in (*accounts, *orders):
        hashed.update(to_json(each, exclude={"places"}))
    return hashed.hexdigest()[:16]
