"""Decisions hang on types: records change by their own methods, events have fields, sentences are never compared."""

from __future__ import annotations

import ast
from dataclasses import fields
from functools import cache
from pathlib import Path

from reconciler.model.record import Record

PACKAGE = Path(__file__).resolve().parents[2] / "reconciler"
RECORD = PACKAGE / "model" / "record.py"
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if "simulator" not in path.parts]
FIELDS = [field.name for field in fields(Record)]
IDENTITY = FIELDS[: FIELDS.index("provider") + 1]
SENTENCES = {"message", "text", "declined", "remedy", "how"}
"""Fields that hold words for a person."""
DETAIL = "detail"
"""What format 1 called the untyped part of an event."""


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return everything that a module's source holds."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def name_of(node: ast.AST) -> str:
    """Return the last name of an expression: `record` of `turn.record`; empty if it has none."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def constructed(node: ast.AST) -> bool:
    """Tell whether a call constructs a record with more than its identity."""
    if not (isinstance(node, ast.Call) and name_of(node.func) == "Record"):
        return False
    named = {word.arg for word in node.keywords}
    return len(node.args) > len(IDENTITY) or not named <= set(IDENTITY)


def replaced(node: ast.AST, *, knows_records: bool) -> bool:
    """Tell whether a call of `replace` may change a record: by what it is called, or by the fields that it sets."""
    if not (isinstance(node, ast.Call) and name_of(node.func) == "replace" and node.args):
        return False
    of_a_record = {word.arg for word in node.keywords} & set(FIELDS[len(IDENTITY) :])
    return "record" in name_of(node.args[0]).lower() or (knows_records and bool(of_a_record))


@cache
def imports_records(path: Path) -> bool:
    """Tell whether a module imports `Record`."""
    imports = [node for node in nodes(path) if isinstance(node, ast.ImportFrom)]
    return any(alias.name == "Record" for node in imports for alias in node.names)


def test_records_change_by_their_own_methods_only() -> None:
    """Outside of `model/record.py` a record is constructed by its identity, and never changed field by field."""
    wrong = [
        f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
        for path in SOURCES
        if path != RECORD
        for node in nodes(path)
        if constructed(node) or replaced(node, knows_records=imports_records(path))
    ]
    assert wrong == []


def compares_a_sentence(node: ast.AST) -> bool:
    """Tell whether an expression compares a sentence: a field for a person, or a text of several words."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [left, *others]
            equal = any(isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in ops)
            words = any(isinstance(side, ast.Constant) and is_sentence(side.value) for side in sides)
            fields_of = any(isinstance(side, ast.Attribute) and side.attr in SENTENCES for side in sides)
            return equal and (words or fields_of)
        case _:
            return False


def is_sentence(value: object) -> bool:
    """Tell whether a constant has four words or more."""
    return isinstance(value, str) and len(value.split()) > 3


def reads_a_detail(node: ast.AST) -> bool:
    """Tell whether an expression reads an event by name: `event.detail["call"]`, `detail.get("call")`."""
    match node:
        case ast.Subscript(value=read) | ast.Attribute(value=read, attr="get"):
            return name_of(read) == DETAIL
        case _:
            return False


def found(check: object, *, but: tuple[str, ...] = ()) -> list[str]:
    """Return where a check finds something."""
    assert callable(check)
    places = [(path.relative_to(PACKAGE).as_posix(), node) for path in SOURCES for node in nodes(path) if check(node)]
    return [f"{path}:{getattr(node, 'lineno', 0)}" for path, node in places if path not in but]


def test_no_sentence_is_compared() -> None:
    """What decides is a type or a field; words are for people.

    `declined` is data, and is compared; the loader looks for a file's name in a problem, which decides no order.
    """
    assert found(compares_a_sentence, but=("plan/offers.py", "manifest/loading.py")) == []


def test_events_are_read_by_their_fields() -> None:
    """Only the migration takes out by name what format 1 wrote; the loader's details are those of pydantic."""
    assert found(reads_a_detail, but=("state/format_2.py", "manifest/messages.py")) == []


def test_the_checks_find_what_they_look_for() -> None:
    """Each of them would see the lines that this replaced."""

    def only(line: str) -> list[ast.AST]:
        return list(ast.walk(ast.parse(line)))

    assert any(map(constructed, only("Record(a, b, c, d, e, order_id=f)")))
    assert not any(map(constructed, only("Record(a, b, c, d, provider=e)")))
    assert any(replaced(node, knows_records=False) for node in only("replace(note.record, lookups=1)"))
    assert any(replaced(node, knows_records=True) for node in only("replace(known, order_id=1)"))
    assert any(map(compares_a_sentence, only("outcome.message == ASKED")))
    assert any(map(compares_a_sentence, only("told == 'asked to cancel, which its provider does later'")))
    assert any(map(reads_a_detail, only("event.detail['call']")))
    assert any(map(reads_a_detail, only("event.detail.get('call')")))
