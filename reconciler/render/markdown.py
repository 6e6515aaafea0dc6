"""The same for reviewers: a comment below a pull request. It has no heading of its own, and says what matters first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.errors import Location, Problem
from reconciler.model.money import Money, in_currency
from reconciler.model.outcome import OutcomeKind
from reconciler.model.time import seconds_text
from reconciler.plan.actions import Action, Cancel, Confirm, Place, Result
from reconciler.plan.findings import WAITS_FOR_A_PERSON, Finding, FindingKind, Refusal
from reconciler.plan.remedies import Commit
from reconciler.render.gfm import code, fence, first, fitted, more, one_line, plain, table
from reconciler.render.maps import look_swapped, mapped, mapped_orders
from reconciler.render.phrases import any_of, message, remedy, step_text, when
from reconciler.render.review import Review
from reconciler.render.summaries import after, described, outcome_text


def markdown(review: Review) -> str:
    """Return a comment: summary, actions, decisions that wait, drift, the budget, the rest, a map of the targets."""
    blocks = [f"**{plain(review.summary)}**", *_refusals(review), *_actions(review), *_decisions(review)]
    blocks += [*_drift(review), *_budget(review), *_others(review), *_map(review), *_fingerprint(review)]
    return fitted(blocks)


def _fingerprint(review: Review) -> Iterator[str]:
    if review.saved is not None:
        until = seconds_text(review.saved.expires_at)
        yield f"Fingerprint of this plan: {code(review.saved.fingerprint)}, until {until}."


def problems_markdown(problems: Sequence[Problem]) -> str:
    """Return manifest problems as a list."""
    count = f"**{len(problems)} problem{'s' * (len(problems) != 1)}; nothing was sent.**"
    return fitted([count, *(f"- {code(str(problem.location))} {plain(problem.message)}" for problem in problems)])


def _refusals(review: Review) -> Iterator[str]:
    for refusal in review.plan.refusals:
        yield f"**refused** the whole plan: {plain(message(refusal))}; nothing is spent or canceled"
        yield from _remedies(refusal)


def _actions(review: Review) -> Iterator[str]:
    rows = [_row(review, action, _planned(review, action)) for action in review.plan.actions]
    if review.results is not None:
        rows = [_row(review, result.action, _result_cell(result)) for result in review.results]
    if rows:
        yield table(("action", "order", "what", "price", "ceiling"), rows)
    warned = [(a.key, warning) for a in review.actions if isinstance(a, Place) for warning in a.warnings]
    notes = [f"- **note** {code(key)}: {plain(warning)}" for key, warning in warned]
    if notes:
        yield "\n".join(first(notes))
    yield from more(notes)


def _row(review: Review, action: Action, what: str) -> tuple[str, ...]:
    price = action.commits if isinstance(action, Place | Confirm | Cancel) else None
    ceiling = action.ceiling if isinstance(action, Place | Confirm) else None
    return action.kind, _subject(review, action), what, _amount(price), _amount(ceiling)


def _subject(review: Review, about: Action | Finding) -> str:
    at = review.location(about)
    return f"{code(about.key)} {_line(at)}" if at is not None else code(about.key)


def _line(at: Location) -> str:
    return code(f"{at.file}:{at.line}")


def _amount(money: Money | None) -> str:
    return str(money) if money is not None else "–"


def _planned(review: Review, action: Action) -> str:
    """Say what an action does; of a price that has its own column, where and when is said instead."""
    if isinstance(action, Place) and action.commits is not None and action.key in review.orders:
        return plain(f"at {action.account}, {review.orders[action.key].window}")
    return plain(described(action))


def _result_cell(result: Result) -> str:
    if result.outcome.kind is OutcomeKind.DONE:
        return plain(outcome_text(result))
    return f"**{plain(outcome_text(result))}**; {plain(after(result))}"


def _decisions(review: Review) -> Iterator[str]:
    waiting = [finding for finding in review.findings if finding.kind in WAITS_FOR_A_PERSON]
    if waiting:
        yield "**Waiting for a decision**"
    for finding in first(waiting):
        dates = when(finding, review.plan.at)
        yield f"**{finding.kind}** {_subject(review, finding)}: {plain(message(finding))}{f' ({dates})' * bool(dates)}"
        at = review.location(finding)
        for number, choice in enumerate(finding.choices, start=1):
            yield _to_commit(f"{number}. {choice.text}", choice.lines, at)
        yield from _remedies(finding)
    yield from more(waiting)


def _remedies(found: Finding | Refusal) -> Iterator[str]:
    """Yield the lines that can be committed, each as a block of its own, and the other ways on in words."""
    others: list[str] = []
    for way in found.remedies:
        lines = [step for step in way if isinstance(step, Commit) and step.lines]
        for step in lines:
            yield _to_commit(step_text(step, found, lines=False), step.lines, step.location)
        if said := ", then ".join(step_text(step, found) for step in way if step not in lines):
            others.append(said)
    if others:
        yield f"→ {plain(any_of(others))}"


def _to_commit(label: str, lines: str, at: Location | None) -> str:
    where = f" ({at})" if at is not None and str(at) not in label else ""
    return fence("yaml", f"# {one_line(label)}{one_line(where) and f' {one_line(where)}'}\n{one_line(lines)}")


def _drift(review: Review) -> Iterator[str]:
    rows = [
        (code(finding.key), code(d.term), plain(_or_none(d.stated)), plain(_or_none(d.observed)), str(d.kind))
        for finding in review.findings
        for d in finding.differences
    ]
    if rows:
        yield table(("drift of", "term", "in Git", "at the provider", "kind"), rows)


def _or_none(value: object) -> str:
    return "nothing" if value is None else str(value)


def _budget(review: Review) -> Iterator[str]:
    """Yield a row a currency that is spent, was spent, or has a ceiling."""
    commits, spent, ceilings = review.commits, review.spent, review.policy.per_month
    rows = []
    for currency in sorted({money.currency for money in (*commits, *spent, *ceilings)}):
        none = Money(0, currency)
        now, before = (in_currency(sums, currency) or none for sums in (commits, spent))
        allowed = in_currency(ceilings, currency)
        ceiling = str(allowed or none) if ceilings else "no ceiling"
        rows.append((str(now), str(before), str(Money(now.minor + before.minor, currency)), ceiling))
    head = ("this plan", "this month so far") if review.results is None else ("this pass", "this month before it")
    if rows:
        yield table((f"budget: {head[0]}", head[1], "together", "policy's perMonth"), rows)


def _others(review: Review) -> Iterator[str]:
    others = [finding for finding in review.findings if finding.kind not in WAITS_FOR_A_PERSON]
    others.sort(key=lambda finding: finding.kind is not FindingKind.UNREAD)
    told = [
        f"- **{finding.kind}** {_subject(review, finding)}: {plain(f'{message(finding)}. {remedy(finding)}'.strip())}"
        for finding in others
    ]
    if told:
        yield "\n".join(first(told))
    yield from more(told)


def _map(review: Review) -> Iterator[str]:
    targets = {key: order.target for key, order in review.orders.items()}
    swapped = [
        f"- **do latitude and longitude look swapped?** {code(key)} {_line(review.orders[key].source)}: far from every "
        "other target as it is, and beside one with the two exchanged"
        for key in look_swapped(mapped_orders(review), targets)
    ]
    if swapped:
        yield "\n".join(first(swapped))
    drawn = mapped(review)
    if drawn.text:
        yield fence("geojson", drawn.text)
    if drawn.left_out:
        yield f"{drawn.left_out:,} target{'s' * (drawn.left_out != 1)} left out of the map."
