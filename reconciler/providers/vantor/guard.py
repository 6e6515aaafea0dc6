"""Which requests a connection that only reads may send to Vantor. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from reconciler.providers.base import Request
from reconciler.providers.vantor.settings import Paths

CHECK = "validation_only=true"
"""The one parameter by which a check differs from a purchase."""
_DEFAULT_PATHS = Paths()


def is_safe(request: Request, paths: Paths = _DEFAULT_PATHS) -> bool:
    """Tell whether a dry run may send it: every GET, a quote, and a submission whose whole query makes it a check."""
    url = urlsplit(request.url)
    if request.method != "POST":
        return request.method == "GET"
    if url.path.endswith(paths.submit):
        return url.query == CHECK and not url.fragment
    return url.path.endswith(paths.quote) and not url.query
