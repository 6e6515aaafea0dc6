"""Tokens by the password grant (contracts/up42.md section 1), user info, and the check of every API call.

Every user has a workspace of their own, whose id is the user's; the users of an account share orders and credits.
"""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hmac import compare_digest
from typing import TypeAlias
from urllib.parse import parse_qsl

from reconciler.simulator.control import json_object
from reconciler.simulator.messages import Answer, ErrorResponse, Handler, JsonObject, RequestContext
from reconciler.simulator.store import Store
from reconciler.simulator.up42.errors import problem

PROVIDER = "up42"
_FORM = "application/x-www-form-urlencoded"
_CLIENTS = frozenset({"up42-api", "up42-sdk"})
_REFRESH_SECONDS = 1800
_ROLES = ("OWNER", "ADMIN", "MEMBER", "VIEWER")
_FACTS = frozenset({"password", "role", "account"})
_PREFIX = "simtok_"
"""What every token begins with, so that one can be told wherever it turns up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who calls; `id` is the id of the user's workspace as well."""

    id: str
    account: str
    role: str


UserHandler: TypeAlias = Callable[[RequestContext, User], Answer]


def issue_token(call: RequestContext) -> Answer:
    """Answer `POST token` as Keycloak does; the refresh token is given out and good for nothing."""
    if call.request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise _oauth_error(400, "invalid_request", f"the body must be {_FORM}")
    form = dict(parse_qsl(call.request.body.decode(), keep_blank_values=True))
    if form.get("client_id") not in _CLIENTS:
        raise _oauth_error(401, "invalid_client", "Invalid client or Invalid client credentials")
    if form.get("grant_type") != "password":
        raise _oauth_error(400, "unsupported_grant_type", "Unsupported grant_type")
    _check_password(call.store, form.get("username", ""), form.get("password", ""))
    token, seconds = _PREFIX + secrets.token_urlsafe(32), call.settings.integer("tokenSeconds")
    kept = {"username": form["username"], "expires": call.age_seconds + seconds}
    scopes = form.get("scope", "").split()
    call.store.keep_document(PROVIDER, "token", token, {**kept, "openid": "openid" in scopes})
    body = {
        "access_token": token,
        "expires_in": seconds,
        "refresh_expires_in": _REFRESH_SECONDS,
        "refresh_token": _PREFIX + secrets.token_urlsafe(32),
        "token_type": "Bearer",
        "not-before-policy": 0,
        "session_state": str(uuid.uuid4()),
        "scope": " ".join(sorted({"email", "profile", *scopes})),
    }
    return Answer(status=200, body=body, headers={"cache-control": "no-store"})


def get_user_info(call: RequestContext) -> Answer:
    """Return the user's id to a token that was asked for with the scope `openid`."""
    kept = _token(call)
    if not kept["openid"]:
        raise _oauth_error(403, "insufficient_scope", "Missing openid scope")
    return Answer(status=200, body={"sub": _user(call.store, kept["username"]).id})


def protected(handler: UserHandler) -> Handler:
    """Refuse a call without a valid token, and tell the handler who calls."""

    @wraps(handler)
    def checked(call: RequestContext) -> Answer:
        return handler(call, _user(call.store, _token(call)["username"]))

    return checked


def editor(user: User) -> None:
    """Raise a 403 for a role that may only look."""
    if user.role == "VIEWER":
        raise problem(403, "Forbidden")


def decider(user: User) -> None:
    """Raise a 403 for a role that may not decide a quotation."""
    if user.role in ("VIEWER", "MEMBER"):
        raise problem(403, "Forbidden")


def account_id(name: str) -> str:
    """Return the id of an account by the name that users are given."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.account.up42.simulator"))


def set_users(call: RequestContext) -> Answer:
    """Control: accept only `{username: {"password", "role"?, "account"?}}`; an empty object accepts all again.

    Roles are OWNER, ADMIN (the default), MEMBER and VIEWER; users of another account name share nothing.
    """
    users = json_object(call)
    for facts in users.values():
        if not isinstance(facts, dict) or facts.keys() - _FACTS or not isinstance(facts.get("password"), str):
            raise ValueError(f"each user must be an object with a password and, if wanted, {sorted(_FACTS)}")
        if facts.get("role", "ADMIN") not in _ROLES:
            raise ValueError(f"the role must be one of {_ROLES}")
    call.store.keep_document(PROVIDER, "users", "all", users)
    return Answer(status=200, body={name: _user_body(_user(call.store, name)) for name in sorted(users)})


def revoke_tokens(call: RequestContext) -> Answer:
    """Control: make every token issued so far invalid."""
    call.store.drop_documents(PROVIDER, "token")
    return Answer(status=200, body={})


def _user_body(user: User) -> JsonObject:
    return {"id": user.id, "account": user.account, "role": user.role}


def _user(store: Store, username: str) -> User:
    facts = (store.document(PROVIDER, "users", "all") or {}).get(username, {})
    user_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{username}.user.up42.simulator"))
    return User(id=user_id, account=account_id(facts.get("account", "default")), role=facts.get("role", "ADMIN"))


def _check_password(store: Store, username: str, password: str) -> None:
    known = store.document(PROVIDER, "users", "all")
    expected = known.get(username, {}).get("password", "") if known else password
    if not username or not password or not compare_digest(str(expected).encode(), password.encode()):
        raise _oauth_error(401, "invalid_grant", "Invalid user credentials")


def _token(call: RequestContext) -> JsonObject:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    kept = call.store.document(PROVIDER, "token", token) if scheme.lower() == "bearer" else None
    if kept is None or kept["expires"] <= call.age_seconds:
        raise ErrorResponse(401, "", "Unauthorized", headers={"www-authenticate": "Bearer"})
    return kept


def _oauth_error(status: int, error: str, description: str) -> ErrorResponse:
    return ErrorResponse(status, error, description, body={"error": error, "error_description": description})
