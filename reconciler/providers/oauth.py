"""OAuth 2 as a protocol without I/O: what to send for a token, and how long an answer holds."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from reconciler.model.errors import RefusalKind, Refused, Unknown
from reconciler.providers.answers import Answer, printable

_EARLY = 300.0
_UNSTATED_LIFE = 600.0
_LONGEST_LIFE = 10**9


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; `renew_at` and `expires_at` in seconds of the monotonic clock."""

    value: str = field(repr=False)
    renew_at: float
    expires_at: float


class Credentials:
    """What one client asks a token endpoint with, by whichever grant; see the functions that make it.

    `headers` and `form` are those of the request. `secrets` must appear nowhere; `named` says, for messages, where the
    credentials were named.
    """

    def __init__(
        self, url: str, *, form: bytes, headers: Mapping[str, str], secrets: tuple[str, ...], named: str
    ) -> None:
        self.url = url
        self.form = form
        self.headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        self._secrets = secrets
        self._named = named

    def __repr__(self) -> str:
        return f"Credentials(from {self._named})"

    def token(self, answer: Answer, *, at: float) -> Token:
        """Return the token of an answer; renewed five minutes early, though never in the first half of its life.

        Raises `Refused` where the credentials were not accepted, `Unknown` where there is no readable answer.
        """
        body = answer.body if isinstance(answer.body, dict) else {}
        if 200 <= answer.status < 300:
            value, life = body.get("access_token"), _seconds(body.get("expires_in"))
            if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
                raise Unknown(f"the token endpoint answered without a token ({self._named}): check its address")
            return Token(value, renew_at=at + max(life / 2, life - _EARLY), expires_at=at + life)
        said = self.without_secrets(printable(": ".join(_texts(body))))
        if answer.status in (400, 401, 403):
            raise Refused(
                f"the token endpoint refused the credentials ({said or 'no reason given'}, HTTP {answer.status}):"
                f" check {self._named}",
                kind=RefusalKind.UNAUTHORIZED,
                status=answer.status,
            )
        raise Unknown(f"the token endpoint answered HTTP {answer.status} and no token: check {self._named}, or wait")

    def without_secrets(self, text: str) -> str:
        """Blot out the credentials, should a foreign text repeat them."""
        for secret in self._secrets:
            text = text.replace(secret, "***") if secret else text
        return text


def client_credentials(url: str, *, client: str, secret: str, named: str) -> Credentials:
    """Return the grant by client credentials, sent by Basic authentication; no scope is asked for."""
    pair = base64.b64encode(f"{client}:{secret}".encode()).decode()
    return Credentials(
        url,
        form=b"grant_type=client_credentials",
        headers={"Authorization": f"Basic {pair}"},
        secrets=(secret, client, pair),
        named=named,
    )


def password_grant(url: str, *, client: str, username: str, password: str, named: str) -> Credentials:
    """Return the grant by a user's name and password; the scope lets the user be asked who they are (OpenID)."""
    grant = {"grant_type": "password", "username": username, "password": password}
    form = urlencode({**grant, "client_id": client, "scope": "openid"})
    plain = (password, username)
    return Credentials(url, form=form.encode(), headers={}, secrets=(*plain, *map(quote_plus, plain)), named=named)


def _seconds(life: object) -> float:
    if isinstance(life, str) and life.isascii() and life.isdigit() and len(life) < 10:
        return float(life)
    if isinstance(life, bool) or not isinstance(life, int | float):
        return _UNSTATED_LIFE
    return float(min(max(0, life), _LONGEST_LIFE))


def _texts(body: dict[object, object]) -> list[str]:
    values = (body.get(name) for name in ("error", "error_description"))
    return [value for value in values if isinstance(value, str)]
