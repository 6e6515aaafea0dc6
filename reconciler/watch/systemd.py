"""What systemd is told (sd_notify): a datagram to the socket that it names, or nothing where it names none."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress


def notify(text: str, variables: Mapping[str, str]) -> None:
    """Tell systemd `READY=1`, `WATCHDOG=1` or `STOPPING=1`."""
    place = variables.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.sendto(text.encode(), "\0" + place[1:] if place.startswith("@") else place)


def watchdog_seconds(variables: Mapping[str, str]) -> float | None:
    """Return how often systemd wants to hear that all is well: twice in the time after which it gives up."""
    told = variables.get("WATCHDOG_USEC", "")
    return int(told) / 2_000_000 if told.isascii() and told.isdigit() and int(told) else None
