"""An account: where in its file each of its fields is."""

from __future__ import annotations

from reconciler.model.account import Account
from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.ids import AccountName


def test_a_field_that_is_left_out_is_found_at_the_block_that_could_hold_it():
    """A message about a missing field names the nearest place that exists."""
    places = {
        "acme": Location(file="accounts.yaml", line=4, column=3),
        "acme.tokenUrl": Location(file="accounts.yaml", line=5, column=5),
    }
    source = Location(file="accounts.yaml", line=1, column=1)
    account = Account(
        name=AccountName("one"),
        provider="acme",
        endpoint="https://acme.example",
        settings=Block(),
        source=source,
        places=places,
    )
    assert account.at("acme.tokenUrl") == places["acme.tokenUrl"]
    assert account.at("acme.clientId.env") == places["acme"]
    assert account.at("limits.settle") == source
