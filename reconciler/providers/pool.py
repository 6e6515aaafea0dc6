"""Several calls to providers at once, on threads that nobody waits for when the program is made to leave."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def pool(size: int) -> Iterator[ThreadPoolExecutor]:
    """Open a thread pool; an exception on its way out (a second Ctrl-C) does not wait for calls on their way."""
    threads = ThreadPoolExecutor(max_workers=max(1, size))
    try:
        yield threads
    except BaseException:
        threads.shutdown(wait=False, cancel_futures=True)
        raise
    threads.shutdown(wait=True)
