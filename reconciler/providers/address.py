"""What an address says: which host it belongs to, whether it keeps secrets, through which proxy it is reached."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port: where credentials may go that were meant for this address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def on_this_machine(url: str) -> bool:
    """Tell whether an address is one of this machine itself."""
    return origin(url)[1] in _LOOPBACK


def confidential(url: str) -> bool:
    """Tell whether secrets may be sent there: by https, or by http to this machine itself."""
    try:
        scheme, host, _ = origin(url)
    except ValueError:
        return False
    return bool(host) and (scheme == "https" or (scheme == "http" and host in _LOOPBACK))


def proxy(url: str) -> str | None:
    """Return the proxy that the environment names for an address; never one for this machine itself."""
    from urllib.request import getproxies, proxy_bypass

    scheme, host, _ = origin(url)
    if host is None or host in _LOOPBACK or proxy_bypass(host):
        return None
    named = getproxies().get(scheme)
    return named if not named or "://" in named else f"http://{named}"
