"""Where announcements are delivered to: a file of JSON lines, or a webhook that can tell that they are ours."""

from __future__ import annotations

import hmac
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from reconciler.model.errors import ConfigError
from reconciler.watch.notify import Deliver, Notification, Undelivered
from reconciler.watch.secret import Secret, octets

TIMESTAMP, SIGNATURE, ID = "X-Reconciler-Timestamp", "X-Reconciler-Signature", "X-Reconciler-Id"
PATIENCE_SECONDS = 10.0
_TAIL = 256 * 1024


def lines_file(path: Path) -> Deliver:
    """Append to a file, each line on disk when it is delivered, and none twice: its last line says which it was."""

    def deliver(notification: Notification) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+b") as file:
                last, broken = _last(file)
                if last == notification.id:
                    return
                file.write(b"\n" * broken + notification.line())
                file.flush()
                os.fsync(file.fileno())
        except OSError as e:
            raise Undelivered(f"{path} cannot be written: {e.strerror}") from e

    return deliver


def _last(file: IO[bytes]) -> tuple[str | None, bool]:
    """Return the id of the last whole line, and whether half of another one follows it."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - _TAIL))
    *whole, rest = file.read().split(b"\n")
    try:
        return (str(json.loads(whole[-1])["id"]) if whole else None), bool(rest)
    except (ValueError, KeyError, TypeError):
        return None, bool(rest)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - as the standard library declares it
        """Go nowhere else: what is told is for one address."""
        return


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as a port that is no number
        return False


def webhook(url: str, secret: Secret | None, now: Callable[[], float]) -> Deliver:
    """Post to an address, signed where there is a secret; raises `ConfigError` for what is no address.

    `X-Reconciler-Signature: sha256=HEX` is the HMAC-SHA256 of the timestamp, a dot and the body. Whoever receives it
    compares that, refuses an old timestamp, and can drop an `X-Reconciler-Id` that it knows.
    """
    if not _is_address(url):
        raise ConfigError("--notify: write an address that begins with https:// (or http:// on this machine)")
    opener = urllib.request.build_opener(_NoRedirect)

    def deliver(notification: Notification) -> None:
        body, stamp = notification.line(), str(int(now()))
        headers = {"Content-Type": "application/json", TIMESTAMP: stamp, ID: notification.id}
        if secret is not None:
            headers[SIGNATURE] = f"sha256={hmac.digest(octets(secret()), stamp.encode() + b'.' + body, 'sha256').hex()}"
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            with opener.open(request, timeout=PATIENCE_SECONDS):
                return
        except urllib.error.HTTPError as e:
            e.close()
            raise Undelivered(f"it answered HTTP {e.code}") from e
        except (OSError, ValueError, HTTPException) as e:  # the address is left out: it may be a key
            raise Undelivered(f"it could not be reached ({type(e).__name__})") from e

    return deliver
