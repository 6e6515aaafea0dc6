"""What a reader may rely on in every file: a docstring, the words, reasons for exceptions, rooms mirrored by tests."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "reconciler"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
_NAMES = {path: str(path.relative_to(ROOT)) for path in (*SOURCES, *TESTS)}

# Words that the words table avoids, where a name made of them can mean nothing else.
AVOIDED = {
    "job", "jobs", "resource", "resources",  # order
    "profile", "profiles",  # account
    "idempotency",  # reference
    "params",  # terms, but for HTTP's own
    "patch", "patches",  # action, but for HTTP's own
    "cycle", "cycles",  # pass
    "manager", "managers", "utils", "util",  # nouns that say nothing
}  # fmt: skip
_OF_HTTP = {"params", "patch", "patches"}
_PROVIDER_ROOMS = ("reconciler/providers/", "reconciler/simulator/")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def test_every_module_has_a_docstring() -> None:
    """The first line says what the file is for."""
    assert [_NAMES[path] for path in (*SOURCES, *TESTS) if not ast.get_docstring(_tree(path))] == []


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


_BARE = re.compile(r"#\s*(?:type:\s*ignore(?:\[[\w, -]+\])?|noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?)\s*$")


def test_every_exception_to_a_rule_carries_its_reason() -> None:
    """A `noqa` or `type: ignore` is followed by words on its line; a skip has its reason."""
    lines = [
        (f"{_NAMES[path]}:{number}", line.strip())
        for path in (*SOURCES, *TESTS)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]
    assert [found for found in lines if _BARE.search(found[1])] == []
    skips = [found for found in lines if re.search(r"pytest\.(mark\.)?(skip|skipif|xfail)\b", found[1])]
    assert [found for found in skips if not re.search(r"reason=|skip\(.*\"", found[1])] == []


def defined(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a module gives: classes, functions, arguments, variables, fields."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case _:
                continue


def test_avoided_words_are_no_names() -> None:
    """The words table holds in identifiers; HTTP's own words may stand where HTTP is spoken."""
    wrong = [
        f"{_NAMES[path]}: {name}"
        for path in SOURCES
        for name in defined(_tree(path))
        if {word.lower() for word in _WORD.findall(name)} & (AVOIDED - _allowed(path))
    ]
    assert wrong == []


def _allowed(path: Path) -> set[str]:
    return _OF_HTTP if _NAMES[path].startswith(_PROVIDER_ROOMS) else set()


def test_only_the_one_client_imports_httpx() -> None:
    """The client and the transport below it: time-outs, guards and outcomes stand in one place."""
    importing = {_NAMES[path] for path in SOURCES if "httpx" in _imported(path)}
    assert importing == {"reconciler/providers/http.py", "reconciler/providers/transport.py"}


def _imported(path: Path) -> set[str]:
    """Return the outermost names of everything that a file imports."""
    return {name.partition(".")[0] for name in _imports(path)}


def test_nothing_is_patched() -> None:
    """Transports, clocks and files are passed in; no test reaches into a module."""
    assert [_NAMES[path] for path in TESTS if any(name.startswith("unittest.mock") for name in _imports(path))] == []


def _imports(path: Path) -> set[str]:
    tree = _tree(path)
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return names | {f"{node.module}.{alias.name}" for node in modules for alias in node.names}


# `observe`, `connect` and `decide` are tried as parts of a pass; `desired` is where manifests meet providers.
_MIRRORS = {"observe": "reconcile", "connect": "reconcile", "decide": "reconcile", "desired": "manifest"}


def test_tests_mirror_the_rooms() -> None:
    """Each room has a folder of tests with something in it."""
    packages = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    files = {path.stem for path in PACKAGE.glob("*.py") if not path.name.startswith("__")}
    for room in packages | files:
        folder = ROOT / "tests" / _MIRRORS.get(room, room)
        assert list(folder.glob("test_*.py")), f"{room} has no tests at {folder.relative_to(ROOT)}"


def test_nothing_points_to_a_workplace() -> None:
    """No file names a folder of somebody's machine."""
    strange = re.compile(r"(?<![\w.])/(?:home|Users|root|mnt)/")
    for path in (*SOURCES, *TESTS):
        if path != Path(__file__):
            assert not strange.search(path.read_text(encoding="utf-8")), _NAMES[path]


def test_the_oldest_python_that_is_promised_is_the_one_that_is_checked() -> None:
    """`requires-python` and the target of the linters agree."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11"' in text
    assert 'target-version = "py311"' in text
    assert 'python_version = "3.11"' in text
    assert sys.version_info >= (3, 11)


def dataclass_fields(node: ast.ClassDef) -> int | None:
    """Return how many fields a dataclass that can be built positionally has; None for every other class."""
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        name = call.func if call is not None else decorator
        if isinstance(name, ast.Name) and name.id == "dataclass":
            if call is not None and any(word.arg == "kw_only" for word in call.keywords):
                return None
            return sum(isinstance(each, ast.AnnAssign) and not _not_passed(each) for each in node.body)
    return None


def _not_passed(field: ast.AnnAssign) -> bool:
    """Tell whether a field is no argument, or the one value that tells the class from others in a union."""
    value = field.value
    if isinstance(field.annotation, ast.Subscript) and ast.unparse(field.annotation.value) == "Literal":
        return value is not None and ast.unparse(field.annotation.slice) == ast.unparse(value)
    return isinstance(value, ast.Call) and any(word.arg == "init" for word in value.keywords)


def test_no_dataclass_of_more_than_two_fields_is_built_positionally() -> None:
    """Two fields of one type could be swapped, and nobody would notice: such a class takes keywords alone."""
    classes = [(path, node) for path in SOURCES for node in ast.walk(_tree(path)) if isinstance(node, ast.ClassDef)]
    assert [f"{_NAMES[path]}: {node.name}" for path, node in classes if (dataclass_fields(node) or 0) > 2] == []
    source = "@dataclass(frozen=True)\nclass A:\n    a: int\n    b: int\n    c: int = 0\n"
    (found,) = ast.parse(source).body
    assert isinstance(found, ast.ClassDef)
    assert dataclass_fields(found) == 3
