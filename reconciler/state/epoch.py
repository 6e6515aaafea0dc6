"""Whether a state file is the one that was left here: not lost, not restored from an older copy, not copied elsewhere.

What earlier listings showed counts only in one epoch. A file that was replaced begins a new one, for orders may have
been sent that it does not know.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path


def place_of(path: Path) -> str:
    """Return where a file is: another host, device or inode is another file."""
    found = path.stat()
    return f"{socket.gethostname()} {found.st_dev} {found.st_ino}"


def remember(path: Path, last: int) -> None:
    """Note beside a state file which line of its journal is the last; what cannot be noted is not known later."""
    with suppress(OSError):
        _note(path).write_text(str(last), encoding="ascii")


def remembered(path: Path) -> int | None:
    """Return the last line of the journal that was noted; None if nothing that can be read was."""
    try:
        return int(_note(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def continues(path: Path, place: str | None, last: int) -> bool:
    """Tell whether a file that says to be at `place`, with a journal of so many lines, goes on from what was noted."""
    known = remembered(path)
    return known is not None and known <= last and os.path.exists(path) and place == place_of(path)


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".seen")
