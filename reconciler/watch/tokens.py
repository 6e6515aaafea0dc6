"""Access tokens for whoever calls back: OAuth 2.0 client credentials (RFC 6749, 4.4), with nothing to store.

A token is the second at which it expires and the HMAC of that under the client's credentials, for this purpose alone.
New credentials end every token of the old ones.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote_plus

from reconciler.watch.secret import Secret, octets, parse_authorization, same

TokenIssuer: TypeAlias = Callable[[Mapping[str, str], bytes, float], tuple[int, dict[str, str | int]]]
"""Answers a token request by its headers (names in lower case), its body and our time: a status and a JSON object."""

GOOD_FOR = 3600
"""Seconds for which a token is good."""
_PURPOSE = b"tasking-reconciler: access to webhooks until "
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20


def issued(secret: str, until: int) -> str:
    """Return the token that is good until then, in seconds since 1970."""
    return f"{until}.{hmac.digest(octets(secret), _PURPOSE + str(until).encode(), 'sha256').hex()}"


def good(token: str, secret: str, now: float) -> bool:
    """Tell whether a token was issued under this secret and has not expired."""
    until = token.partition(".")[0]
    if not (until.isascii() and until.isdigit() and len(until) <= 12):
        return False
    return same(token, issued(secret, int(until))) and now < int(until)


def client_credentials(secret: Secret) -> TokenIssuer:
    """Grant a token to who shows `id:secret`, with Basic or in the form; where the secret has no colon, to nobody.

    In a Basic header both may be form-encoded, as RFC 6749 (2.3.1) has it, or plain, as most clients send them.
    """

    def issue(headers: Mapping[str, str], body: bytes, now: float) -> tuple[int, dict[str, str | int]]:
        form = _form(headers, body)
        if isinstance(form, str):
            return 400, {"error": "invalid_request", "error_description": form}
        known = secret()
        if ":" not in known or not any(same(one, known) for one in _claims(headers, form)):
            return 401, {"error": "invalid_client"}
        match form.get("grant_type"):
            case "client_credentials":
                token = issued(known, int(now) + GOOD_FOR)
                return 200, {"access_token": token, "token_type": "Bearer", "expires_in": GOOD_FOR}
            case None:
                return 400, {"error": "invalid_request", "error_description": "grant_type is missing"}
            case _:
                return 400, {"error": "unsupported_grant_type"}

    return issue


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str] | str:
    """Read a form, or say what is wrong with it. A field without a value counts as absent (RFC 6749, 3.2)."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return f"the body is to be {_FORM}"
    try:
        fields = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return "the body is not a readable form"
    form = dict(fields)
    if len(form) < len(fields):
        return "a field stands there twice"
    if "client_secret" in form and parse_authorization(headers)[0] == "basic":
        return "show the credentials in one way only"
    return form


def _claims(headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the caller says its credentials are."""
    scheme, plain = parse_authorization(headers)
    if scheme == "basic":
        return plain, unquote_plus(plain, errors="surrogateescape")
    return (f"{form.get('client_id', '')}:{form.get('client_secret', '')}",)
