"""What a pass leaves for `status`, which asks no provider, and for the next pass: since when each finding stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias

from reconciler.model.codec import Codec
from reconciler.model.ids import OrderKey, Reference
from reconciler.model.journal import FindingChanged, TermDifference
from reconciler.plan.findings import JOURNALED, NEEDS_NOBODY, WAITS_FOR_A_PERSON, Finding, FindingKind, Refusal
from reconciler.plan.inputs import PlanInput
from reconciler.plan.planner import Plan

DOCUMENT = "last pass"
"""The name that the state file keeps it under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSnapshot:
    """The findings of the last pass that wrote state, and what providers told of live orders.

    Of what needs nobody only that is kept which has a remedy: the records say of the others how they stand.
    `unjudged` are earlier findings that nothing is known of since, for their orders could not be read; `decided` are
    those that a person has decided about since.
    """

    at: datetime
    findings: tuple[Finding, ...]
    details: Mapping[Reference, Mapping[str, str]] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    unjudged: tuple[Finding, ...] = ()
    decided: tuple[Finding, ...] = ()

    @classmethod
    def from_text(cls, text: str | None) -> PassSnapshot | None:
        """Read what `to_text` wrote; None where nothing was written yet."""
        return None if text is None else _CODEC.validate_json(text)

    @property
    def standing(self) -> tuple[Finding, ...]:
        """What stands as far as is known: also what waited for a person when its order could still be read."""
        return (*self.findings, *(finding for finding in self.unjudged if finding.kind in WAITS_FOR_A_PERSON))

    def to_text(self) -> str:
        """Write it as a document for the state file."""
        return _CODEC.dump_json(self).decode()

    def without(self, key: OrderKey) -> PassSnapshot:
        """Drop the findings about an order that a person has just decided about: the next pass judges it anew."""
        about = tuple(finding for finding in (*self.unjudged, *self.findings) if finding.key == key)
        kept, unjudged = ([f for f in found if f.key != key] for found in (self.findings, self.unjudged))
        return replace(self, findings=tuple(kept), unjudged=tuple(unjudged), decided=self.decided + about)


_CODEC: Codec[PassSnapshot] = Codec(PassSnapshot)


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding that has appeared, or gone, since the last pass."""

    finding: Finding
    went: bool

    def event(self, message: str) -> FindingChanged:
        """Return what the journal keeps of it, with its message; of drift both values of each term."""
        found = self.finding
        if self.went:
            return FindingChanged(finding=found.kind, appeared=False, since=found.since)
        both = tuple(TermDifference(term=d.term, stated=d.stated, observed=d.observed) for d in found.differences)
        return FindingChanged(finding=found.kind, appeared=True, message=message, differences=both or None)


def dated(plan: Plan, last: PassSnapshot | None, inputs: PlanInput) -> Plan:
    """Say since when each finding of a plan stands, by what the last pass remembered; those that need nobody aside."""
    before = _standing(last)
    findings = tuple(
        finding if finding.kind in NEEDS_NOBODY else replace(finding, since=_since(finding, before, inputs))
        for finding in plan.findings
    )
    return replace(plan, findings=findings)


def _since(finding: Finding, before: Mapping[_Which, Finding], inputs: PlanInput) -> datetime | None:
    """An order in doubt is so since it was sent, whenever a pass first looked for it."""
    if finding.kind is FindingKind.UNRESOLVED:
        sent = [r.intent.at for r in inputs.records_of(finding.key) if r.unresolved and r.intent is not None]
        if sent:
            return min(sent)
    known = before.get((finding.key, finding.kind))
    return known.since if known is not None else inputs.now


def compared(plan: Plan, last: PassSnapshot | None) -> tuple[PassSnapshot, tuple[FindingChange, ...]]:
    """Return what is to be remembered of a plan, and which findings have appeared or gone since the last pass.

    Of an order that could not be read, nothing is concluded: what was found of it before has not gone.
    """
    before = _standing(last)
    now = {(finding.key, finding.kind): finding for finding in plan.findings}
    unread = {finding.key for finding in plan.findings if finding.kind is FindingKind.UNREAD}
    gone = {which: finding for which, finding in before.items() if which not in now}
    unknown = {which: finding for which, finding in gone.items() if finding.key in unread}
    decided = _by_which(last.decided if last is not None else ())
    unjudged = tuple(finding for which, finding in unknown.items() if which not in decided)
    still = tuple(finding for which, finding in unknown.items() if which in decided)
    turns = [FindingChange(f, went=True) for f in gone.values() if f.key not in unread]
    turns += [FindingChange(finding, went=False) for which, finding in now.items() if which not in before]
    details = last.details if last is not None else {}
    told = tuple(turn for turn in turns if turn.finding.kind in JOURNALED)
    kept = tuple(finding for finding in plan.findings if finding.kind not in NEEDS_NOBODY or finding.remedies)
    return PassSnapshot(
        at=plan.at, findings=kept, details=details, refusals=plan.refusals, unjudged=unjudged, decided=still
    ), told


_Which: TypeAlias = tuple[OrderKey, FindingKind]


def _standing(last: PassSnapshot | None) -> Mapping[_Which, Finding]:
    """Return the findings that stood when the last pass ended, by order and kind."""
    if last is None:
        return {}
    found = [f for f in (*last.decided, *last.unjudged, *last.findings) if f.kind not in NEEDS_NOBODY]
    return _by_which(replace(finding, since=finding.since or last.at) for finding in found)


def _by_which(findings: Iterable[Finding]) -> Mapping[_Which, Finding]:
    return {(finding.key, finding.kind): finding for finding in findings}


def waiting(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what waits for a person: the soonest deadline first, then what has waited longest."""
    found = [finding for finding in findings if finding.kind in WAITS_FOR_A_PERSON]
    return tuple(sorted(found, key=lambda f: (_or_last(f.deadline), _or_last(f.since), f.key, f.kind)))


def _or_last(instant: datetime | None) -> datetime:
    return instant if instant is not None else datetime.max.replace(tzinfo=UTC)
