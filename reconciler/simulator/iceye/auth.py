"""Access tokens by client credentials (contracts/iceye.md section 1), and the check of every API call."""

import base64
import binascii
import secrets
from functools import wraps
from hmac import compare_digest
from urllib.parse import parse_qsl

from reconciler.simulator.control import json_object
from reconciler.simulator.messages import Answer, ErrorResponse, Handler, RequestContext

_FORM = "application/x-www-form-urlencoded"
_SCOPE = "company:read tasking:read tasking:write"
_PREFIX = "simtok_"
"""What every token begins with, so that one can be told wherever it turns up."""


def issue_token(call: RequestContext) -> Answer:
    """Answer `POST token`: Basic credentials, a form body, and the client credentials grant only."""
    if call.request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise _oauth_error(400, "invalid_request", f"the body must be {_FORM}")
    form = dict(parse_qsl(call.request.body.decode(), keep_blank_values=True))
    client = _client(call)
    match form.get("grant_type"):
        case None:
            raise _oauth_error(400, "invalid_request", "grant_type is missing")
        case "client_credentials":
            pass
        case other:
            raise _oauth_error(400, "unsupported_grant_type", f"grant type {other!r} is not supported")
    token = _PREFIX + secrets.token_urlsafe(32)
    seconds = call.settings.integer("tokenSeconds")
    expires = call.age_seconds + seconds
    call.store.keep_document("iceye", "token", token, {"client": client, "expires": expires})
    return Answer(
        status=200,
        body={"token_type": "Bearer", "expires_in": seconds, "access_token": token, "scope": _SCOPE},
        headers={"cache-control": "no-store"},
    )


def protected(handler: Handler) -> Handler:
    """Refuse a call without a valid token; nothing of the handler runs before."""

    @wraps(handler)
    def checked(call: RequestContext) -> Answer:
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        kept = call.store.document("iceye", "token", token) if scheme.lower() == "bearer" else None
        if kept is None:
            raise _unauthorized("missing or unknown access token")
        if kept["expires"] <= call.age_seconds:
            raise _unauthorized("access token expired")
        return handler(call)

    return checked


def set_clients(call: RequestContext) -> Answer:
    """Control: accept only the clients of `{client_id: client_secret}`; an empty object accepts all."""
    clients = json_object(call)
    if not all(isinstance(secret, str) for secret in clients.values()):
        raise ValueError("the body must map client ids to secrets")
    call.store.keep_document("iceye", "clients", "all", clients)
    return Answer(status=200, body={"clients": sorted(clients)})


def revoke_tokens(call: RequestContext) -> Answer:
    """Control: make every token issued so far invalid."""
    call.store.drop_documents("iceye", "token")
    return Answer(status=200, body={})


def _client(call: RequestContext) -> str:
    """Return the client id of the Basic credentials; any non-empty pair will do where none were set."""
    scheme, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _invalid_client("the Authorization header is no Basic credentials") from error
    client, _, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not client or not secret:
        raise _invalid_client("the request needs Basic credentials with a client id and a secret")
    known = call.store.document("iceye", "clients", "all")
    if known and not compare_digest(str(known.get(client, "")).encode(), secret.encode()):
        raise _invalid_client("unknown client or wrong secret")
    return client


def _invalid_client(description: str) -> ErrorResponse:
    return _oauth_error(401, "invalid_client", description)


def _oauth_error(status: int, error: str, description: str) -> ErrorResponse:
    headers = {"www-authenticate": "Basic"} if status == 401 else {}
    body = {"error": error, "error_description": description}
    return ErrorResponse(status, error, description, body=body, headers=headers)


def _unauthorized(message: str) -> ErrorResponse:
    return ErrorResponse(401, "ERR_UNAUTHORIZED", message, headers={"www-authenticate": "Bearer"})
