"""Refusals in the shapes of UP42's services (contracts/up42.md section 1), and those that handlers share."""

from http import HTTPStatus

from reconciler.simulator.messages import Answer, ErrorResponse, JsonObject, RequestContext

_GLOSSARY = "/up42/api/v2/collections"


def refuse(call: RequestContext, refusal: ErrorResponse) -> Answer:
    """Write a refusal: as v2 services do, but the glossary has its own form."""
    headers = dict(refusal.headers)
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS and call.settings.flag("retryAfter"):
        headers.setdefault("retry-after", "1")
    if refusal.body is not None:
        return Answer(status=refusal.status, body=refusal.body, headers=headers)
    form = "glossary" if call.request.path.startswith(_GLOSSARY) else "problem"
    return Answer(status=refusal.status, body=error_body(form, refusal.status, refusal.message, {}), headers=headers)


def error_body(form: str, status: int, message: str, details: JsonObject) -> JsonObject:
    """Return an error in one of the three forms that services use."""
    match form:
        case "glossary":
            return {"code": status, "message": message, "details": details}
        case "v1":
            return {"data": None, "error": {"code": status, "message": message, "details": details}}
        case _:
            return {"status": status, "title": message, "detail": details}


def problem(status: int, title: str) -> ErrorResponse:
    """Return a refusal in the form of the service that is asked."""
    return ErrorResponse(status, "", title)


def bad_order(call: RequestContext, details: JsonObject, title: str = "Order parameters errors") -> ErrorResponse:
    """Return the 400 of place and estimate, whose body nobody saw."""
    body = error_body(call.settings.text("badRequestBody"), 400, title, details)
    return ErrorResponse(400, "", title, body=body)


def not_found(kind: str = "", wanted: str = "") -> ErrorResponse:
    """Return one of the two recorded 404s."""
    if kind:
        return problem(404, f"Resource ({kind}) not found with Id='{wanted}'.")
    return problem(404, "Resource does not exist.")


def write_protected(kind: str, status: int = 405) -> ErrorResponse:
    """Return the recorded answer to a decision on what is decided already."""
    return problem(status, f"Resource ({kind}) is write-protected.")
