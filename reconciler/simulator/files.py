"""Files behind signed addresses, the same for every provider: whole or by one range (RFC 9110 section 14)."""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from urllib.parse import urlencode

from reconciler.simulator.instants import from_micros, to_micros
from reconciler.simulator.messages import Answer, ErrorResponse, RequestContext

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def signed_url(call: RequestContext, provider: str, path: str, life: timedelta) -> str:
    """Return the address of a path of this server that is good for some simulated time."""
    expires = str(to_micros(call.now + life))
    query = urlencode({"expires": expires, "signature": _signature(call, provider, path, expires)})
    return f"http://{call.request.headers['host']}{path}?{query}"


def check_signature(call: RequestContext, provider: str) -> None:
    """Raise a 403 for an address that was not given out, or has expired."""
    query = dict(call.request.query)
    expires = query.get("expires", "")
    signature = _signature(call, provider, call.request.path, expires)
    if not hmac.compare_digest(signature, query.get("signature", "")):
        raise ErrorResponse(403, "ERR_FORBIDDEN", "signature does not match")
    if from_micros(int(expires)) <= call.now:
        raise ErrorResponse(403, "ERR_FORBIDDEN", "request has expired")


def served(call: RequestContext, content: bytes, media: str) -> Answer:
    """Answer with a file's bytes, or with the range of them that is asked for."""
    etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
    headers = {"etag": etag, "accept-ranges": "bytes"}
    if call.request.headers.get("if-range", etag) != etag:
        return Answer(status=200, body=content, headers=headers, content_type=media)
    return _ranged(content, call.request.headers.get("range", ""), headers, media)


def made_up_content(seed: str, size: int) -> bytes:
    """Return bytes that are the same for a seed at every download."""
    return hashlib.shake_128(seed.encode()).digest(size)


def _ranged(content: bytes, wanted: str, headers: dict[str, str], media: str) -> Answer:
    """Answer 206 for one satisfiable range, 416 for another, 200 for none or for several."""
    matched = _RANGE.fullmatch(wanted)
    if matched is None or matched.groups() == ("", ""):
        return Answer(status=200, body=content, headers=headers, content_type=media)
    first, last = matched.groups()
    size = len(content)
    begin = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if begin >= end:
        return Answer(status=416, body=b"", headers={**headers, "content-range": f"bytes */{size}"}, content_type=media)
    return Answer(
        status=206,
        body=content[begin:end],
        headers={**headers, "content-range": f"bytes {begin}-{end - 1}/{size}"},
        content_type=media,
    )


def _signature(call: RequestContext, provider: str, path: str, expires: str) -> str:
    key = call.store.fact(f"{provider}.signing")
    if key is None:
        key = secrets.token_hex(16)
        call.store.keep_fact(f"{provider}.signing", key)
    return hmac.new(str(key).encode(), f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()
