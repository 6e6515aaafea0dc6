"""The calls for what was delivered: files, by either of UP42's lists, their addresses, and how much is covered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.model.errors import RefusalKind, RefusedError, UnclearError
from reconciler.providers.base import ProductFile, Progress
from reconciler.providers.http import ApiSession
from reconciler.providers.up42.pages import ListResult
from reconciler.providers.up42.products import coverage, next_token, of_assets, of_items, search

STAC = "/v2/assets/stac/search"
ASSETS = "/v2/assets"
DOWNLOAD = "/v2/assets/{asset}/download-url"
COVERAGE = "/v2/coverage/orders/{order}"
MOST_SEARCHES = 1_000


class Delivery:
    """What an account's orders have delivered; `pages` reads a list of the workspace whole."""

    def __init__(self, session: ApiSession, pages: Callable[[str, str, Mapping[str, str]], ListResult]) -> None:
        self._session = session
        self._pages = pages

    def coverage(self, order_id: str) -> Mapping[str, str]:
        """Return how much of an order has been delivered; raises `ProviderError`, also where nothing has."""
        return coverage(self._session.read(COVERAGE, order=order_id).body)

    def products(self, order_id: str) -> tuple[ProductFile, ...]:
        """List an order's files: by STAC, and where that brings none, by the older list of assets.

        Which name a STAC filter takes for an order is not documented, so an empty answer proves nothing.
        """
        try:
            found = tuple(of_items(self._items(order_id), order_id))
        except RefusedError as e:
            return self._assets(order_id, e)
        return found or self._assets(order_id, None)

    def _items(self, order_id: str) -> list[object]:
        items: list[object] = []
        token: object = None
        for _ in range(MOST_SEARCHES):
            content = self._session.ask(STAC, search(order_id, token)).body
            features = content.get("features") if isinstance(content, dict) else None
            if not isinstance(features, list):
                raise UnclearError("UP42's search for assets cannot be read")
            items.extend(features)
            before, token = token, next_token(content)
            if token is None:
                return items
            if token == before or not features:
                break
        raise UnclearError("UP42's search for assets does not end")

    def _assets(self, order_id: str, refused: RefusedError | None) -> tuple[ProductFile, ...]:
        """Read the older list; where that is gone, what the search said counts."""
        whole = self._pages(ASSETS, "assets", {"search": order_id})
        if isinstance(whole.error, RefusedError) and whole.error.kind is RefusalKind.NOT_FOUND:
            if refused is not None:
                raise refused
            return ()
        return tuple(of_assets(whole.certain, order_id))

    def download(self, product: ProductFile, target: Path, progress: Progress) -> None:
        """Fetch a file by an address that is signed now, for it holds for minutes only; raises `ProviderError`."""
        answer = self._session.ask(DOWNLOAD, {}, asset=product.url)
        url = answer.body.get("url") if isinstance(answer.body, dict) else None
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise UnclearError(f"{product.name}: UP42 gave no address to fetch it at")
        self._session.download(url, target, progress, size=product.size)
