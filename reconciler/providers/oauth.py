"""How a client shows who it is, without I/O: by OAuth 2 (what to send for a token, how long it holds), or by a key."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from reconciler.model.errors import RefusalKind, RefusedError, UnclearError
from reconciler.providers.responses import Response, printable

_EARLY = 300.0
_UNSTATED_LIFE = 600.0
_LONGEST_LIFE = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token; instants in seconds of the monotonic clock. `refresh` renews it until `refresh_until`."""

    value: str = field(repr=False)
    renew_at: float
    expires_at: float
    refresh: str | None = field(default=None, repr=False)
    refresh_until: float = 0.0


class Credentials:
    """What one client asks a token endpoint with, by whichever grant; see the functions that make it.

    `headers` and `form` are those of the request. `secrets` must appear nowhere; `named` says, for messages, where the
    credentials were named. `renews_as` names the client that may renew a token by its refresh token. `key_header` names
    the header that takes a key, which is the only secret then and needs no token endpoint.
    """

    def __init__(
        self,
        url: str,
        *,
        form: bytes,
        headers: Mapping[str, str],
        secrets: tuple[str, ...],
        named: str,
        renews_as: str | None = None,
        key_header: str | None = None,
    ) -> None:
        self.url = url
        self.form = form
        self.headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        self.standing = (
            Token(value=secrets[0], renew_at=math.inf, expires_at=math.inf) if key_header is not None else None
        )
        self._secrets = secrets
        self._named = named
        self._renews_as = renews_as
        self._key_header = key_header

    def __repr__(self) -> str:
        return f"Credentials(from {self._named})"

    def token(self, answer: Response, *, at: float) -> Token:
        """Return the token of an answer; renewed five minutes early, though never in the first half of its life.

        Raises `RefusedError` where the credentials were not accepted, `UnclearError` where there is no readable answer.
        """
        body = answer.body if isinstance(answer.body, dict) else {}
        if 200 <= answer.status < 300:
            value, life = body.get("access_token"), _seconds(body.get("expires_in"))
            if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
                raise UnclearError(f"the token endpoint answered without a token ({self._named}): check its address")
            renewed = at + max(life / 2, life - _EARLY)
            refresh = body.get("refresh_token") if self._renews_as is not None else None
            until = at + _seconds(body.get("refresh_expires_in"))
            return Token(
                value=value,
                renew_at=renewed,
                expires_at=at + life,
                refresh=refresh if isinstance(refresh, str) else None,
                refresh_until=until,
            )
        said = self.without_secrets(printable(": ".join(_texts(body))))
        if answer.status in (400, 401, 403):
            raise RefusedError(
                f"the token endpoint refused the credentials ({said or 'no reason given'}, HTTP {answer.status}):"
                f" check {self._named}",
                kind=RefusalKind.UNAUTHORIZED,
                status=answer.status,
            )
        raise UnclearError(
            f"the token endpoint answered HTTP {answer.status} and no token: check {self._named}, or wait"
        )

    def renewal(self, token: Token | None, *, at: float) -> bytes | None:
        """Return the form that renews a token; None where it has to be asked for anew."""
        if token is None or not token.refresh or self._renews_as is None or at >= token.refresh_until:
            return None
        grant = {"grant_type": "refresh_token", "refresh_token": token.refresh, "client_id": self._renews_as}
        return urlencode(grant).encode()

    def auth_header(self, token: Token) -> dict[str, str]:
        """Return the header that a request shows the token, or the key, in."""
        if self._key_header is not None:
            return {self._key_header: token.value}
        return {"Authorization": f"Bearer {token.value}"}

    def hide(self, secret: str) -> None:
        """Blot out one more secret from now on: one that a request's body carries."""
        in_json = json.dumps(secret)[1:-1]
        with_slashes = in_json.replace("/", "\\/")
        escaped = [text.replace("&", "\\u0026") for text in (in_json, with_slashes)]
        forms = dict.fromkeys((secret, in_json, with_slashes, *escaped, quote_plus(secret)))
        self._secrets = (*self._secrets, *(form for form in forms if form not in self._secrets))

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


def password_grant(
    url: str, *, client: str, username: str, password: str, named: str, renewable: bool = False
) -> Credentials:
    """Return the grant by a user's name and password; the scope lets the user be asked who they are (OpenID).

    A renewable token is renewed by its refresh token while that holds.
    """
    grant = {"grant_type": "password", "username": username, "password": password}
    form = urlencode({**grant, "client_id": client, "scope": "openid"})
    plain = (password, username)
    return Credentials(
        url,
        form=form.encode(),
        headers={},
        secrets=(*plain, *map(quote_plus, plain)),
        named=named,
        renews_as=client if renewable else None,
    )


def api_key(header: str, key: str, *, named: str) -> Credentials:
    """Return a key that every request shows in a header: nothing is asked for, and nothing expires here."""
    return Credentials("", form=b"", headers={}, secrets=(key,), named=named, key_header=header)


def _seconds(life: object) -> float:
    if isinstance(life, str) and life.isascii() and life.isdigit() and len(life) < 10:
        return float(life)
    if isinstance(life, bool) or not isinstance(life, int | float):
        return _UNSTATED_LIFE
    return float(min(max(0, life), _LONGEST_LIFE))


def _texts(body: dict[object, object]) -> list[str]:
    values = (body.get(name) for name in ("error", "error_description"))
    return [value for value in values if isinstance(value, str)]
