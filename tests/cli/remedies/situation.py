"""What a situation is: how a finding comes about, and every remedy that is printed for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from reconciler.plan.findings import FindingKind
from reconciler.plan.remedies import Purpose
from tests.support.provider import ICEYE, Provider

from .folder import Folder

Act: TypeAlias = Callable[[Folder], object]
Purposes: TypeAlias = tuple[Purpose, ...]


def nobody(_project: Folder) -> None:
    """Let nothing be done: the answer to a question was no, or time passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One remedy of a situation, by the purposes of its steps, and what follows from it besides the finding's end.

    Of several with the same purposes it is the one whose command or lines hold what `says` says. `acts` do what the
    words of a purpose ask for; `fill` says what is typed for the words in capitals; `choice` is which one of several is
    committed. `orders`, `ends` and `accepts` are how many orders the program places and ends, and how
    many quotes it accepts. `leaves` names findings that wait
    for a person afterwards, each with the reason; `twice` is the reason why one picture is ordered twice then. The
    clock moves by `pace` before each pass.
    """

    purposes: Purposes
    says: str = ""
    acts: Mapping[Purpose, Act] = field(default_factory=dict)
    fill: Callable[[Folder], Mapping[str, str]] = lambda _: {}
    choice: int = 0
    orders: int = 0
    ends: int = 0
    accepts: int = 0
    leaves: Mapping[tuple[str, FindingKind], str] = field(default_factory=dict)
    twice: str | None = None
    pace: str | None = None


def way(*purposes: Purpose, act: Act | None = None, **more: Any) -> Way:
    """Return a way; `act` is what its first purpose asks for."""
    acts = {**({purposes[0]: act} if act is not None else {}), **more.pop("acts", {})}
    return Way(purposes=purposes, acts=acts, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How a finding comes about, and every remedy that is printed for it. `kind` is None if the plan is refused.

    `untrue` are remedies that no truthful person follows here; another situation of the same cause has them. `shown_by`
    is the command that prints the finding.
    """

    comes: Act
    cause: type
    ways: tuple[Way, ...] = ()
    kind: FindingKind | None = FindingKind.HELD
    key: str = "alice"
    provider: Provider = ICEYE
    untrue: tuple[Purposes, ...] = ()
    shown_by: str = "plan"

    @property
    def cause_kind(self) -> str:
        """Return the word for its cause in JSON."""
        return kind_of(self.cause)


def kind_of(cause: type) -> str:
    """Return the word for a cause in JSON."""
    return next(str(each.default) for each in fields(cause) if each.name == "kind")
