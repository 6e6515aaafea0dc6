"""A warm pass seen from inside: `python -m tests.benchmarks.inside stages|profile MANIFESTS STATE`."""

from __future__ import annotations

import cProfile
import io
import json
import os
import pstats
import sys
import threading
import time
from contextlib import redirect_stdout
from pathlib import Path
from types import FrameType

_TOP = 25


def stages(manifests: Path, state: Path) -> dict[str, float]:
    """Run one pass and return its seconds by stage; `limit` is the part that waits for the account's own rate."""
    started = time.perf_counter()
    from reconciler.connect import Runtime
    from reconciler.desired import cache_beside, read
    from reconciler.reconcile import Mode, Pass

    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    imported = time.perf_counter()
    desired = read(manifests, cache=cache_beside(state))
    loaded = time.perf_counter()
    Pass(manifests=desired, env=Runtime(state=state, variables=os.environ, sleep=sleep), mode=Mode.RECONCILE).run()
    ended = time.perf_counter()
    return {
        "imports": imported - started,
        "manifests": loaded - imported,
        "pass": ended - loaded,
        "limit": sum(slept),
    }


def profile(manifests: Path, state: Path) -> str:
    """Run one `reconcile`, all of its threads profiled, and return its top functions by cumulative time."""
    from reconciler.cli.app import run

    threads: list[cProfile.Profile] = []

    def begin(_frame: FrameType, _event: str, _value: object) -> None:
        """Stand in for the first event of a new thread: from then on a profile of its own takes them."""
        threads.append(cProfile.Profile())
        threads[-1].enable()

    threading.setprofile(begin)
    main = cProfile.Profile()
    with redirect_stdout(io.StringIO()):
        main.runcall(run, ["reconcile", str(manifests), "--state", str(state)])
    text = io.StringIO()
    stats = pstats.Stats(main, stream=text)
    for thread in threads:
        stats.add(thread)
    stats.strip_dirs().sort_stats("cumulative").print_stats(_TOP)
    stats.sort_stats("tottime").print_stats(_TOP)
    return text.getvalue()


def main() -> None:
    """Print what was asked for."""
    what, manifests, state = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    text = profile(manifests, state) if what == "profile" else json.dumps(stages(manifests, state))
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
