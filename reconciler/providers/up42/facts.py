"""What a connection asks once and remembers: the user's workspace, the glossary, order forms, licenses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from reconciler.model.errors import UnclearError
from reconciler.providers.http import ApiSession
from reconciler.providers.up42.forms import OrderForm
from reconciler.providers.up42.glossary import Glossary, glossary
from reconciler.providers.up42.pages import SIZE, read_all
from reconciler.providers.up42.schemas import Eula, User, read_as

USER_INFO = "/userinfo"
COLLECTIONS = "/v2/collections"
FORM = "/orders/schema/{product}"
EULA = "/v2/eulas/{eula}"

Fact = TypeVar("Fact")


class Facts:
    """The standing facts of one connection. Several threads may ask; each fact is read once."""

    def __init__(
        self, session: ApiSession, *, workspace: str | None, login: str, monotonic: Callable[[], float]
    ) -> None:
        self._session = session
        self._workspace = workspace
        self._login = login
        self._monotonic = monotonic
        self._known: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def workspace(self) -> str:
        """Return the workspace that orders are placed in: the stated one, or the user's own; raises `ProviderError`."""
        return self._workspace or self.user()

    def user(self) -> str:
        """Return the id of the user who is logged in, which is that of the user's workspace too."""
        return self._once("user", "", self._ask_user)

    def glossary(self) -> Glossary:
        """Return the collections; raises `ProviderError`."""
        return self._once("glossary", "", self._ask_glossary)

    def form(self, product: str) -> OrderForm:
        """Return a data product's order form; raises `ProviderError`."""
        return self._once("form", product, lambda: OrderForm(self._session.read(FORM, product=product).body))

    def eula(self, eula: str) -> Eula:
        """Return a license, and whether it is accepted; raises `ProviderError`."""
        return self._once("eula", eula, lambda: read_as(Eula, self._session.read(EULA, eula=eula).body)[0])

    def _once(self, kind: str, name: str, ask: Callable[[], Fact]) -> Fact:
        with self._lock:
            if (kind, name) not in self._known:
                self._known[kind, name] = ask()
            known: Fact = self._known[kind, name]
            return known

    def _ask_user(self) -> str:
        answer = self._session.read(USER_INFO, base=self._login)
        try:
            return read_as(User, answer.body)[0].sub
        except UnclearError as e:
            raise UnclearError(f"who the account's user is was not told: {e}") from e

    def _ask_glossary(self) -> Glossary:
        whole = read_all(
            lambda number: self._session.read(COLLECTIONS, {"page": str(number), "size": str(SIZE)}),
            monotonic=self._monotonic,
            what="collections",
            identify=lambda item: item.get("name") if isinstance(item, dict) else None,
        )
        return glossary(whole.certain)
