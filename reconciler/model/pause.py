"""A stop outside Git: nothing is sent, for one account or for all, until a person takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.codec import Codec
from reconciler.model.ids import AccountName
from reconciler.model.time import seconds_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Who paused an account (None: all of them), when by this machine's clock, and why."""

    reason: str
    by: str
    at: datetime
    account: AccountName | None = None

    def covers(self, account: AccountName) -> bool:
        """Tell whether nothing may be sent to an account."""
        return self.account in (None, account)

    @property
    def of(self) -> str:
        """What is paused, in words."""
        return f"account {self.account}" if self.account is not None else "all accounts"

    @property
    def sentence(self) -> str:
        """The same as a sentence, without its full stop."""
        return f"{str(self)[0].upper()}{str(self)[1:]}"

    def __str__(self) -> str:
        verb = "is" if self.account is not None else "are"
        return f"{self.of} {verb} paused since {seconds_text(self.at)} by {self.by}: {self.reason}"


_PAUSES: Codec[tuple[Pause, ...]] = Codec(tuple[Pause, ...])
DOCUMENT = "pauses"


def pauses_in(text: str | None) -> tuple[Pause, ...]:
    """Read the pauses that a state file holds; none if it holds no such document."""
    return _PAUSES.validate_json(text) if text else ()


def pauses_text(pauses: Sequence[Pause]) -> str:
    """Write pauses as the state file holds them."""
    return _PAUSES.dump_json(tuple(pauses)).decode()
