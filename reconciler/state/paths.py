"""Where the state file is."""

from __future__ import annotations

import os
from pathlib import Path


def real_path(path: Path) -> Path:
    """Return the path of the file itself if links lead to it, otherwise the path as it is written."""
    real = Path(os.path.realpath(path))
    return path if real == path.absolute() else real
