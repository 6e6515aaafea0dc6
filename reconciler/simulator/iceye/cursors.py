"""Opaque cursors: the place after which a page begins, in a form that invites nobody to read it."""

import base64
import binascii
import json

from reconciler.simulator.iceye.errors import bad_request
from reconciler.simulator.messages import JsonObject

FARTHEST = 2**62


def encode(place: int, salt: str = "") -> str:
    """Return a cursor for a place; another salt makes another cursor for the same place."""
    return base64.urlsafe_b64encode(json.dumps([place, salt]).encode()).decode().rstrip("=")


def decode(cursor: str | None) -> int | None:
    """Return the place of a cursor, None for the beginning; raise a 400 for one that was never given out."""
    if not cursor:
        return None
    try:
        place, _ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise bad_request("invalid request: invalid cursor") from error
    if not isinstance(place, int) or not 0 <= place <= FARTHEST:
        raise bad_request("invalid request: invalid cursor")
    return place


def with_end(body: JsonObject, form: str) -> JsonObject:
    """Return a last page: without cursor, or with the empty or null one that a switch asks for."""
    match form:
        case "empty":
            return {**body, "cursor": ""}
        case "null":
            return {**body, "cursor": None}
        case _:
            return body
