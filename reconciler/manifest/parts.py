"""What a manifest states of single orders among several: whether it names them rightly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.manifest.documents import OrderSpec
from reconciler.manifest.rings import Steps
from reconciler.manifest.wording import alternatives_text, quoted, suggestion

_MOST_NAMED = 5


def problems(spec: OrderSpec, parts: Iterable[str | None]) -> Iterator[tuple[Steps, str]]:
    """Yield what is wrong, by its path below `spec`; `parts` are the last parts of the keys, None of a single order."""
    known = [part for part in parts if part is not None]
    yield from _alone(spec) if not known else _among(spec, known)


def _alone(spec: OrderSpec) -> Iterator[tuple[Steps, str]]:
    one = "there is one order here, for the target has one geometry"
    if spec.attempts:
        yield ("attempts",), f"{one}: write `attempt`"
    for name in spec.moved:
        if name != "from":
            yield ("moved", name), f"{one}: write `from`"
    if spec.cancel is not None and spec.cancel.only:
        yield ("cancel", "only"), f"{one}: remove the line"


def _among(spec: OrderSpec, known: Sequence[str]) -> Iterator[tuple[Steps, str]]:
    if spec.adopt is not None and len(known) > 1:
        yield ("adopt",), "is about one order: give it a target of its own"
    for part in spec.attempts:
        if part not in known:
            yield ("attempts", part), _unknown(part, known)
    if "from" in spec.moved:
        yield from _moved_as_a_whole(spec, known[0])
    else:
        for part in spec.moved:
            if part not in known:
                yield ("moved", part), _unknown(part, [*known, "from"])
    if spec.cancel is not None:
        for part in spec.cancel.only:
            if part not in known:
                yield ("cancel", "only"), _unknown(part, known)


def _moved_as_a_whole(spec: OrderSpec, part: str) -> Iterator[tuple[Steps, str]]:
    if len(spec.moved) > 1:
        yield ("moved", "from"), "names the manifest that all orders were in: keep it, or the names of single ones"
    if "/" in spec.moved["from"]:
        yield ("moved", "from"), f"names one order of several: write the bare name, or {{{part}: {spec.moved['from']}}}"


def _unknown(part: str, known: Sequence[str]) -> str:
    near = suggestion(part, known)
    some = alternatives_text(known) if len(known) <= _MOST_NAMED else f"{known[0]} to {known[-1]}"
    return f"there is no order {quoted(part)} here{near or f': expected {some}'}"
