"""Secrets that callers show and that we sign with: where they are kept, how they are shown, how they are compared."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from reconciler.model.errors import ConfigError

Secret: TypeAlias = Callable[[], str]
"""Returns a secret as it is now: a file may hold another one than a minute ago."""

_LONGEST = 4096


def secret_from_variable(name: str, variables: Mapping[str, str], tell: Callable[[str], None]) -> Secret:
    """Return the secret in a variable, or in the file that `NAME_FILE` names; raises `ConfigError` for none or both."""
    place = variables.get(f"{name}_FILE")
    if place is not None and name in variables:
        raise ConfigError(f"environment variables {name} and {name}_FILE are both set: unset one of them")
    if place is not None:
        return secret_from_file(Path(place), f"{name}_FILE:", tell)
    if name not in variables:
        raise ConfigError(
            f"environment variable {name} is not set, nor is {name}_FILE; an option names it for a secret"
        )
    text = _one_line(variables[name], f"environment variable {name}")
    return lambda: text


def secret_from_file(path: Path, option: str, tell: Callable[[str], None]) -> Secret:
    """Return the secret in a file, read at each use, so that a new one counts at once; raises `ConfigError`.

    While the file cannot be read later on, the last one that it held counts, and `tell` says so, once.
    """
    known, wrong = _read(path, option), ""

    def secret() -> str:
        nonlocal known, wrong
        problem = ""
        try:
            known = _read(path, option)
        except ConfigError as e:
            problem = str(e)
        if problem not in ("", wrong):
            tell(f"{problem}; the last secret that it held counts until then")
        wrong = problem
        return known

    return secret


def _read(path: Path, option: str) -> str:
    try:
        with path.open("rb") as file:
            return _one_line(file.read(_LONGEST).decode("utf-8"), f"the file {path}")
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "not UTF-8"
        raise ConfigError(f"{option} {path} cannot be read: {why}") from e


def _one_line(text: str, where: str) -> str:
    if not text.strip() or "\n" in text.strip():
        raise ConfigError(f"{where} is {'empty' if not text.strip() else 'not one line'}: it is to hold a secret")
    return text.strip()


def parse_authorization(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return an Authorization's scheme, in lower case, and what is shown: with Basic `user:password`, decoded."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return scheme.lower(), value.strip()
    try:
        return "basic", base64.b64decode(value.strip(), validate=True).decode("utf-8", "surrogateescape")
    except ValueError:
        return "basic", ""


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing of them."""
    return hmac.compare_digest(octets(one), octets(other))


def octets(secret: str) -> bytes:
    """Return a secret's bytes: those of a variable or header may be no UTF-8."""
    return secret.encode("utf-8", "surrogateescape")
