"""What a person reads if a package that the program needs cannot be imported.

Imports the standard library only: any other package may be the broken one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from traceback import walk_tb

_DISTRIBUTION = "tasking-reconciler"
_OURS = "reconciler"
_NAMED_OTHERWISE = {"yaml": "pyyaml"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST_REASON = 200


def unusable_package(error: BaseException) -> str | None:
    """Return what to report of an import of a dependency that failed; None for every other error.

    An `ImportError` of the program's own modules, or of the standard library, is a bug of the installation's code and
    not of a dependency.
    """
    if not isinstance(error, ImportError):
        return None
    requirements = _requirements()
    package = next((name for name in _suspects(error) if name in requirements), None)
    if package is None:
        return None
    needed = requirements[package]
    reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    installed = _installed(package)
    lines = [
        f"error: the package {package} cannot be imported: {reason[:_LONGEST_REASON]}",
        f"{_DISTRIBUTION} needs {needed}; {f'installed is {installed}' if installed else 'it is not installed'}.",
        f"Run `pip install --upgrade {_DISTRIBUTION}` for {sys.executable}"
        + (f"; if that does not help, `pip install --force-reinstall '{needed}'`." if installed else "."),
    ]
    return "\n".join(lines)


def _suspects(error: ImportError) -> Iterator[str]:
    """Yield the module that was not found or lacks a name, then those that our code was importing, innermost first."""
    modules = [str(frame.f_globals.get("__name__", "")).partition(".")[0] for frame, _ in walk_tb(error.__traceback__)]
    yield _distribution((error.name or "").partition(".")[0])
    for module in reversed(modules):
        if module == _OURS:
            return
        yield _distribution(module)


def _distribution(module: str) -> str:
    return _NAMED_OTHERWISE.get(module, module).replace("_", "-").lower()


def _requirements() -> dict[str, str]:
    """Return what the program needs to run, by normalized name."""
    try:
        lines = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return {}
    needed = [line.partition(";")[0].strip() for line in lines if "extra ==" not in line]
    return {_distribution(found[0]): line for line in needed if (found := _NAME.match(line))}


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
