"""What providers share on the way from observed orders to manifests: fields that are defaults, or do not fit. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from reconciler.model.block import Block
from reconciler.model.draft import DEFAULT, Comment, Draft
from reconciler.model.geometry import Target
from reconciler.model.order import Agreement, ObservedOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What an order shows of itself: its target and the fields of its block; one that is None is not told."""

    target: Target | None
    fields: Mapping[str, object]
    text: str | None = None
    confirm: Agreement = field(default_factory=Agreement)
    comments: tuple[Comment, ...] = ()


def to_draft(order: ObservedOrder, block: type[Block], shown: Observed) -> Draft | str:
    """Return the draft, or why there is none: something is not told that a manifest has to state.

    A field that may be left out, and holds what a manifest cannot state, becomes a comment.
    """
    if order.window is None:
        return "the provider tells no acquisition window that can be read"
    if shown.target is None:
        return "the provider tells no target that can be read"
    stated = {name: value for name, value in shown.fields.items() if value is not None}
    wrong = _wrong(block, stated)
    needed = [name for name in wrong if name not in stated or _is_required(block, name)]
    if needed:
        return "; ".join(f"{name or 'its block'}: {_problem_text(name, wrong[name], stated)}" for name in needed)
    left_out = tuple(
        Comment(field=name, why=f"cannot be stated: {why}", value=stated.pop(name)) for name, why in wrong.items()
    )
    return Draft(
        window=order.window,
        target=shown.target,
        block=stated,
        confirm=shown.confirm,
        text=shown.text,
        comments=(*shown.comments, *left_out),
    )


def split_defaults(
    fields: Mapping[str, object], defaults: Mapping[str, object], prefix: str = ""
) -> tuple[dict[str, object], tuple[Comment, ...]]:
    """Part the fields that hold the provider's documented default from those that say something."""
    usual = {name for name, value in defaults.items() if fields.get(name) == value and value is not None}
    stated = {name: value for name, value in fields.items() if name not in usual and value is not None}
    return stated, tuple(
        Comment(field=prefix + name, why=DEFAULT, value=value) for name, value in fields.items() if name in usual
    )


def _wrong(block: type[Block], stated: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong with a block, by its field; under the empty name what is wrong with all of it."""
    try:
        block.model_validate(dict(stated))
    except ValidationError as e:
        errors = e.errors(include_url=False, include_input=False, include_context=False)
        return {str(error["loc"][0]) if error["loc"] else "": error["msg"] for error in reversed(errors)}
    return {}


def _is_required(block: type[Block], name: str) -> bool:
    return any((part.alias or field) == name and part.is_required() for field, part in block.model_fields.items())


def _problem_text(name: str, message: str, stated: Mapping[str, object]) -> str:
    text = message.removeprefix("Value error, ")
    return text if name in stated or not name else "is not told by the provider, and a manifest has to state it"
