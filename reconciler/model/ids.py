"""Names of things, and the reference: our mark in a provider's order."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import NewType

AccountName = NewType("AccountName", str)
OrderKey = NewType("OrderKey", str)
"""An order's name in Git: `alice-springs`; of several geometries `berlin/2`, or `ports/berth-7` if they have names."""
ProviderOrderId = NewType("ProviderOrderId", str)
Reference = NewType("Reference", str)

_FORM = r"rc1-[a-z2-7]{20}"
_BYTES = 15
"""Of the digest: 24 characters in base32, of which a reference shows 20."""
_WHOLE_REFERENCE = re.compile(rf"(?<![0-9a-z-]){_FORM}(?![0-9a-z])", re.IGNORECASE)
_WITH_BLANKS = re.compile(rf"\s*{_WHOLE_REFERENCE.pattern}", re.IGNORECASE)
_LIKE_REFERENCE = re.compile(r"rc1-", re.IGNORECASE)
_FRAGMENT = re.compile(r"rc1-[a-z2-7]*|(?<![0-9a-z])rc1(?=\s*$)", re.IGNORECASE)
_LENGTH = 24


def reference_for(owner: str, key: OrderKey, attempt: int) -> Reference:
    """Return the reference of one attempt: `rc1-` and 20 lower-case base32 characters.

    A function of what is in Git alone. The first geometry of several shares the reference of the bare name: an order
    whose target grows from one geometry to many keeps what it has already placed.
    """
    digest = hashlib.sha256("\n".join((owner, bare(key), str(attempt))).encode()).digest()
    return Reference("rc1-" + base64.b32encode(digest[:_BYTES]).decode().lower()[:20])


def part_of(key: OrderKey) -> str | None:
    """Return what tells an order from the others of its manifest: `2` of `berlin/2`; None if there are no others."""
    return key.partition("/")[2] or None


def bare(key: OrderKey) -> str:
    """Return the name that a reference is made of: the first geometry of several goes by the bare name."""
    return key.removesuffix("/1")


def references_in(text: str | None) -> frozenset[Reference]:
    """Return the references that stand as whole tokens in a provider's text; case is not trusted to survive."""
    return frozenset([Reference(found.lower()) for found in _WHOLE_REFERENCE.findall(text or "")])


def fragments_in(text: str | None) -> frozenset[str]:
    """Return what begins as references do and is none, as where a provider has cut a text off; in lower case."""
    if not text or "rc1" not in text.lower():
        return frozenset()
    return frozenset([found.lower()[:_LENGTH] for found in _FRAGMENT.findall(_WHOLE_REFERENCE.sub(" ", text))])


def without_references(text: str) -> str:
    """Return a provider's text without the references that stand in it as whole tokens, and the blanks before them."""
    return _WITH_BLANKS.sub("", text)


def resembles_reference(text: str) -> bool:
    """Tell whether a user's own text holds something of the reference's form, which would confuse the search."""
    return _LIKE_REFERENCE.search(text) is not None
