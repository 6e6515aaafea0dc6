"""Refusals in the shapes of Vantor's gateway and services (contracts/vantor.md sections 2.1 and 7)."""

from collections.abc import Sequence
from http import HTTPStatus

from reconciler.simulator.messages import Answer, ErrorResponse, JsonObject, RequestContext

_LOGIN = "/vantor/account/"
_GATEWAY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
_TYPES = {
    400: "validation_error",
    401: "authentication_error",
    403: "authorization_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


def refuse(call: RequestContext, refusal: ErrorResponse) -> Answer:
    """Write a refusal: only a 429 has a documented body, and what the gateway refuses itself is a bare message."""
    headers = dict(refusal.headers)
    if refusal.body is not None and call.request.path.startswith(_LOGIN):
        return Answer(status=refusal.status, body=refusal.body, headers=headers)
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        told = too_many(call, call.settings.integer("waitSeconds")) if refusal.body is None else refusal
        return Answer(status=429, body=_error(429, told.body or {}), headers={**told.headers, **headers})
    details = refusal.body or {"error_messages": [refusal.message]}
    form = "message" if refusal.status in _GATEWAY else call.settings.text("errorBody")
    match form:
        case "message":
            return Answer(
                status=refusal.status, body={"message": "; ".join(details["error_messages"])}, headers=headers
            )
        case "text":
            text = "\n".join(details["error_messages"]).encode()
            return Answer(status=refusal.status, body=text, headers=headers, content_type="text/plain; charset=utf-8")
        case _:
            return Answer(status=refusal.status, body=_error(refusal.status, details), headers=headers)


def refused(status: int, *messages: str) -> ErrorResponse:
    """Return a refusal with its reasons."""
    return ErrorResponse(status, "", messages[0], body={"error_messages": list(messages)})


def bad_request(messages: Sequence[str], **more: object) -> ErrorResponse:
    """Return the 400 of a request that does not hold, with what its body tells beside the reasons."""
    return ErrorResponse(400, "", messages[0], body={"error_messages": list(messages), **more})


def not_found(tasking_id: str) -> ErrorResponse:
    """Return the 404 of an id that is nobody's."""
    return refused(404, f"Tasking {tasking_id} was not found.")


def too_many(call: RequestContext, seconds: int) -> ErrorResponse:
    """Return the 429, whose wait stands in its text, and only by a switch in a header."""
    message = f"The system-wide limit of new requests is reached. Try after {seconds} seconds"
    headers = {"retry-after": str(seconds)} if call.settings.flag("retryAfter") else {}
    return ErrorResponse(429, "", message, headers=headers, body={"error_messages": [message]})


def _error(status: int, details: JsonObject) -> JsonObject:
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    kind = _TYPES.get(status, "server_error" if status >= 500 else "request_error")
    return {"error": {"error_code": code, "error_type": kind, **details}}
