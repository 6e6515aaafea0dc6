"""Fetching one file: resumed from `NAME.part`, its size verified, at the end renamed to its name.

Knows no HTTP library.
`NAME.part.etag` holds the version that the part belongs to; with it a server sends the rest only of the same version.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeAlias

from reconciler.model.errors import ConfigError, RefusalKind, RefusedError, UnclearError
from reconciler.providers.base import Progress

TRIES = 3
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)")


class BrokenOff(Exception):
    """The connection failed, or the server is busy: what stands on disk is good, the rest can be asked for."""


class Opened(Protocol):
    """An answer whose body has not been read yet."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    def header(self, name: str) -> str | None:
        """Return a header, None where it is missing."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Read the body as it stands on the wire; raises `BrokenOff`."""
        ...


Open: TypeAlias = Callable[[Mapping[str, str]], AbstractContextManager[Opened]]


def fetch(opened: Open, target: Path, *, size: int | None, progress: Progress, wait: Callable[[int], None]) -> None:
    """Fetch to `target`; `opened` sends the request with these headers, `size` is what the provider declared, in bytes.

    Three tries in a row may bring nothing. Whatever breaks off, the part stays and the next call resumes it. Raises
    `RefusedError` or `UnclearError` for what the server does, `ConfigError` where the disk cannot take it.
    """
    part = target.with_name(target.name + ".part")
    fruitless = 0
    while True:
        before = _length(part)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if _once(opened, part, size=size, progress=progress):
                os.replace(part, target)
                _tag(part).unlink(missing_ok=True)
                return
        except BrokenOff as e:
            fruitless = 1 if _length(part) > before else fruitless + 1
            if fruitless == TRIES:
                stands = f"{_length(part)} bytes stand in {part.name}"
                raise UnclearError(
                    f"{target.name}: the download broke off ({e}); {stands}: run it again to resume"
                ) from e
            wait(fruitless - 1)
        except OSError as e:
            raise ConfigError(f"{target}: cannot be written ({e.strerror}): make room or choose another folder") from e


def _once(opened: Open, part: Path, *, size: int | None, progress: Progress) -> bool:
    """Ask once for what is missing. True: the file is whole; False: the part was no good and is gone, ask anew."""
    have = _length(part)
    with opened(_headers(part, have)) as answer:
        if answer.status == 416 and have:
            _, whole = _range(answer)
            return have == (whole if whole is not None else size) or _discarded(part)
        start, whole = _start(answer, have, part.name.removesuffix(".part"))
        if start is None:
            return _discarded(part)
        if size is not None and whole is not None and size != whole:
            raise UnclearError(
                f"{part.name.removesuffix('.part')}: is {whole} bytes, and {size} were announced: list it again"
            )
        _tag(part).write_text(answer.header("etag") or "", encoding="utf-8")
        written = _write(answer, part, start, progress=progress, whole=whole)
    return _whole(part, written, whole if whole is not None else size)


def _headers(part: Path, have: int) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        tag = _tag(part).read_text(encoding="utf-8") if _tag(part).exists() else ""
        if tag.startswith('"'):
            headers["If-Range"] = tag
    return headers


def _start(answer: Opened, have: int, name: str) -> tuple[int | None, int | None]:
    """Return the byte at which the body starts (None: not where the part ends) and the whole size, if told."""
    if answer.status == 200:
        length = answer.header("content-length")
        encoding = (answer.header("content-encoding") or "identity").lower()
        if encoding != "identity":
            raise UnclearError(f"{name}: the server sends it as {encoding}, so that its size cannot be verified")
        return 0, int(length) if length and length.isascii() and length.isdigit() else None
    if answer.status == 206:
        start, whole = _range(answer)
        return (start, whole) if start == have else (None, whole)
    raise _refused(answer.status, name)


def _refused(status: int, name: str) -> Exception:
    if status == 429 or status >= 500:
        return BrokenOff(f"HTTP {status}")
    if status in (401, 403, 404, 410):
        kind = RefusalKind.NOT_FOUND if status in (404, 410) else RefusalKind.FORBIDDEN
        why = "a signed address holds for a short time only: list the products again and download at once"
        return RefusedError(f"{name}: the address is not accepted (HTTP {status}); {why}", kind=kind, status=status)
    return UnclearError(f"{name}: the server answered HTTP {status} instead of the file; list the products again")


def _range(answer: Opened) -> tuple[int | None, int | None]:
    found = _CONTENT_RANGE.fullmatch((answer.header("content-range") or "").strip())
    if found is None:
        return None, None
    start, whole = found.groups()
    return int(start) if start else None, int(whole) if whole != "*" else None


def _write(answer: Opened, part: Path, start: int, *, progress: Progress, whole: int | None) -> int:
    with part.open("r+b" if start else "wb") as file:
        file.seek(start)
        for chunk in answer.chunks():
            file.write(chunk)
            start += len(chunk)
            progress(start, whole)
        file.flush()
        os.fsync(file.fileno())
    return start


def _whole(part: Path, written: int, expected: int | None) -> bool:
    if expected is None or written == expected:
        return True
    if written < expected:
        raise BrokenOff(f"it ended {expected - written} bytes early")
    _discarded(part)
    raise UnclearError(f"{part.name.removesuffix('.part')}: {written} bytes came where {expected} were announced")


def _discarded(part: Path) -> bool:
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)
    return False


def _tag(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
