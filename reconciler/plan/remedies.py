"""Remedies of findings, as data: what a person commits, runs, waits for or asks. `render.phrases` puts them into words.

A finding has several remedies if there is a choice; a remedy is one step, or several in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator

from reconciler.model.errors import Location
from reconciler.model.ids import AccountName, OrderKey
from reconciler.model.order import DesiredOrder
from reconciler.plan.lines import attempt_lines


class Purpose(StrEnum):
    """What a step is for. One without lines or a command says with it all that is to be done."""

    # Lines to commit
    AGREE_TO_PRICE = "agree-to-price"
    AGREE_AFTERWARDS = "agree-afterwards"
    AGREE_TO_CHARGE = "agree-to-charge"
    AGREE_UNBOUNDED = "agree-unbounded"
    AGREE_TO_OPTION = "agree-to-option"
    AGREE_UNPRICED = "agree-unpriced"
    REJECT_QUOTE = "reject-quote"
    CHANGE_POLICY = "change-policy"
    ORDER_AGAIN = "order-again"
    ORDER_AGAIN_IF_GONE = "order-again-if-gone"
    ORDER_AGAIN_LATER = "order-again-later"
    ORDER_BESIDES = "order-besides"
    ORDER_NO_OTHER = "order-no-other"
    REPLACE = "replace"
    REJECT_AND_ORDER_AGAIN = "reject-and-order-again"
    REPLACE_OTHER = "replace-other"
    RESTORE_ATTEMPT = "restore-attempt"
    BOTH_MEANT = "both-meant"
    KEEP_NAME = "keep-name"
    KEEP_OTHER_NAMES = "keep-other-names"
    FIND_NAME = "find-name"
    # Edits of manifests, in words
    ANSWER_OTHERWISE = "answer-otherwise"
    CHOOSE_OPTION = "choose-option"
    CHOOSE_OPTION_EACH = "choose-option-each"
    CORRECT_ADOPT = "correct-adopt"
    REMOVE_ADOPT = "remove-adopt"
    REMOVE_ADOPT_OR_ORDER = "remove-adopt-or-order"
    EDIT_ORDER = "edit-order"
    EDIT_AS_TOLD = "edit-as-told"
    LATER_WINDOW = "later-window"
    REMOVE_MOVED = "remove-moved"
    REMOVE_ORDER = "remove-order"
    REMOVE_OTHERS = "remove-others"
    OTHER_WINDOW = "other-window"
    OTHER_WINDOW_IF_NOT = "other-window-if-not"
    STATE_AS_BEFORE = "state-as-before"
    STATE_OBSERVED = "state-observed"
    PUT_BACK = "put-back"
    PUT_TERMS_BACK = "put-terms-back"
    POINT_ACCOUNT_BACK = "point-account-back"
    RESTORE_ACCOUNT = "restore-account"
    CANCEL_IN_GIT = "cancel-in-git"
    COMMIT_CHANGES = "commit-changes"
    FETCH_HISTORY = "fetch-history"
    RESTORE_MANIFEST = "restore-manifest"
    RESTORE_MANIFESTS = "restore-manifests"
    RESTORE_REFERENCE = "restore-reference"
    REMOVE_CANCEL = "remove-cancel"
    REMOVE_FREEZE = "remove-freeze"
    REMOVE_SUSPEND = "remove-suspend"
    STATE_TENANT = "state-tenant"
    SUSPEND_ACCOUNT = "suspend-account"
    REMOVE_ACCOUNT_SUSPEND = "remove-account-suspend"
    # Commands
    RESOLVE = "resolve"
    RESOLVE_EARLY = "resolve-early"
    RESOLVE_PAST = "resolve-past"
    RESUME = "resume"
    RESOLVE_FOUND = "resolve-found"
    RESOLVE_IF_WRONG = "resolve-if-wrong"
    RESOLVE_IF_THIS = "resolve-if-this"
    RESOLVE_IF_ONE_OF_THEM = "resolve-if-one-of-them"
    RESOLVE_OTHER = "resolve-other"
    SEND_AGAIN = "send-again"
    TAKE_OVER = "take-over"
    FORGET = "forget"
    STOP_WATCHING = "stop-watching"
    # What a later pass does
    NEXT_PASS = "next-pass"
    PROVIDER_RESPONDS = "provider-responds"
    ACCEPTED_LATER = "accepted-later"
    PLACED_LATER = "placed-later"
    PLACED_IF_ABSENT = "placed-if-absent"
    SENT_AGAIN = "sent-again"
    TRIED_AGAIN = "tried-again"
    LOOKED_FOR_AGAIN = "looked-for-again"
    SHOWS_UP = "shows-up"
    SETTLES = "settles"
    FREEZE_ENDS = "freeze-ends"
    STATUS_CHANGES = "status-changes"
    ENDS_BY_ITSELF = "ends-by-itself"
    CANCELED_IF_ABSENT = "canceled-if-absent"
    CANCELED_LATER = "canceled-later"
    QUOTE_REJECTED_LATER = "quote-rejected-later"
    # What the provider's people do
    ASK_WHETHER_IT_EXISTS = "ask-whether-it-exists"
    ASK_TO_END_IT = "ask-to-end-it"
    PUT_CREDENTIALS_BACK = "put-credentials-back"
    CANCEL_OTHERS = "cancel-others"
    CANCEL_AT_CONSOLE = "cancel-at-console"
    REJECT_OTHER_QUOTES = "reject-other-quotes"
    OFFER_AGAIN = "offer-again"
    LIFT_OBJECTION = "lift-objection"
    RAISE_FUNDS = "raise-funds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Commit these lines in the manifest at `location`; without lines, the edit that the purpose names.

    `location` is None if the manifest is gone or the edit concerns another one. `other` is another order's key.
    """

    purpose: Purpose
    location: Location | None = None
    lines: str = ""
    other: OrderKey | None = None
    kind: Literal["commit"] = "commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Run this command. Words in capitals stand for what a person fills in."""

    purpose: Purpose
    command: str
    kind: Literal["run"] = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait for a later pass; until this instant, if one is known."""

    purpose: Purpose
    until: datetime | None = None
    kind: Literal["wait"] = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask somebody who can do it: the provider, or whoever works at its console."""

    purpose: Purpose
    who: Literal["provider"] = "provider"
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Advice:
    """A remedy that an older version stored in words."""

    text: str
    kind: Literal["advice"] = "advice"


Step: TypeAlias = Annotated[Commit | Run | Wait | Ask | Advice, Discriminator("kind")]
Remedy: TypeAlias = tuple[Step, ...]
"""Steps in their order."""


def remedies_of(*ways: Step | Remedy) -> tuple[Remedy, ...]:
    """Return remedies, any of which is enough; a single step stands for a remedy of one step."""
    return tuple([way if isinstance(way, tuple) else (way,) for way in ways])


def raise_attempt(order: DesiredOrder, attempt: int, purpose: Purpose) -> Commit:
    """Return the lines that state an attempt: of one order, if its manifest has several geometries."""
    return Commit(purpose=purpose, location=order.source, lines=attempt_lines(order, attempt))


def resolve(key: OrderKey, attempt: int, how: str, purpose: Purpose = Purpose.RESOLVE, *, earlier: bool = False) -> Run:
    """Return `reconciler resolve` for one attempt; `--attempt` is needed above the first, and for `earlier` ones."""
    which = f"{key} --attempt {attempt}" if earlier or attempt > 1 else key
    return Run(purpose=purpose, command=f"reconciler resolve {which} {how}")


def adopt(
    key: OrderKey, attempt: int, purpose: Purpose = Purpose.RESOLVE, *, order_id: str = "ID", earlier: bool = False
) -> Run:
    """Return the command that binds an attempt to a provider's order."""
    return resolve(key, attempt, f"--adopt {order_id}", purpose, earlier=earlier)


def resume_account(account: AccountName | None) -> Run:
    """Return the command that ends a pause of an account, or of all."""
    which = f" --account {account}" if account is not None else ""
    return Run(purpose=Purpose.RESUME, command=f"reconciler resume{which}")


def forget(key: OrderKey, attempt: int, purpose: Purpose = Purpose.FORGET) -> Run:
    """Return the command that drops the record of an attempt."""
    return Run(purpose=purpose, command=f"reconciler forget {key} --attempt {attempt}")
