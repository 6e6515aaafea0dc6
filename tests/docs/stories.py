"""The stories of the examples: played, compared with what their pages tell, and told anew.

`python -m tests.docs.stories` writes into each page what its story prints by now, where more than ids differs.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .documents import ROOT, blocks, text_of

UP42 = "examples/up42-story/README.md"
VANTOR = "examples/vantor-story/README.md"
PULL_REQUEST = "examples/pull-request-story/README.md"
PAGES = (UP42, VANTOR, PULL_REQUEST)
_ID = re.compile(r'"?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"?|\b\d{19}\b')
"""UP42's and ICEYE's ids, in quotes where YAML would read a number, and Vantor's."""


def alike(text: str) -> str:
    """Return a transcript without what differs from run to run."""
    return _ID.sub("ID", text).strip()


def told_by(page: str) -> str:
    """Return the transcript that a page shows."""
    (told,) = [block.text for block in blocks(page, "")]
    return told


def played(page: str, folder: Path) -> str:
    """Run a page's command in some folder, and return what it prints."""
    (command,) = [block.text.split() for block in blocks(page, "sh")]
    assert command[0] == "python"
    ran = subprocess.run(
        [sys.executable, str(ROOT / command[1])], cwd=folder, capture_output=True, text=True, timeout=120, check=True
    )
    return ran.stdout


def main() -> None:
    """Tell anew what is told otherwise by now."""
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            prints, told = played(page, Path(folder)), told_by(page)
        if alike(prints) != alike(told):
            (ROOT / page).write_text(text_of(page).replace(told, prints.strip("\n") + "\n"), encoding="utf-8")
            sys.stdout.write(f"{page}\n")


if __name__ == "__main__":
    main()
