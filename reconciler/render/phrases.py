"""Findings in words, for every format: why each was made, what ends it, since when it is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import assert_never

from reconciler.model.errors import Location
from reconciler.model.ids import part_of
from reconciler.model.money import Money, amounts_text
from reconciler.model.pause import Pause
from reconciler.model.time import duration_text, seconds_text
from reconciler.plan import causes as c
from reconciler.plan.findings import Choice, Finding, Refusal
from reconciler.plan.remedies import Advice, Ask, Commit, Purpose, Remedy, Run, Step, Wait


def when(finding: Finding, at: datetime | None) -> str:
    """Say since when a finding stands, if it was not found first just then, and until when deciding helps."""
    first = finding.since if finding.since != at else None
    since = [f"since {seconds_text(first)}"] if first is not None else []
    late = [f"decide by {seconds_text(finding.deadline)}"] if finding.deadline is not None else []
    return "; ".join((*since, *late))


def message(found: Finding | Refusal) -> str:
    """Say why a finding was made, or a plan refused."""
    match found.cause:
        case c.InSync() as in_sync:
            said = *_decisions(in_sync), *_explained(found), *in_sync.remarks, *_unraised(in_sync)
            return "; ".join((str(in_sync.phase), *said))
        case c.UnknownStatus() | c.Ended() | c.CanceledUnplaced() | c.Stopped() | c.EarlierAttemptLives() as cause:
            return _standing(cause)
        case c.OpensLater() | c.WindowClosed() | c.JustPlaced() | c.CancelAsked() as cause:
            return _timing(cause)
        case c.RemovedJustNow() | c.Orphaned() as cause:
            return _missing(cause)
        case c.Drifted() | c.QuoteOverpaid() | c.UnknownToProvider() | c.NotListed() as cause:
            return _differing(cause)
        case c.NoClearAnswer() | c.MayExist() | c.RefusedBefore() | c.ChangeRefused() as cause:
            return _doubtful(cause, found)
        case c.Emptied() | c.TooMany() | c.OverBudget() as cause:
            return _refusing(cause)
        case c.Paused(text) | c.Reported(text):
            return text
        case cause:
            return _held(cause)


def _held(cause: c.Unreadable | c.Confused | c.Asking | c.Costing) -> str:
    match cause:
        case c.NotRead() | c.NotLookedForEverywhere() | c.PriceUnread() | c.PriceNotAsked():
            return _unread(cause)
        case (
            c.AccountGone()
            | c.AccountPointsElsewhere()
            | c.AccountSuspended()
            | c.PausedOutsideGit()
            | c.SeenElsewhere()
        ):
            return _account(cause)
        case c.ReferenceShared() | c.SeveralMatch() | c.ReferencesCompete() | c.BoundToAnother():
            return _confused(cause)
        case c.ForeignReference() | c.SentAlready() | c.LaterAttemptExists() | c.MayBeOrdered() | c.ReferenceCut():
            return _ordered(cause)
        case c.SameAsRecorded() | c.SameAsDeclared() | c.SameAsUnknown() | c.MovedFromNothing():
            return _same(cause)
        case c.AboveCeiling() | c.AbovePolicy() | c.Unpriced() | c.FundsShort() | c.Objections():
            return _costing(cause)
        case _:
            return _asked(cause)


def _decisions(cause: c.InSync) -> Iterator[str]:
    if cause.option is not None:
        yield f"option {cause.option.id} chosen{_by(cause.option_by)}: {cause.option.text}"
    if cause.quote is not None:
        yield f"quote over {cause.quote} accepted{_by(cause.quote_by)}"


def _unraised(cause: c.InSync | c.Ended) -> Iterator[str]:
    if cause.unraised is not None:
        yield f"`attempt: {cause.unraised}` does not order it again: it orders what failed or was canceled"


def _by(who: str | None) -> str:
    return f" by {who}" if who is not None else ""


def _explained(found: Finding | Refusal) -> Iterator[str]:
    for difference in found.differences if isinstance(found, Finding) else ():
        yield f"{difference.term} is {difference.observed}, as the accepted option has it"


def _standing(
    cause: c.UnknownStatus | c.Ended | c.CanceledUnplaced | c.Stopped | c.EarlierAttemptLives,
) -> str:
    match cause:
        case c.UnknownStatus(status):
            return f"{status} is a status that no contract knows: taken as alive, not acted on"
        case c.Ended(phase=phase, unraised=attempt) as ended:
            if attempt is not None and phase.without_picture:
                return f"{phase}; attempt {attempt} is placed in the next pass"
            return "; ".join((str(phase), *_unraised(ended)))
        case c.CanceledUnplaced(reason):
            return f"canceled in Git before it was placed: {reason}"
        case c.EarlierAttemptLives(attempt):
            return f"attempt {attempt} is placed when the earlier one is reported ended"
        case c.Stopped(reason=reason, effect=effect, frozen_until=until):
            what = f"frozen until {seconds_text(until)}" if until is not None else "suspended"
            return _STOPPED[effect].format(what=what, reason=reason)
        case _ as never:
            assert_never(never)


_STOPPED = {
    c.Effect.PLACE: "{what}: {reason}",
    c.Effect.CHANGE: "{what}, only observed: {reason}",
    c.Effect.CANCEL: "its manifest was removed, and it is canceled later: {what}: {reason}",
}


def _timing(cause: c.OpensLater | c.WindowClosed | c.JustPlaced | c.CancelAsked) -> str:
    match cause:
        case c.OpensLater(at, why):
            return f"can be placed from {seconds_text(at)} on: {why}"
        case c.WindowClosed(why):
            return f"never ordered, and too late now: {why}"
        case c.JustPlaced(order_id, age):
            return f"order {order_id} was placed {duration_text(age)} ago and is not shown by its provider yet"
        case c.CancelAsked(at):
            return f"asked to cancel it at {seconds_text(at)}; its provider has not done so yet"
        case _ as never:
            assert_never(never)


def _missing(cause: c.RemovedJustNow | c.Orphaned) -> str:
    match cause:
        case c.RemovedJustNow(until):
            return f"no manifest declares it; it is canceled if that is still so after {seconds_text(until)}"
        case c.Orphaned(phase=phase, lowered=int(attempt)):
            return f"still live ({phase}), but its manifest states attempt {attempt}"
        case c.Orphaned(phase=phase, successor=renamed, unproven=unproven):
            new = f"; {renamed} has its target: is it renamed?" if renamed is not None else ""
            why = f"; not canceled: {_UNPROVEN[unproven]}" if unproven is not None else ""
            return f"still live ({phase}), but no manifest declares it{new}{why}"
        case _ as never:
            assert_never(never)


_UNPROVEN = {
    c.Unproven.UNCOMMITTED_CHANGES: "the manifests differ from the last commit",
    c.Unproven.NEVER_COMMITTED: "no commit is known that declared it",
    c.Unproven.HISTORY_MISSING: "the history here does not reach the commit that declared it",
    c.Unproven.HISTORY_REWRITTEN: "the commit that declared it is not an ancestor of this one",
    c.Unproven.OTHER_FOLDER: "it was declared in another folder",
    c.Unproven.NO_LONGER_IN_GIT: "it was declared in a commit, and these manifests are in no repository",
}


def _differing(cause: c.Differing) -> str:
    match cause:
        case c.Drifted(edited=True):
            return "edited in Git after it was placed"
        case c.Drifted():
            return "the provider holds something else than Git states"
        case c.QuoteOverpaid(price=price, by=by, ceiling=ceiling):
            against = f"above the ceiling of {ceiling}" if ceiling is not None else "and no ceiling is committed"
            return f"its quote was accepted{_by(by)} at {price}, {against}"
        case c.UnknownToProvider(order_id, status):
            return f"order {order_id} is unknown to its provider (last seen {status}); not ordered again"
        case c.NotListed(order_id, account):
            return f"is to be order {order_id}, which account {account} does not list; nothing is ordered instead"
        case _ as never:
            assert_never(never)


def _unread(cause: c.NotRead | c.NotLookedForEverywhere | c.PriceUnread | c.PriceNotAsked) -> str:
    match cause:
        case c.NotRead(problem):
            return f"not read in this pass: {problem or 'the single read of it failed'}"
        case c.NotLookedForEverywhere(problem):
            return f"not looked for everywhere: {problem}"
        case c.PriceUnread(problem, c.NamedQuote(id, price)):
            return f"quote {id} over {price} waits: {problem}"
        case c.PriceUnread(problem):
            return f"its price was not learned: {problem}"
        case c.PriceNotAsked(quote=quote):
            return "the funds for its quote were not asked for" if quote else "its price was not asked for"
        case _ as never:
            assert_never(never)


def _account(
    cause: c.AccountGone | c.AccountPointsElsewhere | c.AccountSuspended | c.PausedOutsideGit | c.SeenElsewhere,
) -> str:
    match cause:
        case c.AccountGone(account, bound):
            return f"{'lives' if bound else 'may exist'} at account {account}, which is no longer in the manifests"
        case c.AccountPointsElsewhere(account, tenant):
            return f"may exist at {tenant}, where account {account} no longer points"
        case c.AccountSuspended(account=account, reason=reason, until=until):
            ends = f" until {seconds_text(until)}" if until is not None else ""
            return f"account {account} is suspended{ends}: {reason}"
        case c.PausedOutsideGit(account=account, reason=reason, by=by, at=at):
            return str(Pause(account=account, reason=reason, by=by, at=at))
        case c.SeenElsewhere(order_id, account):
            return f"account {account}, which cannot be read now, showed it as order {order_id}; not ordered again"
        case _ as never:
            assert_never(never)


def _doubtful(cause: c.Doubtful, found: Finding | Refusal) -> str:
    match cause:
        case c.NoClearAnswer(sent_at=at, lookups=lookups, lookups_needed=needed, settle=settle, lags=lags):
            seen = f"{lookups or 'no'} complete listing{'s' * (lookups != 1)} did not show it"
            seen += ", and this one lacks orders that exist" if lags else ""
            early = f" (settles after {duration_text(settle)} and {needed} listings)" if settle is not None else ""
            return f"sent {seconds_text(at)}, no clear answer; {seen}{early}"
        case c.MayExist(attempt, declared=True):
            return f"attempt {attempt} had no clear answer and may exist"
        case c.MayExist():
            return "had no clear answer when it was placed and may exist; no manifest declares it"
        case c.RefusedBefore(text, at):
            return f"{text} (on {seconds_text(at)})"
        case c.ChangeRefused(declined):
            history = f": reconciler history {found.key} tells why" if isinstance(found, Finding) else ""
            return f"its provider refused to {declined}{history}"
        case _ as never:
            assert_never(never)


def _confused(cause: c.ReferenceShared | c.SeveralMatch | c.ReferencesCompete | c.BoundToAnother) -> str:
    match cause:
        case c.ReferenceShared(order_id=order_id, others=others, attempt=None):
            return f"bound to {order_id}, but its reference is also carried by {orders_text(others)}"
        case c.ReferenceShared(order_id=order_id, others=others, attempt=attempt):
            return f"attempt {attempt} is bound to {order_id}, but {orders_text(others)} carries its reference too"
        case c.SeveralMatch(orders=orders, by_terms=True):
            return f"{len(orders)} orders may be it, for they show its terms and no text: {orders_text(orders)}"
        case c.SeveralMatch(orders=orders, attempt=attempt):
            return f"{len(orders)} orders carry {_reference_of(attempt)}: {orders_text(orders)}"
        case c.ReferencesCompete(order_id=order_id, others=keys, attempt=attempt):
            return f"order {order_id} carries {_reference_of(attempt)}, and also that of {', '.join(keys)}"
        case c.BoundToAnother(order_id, other):
            return f"order {order_id} carries its reference, but belongs to {other}"
        case _ as never:
            assert_never(never)


def _reference_of(attempt: int | None) -> str:
    return "its reference" if attempt is None else f"the reference of attempt {attempt}"


def orders_text(orders: Sequence[c.NamedOrder]) -> str:
    """Name provider orders by their ids and statuses."""
    return ", ".join(f"{order.id} ({order.status})" for order in orders)


def _ordered(
    cause: c.ForeignReference | c.SentAlready | c.LaterAttemptExists | c.MayBeOrdered | c.ReferenceCut,
) -> str:
    match cause:
        case c.ForeignReference(order_id, references):
            return f"order {order_id} carries {', '.join(references)}, the reference of somebody else's manifests"
        case c.SentAlready(attempt=attempt, order=order, lowered=lowered):
            what = f"order {order.id}, {order.status}" if order is not None else "no clear answer"
            if lowered:
                return f"attempt {attempt} was sent already ({what}); a lowered attempt never orders again"
            return f"attempt {attempt} was sent already under another reference ({what})"
        case c.LaterAttemptExists(attempt, order):
            return f"attempt {attempt} is at the provider already (order {order.id}, {order.status})"
        case c.ReferenceCut(order, fragment):
            return f"may be order {order.id}, {order.status}, whose text breaks off in a reference ({fragment})"
        case c.MayBeOrdered(orders):
            show = "shows" if len(orders) == 1 else "show"
            return f"may be ordered already: {orders_text(orders)} {show} the same terms, and no text that tells whose"
        case _ as never:
            assert_never(never)


def _same(cause: c.SameAsRecorded | c.SameAsDeclared | c.SameAsUnknown | c.MovedFromNothing) -> str:
    match cause:
        case c.SameAsRecorded(other=other, state=state, exact=True):
            return f"is the same order as {other}, which {_STATES[state]}: renamed or moved, it would be ordered twice"
        case c.SameAsRecorded(other=other, state=state):
            return (
                f"has the target of {other}, which {_STATES[state]} and no manifest declares, "
                "and an overlapping window: renamed, it would be ordered twice"
            )
        case c.SameAsDeclared(others):
            return f"buys the same picture as {', '.join(others)}"
        case c.SameAsUnknown(order):
            return (
                f"order {order.id} ({order.status}) buys the same picture, under a reference that is not known here: "
                "renamed without `moved`, it would be ordered twice"
            )
        case c.MovedFromNothing(name, root=None):
            return f"is moved from {name}, but nothing was placed under that name"
        case c.MovedFromNothing(name, root):
            return f"is moved from {name}, which is a later name of {root}: references are made of the first one"
        case _ as never:
            assert_never(never)


_STATES = {c.OrderState.LIVE: "is live", c.OrderState.IN_DOUBT: "may exist", c.OrderState.FULFILLED: "was fulfilled"}


def _asked(cause: c.Asking) -> str:
    match cause:
        case c.OptionsToChoose(offered=offered, chosen=chosen, not_offered=unknown):
            text = f"{offered} feasibility option{'s' * (offered > 1)} to choose from"
            if chosen:
                return f"{chosen} options are chosen, but only one can be; {text}"
            return f"option {', '.join(unknown)} is not offered; {text}" if unknown else text
        case c.OptionNotOurs(option=option, by=by, quote=quote):
            who = by or "somebody else"
            return f"quote {quote.id} over {quote.price} is for an option that {who} chose: {option.text}"
        case c.SeveralQuotes(quotes):
            each = ", ".join(f"{quote.id} ({quote.price})" for quote in quotes)
            return f"{len(quotes)} quotes are open for one order: {each}"
        case c.NotCancelable(reason=reason, provider=provider, status=status):
            return f"to be canceled ({reason}), but {provider} cancels nothing in status {status}"
        case c.ChargeUnknown(percent, rule):
            return f"canceling costs {percent} % of a price that is not on record ({rule})"
        case c.ChargeNotAgreed(charge=charge, rule=rule, agreed=None):
            return f"canceling costs {charge} now ({rule}); only a free cancellation is agreed to"
        case c.ChargeNotAgreed(charge=charge, rule=rule, agreed=agreed):
            return f"canceling costs {charge} now ({rule}), above the agreed {agreed}"
        case _ as never:
            assert_never(never)


def _costing(cause: c.AboveCeiling | c.AbovePolicy | c.Unpriced | c.FundsShort | c.Objections) -> str:
    match cause:
        case c.AboveCeiling(price=price, ceiling=ceiling, quote=quote):
            return f"{_quoted(quote)}costs {price}{_against(price, ceiling)}"
        case c.AbovePolicy(price=price, ceiling=None, quote=quote):
            return f"{_quoted(quote)}costs {price}; the policy's perOrder has no ceiling in {price.currency}"
        case c.AbovePolicy(price=price, ceiling=ceiling, quote=quote):
            return f"{_quoted(quote)}costs {price}, above the policy's {ceiling} per order"
        case c.Unpriced():
            return "its provider names no price before ordering, and ordering without one is not agreed to"
        case c.FundsShort(price=price, account=account, available=available):
            return f"costs {price}; account {account} has {available} left"
        case c.Objections(objections, quote):
            why = "; ".join(objections)
            return f"quote {quote.id} over {quote.price} cannot be accepted: {why}" if quote is not None else why
        case _ as never:
            assert_never(never)


def _quoted(quote: str | None) -> str:
    return f"quote {quote} " if quote is not None else ""


def _against(price: Money, ceiling: Money | None) -> str:
    if ceiling is None:
        return " and no ceiling is committed"
    if ceiling.currency != price.currency:
        return f", but its ceiling is in {ceiling.currency}: {ceiling}"
    return f", above its ceiling of {ceiling}"


_MOST_NAMED = 5


def _refusing(cause: c.Emptied | c.TooMany | c.OverBudget) -> str:
    match cause:
        case c.Emptied(live):
            names = ", ".join(sorted(set(live))[:_MOST_NAMED])
            return f"the manifests hold no order at all, but {len(live)} live at their providers ({names})"
        case c.TooMany(what=what, count=count, limit=limit):
            return f"{count} {what} in one pass; the policy allows {limit}"
        case c.OverBudget(field=field, commits=commits, earlier=earlier, limit=limit):
            month = field == "perMonth" and earlier.minor
            already = f" on top of {earlier} already bound this month" if month else ""
            allowed = amounts_text([limit]) if limit is not None else f"no {commits.currency}"
            return f"this plan commits {commits}{already}; the policy's {field} allows {allowed}"
        case _ as never:
            assert_never(never)


def remedy(found: Finding | Refusal) -> str:
    """Say what ends a finding, or lets a refused plan pass; empty if nothing is due."""
    return any_of(steps(way, found) for way in found.remedies)


def any_of(ways: Iterable[str]) -> str:
    """Join several ways on; one that begins with its condition gets a comma."""
    first, *others = (*ways, "")
    return "".join([first, *(f"; or{',' * way.startswith(_CONDITIONS)} {way}" for way in others if way)])


_CONDITIONS = ("if ", "to ", "once ", "until ")


def choice_text(choice: Choice) -> str:
    """Say one of several ways on, and the lines that choose it."""
    return f"{choice.text}  {choice.lines}"


def steps(way: Remedy, found: Finding | Refusal) -> str:
    """Say the steps of one remedy."""
    return ", then ".join(step_text(step, found) for step in way)


def step_text(step: Step, found: Finding | Refusal, *, lines: bool = True) -> str:
    """Say one step, with its command, and with its lines unless they are shown otherwise."""
    match step:
        case Advice(text):
            return text
        case Commit() | Run() | Wait() | Ask():
            return _STEPS[step.purpose].format(**_words(step, found, lines=lines))
        case _ as never:
            assert_never(never)


def _words(step: Commit | Run | Wait | Ask, found: Finding | Refusal, *, lines: bool) -> dict[str, str]:
    """Return what the sentences of `_STEPS` may name."""
    words = {"account": _account_of(found), "order": _order_of(found), "charge": _charge_of(found)}
    match step:
        case Commit(location=location, lines=text, other=other):
            do = (
                f"commit{_in(location) or ' with its manifest, restored'}{f':  {text}' * lines}{_for_each(step, found)}"
            )
            return words | {"do": do, "in": _in(location), "of": _in(location, "from"), "other": other or ""}
        case Run(command=command):
            return words | {"do": f"run: {command}"}
        case Wait(until=until):
            return words | {"until": seconds_text(until) if until is not None else "that"}
        case Ask():
            return words
        case _ as never:
            assert_never(never)


_FOR_EACH = frozenset(
    {
        *(Purpose.AGREE_TO_PRICE, Purpose.AGREE_AFTERWARDS, Purpose.AGREE_UNPRICED),
        *(Purpose.AGREE_TO_CHARGE, Purpose.AGREE_UNBOUNDED),
    }
)
"""What a manifest states for all of its geometries, unless the lines name some."""


def _for_each(step: Commit, found: Finding | Refusal) -> str:
    """Say that lines which agree to money agree to it for the other geometries of a manifest too."""
    several = isinstance(found, Finding) and part_of(found.key) is not None
    return (
        "  (for each of its geometries)" if several and step.purpose in _FOR_EACH and "only: " not in step.lines else ""
    )


def _in(location: Location | None, preposition: str = "in") -> str:
    return f" {preposition} {location}" if location is not None else ""


def _account_of(found: Finding | Refusal) -> str:
    match found.cause:
        case c.AccountGone(account) | c.AccountPointsElsewhere(account):
            return account
        case _:
            return ""


def _order_of(found: Finding | Refusal) -> str:
    return (found.subject.order_id or "") if isinstance(found, Finding) else ""


def _charge_of(found: Finding | Refusal) -> str:
    match found.cause:
        case c.Drifted(percent=percent) if percent:
            return f"{percent} % of its price"
        case _:
            return "free"


_ONE_MINUTE = "a different window (one minute is enough)"
_STEPS = {
    Purpose.AGREE_TO_PRICE: "if it is worth it, {do}",
    Purpose.AGREE_AFTERWARDS: "the money is bound; to agree to it afterwards, {do}",
    Purpose.AGREE_TO_CHARGE: "if it is worth it, {do}",
    Purpose.AGREE_UNBOUNDED: "if it is worth it whatever it costs, {do}",
    Purpose.AGREE_TO_OPTION: "to agree to the option that somebody else chose, {do}",
    Purpose.AGREE_UNPRICED: "{do}",
    Purpose.REJECT_QUOTE: "to reject it, {do}",
    Purpose.CHANGE_POLICY: "if it is meant, {do}",
    Purpose.ORDER_AGAIN: "to order again, {do}  (and a new window)",
    Purpose.ORDER_AGAIN_IF_GONE: "if it is gone, to order again, {do}",
    Purpose.ORDER_AGAIN_LATER: "{do}  (orders again when this one has ended; it cannot be canceled any more)",
    Purpose.ORDER_BESIDES: "to order another one, {do}",
    Purpose.ORDER_NO_OTHER: "to order no other one, {do}",
    Purpose.REJECT_AND_ORDER_AGAIN: (
        "{do}  (rejects its quotes, which is free; orders again when its provider reports this one ended)"
    ),
    Purpose.REPLACE_OTHER: "to replace that one, {do}  (cancels it, and orders again)",
    Purpose.REPLACE: "{do}  (cancels this one: {charge}; and orders again)",
    Purpose.RESTORE_ATTEMPT: "{do}",
    Purpose.BOTH_MEANT: "if both are meant, {do}",
    Purpose.KEEP_NAME: "{do}",
    Purpose.KEEP_OTHER_NAMES: "if it is a new order, {do}",
    Purpose.FIND_NAME: "{do}  (the name that it was placed under)",
    Purpose.ANSWER_OTHERWISE: "answer otherwise{in}",
    Purpose.CHOOSE_OPTION: "commit one of them{in}",
    Purpose.CHOOSE_OPTION_EACH: "commit one of them{in}; list the ids of several geometries as:  optionId: [ID, ID]",
    Purpose.CORRECT_ADOPT: "correct `adopt`{in}",
    Purpose.REMOVE_ADOPT: "remove it to have the order placed",
    Purpose.REMOVE_ADOPT_OR_ORDER: "remove the order{of}, or `adopt` alone to have it placed",
    Purpose.EDIT_ORDER: "edit the order{in}",
    Purpose.EDIT_AS_TOLD: "edit the order{in} accordingly",
    Purpose.LATER_WINDOW: "commit a later window{in}",
    Purpose.REMOVE_MOVED: "if it is a new order, remove `moved`{of}",
    Purpose.REMOVE_ORDER: "remove the order",
    Purpose.REMOVE_OTHERS: "remove other orders",
    Purpose.OTHER_WINDOW: f"if you want both, give one {_ONE_MINUTE}",
    Purpose.OTHER_WINDOW_IF_NOT: f"if it is not, give this one {_ONE_MINUTE}{{in}}",
    Purpose.STATE_AS_BEFORE: "state it as {other} again (new geometries go to the end)",
    Purpose.STATE_OBSERVED: "state what the provider holds",
    Purpose.PUT_BACK: "put it back{in}",
    Purpose.PUT_TERMS_BACK: "put the terms back",
    Purpose.POINT_ACCOUNT_BACK: (
        "put account {account} back until this is settled (another contract needs an account of its own)"
    ),
    Purpose.RESTORE_ACCOUNT: "restore the account {account}",
    Purpose.CANCEL_IN_GIT: "to cancel it, restore its manifest with `cancel: {{reason: ...}}`",
    Purpose.COMMIT_CHANGES: "commit the changes",
    Purpose.FETCH_HISTORY: "fetch the whole history (fetch-depth: 0)",
    Purpose.RESTORE_MANIFEST: "restore its manifest",
    Purpose.RESTORE_MANIFESTS: "restore the manifests",
    Purpose.RESTORE_REFERENCE: (
        "put the Project's `owner` and the order's `moved` lines back: references are made of them"
    ),
    Purpose.REMOVE_CANCEL: "commit the order without `cancel`; it ends by itself",
    Purpose.REMOVE_FREEZE: "remove the freeze{in}",
    Purpose.REMOVE_SUSPEND: "remove `suspend`",
    Purpose.STATE_TENANT: "if both are the same customer's, {do}",
    Purpose.SUSPEND_ACCOUNT: "if it stays so, set the account aside: {do}",
    Purpose.REMOVE_ACCOUNT_SUSPEND: "remove the account's `suspend`",
    Purpose.RESOLVE: "{do}",
    Purpose.RESOLVE_EARLY: "if its provider has told you that there is none, {do}",
    Purpose.RESOLVE_PAST: "if that account is gone for good and the order with it, {do}",
    Purpose.RESUME: "{do}",
    Purpose.RESOLVE_FOUND: "find out which one it is, then {do}",
    Purpose.RESOLVE_IF_WRONG: "if {order} is the wrong one, cancel it at the provider, then {do}",
    Purpose.RESOLVE_IF_THIS: "if it is this one, {do}",
    Purpose.RESOLVE_IF_ONE_OF_THEM: "if it is one of them, {do}",
    Purpose.RESOLVE_OTHER: "to resolve that one, {do}",
    Purpose.SEND_AGAIN: "once the cause is gone, {do}",
    Purpose.TAKE_OVER: "to take that order over, {do}",
    Purpose.FORGET: "{do}",
    Purpose.STOP_WATCHING: "to stop watching it, {do}",
    Purpose.NEXT_PASS: "run again",
    Purpose.PROVIDER_RESPONDS: "no conclusion was drawn and nothing was sent; run again once the provider responds",
    Purpose.ACCEPTED_LATER: "a later pass accepts the quote",
    Purpose.PLACED_LATER: "a later pass places it",
    Purpose.PLACED_IF_ABSENT: "wait: a later pass places it once that one surely does not exist",
    Purpose.SENT_AGAIN: "a pass after {until} sends it again, if it was not found by then",
    Purpose.TRIED_AGAIN: "a later pass tries again",
    Purpose.LOOKED_FOR_AGAIN: "a later pass looks again",
    Purpose.SETTLES: "it may show until {until}",
    Purpose.SHOWS_UP: "it resolves itself when the order shows up",
    Purpose.FREEZE_ENDS: "a later pass goes on",
    Purpose.STATUS_CHANGES: "a later pass asks again when the order's status changes",
    Purpose.ENDS_BY_ITSELF: "wait: it ends by itself",
    Purpose.CANCELED_IF_ABSENT: "a later pass cancels it",
    Purpose.CANCELED_LATER: "a later pass reports it canceled, or asks again",
    Purpose.QUOTE_REJECTED_LATER: "a later pass rejects its quote, if one comes, which is free",
    Purpose.ASK_WHETHER_IT_EXISTS: "ask the provider",
    Purpose.PUT_CREDENTIALS_BACK: "put the former credentials back",
    Purpose.ASK_TO_END_IT: "to have it ended, ask the provider's operations",
    Purpose.CANCEL_OTHERS: "cancel the others at the provider",
    Purpose.CANCEL_AT_CONSOLE: "until then, have it canceled at the provider's console",
    Purpose.REJECT_OTHER_QUOTES: "have all but one rejected at the provider",
    Purpose.OFFER_AGAIN: "have the provider offer again, or decide it at its console",
    Purpose.LIFT_OBJECTION: "have that changed at the provider",
    Purpose.RAISE_FUNDS: "have the account's funds raised",
}
"""What each step asks of a person. `do` is "commit in FILE: LINES" or "run: COMMAND"."""
