"""API keys, tokens by the password grant with refresh, and the check of every call (contracts/vantor.md section 1)."""

import base64
import binascii
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from hmac import compare_digest
from typing import TypeAlias
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, TypeAdapter

from reconciler.simulator.control import json_object
from reconciler.simulator.instants import parse_instant
from reconciler.simulator.messages import Answer, ErrorResponse, Handler, JsonObject, RequestContext
from reconciler.simulator.vantor.errors import refused

PROVIDER = "vantor"
KEY_PARAMETER = "maxar_api_key"
_KEY_HEADER = "maxar-api-key"
_CLIENT = "mgp"
_FORM = "application/x-www-form-urlencoded"
_PREFIX = "simtok_"
"""What every token begins with, so that one can be told wherever it turns up."""
_ACCESS, _REFRESH = "token", "refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: users and keys of an account share its requests, and those of a group a part of them."""

    id: str
    account: str
    group: str
    may_submit: bool


class _Facts(BaseModel):
    """What control sets of a user or a key."""

    model_config = ConfigDict(extra="forbid", strict=True)

    account: str = "default"
    group: str = "default"
    maySubmit: bool = True


class _User(_Facts):
    password: str


class _Key(_Facts):
    expires: str = "9999-12-31T00:00:00Z"


CallerHandler: TypeAlias = Callable[[RequestContext, Caller], Answer]

_USERS = TypeAdapter(dict[str, _User])
_KEYS = TypeAdapter(dict[str, _Key])


def issue_token(call: RequestContext) -> Answer:
    """Answer `POST token`: the client is named in the form, or by HTTP Basic with an empty secret."""
    if call.request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise _oauth_error(400, "invalid_request", f"the body must be {_FORM}")
    form = dict(parse_qsl(call.request.body.decode(), keep_blank_values=True))
    if form.get("client_id", _basic_client(call)) != _CLIENT:
        raise _oauth_error(401, "invalid_client", "Invalid client or Invalid client credentials")
    match form.get("grant_type"):
        case "password":
            username = _checked_user(call, form.get("username", ""), form.get("password", ""))
        case "refresh_token":
            username = _refreshed_user(call, form.get("refresh_token", ""))
        case _:
            raise _oauth_error(400, "unsupported_grant_type", "Unsupported grant_type")
    access, refresh = call.settings.integer("tokenSeconds"), call.settings.integer("refreshSeconds")
    body = {
        "access_token": _issued(call, _ACCESS, username, access),
        "expires_in": access,
        "refresh_expires_in": refresh,
        "refresh_token": _issued(call, _REFRESH, username, refresh),
        "token_type": "Bearer",
        "not-before-policy": 0,
        "session_state": str(uuid.uuid4()),
        "scope": "email profile",
    }
    return Answer(status=200, body=body, headers={"cache-control": "no-store"})


def protected(handler: CallerHandler) -> Handler:
    """Refuse a call without a valid token or key, and tell the handler who calls."""

    @wraps(handler)
    def checked(call: RequestContext) -> Answer:
        caller = _by_token(call) or _by_key(call)
        if caller is None:
            raise refused(401, "Unauthorized")
        return handler(call, caller)

    return checked


def tell_allowed(call: RequestContext) -> Answer:
    """Answer `GET usage/v2/allowed`, which takes tokens only: a blank 200."""
    if _by_token(call) is None:
        raise refused(401, "Unauthorized")
    return Answer(status=200, body=b"")


def set_users(call: RequestContext) -> Answer:
    """Control: accept only `{username: {"password", "account"?, "group"?, "maySubmit"?}}`; {} accepts all again."""
    users = _USERS.validate_python(json_object(call))
    return _set(call, "users", users)


def set_keys(call: RequestContext) -> Answer:
    """Control: accept only `{key: {"account"?, "group"?, "maySubmit"?, "expires"?}}`; {} accepts all again."""
    keys = _KEYS.validate_python(json_object(call))
    for key in keys.values():
        parse_instant(key.expires)
    return _set(call, "keys", keys)


def revoke_tokens(call: RequestContext) -> Answer:
    """Control: make every token issued so far invalid, refresh tokens too."""
    for kind in (_ACCESS, _REFRESH):
        call.store.drop_documents(PROVIDER, kind)
    return Answer(status=200, body={})


def _set(call: RequestContext, kind: str, wanted: Mapping[str, _Facts]) -> Answer:
    kept = {name: facts.model_dump() for name, facts in wanted.items()}
    call.store.keep_document(PROVIDER, kind, "all", kept)
    return Answer(
        status=200, body={name: {"id": _id(kind, name), "account": kept[name]["account"]} for name in sorted(kept)}
    )


def _basic_client(call: RequestContext) -> str:
    """Return the client that HTTP Basic names."""
    scheme, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _checked_user(call: RequestContext, username: str, password: str) -> str:
    known = call.store.document(PROVIDER, "users", "all")
    expected = known.get(username, {}).get("password", "") if known else password
    if not username or not password or not compare_digest(str(expected).encode(), password.encode()):
        raise _oauth_error(401, "invalid_grant", "Invalid user credentials")
    return username


def _refreshed_user(call: RequestContext, token: str) -> str:
    kept = call.store.document(PROVIDER, _REFRESH, token)
    if kept is None or kept["expires"] <= call.age_seconds:
        raise _oauth_error(400, "invalid_grant", "Token is not active")
    return str(kept["username"])


def _issued(call: RequestContext, kind: str, username: str, seconds: int) -> str:
    token = _PREFIX + secrets.token_urlsafe(32)
    call.store.keep_document(PROVIDER, kind, token, {"username": username, "expires": call.age_seconds + seconds})
    return token


def _by_token(call: RequestContext) -> Caller | None:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    kept = call.store.document(PROVIDER, _ACCESS, token) if scheme.lower() == "bearer" else None
    if kept is None or kept["expires"] <= call.age_seconds:
        return None
    return _caller(call, "users", kept["username"])


def _by_key(call: RequestContext) -> Caller | None:
    key = call.request.headers.get(_KEY_HEADER) or dict(call.request.query).get(KEY_PARAMETER)
    known = call.store.document(PROVIDER, "keys", "all")
    if not key or (known and (key not in known or parse_instant(known[key]["expires"]) <= call.now)):
        return None
    return _caller(call, "keys", key)


def _caller(call: RequestContext, kind: str, name: str) -> Caller:
    kept: JsonObject = (call.store.document(PROVIDER, kind, "all") or {}).get(name, _Facts().model_dump())
    return Caller(id=_id(kind, name), account=kept["account"], group=kept["group"], may_submit=kept["maySubmit"])


def _id(kind: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{kind}.vantor.simulator"))


def _oauth_error(status: int, error: str, description: str) -> ErrorResponse:
    return ErrorResponse(status, error, description, body={"error": error, "error_description": description})
