"""One document at a time: its kind, its fields, its provider block, its target. Collects, never stops at a mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pydantic import ValidationError
from pydantic_core import to_json

from reconciler.manifest import build, parts
from reconciler.manifest.documents import AccountSpec, Metadata, OrderSpec, ProjectSpec
from reconciler.manifest.fields import Part
from reconciler.manifest.files import Folder
from reconciler.manifest.geojson import GeoJson, Placed
from reconciler.manifest.geojson_file import FileTargets, file_problem, read_file
from reconciler.manifest.messages import problems_of
from reconciler.manifest.rings import Steps
from reconciler.manifest.schema import KINDS, ProviderBlocks, models
from reconciler.manifest.strict_yaml import Document
from reconciler.manifest.wording import alternatives_text, dotted, nearest, quoted, suggestion
from reconciler.manifest.yaml_builder import Value
from reconciler.model.account import Account, Project
from reconciler.model.errors import Location, Problem
from reconciler.model.order import DesiredOrder

OrderCheck: TypeAlias = Callable[[DesiredOrder], Iterable[str]]
AccountCheck: TypeAlias = Callable[[Account], Iterable[str]]

_TARGET: Steps = ("spec", "target")
_KEY_BY = "keyBy"
_PLACED = re.compile(r"(?P<path>[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*): (?P<message>.+)", re.DOTALL)
_STEP = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A document as other documents see it, be it valid or not. `provider` is None where its block is not clear."""

    kind: str
    name: str
    source: Location
    provider: str | None = None
    provider_at: Location | None = None
    account: str | None = None
    account_at: Location | None = None


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What all documents gave. `unread` tells that something was not readable, so that absence proves nothing."""

    problems: list[Problem] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    orders: list[DesiredOrder] = field(default_factory=list)
    faulty: set[Location] = field(default_factory=set)
    """Where the names of documents are that hold a problem."""
    unread: bool = False
    pointing: bool = False
    """Whether a target pointed to a file of its own."""

    def add(self, other: Gathered) -> None:
        """Take in what another file gave."""
        self.problems += other.problems
        self.declared += other.declared
        self.projects += other.projects
        self.accounts += other.accounts
        self.orders += other.orders
        self.faulty |= other.faulty
        self.unread |= other.unread

    @property
    def only_orders(self) -> bool:
        """Tell whether this is nothing but sound orders, which follow from the text alone."""
        return not (self.problems or self.unread or self.pointing or self.projects or self.accounts)


class Reading:
    """Reads documents, a file's at a time, into `gathered`, with the providers' blocks and checks that it was given."""

    def __init__(self, providers: Mapping[str, ProviderBlocks], check: OrderCheck, check_account: AccountCheck) -> None:
        self.gathered = Gathered()
        self._providers = providers
        self._models = models(providers)
        self._schemas: dict[str, Mapping[str, object]] = {}
        self._check = check
        self._check_account = check_account
        self._files: dict[tuple[str, str, str | None], FileTargets] = {}

    def document(self, document: Document, folder: Folder, manifest: str, taken: frozenset[Location]) -> None:
        """Read one document; `taken` are places that have a problem already, and need no second one."""
        kind = self._kind(document)
        if kind is None:
            self.gathered.unread = True
            return
        nulls = list(_nulls(document)) if document.has_null else []
        self.gathered.problems += nulls
        provider = self._provider(document) if kind != "Project" else None
        self._declare(document, kind, provider)
        valid = self._validated(document, kind, taken | {problem.location for problem in nulls})
        targets = self._targets(document, folder, manifest) if kind == "TaskingOrder" else None
        if valid is not None:
            self._build(document, valid, provider, targets)

    def _kind(self, document: Document) -> str | None:
        if not isinstance(document.value, dict):
            found = quoted(document.value)
            self._problem(document, (), f"expected a mapping with apiVersion, kind, metadata and spec, found {found}")
            return None
        kind = document.value.get("kind")
        if kind is None:
            self._problem(document, (), f"kind: is missing: one of {alternatives_text(KINDS)}")
        elif not isinstance(kind, str) or kind not in KINDS:
            near = suggestion(kind, KINDS) if isinstance(kind, str) else ""
            self._problem(document, ("kind",), f"kind: expected {alternatives_text(KINDS)}, found {quoted(kind)}{near}")
        else:
            return kind
        return None

    def _problem(self, document: Document, path: Steps, message: str, *, key: bool = False) -> None:
        self.gathered.problems.append(Problem(document.at(path, key=key), message))

    def _provider(self, document: Document) -> str | None:
        spec = document.get("spec")
        if not isinstance(spec, dict):
            return None
        stated = [name for name in spec if name in self._providers]
        for surplus in stated[1:]:
            first = document.at(("spec", stated[0]), key=True).line
            message = f"spec.{surplus}: only one provider block belongs here; `{stated[0]}` stands at line {first}"
            self._problem(document, ("spec", surplus), message, key=True)
        if not stated and not any(nearest(name, self._providers) for name in spec if name not in _KNOWN):
            self._problem(
                document, ("spec",), f"spec: the provider's block is missing: {alternatives_text(self._providers)}"
            )
        return stated[0] if len(stated) == 1 else None

    def _declare(self, document: Document, kind: str, provider: str | None) -> None:
        name = document.get("metadata", "name")
        account = document.get("spec", "account") if kind == "TaskingOrder" else None
        self.gathered.declared.append(
            Declared(
                kind=kind,
                name=name if isinstance(name, str) else "",
                source=document.at(("metadata", "name")),
                provider=provider,
                provider_at=document.at(("spec", provider), key=True) if provider else None,
                account=account if isinstance(account, str) else None,
                account_at=document.at(("spec", "account")) if account is not None else None,
            )
        )

    def _validated(self, document: Document, kind: str, taken: frozenset[Location]) -> Part | None:
        try:
            # As JSON, because a manifest has JSON's types: strict, and yet a list is a tuple and a text an enum.
            return self._models[kind].model_validate_json(to_json(document.value))
        except ValidationError as e:
            if kind not in self._schemas:
                self._schemas[kind] = self._models[kind].model_json_schema()
            found = problems_of(e, document, self._schemas[kind])
            self.gathered.problems += [problem for problem in found if problem.location not in taken]
            return None

    def _targets(self, document: Document, folder: Folder, manifest: str) -> list[Placed] | None:
        target = document.get(*_TARGET)
        if not isinstance(target, dict):
            return None
        if "file" in target:
            return self._file_targets(document, folder, manifest, target)
        key_by, named = self._key_by(document, target)
        reading = GeoJson(strict=True, key_by=key_by)
        reading.read({name: value for name, value in target.items() if name != _KEY_BY})
        for path, message in reading.findings:
            unknown = message.startswith("unknown field")
            self._problem(document, (*_TARGET, *path), f"{dotted((*_TARGET, *path))}: {message}", key=unknown)
        if reading.findings or not named:
            return None
        return [replace(each, path=(*_TARGET, *each.path)) for each in reading.targets]

    def _key_by(self, document: Document, target: Mapping[str, Value]) -> tuple[str | None, bool]:
        """Return what names the orders, and whether it is sound."""
        stated = target.get(_KEY_BY)
        if _KEY_BY not in target or (isinstance(stated, str) and stated):
            return (stated if isinstance(stated, str) else None), True
        message = f"expected `id` or the name of a property, found {quoted(stated)}"
        self._problem(document, (*_TARGET, _KEY_BY), f"spec.target.{_KEY_BY}: {message}")
        return None, False

    def _file_targets(
        self, document: Document, folder: Folder, manifest: str, target: dict[str, Value]
    ) -> list[Placed] | None:
        key_by, named = self._key_by(document, target)
        for name in target:
            if name not in ("file", _KEY_BY):
                self._problem(document, (*_TARGET, name), f"spec.target.{name}: unknown field beside `file`", key=True)
        self.gathered.pointing = True
        path = target["file"]
        refusal = file_problem(path, manifest, folder)
        if refusal is None:
            read = self._file(str(path), folder, manifest, key_by)
            self.gathered.problems += read.problems
            refusal = read.unreadable
            if refusal is None:
                sound = named and not read.problems
                return [replace(each, path=_TARGET) for each in read.targets] if sound else None
        self._problem(document, (*_TARGET, "file"), f"spec.target.file: {refusal}")
        return None

    def _file(self, path: str, folder: Folder, manifest: str, key_by: str | None) -> FileTargets:
        known = (folder.real, f"{manifest.rpartition('/')[0]}/{path}", key_by)
        if known not in self._files:
            self._files[known] = read_file(path, manifest, folder, key_by=key_by)
        return self._files[known]

    def _build(self, document: Document, valid: Part, provider: str | None, targets: list[Placed] | None) -> None:
        metadata, spec = _parts(valid)
        source = document.at(("metadata", "name"))
        if isinstance(spec, ProjectSpec):
            policy_at = document.at(("spec", "policy"), key=True)
            self.gathered.projects.append(build.project(metadata, spec, source, policy_at))
        elif isinstance(spec, AccountSpec) and provider:
            account = build.account(metadata, spec, provider, source=source, places=_places(document))
            self.gathered.accounts.append(account)
            self._report(document, self._check_account(account), _TARGET)
        elif isinstance(spec, OrderSpec) and provider and targets:
            alone = len(targets) == 1
            by_part = {_part(each, n, alone=alone): each.target for n, each in enumerate(targets, start=1)}
            built = build.orders(metadata, spec, provider, targets=by_part, source=source)
            self.gathered.orders += built
            for path, message in parts.problems(spec, by_part):
                self._problem(document, ("spec", *path), f"{dotted(('spec', *path))}: {message}", key=len(path) > 1)
            for order, placed in zip(built, targets, strict=True):
                self._report(document, self._check(order), _TARGET if alone else placed.path)

    def _report(self, document: Document, texts: Iterable[str], target: Steps) -> None:
        """Place what a check says: at the field that it names, or at the document's name."""
        for text in texts:
            placed = _PLACED.fullmatch(text)
            steps = _steps(placed["path"]) if placed else ()
            if placed is None or document.get("spec", steps[0]) is None:
                self._problem(document, ("metadata", "name"), text)
                continue
            path = target if steps == ("target",) else ("spec", *steps)
            self._problem(document, path, f"spec.{text}")


_KNOWN = frozenset(
    field.alias or name for spec in (AccountSpec, OrderSpec) for name, field in spec.model_fields.items()
)


def _part(placed: Placed, number: int, *, alone: bool) -> str | None:
    """Return the last part of an order's key: its name, else its position among several."""
    return placed.name or (None if alone else str(number))


def _parts(valid: Part) -> tuple[Metadata, Part]:
    metadata, spec = getattr(valid, "metadata", None), getattr(valid, "spec", None)
    assert isinstance(metadata, Metadata)
    assert isinstance(spec, Part)
    return metadata, spec


def _steps(path: str) -> Steps:
    return tuple(int(step) if step.isdecimal() else step for step in _STEP.findall(path))


def _places(document: Document) -> dict[str, Location]:
    """Return where each field of the spec is, by its path below it."""
    found: dict[str, Location] = {}
    waiting: list[tuple[Steps, Value]] = [((), document.get("spec"))]
    while waiting:
        path, value = waiting.pop()
        if path:
            found[dotted(path)] = document.at(("spec", *path))
        if isinstance(value, dict):
            waiting += [((*path, name), each) for name, each in value.items()]
    return found


def _nulls(document: Document) -> Iterable[Problem]:
    """Find values that were left empty: in a manifest that is never meant, and a silent default could cost money."""
    waiting: list[tuple[Steps, Value]] = [((), document.value)]
    while waiting:
        path, value = waiting.pop()
        if value is None:
            yield Problem(document.at(path), f"{dotted(path)}: has no value: give it one, or remove the line")
        elif path == _TARGET:
            continue
        elif isinstance(value, dict):
            waiting += [((*path, name), each) for name, each in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), each) for index, each in enumerate(value)]
