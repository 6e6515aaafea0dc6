"""The daemon put together: loop, source, endpoints, signals and log, each of which knows nothing of the others."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import FrameType

from reconciler.cli.crash import report_bug
from reconciler.cli.exit_codes import Exit
from reconciler.cli.output import notice
from reconciler.cli.page import LivePages, PageInput
from reconciler.cli.passes import environment
from reconciler.cli.working_tree import checkout_of
from reconciler.connect import utc_now
from reconciler.desired import read
from reconciler.model.errors import ConfigError
from reconciler.model.money import Money
from reconciler.model.time import duration_text, instant_text, parse_duration
from reconciler.page.view import SourceView
from reconciler.reconcile import Report
from reconciler.render.summaries import pass_story
from reconciler.watch.clone import Repository
from reconciler.watch.figures import Figures
from reconciler.watch.loop import Watch
from reconciler.watch.notify import Deliver, Notifier
from reconciler.watch.pass_result import CHECKED, HANGUP, TICK, WEBHOOK, PassResult, PassStatus
from reconciler.watch.recovery import RecoveryChecks
from reconciler.watch.secret import Secret, secret_from_file, secret_from_variable
from reconciler.watch.server import Endpoints, Server, address, loopback
from reconciler.watch.sinks import lines_file, webhook
from reconciler.watch.source import FolderSource, GitSource, Source
from reconciler.watch.systemd import notify, watchdog_seconds
from reconciler.watch.tokens import TokenIssuer, client_credentials
from reconciler.watch.wake_up import WakeUp
from reconciler.watch.webhooks import Verifier, bearer, iceye, up42
from reconciler.watch.worker import Worker

_STOP = "stop"
LOOK_ANYWAY_MS = 30_000
_LEAVING_SECONDS = 3.0
"""How long each thread is waited for: git is killed meanwhile, and watchfiles would abort the process."""
_BY_ITSELF = frozenset({TICK, WEBHOOK})
_VERIFIERS: Mapping[str, Callable[[Secret], Verifier]] = {"iceye": iceye, "up42": up42}


class Daemon:
    """One daemon of one process; `log` is `text` or `json`."""

    def __init__(self, state: Path | None, manifests: Path, log: str) -> None:
        self._json = log == "json"
        self._wake_up = WakeUp()
        self._stop = threading.Event()
        self._figures = Figures(utc_now)
        self._env = replace(environment(state, manifests), on_response=self._figures.on_response)
        self._writable = True
        self._last: tuple[PassStatus, str] | None = None
        self._token: Verifier | None = None
        self._webhooks: dict[str, Verifier] = {}
        self._token_issuers: dict[str, TokenIssuer] = {}
        self._watch: Watch | None = None
        self._notifiers: list[Notifier] = []
        self._workers: list[Worker] = []

    # What it is made of

    def folder(self, manifests: Path) -> Source:
        """Return a folder as source, watched for changes."""
        return FolderSource(
            folder=manifests.absolute(),
            changes=_changes,
            checkout_of=checkout_of,
            tell=lambda text: self._say("source", text),
        )

    def repository(self, url: str, ref: str, every: str, path: str) -> Source:
        """Return a branch as source, in a clone beside the state."""
        try:
            pause = parse_duration(every).total_seconds()
        except ValueError as e:
            raise ConfigError(f"--every: {e}") from e
        home = self._env.state.absolute().parent / "git"
        place = str(Path(url).absolute()) if Path(url).exists() else url
        repository = Repository(url=place, ref=ref, path=path, home=home, stop=self._stop)
        return GitSource(repository=repository, every=pause, tell=lambda text: self._say("source", text))

    def follow(self, source: Source) -> None:
        """Make the loop over a source."""
        self._source = source
        self._watch = Watch(
            source=source,
            env=self._env,
            read=lambda tree: read(tree.folder, shown=tree.shown, content=tree.content),
            wake_up=self._wake_up,
            draw=random.random,
            recovery=RecoveryChecks(env=self._env, signal=lambda: self._wake_up.signal(CHECKED)),
            tell=lambda text: self._say("manifests", text),
            result=self._on_pass,
            broken=self._bug,
            stop=self._stop,
        )

    def guard(self, token_file: Path | None, token_env: str | None, webhooks: Mapping[str, str | None]) -> None:
        """Look up the token and the webhooks' secrets; raises `ConfigError` where what is named is not there."""
        if token_file is not None:
            self._token = bearer(secret_from_file(token_file, "--token-file", lambda text: self._say("secrets", text)))
        elif token_env is not None:
            self._token = bearer(self._secret(token_env))
        secrets = {name: self._secret(env) for name, env in webhooks.items() if env is not None}
        self._webhooks = {name: _VERIFIERS[name](secret) for name, secret in secrets.items()}
        self._token_issuers = {name: client_credentials(secret) for name, secret in secrets.items() if name == "iceye"}

    def announce(self, events: Path | None, url: str | None, secret_env: str | None) -> None:
        """Name the places that are told of events; raises `ConfigError`."""
        if events is not None:
            self._notifier("events file", lines_file(events))
        if url is not None:
            secret = self._secret(secret_env) if secret_env is not None else None
            self._notifier("webhook", webhook(url, secret, time.time))

    def _secret(self, name: str) -> Secret:
        return secret_from_variable(name, os.environ, lambda text: self._say("secrets", text))

    def _notifier(self, to: str, deliver: Deliver) -> None:
        def ceilings() -> Sequence[Money]:
            desired = self._watch.manifests.desired if self._watch is not None else None
            return desired.project.policy.per_month if desired is not None else ()

        def pending(count: int) -> None:
            self._figures.pending.labels(to).set(count)

        def tell(text: str) -> None:
            self._say("notifications", text)

        self._notifiers.append(
            Notifier(
                to=to,
                state=self._env.state,
                deliver=deliver,
                ceilings=ceilings,
                draw=random.random,
                tell=tell,
                pending=pending,
            )
        )

    # Its life

    def run(self, listen: str | None) -> int:
        """Run until asked to stop; returns the exit code."""
        assert self._watch is not None, "a daemon follows something"
        watch, server = self._watch, self._server(listen, self._watch) if listen is not None else None
        self._work("following manifests", lambda stop: self._source.feed(self._wake_up.signal, stop))
        self._work("the watchdog", lambda stop: self._heart(watch, stop))
        for notifier in self._notifiers:
            notifier.begin()
            self._work(f"notifying the {notifier.to}", notifier.run)
        if server is not None:
            server.start()
            self._say("listening", f"serving {server.url}")
        try:
            with self._listening():
                # Not after the first pass: how long that takes is the providers' affair, and `/readyz` tells it.
                notify("READY=1\nSTATUS=started; no pass was made yet", os.environ)
                return Exit.OK if watch.run() else Exit.BUG
        finally:
            notify("STOPPING=1", os.environ)
            self._stop.set()
            for notifier in self._notifiers:
                notifier.wake.set()
            for worker in self._workers:
                worker.join(_LEAVING_SECONDS)
            if server is not None:
                server.stop()

    def _work(self, name: str, work: Callable[[threading.Event], None]) -> None:
        worker = Worker(name=name, work=work, failed=self._failed)
        self._workers.append(worker)
        worker.start(self._stop)

    def _failed(self, name: str, error: Exception) -> None:
        self._say("worker", f"{name} failed ({type(error).__name__}) and is started again")
        self._bug(error)

    def _bug(self, error: Exception) -> None:
        with suppress(OSError):
            report_bug(error)

    def _server(self, listen: str, watch: Watch) -> Server:
        pages = LivePages(self._env.state, lambda: self._page_input(watch))
        endpoints = Endpoints(
            signal=self._wake_up.signal,
            alive=lambda: self._sick(watch),
            ready=lambda: self._unready(watch),
            figures=lambda: self._measured(watch),
            token=self._token,
            webhooks=self._webhooks,
            token_issuers=self._token_issuers,
            pages=lambda: pages,
            guarded=not loopback(address(listen)[0]),
        )
        return Server(listen, endpoints)

    def _page_input(self, watch: Watch) -> PageInput:
        """Return what the page is made from besides the state file."""
        manifests, status = watch.manifests, self._source.status()
        source = SourceView(
            name=status.name, read_at=status.read_at, in_force=manifests.commit_in_force, newest=status.newest
        )
        problem = manifests.invalid or status.problem
        return PageInput(manifests=manifests.desired, problem=problem, source=source, passes=watch.passes)

    def _sick(self, watch: Watch) -> str:
        problems = [worker.problem for worker in self._workers if worker.problem]
        return "; ".join(problems if watch.alive() else ["the loop makes no progress", *problems])

    def _unready(self, watch: Watch) -> str:
        if watch.manifests.desired is None:
            return "; ".join(filter(None, ("there are no valid manifests yet", self._source.status().problem)))
        if not self._writable:
            return f"{self._env.state} cannot be written to"
        return "" if watch.passes else "no pass was made yet"

    def _measured(self, watch: Watch) -> bytes:
        manifests, status = watch.manifests, self._source.status()
        stale = manifests.invalid is not None or status.problem is not None
        self._figures.valid.set(not stale and manifests.desired is not None)
        self._figures.source(status.read_at, status.newest)
        return self._figures.text()

    def _heart(self, watch: Watch, stop: threading.Event) -> None:
        """Report to systemd that the daemon works, as long as it does."""
        pause = watchdog_seconds(os.environ)
        while pause is not None and not stop.wait(pause):
            if not self._sick(watch):
                notify("WATCHDOG=1", os.environ)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """First signal: start nothing new, and end. Second: leave at once. SIGHUP: a pass now, whoever rests."""

        def end(number: int, _frame: FrameType | None) -> None:
            if self._stop.is_set():
                raise KeyboardInterrupt
            self._stop.set()
            self._wake_up.signal(_STOP)
            name = signal.Signals(number).name
            self._say("stopping", f"{name}: starting nothing new, waiting for calls on their way (again to leave now)")

        handlers = {signal.SIGINT: end, signal.SIGTERM: end, signal.SIGHUP: lambda *_: self._wake_up.signal(HANGUP)}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    # What it tells

    def _on_pass(self, result: PassResult) -> None:
        """Book a pass and log what it did; an error in that is reported, and ends nothing."""
        try:
            self._book(result)
        except Exception as e:
            self._bug(e)

    def _book(self, result: PassResult) -> None:
        self._writable = self._figures.disk(self._env.state)
        self._figures.book(result)
        for notifier in self._notifiers:
            notifier.wake.set()
        notify(f"STATUS={_story(result)}", os.environ)
        if result.ended is PassStatus.BUG and result.error is not None:
            self._bug(result.error)
        told, self._last = self._last, (result.ended, _did(result.report) if result.report is not None else "")
        if told != self._last or _remarkable(result) or (self._json and result.report is not None):
            self._say("pass", _story(result), **_facts(result))

    def _say(self, event: str, text: str, **facts: object) -> None:
        at = instant_text(utc_now().replace(microsecond=0))
        if self._json:
            notice(json.dumps({"at": at, "event": event, "message": text, **facts}))
        else:
            notice(f"{at} {text}")


def _story(result: PassResult) -> str:
    """Say in one line why a pass was made, what it did, and when the next is due."""
    next_ = f"next in {_span(result.next_in)}" if result.next_in is not None else "nothing is due"
    head = f"pass ({', '.join(sorted(result.why))}; {_span(result.seconds)})"
    if result.report is None:
        # The text of a bug may hold anything, also what is secret.
        why = type(result.error).__name__ if result.ended is PassStatus.BUG else result.error
        return f"{head}: {result.ended}: {why}; {next_}".replace("\n", " ")
    did = _did(result.report)
    rests = "".join(f" {account} is {why}." for account, why in sorted(result.resting.items()))
    rests += "".join(f" {pause.sentence}." for pause in result.pauses)
    names = sorted(result.paused)
    if names:
        rests += f" Tried again later: {', '.join(names[:3])}{f' and {len(names) - 3} more' * (len(names) > 3)}."
    return f"{head}: {did}.{rests} {next_[0].upper()}{next_[1:]}"


def _remarkable(result: PassResult) -> bool:
    """Tell whether a person wants to read of a pass that did and found what the one before it did."""
    asked_for, failed = not result.why <= _BY_ITSELF, result.report is None and result.ended is not PassStatus.LOCKED
    return asked_for or failed or bool(result.resting or result.paused or (result.report and result.report.results))


def _did(report: Report) -> str:
    return pass_story(report.results, report.plan.findings, refused=bool(report.plan.refusals))


def _span(seconds: float) -> str:
    return f"{seconds:.1f}s" if seconds < 10 else duration_text(timedelta(seconds=seconds))


def _facts(result: PassResult) -> dict[str, object]:
    return {
        "why": sorted(result.why),
        "ended": result.ended,
        "seconds": round(result.seconds, 3),
        "commit": result.commit,
        "nextIn": round(result.next_in, 3) if result.next_in is not None else None,
        "resting": sorted(result.resting),
        "paused": sorted(result.paused),
        "pauses": [str(pause) for pause in result.pauses],
    }


def _changes(place: Path, stop: threading.Event) -> Iterator[object]:
    from watchfiles import watch

    # A time-out yields too: where a file system reports nothing (as over a network), marks are compared all the same.
    yield from watch(
        place,
        stop_event=stop,
        debounce=300,
        step=50,
        rust_timeout=LOOK_ANYWAY_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
