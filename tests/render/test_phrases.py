"""Findings in words: every cause and every step has its sentence, and no other room writes one."""

from __future__ import annotations

import ast
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.model.errors import Location
from reconciler.model.ids import OrderKey
from reconciler.plan import causes
from reconciler.plan.findings import Finding, FindingKind, Subject
from reconciler.plan.remedies import Advice, Ask, Commit, Purpose, Run, Step, Wait, remedies_of
from reconciler.render.phrases import message, remedy

PLAN = Path(causes.__file__).parent
CAUSES = typing.get_args(typing.get_args(causes.Cause)[0])


def found(*steps: Step, cause: causes.Cause | None = None) -> Finding:
    subject = Subject(key=OrderKey("spot"))
    return Finding(
        kind=FindingKind.HELD, subject=subject, cause=cause or causes.Paused("left alone"), remedies=remedies_of(*steps)
    )


def steps(purpose: Purpose) -> Iterator[Step]:
    """Yield a step of each kind for a purpose."""
    yield Commit(purpose=purpose, location=Location(file="a.yaml", line=2), lines="x: {y: 1}", other=OrderKey("b"))
    yield Commit(purpose=purpose)
    yield Wait(purpose=purpose)
    yield Ask(purpose=purpose)
    yield Run(purpose=purpose, command="reconciler resolve spot")


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_its_sentence(purpose: Purpose) -> None:
    """One that fits a step which has what the sentence names."""
    said = []
    for step in steps(purpose):
        try:
            said.append(remedy(found(step)))
        except KeyError:
            continue
    assert any(said), purpose


def test_ways_on_are_alternatives_and_steps_are_in_their_order() -> None:
    """A way that begins with its condition gets a comma."""
    ask = Ask(purpose=Purpose.CANCEL_OTHERS)
    run = Run(purpose=Purpose.RESOLVE, command="reconciler resolve spot --adopt ID")
    end = Ask(purpose=Purpose.ASK_TO_END_IT)
    several = Finding(
        kind=FindingKind.HELD,
        subject=Subject(key=OrderKey("spot")),
        cause=causes.Paused("left alone"),
        remedies=remedies_of((ask, run), Advice("wait"), end),
    )
    assert remedy(several) == (
        "cancel the others at the provider, then run: reconciler resolve spot --adopt ID; or wait; "
        "or, to have it ended, ask the provider's operations"
    )


def test_lines_with_braces_are_said_as_they_are() -> None:
    """They come from manifests and providers and are no part of a sentence."""
    lines = 'confirm: {feasibility: {optionId: "{do}"}}'
    step = Commit(purpose=Purpose.AGREE_UNPRICED, location=Location(file="a{b}.yaml"), lines=lines)
    assert remedy(found(step)) == f"commit in a{{b}}.yaml:1:1:  {lines}"


def test_the_causes_cannot_be_confused() -> None:
    """Each names itself in JSON, and no two alike."""
    kinds = [cause.kind for cause in CAUSES]
    assert len(kinds) == len(set(kinds)) > 40


def sentences(path: Path) -> list[str]:
    """Return the texts of four words or more in a module, its docstrings and assertions aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aside = {id(each) for node in ast.walk(tree) if isinstance(node, ast.Assert) for each in ast.walk(node)}
    aside |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in aside]
    return [text.value for text in texts if isinstance(text.value, str) and len(text.value.split()) > 3]


def test_the_plan_writes_no_sentence() -> None:
    """What it concludes is data; the rest are a reason that providers get, how an order was found, why a listing does
    not count, and file errors.
    """
    wording = {path.name: sentences(path) for path in sorted(PLAN.glob("*.py")) if path.name not in _ERRORS}
    assert {name: found for name, found in wording.items() if found} == {"orphans.py": ["its manifest was removed"]}
    assert sentences(PLAN / "alike.py") == ["its id in Git", "its terms, for it shows no text"]


_ERRORS = {"saved.py", "alike.py", "identity.py", "clocks.py"}


def test_a_finding_without_remedies_has_no_words_for_them() -> None:
    """Nothing is due."""
    assert (remedy(found()), message(found())) == ("", "left alone")
