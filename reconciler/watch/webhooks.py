"""Who may ring: a provider's callback is believed to be one, and then it is a hint to read, and nothing more.

ICEYE shows the Basic credentials that were chosen when the webhook was registered, or a token that it got for them
(contracts/iceye.md, 9). UP42 signs (contracts/up42.md, 12): `signature-input: up42-sig=("header" ...);created=SECONDS`
and `signature: up42-sig=BASE64`, the HMAC-SHA256 of the values of those headers, one after the other.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from reconciler.watch.secret import Secret, octets, parse_authorization, same
from reconciler.watch.tokens import good

Verifier: TypeAlias = Callable[[Mapping[str, str], float], bool]
"""Tells whether a request may ring, by its headers (names in lower case) and our time in seconds since 1970."""

LONGEST_AGE = 300.0
"""Seconds after which a signature is worth nothing (and before which, for clocks differ)."""
_SIGNED = re.compile(r'up42-sig=\(((?:"[^"()]{1,100}"[ ]?){1,20})\);created=(\d{1,12})(?:;.*)?')
_SIGNATURE = re.compile(r"up42-sig=:?([A-Za-z0-9+/=]{1,200}):?")


def iceye(secret: Secret) -> Verifier:
    """Believe who shows `user:password` as Basic credentials, or a token that was granted for them.

    Where the secret has no colon it is itself the Bearer token.
    """

    def verifier(headers: Mapping[str, str], now: float) -> bool:
        (scheme, told), known = parse_authorization(headers), secret()
        if scheme == "bearer":
            return good(told, known, now) if ":" in known else same(told, known)
        return scheme == "basic" and ":" in known and same(told, known)

    return verifier


def up42(secret: Secret) -> Verifier:
    """Believe who signs with the webhook's secret, some minutes ago at most."""

    def verifier(headers: Mapping[str, str], now: float) -> bool:
        signed = _SIGNED.fullmatch(headers.get("signature-input", ""))
        given = _SIGNATURE.fullmatch(headers.get("signature", ""))
        if signed is None or given is None or abs(now - float(signed[2])) > LONGEST_AGE:
            return False
        names = [name.lower() for name in re.findall(r'"([^"]+)"', signed[1])]
        if not all(name in headers for name in names):
            return False
        text = "".join(headers[name] for name in names)
        try:
            told = base64.b64decode(given[1], validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(told, hmac.digest(octets(secret()), text.encode("latin-1", "replace"), "sha256"))

    return verifier


def bearer(token: Secret) -> Verifier:
    """Believe who shows the daemon's own token: as Bearer, or as the password of Basic, as browsers ask for it."""

    def verifier(headers: Mapping[str, str], _now: float) -> bool:
        scheme, told = parse_authorization(headers)
        if scheme == "basic":
            told = told.partition(":")[2]
        return scheme in ("basic", "bearer") and same(told, token())

    return verifier
