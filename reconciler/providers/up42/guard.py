"""Which requests a connection that only reads may send to UP42. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from reconciler.providers.base import Request
from reconciler.providers.up42.settings import TOKEN_PATH

_ASKING = re.compile(r".*/v2/(orders/estimate|assets/stac/search|assets/[0-9A-Za-z-]+/download-url)")


def is_safe(request: Request) -> bool:
    """Tell whether a dry run may send it: every GET, and the POSTs that only ask: token, estimate, search, address."""
    path = urlsplit(request.url).path
    if request.method == "POST":
        return path.endswith(TOKEN_PATH) or _ASKING.fullmatch(path) is not None
    return request.method == "GET"
