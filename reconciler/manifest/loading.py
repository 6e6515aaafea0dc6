"""A folder of manifests as a whole: every file, every document, and the rules between documents."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.manifest.cache import Cache, open_cache
from reconciler.manifest.files import (
    ENDINGS,
    MAX_MANIFEST,
    Content,
    Folder,
    Unreadable,
    decoded,
    find,
    read_bytes,
    shown_as,
)
from reconciler.manifest.reading import AccountCheck, Declared, Gathered, OrderCheck, Reading
from reconciler.manifest.schema import ProviderBlocks
from reconciler.manifest.strict_yaml import YamlFile
from reconciler.manifest.wording import one_line, quoted, suggestion
from reconciler.model.account import Account, Project
from reconciler.model.errors import Location, ManifestError, Problem
from reconciler.model.ids import bare
from reconciler.model.order import DesiredOrder, Manifests

_MOST_PROBLEMS = 10_000
"""In one file, and in all of them; what comes behind is not read."""


def _nothing(_: object) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """The documents without a problem of manifests that are invalid as a whole."""

    projects: tuple[Project, ...] = ()
    accounts: tuple[Account, ...] = ()
    orders: tuple[DesiredOrder, ...] = ()


class InvalidManifests(ManifestError):
    """Manifests that were read and are wrong; `stated` is what they say all the same."""

    def __init__(self, problems: Sequence[Problem], stated: Stated) -> None:
        super().__init__(problems)
        self.stated = stated


def load(
    paths: Sequence[Path] | Path,
    providers: Mapping[str, ProviderBlocks],
    *,
    check: OrderCheck = _nothing,
    check_account: AccountCheck = _nothing,
    cache: Path | None = None,
    touched: Collection[str] | None = None,
    shown: str | None = None,
    content: Content = read_bytes,
) -> Manifests:
    """Read every manifest under the given folders (or single files). Raises ManifestError with all problems of all.

    `check` and `check_account` judge what only a provider can: a text `path.to.field: message`, its path relative to
    `spec`, is reported at that field's line, any other text at the document's name. `cache` is a file that remembers
    what unchanged files were read as. With `touched` (real paths) what is wrong in other files alone is left out: what
    is wrong between documents counts wherever it shows. `shown` is what messages name instead of a path. `content`
    reads the files.
    """
    reading = Reading(providers, check, check_account)
    folders = [find(path, shown, content) for path in ([paths] if isinstance(paths, Path) else paths)]
    files = list(_files(folders))
    gathered = Gathered()
    with open_cache(cache, providers) as known:
        for folder, relative in files:
            if len(gathered.problems) > _MOST_PROBLEMS:
                told = "too many problems: this file and those after it were not read"
                gathered.add(Gathered(problems=[Problem(Location(file=folder.display(relative)), told)], unread=True))
                break
            gathered.add(_read(reading, folder, relative, known))
    unfound = [problem for folder in folders for problem in folder.problems]
    gathered.problems += unfound
    gathered.unread |= bool(unfound)
    whole = _folder_text(folders)
    if touched is not None:
        gathered.problems = list(_concerning(gathered.problems, touched))
    gathered.problems += _between_documents(gathered, whole)
    if gathered.problems:
        problems = [replace(each, message=one_line(each.message)) for each in set(gathered.problems)]
        raise InvalidManifests(problems, _stated(gathered))
    return Manifests(
        folder=whole,
        project=gathered.projects[0],
        accounts=tuple(gathered.accounts),
        orders=tuple(gathered.orders),
        files=len(files),
    )


def _name(declared: Declared) -> tuple[str, str]:
    """Return what only one document may be; there is one project, whatever its name."""
    return declared.kind, declared.name if declared.kind != "Project" else ""


def _stated(gathered: Gathered) -> Stated:
    """Leave out each document that holds a problem, is reported in one between documents, or shares its name."""
    faulty = gathered.faulty | {problem.location for problem in gathered.problems}
    names = Counter(map(_name, gathered.declared))
    faulty |= {declared.source for declared in gathered.declared if names[_name(declared)] > 1}
    origins = Counter(origin for origin, _ in {(bare(order.origin), bare(order.key)) for order in gathered.orders})
    faulty |= {order.source for order in gathered.orders if origins[bare(order.origin)] > 1}
    return Stated(
        projects=tuple(each for each in gathered.projects if each.source not in faulty),
        accounts=tuple(each for each in gathered.accounts if each.source not in faulty),
        orders=tuple(each for each in gathered.orders if each.source not in faulty),
    )


def _concerning(problems: Sequence[Problem], touched: Collection[str]) -> Iterator[Problem]:
    """Keep the problems that stand in touched files, or name a touched file of targets, as one that cannot be read."""
    targets = [os.path.basename(path) for path in touched if not path.lower().endswith(ENDINGS)]
    for problem in problems:
        if os.path.realpath(problem.location.file) in touched or any(name in problem.message for name in targets):
            yield problem


def _files(folders: Sequence[Folder]) -> Iterator[tuple[Folder, str]]:
    seen: set[str] = set()
    for folder in folders:
        for relative in folder.files:
            path = os.path.join(folder.real, relative)
            if path not in seen:
                seen.add(path)
                yield folder, relative


def _folder_text(folders: Sequence[Folder]) -> str:
    if len(folders) == 1:
        return folders[0].shown
    return shown_as(Path(os.path.commonpath([folder.real for folder in folders]))) if folders else os.curdir


def _read(reading: Reading, folder: Folder, relative: str, cache: Cache) -> Gathered:
    shown = folder.display(relative)
    try:
        content = folder.content(os.path.join(folder.real, relative), MAX_MANIFEST)
        if not content:  # as a crash or a full disk leaves it; a file of comments alone is meant
            raise Unreadable("is empty: restore its content, or remove the file")
        found = cache.find(shown, content)
        if found is None:
            found = _read_documents(reading, decoded(content), folder, relative)
            cache.keep(shown, content, found)
    except Unreadable as e:
        return Gathered(problems=[Problem(Location(file=shown), str(e))], unread=True)
    return found


def _read_documents(reading: Reading, text: str, folder: Folder, relative: str) -> Gathered:
    reading.gathered = gathered = Gathered()
    file = YamlFile(text, folder.display(relative))
    problems = 0
    for document in file:
        taken = frozenset(problem.location for problem in file.problems)
        reading.document(document, folder, relative, taken)
        if problems < (problems := len(gathered.problems) + len(file.problems)):
            gathered.faulty.add(document.at(("metadata", "name")))
        if len(gathered.problems) > _MOST_PROBLEMS:
            gathered.problems.append(Problem(document.at(()), "too many problems in this file: the rest was not read"))
            gathered.unread = True
            break
    gathered.problems += file.problems
    gathered.unread |= not file.complete
    return gathered


def _between_documents(gathered: Gathered, folder: str) -> Iterator[Problem]:
    by_kind: dict[str, list[Declared]] = {"Project": [], "Account": [], "TaskingOrder": []}
    for declared in gathered.declared:
        by_kind[declared.kind].append(declared)
    yield from _one_project(by_kind["Project"], folder, unread=gathered.unread)
    yield from _one_of_a_name(by_kind["Account"], "account")
    yield from _one_of_a_name(by_kind["TaskingOrder"], "order")
    yield from _one_of_an_origin(gathered.orders)
    yield from _adopted_once(gathered.orders)
    accounts = {each.name: each for each in reversed(by_kind["Account"])}
    for order in by_kind["TaskingOrder"]:
        yield from _at_its_account(order, accounts, unread=gathered.unread)


def _one_project(projects: Sequence[Declared], folder: str, *, unread: bool) -> Iterator[Problem]:
    if not projects and not unread:
        yield Problem(Location(file=folder), "no document of kind Project: add one, it names the owner of the orders")
    for surplus in projects[1:]:
        yield Problem(surplus.source, f"a second Project: the first is at {projects[0].source}; keep one of them")


def _one_of_a_name(documents: Sequence[Declared], word: str) -> Iterator[Problem]:
    first: dict[str, Declared] = {}
    for each in documents:
        if each.name and first.setdefault(each.name, each) is not each:
            message = f"metadata.name: the {word} {quoted(each.name)} is already at {first[each.name].source}"
            yield Problem(each.source, f"{message}: rename or remove one of them")


def _one_of_an_origin(orders: Sequence[DesiredOrder]) -> Iterator[Problem]:
    """Two orders of one first name would have the same references."""
    moved = [order for order in orders if order.moved_from is not None]
    first = {bare(order.key): order for order in orders if order.moved_from is None} if moved else {}
    for order in moved:
        other = first.setdefault(bare(order.origin), order)
        if other is not order:
            message = f"spec.moved: {quoted(order.origin)} is stated at {other.source}: rename or remove that one"
            yield Problem(order.source, message)


def _adopted_once(orders: Sequence[DesiredOrder]) -> Iterator[Problem]:
    """One order of a provider's cannot be two of ours; ids are unique over a provider's accounts."""
    first: dict[tuple[str, str], DesiredOrder] = {}
    for order in orders:
        if order.adopt is None:
            continue
        other = first.setdefault((order.provider, order.adopt.order_id.lower()), order)
        if other.source != order.source:  # several geometries of one manifest are reported there
            message = f"spec.adopt.orderId: {quoted(order.adopt.order_id)} is adopted at {other.source}"
            yield Problem(order.source, f"{message} already: remove one of the two `adopt`")


def _at_its_account(order: Declared, accounts: Mapping[str, Declared], *, unread: bool) -> Iterator[Problem]:
    if order.account is None or order.account_at is None:
        return
    account = accounts.get(order.account)
    if account is None:
        if not unread:
            near = suggestion(order.account, accounts)
            yield Problem(order.account_at, f"spec.account: there is no account {quoted(order.account)}{near}")
        return
    if order.provider and order.provider_at and account.provider and order.provider != account.provider:
        message = (
            f"spec.{order.provider}: the account {quoted(order.account)} is at {account.provider}: "
            f"its orders carry a block `{account.provider}`"
        )
        yield Problem(order.provider_at, message)
