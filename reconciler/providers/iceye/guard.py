"""Which requests a connection that only reads may send to ICEYE. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from reconciler.providers.base import Request


def is_safe(request: Request) -> bool:
    """Tell whether a dry run may send it: every GET, asking for a token, asking for feasibility (creates nothing)."""
    path = urlsplit(request.url).path
    if request.method == "POST":
        return path.endswith("/tasking/v2/feasibility") or (path.endswith("/token") and "/tasking/" not in path)
    return request.method == "GET"
