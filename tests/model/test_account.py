"""An account: where in its file each of its fields is."""

from __future__ import annotations

from reconciler.model.account import Account
from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.ids import AccountName


def test_a_field_that_is_left_out_is_found_at_the_block_that_could_hold_it():
    """A message about a missing field names the nearest place that exists."""
    places = {"acme": Location("accounts.yaml", 4, 3), "acme.tokenUrl": Location("accounts.yaml", 5, 5)}
    source = Location("accounts.yaml", 1, 1)
    account = Account(AccountName("one"), "acme", "https://acme.example", Block(), source, places=places)
    assert account.at("acme.tokenUrl") == places["acme.tokenUrl"]
    assert account.at("acme.clientId.env") == places["acme"]
    assert account.at("limits.settle") == source
