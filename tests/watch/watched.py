"""A loop whose clock, wake-up and source the test holds."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.desired import read
from reconciler.model.checkout import Checkout
from reconciler.watch.loop import Watch
from reconciler.watch.pass_result import PassResult, PassStatus
from reconciler.watch.recovery import RecoveryChecks
from reconciler.watch.source import FolderSource
from tests.support.project import Project

QUIET = ""
"""A turn in which nobody rings: the time until the next pass goes by."""


@dataclass
class Script:
    """A wake-up that is signaled by a script: each step is why it rings, or nothing, or something to do first.

    The clock moves by as much as the loop is ready to wait where nobody rings. After the last step the loop is stopped.
    """

    project: Project
    stop: threading.Event
    steps: list[object]
    waited: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> frozenset[str]:
        """Play the next step."""
        step = self.steps.pop(0) if self.steps else self.stop.set()
        while callable(step):
            step()
            step = self.steps.pop(0) if self.steps else self.stop.set()
        if step:
            return frozenset({str(step)})
        if not self.stop.is_set():
            self.waited.append(seconds)
            self.project.clock.sleep(seconds)
        return frozenset()


@dataclass
class Watched:
    """A loop over a project, what it told and what it made."""

    project: Project
    told: list[str] = field(default_factory=list)
    results: list[PassResult] = field(default_factory=list)
    watch: Watch | None = None
    answer: bool | None = None

    def play(self, *steps: object, **more: object) -> list[PassResult]:
        """Run the loop through a script and return what it made."""
        stop = threading.Event()
        env = more.pop("env", None) or self.project.environment()
        self.watch = Watch(
            source=more.pop(
                "source",
                FolderSource(
                    folder=self.project.folder,
                    changes=lambda *_: iter(()),
                    checkout_of=lambda folder: Checkout(root=str(folder), commit="abc"),
                ),
            ),
            env=env,
            read=more.pop("read", lambda tree: read(tree.folder, content=tree.content)),
            wake_up=Script(self.project, stop, list(steps)),
            draw=lambda: 1.0,
            recovery=RecoveryChecks(
                env=more.pop("asking", env), signal=lambda: None, spawn=more.pop("spawn", lambda run: run())
            ),
            tell=self.told.append,
            result=self.results.append,
            stop=stop,
            **more,
        )
        self.answer = self.watch.run()
        return self.results

    def whys(self) -> list[set[str]]:
        """Return why each pass was made."""
        return [set(result.why) for result in self.results]

    def ends(self) -> list[PassStatus]:
        """Return how each pass ended."""
        return [result.ended for result in self.results]


def ticks(count: int) -> Iterable[str]:
    """Enough quiet turns for so many minutes."""
    return [QUIET] * (count * 6)
