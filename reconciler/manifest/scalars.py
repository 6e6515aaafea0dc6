"""Plain scalars by the YAML 1.2 core schema, and nothing that YAML 1.1 made of them.

Dates, times of day, `yes` and `no` stay text. What two YAML versions read differently (`010`) is refused, because a
reader of the manifest cannot know which one is meant.
"""

from __future__ import annotations

import math
import re
from typing import TypeAlias

Scalar: TypeAlias = bool | int | float | str | None

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_FIRST = frozenset("~ntf+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_LONGEST_NUMBER = 100


def resolve(text: str) -> Scalar:
    """Return what a plain scalar stands for; ValueError with advice where it stands for nothing that is safe."""
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS or text[0].isalpha():
        return _WORDS.get(text, text)
    if _INTEGER.fullmatch(text) or _BASED.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a number that can be ordered: write a finite one, or quote it if it is text")
    return text


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(text)} digits is too long: quote it if it is text")
    if _LEADING_ZERO.fullmatch(text):
        raise ValueError(f"{text} begins with 0 and could be read as octal: write {int(text)}, or quote it")
    return int(text, 0)


def _float(text: str) -> float:
    value = float(text) if len(text) <= _LONGEST_NUMBER else math.inf
    if not math.isfinite(value):
        raise ValueError("the number is too long or too large: quote it if it is text")
    return value
