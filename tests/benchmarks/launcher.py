"""Run one command and write down what it cost: `python launcher.py RESULT COMMAND...`.

A process of its own, because Linux lets a child's peak memory begin at that of the process which started it: this one
is smaller than anything that is measured.
"""

import json
import os
import sys
import time


def main() -> None:
    """Write wall and CPU seconds, peak memory in MB and the exit code as JSON."""
    result, *command = sys.argv[1:]
    started = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    wall = time.monotonic() - started
    cost = {
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6,
        "code": os.waitstatus_to_exitcode(status),
    }
    with open(result, "w", encoding="utf-8") as file:
        json.dump(cost, file)


if __name__ == "__main__":
    main()
