"""Refusals in ICEYE's two error formats (contracts/iceye.md section 2), and those that handlers share."""

from http import HTTPStatus

from reconciler.simulator.messages import Answer, ErrorResponse, RequestContext

_PROBLEM = "application/problem+json"
_REFERENCE = "https://docs.iceye.com/constellation/api/getting-started/error-handling/"


def refuse(call: RequestContext, refusal: ErrorResponse) -> Answer:
    """Write a refusal: `{code, message}`, or problem details where Accept asks for them.

    The two formats differ in their code words as well: `ERR_NOT_FOUND` and `not_found`.
    """
    headers = dict(refusal.headers)
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS and call.settings.flag("retryAfter"):
        headers.setdefault("retry-after", "1")
    if refusal.body is not None:
        return Answer(status=refusal.status, body=refusal.body, headers=headers)
    if not _wants_problem(call):
        return Answer(status=refusal.status, body={"code": refusal.code, "message": refusal.message}, headers=headers)
    problem = {
        "title": _title(refusal.status),
        "code": refusal.code.removeprefix("ERR_").lower(),
        "details": refusal.message,
        "reference": _REFERENCE,
    }
    return Answer(status=refusal.status, body=problem, headers=headers, content_type=_PROBLEM)


def bad_request(message: str) -> ErrorResponse:
    """Return a 400; its code is this simulator's own, for ICEYE's list of codes is not public."""
    return ErrorResponse(400, "ERR_BAD_REQUEST", message)


def not_found(what: str) -> ErrorResponse:
    """Return a 404; only its lower-case code `not_found` is documented."""
    return ErrorResponse(404, "ERR_NOT_FOUND", f"{what} not found")


def invalid_contract() -> ErrorResponse:
    """Return the 422 of the create page, word for word."""
    return ErrorResponse(422, "ERR_INVALID_CONTRACT", "could not create task: invalid model: invalid contract")


def insufficient_funds() -> ErrorResponse:
    """Return the 400 of the create page, word for word."""
    return ErrorResponse(400, "ERR_INSUFFICIENT_FUNDS", "could not create task: insufficient funds")


def _wants_problem(call: RequestContext) -> bool:
    match call.settings.text("errorFormat"):
        case "default":
            return False
        case "problem":
            return True
        case _:
            return _PROBLEM in call.request.headers.get("accept", "")


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
