"""A target in a file of its own: JSON, inside the manifest folder, with line and column of every mistake.

The file is read by the standard library's strict parser. Positions cost nothing while all is well: only a file with a
mistake is read again by the event builder, which knows them, for JSON without its `\\ud83d\\ude00` escapes is YAML.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.manifest.files import MAX_GEOJSON, Folder, Unreadable, decoded
from reconciler.manifest.geojson import GeoJson, Placed
from reconciler.manifest.rings import Steps
from reconciler.manifest.strict_yaml import Document, YamlFile
from reconciler.manifest.wording import dotted, quoted
from reconciler.model.errors import Location, Problem

_LONGEST_PATH = 1_000
_MAX_NODES = 500_000
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def file_problem(path: object, manifest: str, folder: Folder) -> str | None:
    """Say why a target's file may not be read at all: only files below the manifest folder are."""
    if not isinstance(path, str) or not path or len(path) > _LONGEST_PATH or not path.isprintable():
        return f"expected the path of a GeoJSON file, found {quoted(path)}"
    if os.path.isabs(path):
        return "an absolute path leaves the manifest folder: write it relative to this file"
    if not folder.inside(_resolved(path, manifest, folder)):
        return f"{quoted(path)} leaves the manifest folder: put the file below it"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTargets:
    """What a file holds. `unreadable` says why it could not be opened; `problems` have their lines in the file."""

    targets: tuple[Placed, ...] = ()
    problems: tuple[Problem, ...] = ()
    unreadable: str | None = None


def read_file(path: str, manifest: str, folder: Folder, *, key_by: str | None = None) -> FileTargets:
    """Read a target's file; `manifest` is the manifest's path relative to the folder. Ask `file_problem` before."""
    full = _resolved(path, manifest, folder)
    shown = folder.display(os.path.relpath(full, folder.real))
    try:
        text = decoded(folder.content(full, MAX_GEOJSON))
    except Unreadable as e:
        return FileTargets(unreadable=f"{shown}: {e}")
    value, problems = _parsed(text, shown)
    if problems:
        return FileTargets(problems=tuple(problems))
    reading = GeoJson(strict=False, key_by=key_by)
    reading.read(value)
    if reading.findings:
        return FileTargets(problems=tuple(_placed(reading.findings, text, shown)))
    return FileTargets(targets=tuple(reading.targets))


def _resolved(path: str, manifest: str, folder: Folder) -> str:
    return os.path.normpath(os.path.join(folder.real, os.path.dirname(manifest), path))


class _Repeated(ValueError):
    """An object holds one name twice."""


def _parsed(text: str, shown: str) -> tuple[object, list[Problem]]:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant), []
    except json.JSONDecodeError as e:
        return None, [Problem(Location(file=shown, line=e.lineno, column=e.colno), f"not valid JSON: {e.msg}")]
    except _Repeated as e:
        return None, _located(text, shown)[1] or [Problem(Location(file=shown), str(e))]
    except RecursionError:
        return None, [Problem(Location(file=shown), "nested too deeply")]
    except ValueError as e:
        return None, [Problem(Location(file=shown), f"not valid JSON: {e}")]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        repeated = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _Repeated(f"duplicate key {quoted(repeated)}")
    return result


def _constant(name: str) -> object:
    raise ValueError(f"{name} is not a number in JSON")


def _located(text: str, shown: str) -> tuple[Document | None, list[Problem]]:
    escaped = _PAIR.sub(_one_character, text)
    file = YamlFile(escaped, shown, max_nodes=_MAX_NODES)
    document = next(iter(file), None)
    return document, [] if document is None else file.problems


def _one_character(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"{pair[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


def _placed(findings: Sequence[tuple[Steps, str]], text: str, shown: str) -> list[Problem]:
    document = _located(text, shown)[0]
    return [
        Problem(
            document.at(path) if document else Location(file=shown), f"{dotted(path)}: {message}" if path else message
        )
        for path, message in findings
    ]
