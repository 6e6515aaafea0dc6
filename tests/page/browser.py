"""A real Chromium, and a server that gives it pages as a daemon does."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from reconciler.page.site import content_type
from reconciler.watch.server import Endpoints, HttpResponse, Server

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SCHEMES = ("light", "dark")


@contextmanager
def tab(
    browser: Any, url: str, *, width: int = 1400, height: int = 900, scheme: str = "light", complains: bool = False
) -> Iterator[Any]:
    """Open an address; whatever the browser complains about while it is open is a failure, unless that is expected.

    So is every request to elsewhere.
    """
    complaints: list[str] = []
    asked: set[str] = set()
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: asked.add(request.url))
    page.goto(url)
    try:
        yield page
        assert bool(complaints) is complains, complaints
        home = "/".join(url.split("/")[:3])
        assert {address for address in asked if not address.startswith(home)} == set()
    finally:
        context.close()


class _Paths(Mapping[str, HttpResponse]):
    """A site by the paths that a browser asks for."""

    def __init__(self, site: Mapping[str, bytes]) -> None:
        self._site = site

    def __getitem__(self, path: str) -> HttpResponse:
        name = path[1:] or "index.html"
        return HttpResponse(content=self._site[name], media=content_type(name))

    def __iter__(self) -> Iterator[str]:
        return (f"/{name}" for name in self._site)

    def __len__(self) -> int:
        return len(self._site)


@contextmanager
def response(found: Callable[[], Mapping[str, bytes]], listen: str = "127.0.0.1:0") -> Iterator[str]:
    """Serve a site by the daemon's own server; `found` is asked anew for each path."""
    endpoints = Endpoints(
        signal=lambda _why: None,
        alive=lambda: "",
        ready=lambda: "",
        figures=lambda: b"",
        pages=lambda: _Paths(found()),
    )
    server = Server(listen, endpoints, poll=0.05)
    server.start()
    try:
        yield f"{server.url}/"
    finally:
        server.stop()
