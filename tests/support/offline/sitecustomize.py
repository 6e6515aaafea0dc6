"""Keep this process on loopback: no test, and no program that a test starts, can ever reach a provider.

Python imports a module of this name at its start when its folder is on PYTHONPATH; `tests/conftest.py` imports it too.
It is an audit hook, which nothing can take off again, and which sees every thread.
"""

from __future__ import annotations

import ipaddress
import sys


class LeftLoopback(RuntimeError):
    """Something was about to leave this machine. Not an OSError, so that no retry and no outcome hides it."""


def loopback(host: object) -> bool:
    """Tell whether a host of a socket address or of a name look-up is this machine itself."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if text is None or text in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(text)).is_loopback
    except ValueError:
        return False


def _stay(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not loopback(address[0]):
            raise LeftLoopback(f"{event} to {address[0]}: tests reach loopback only")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not loopback(arguments[0]):
        raise LeftLoopback(f"{event} of {arguments[0]!r}: tests reach loopback only")


sys.addaudithook(_stay)
