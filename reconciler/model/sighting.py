"""What earlier listings showed: of accounts that cannot be read now, the last that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.ids import AccountName, ProviderOrderId, Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRead:
    """One complete listing of an account, from its beginning, at an instant of its own clock.

    `tenant` is where it was. `sightings` are the references that it showed and that no record is bound to.
    """

    account: AccountName
    tenant: str
    complete_at: datetime
    sightings: Mapping[Reference, ProviderOrderId] = field(default_factory=dict)
