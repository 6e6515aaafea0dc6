"""How a manifest names a secret, and how the secrets of a block are found."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from reconciler.model.block import Block, SecretRef, secrets_in


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("hunter2", "a secret never stands in a manifest: name it, by `{env: NAME}` or `{file: PATH}`"),
        ({"env": "hunter-2"}, "cannot be the name of an environment variable: write the name, not the secret"),
        ({}, "name the secret by exactly one of `env: NAME` and `file: PATH`"),
        ({"env": "A", "file": "b"}, "name the secret by exactly one of `env: NAME` and `file: PATH`"),
        ({"env": ""}, "at least 1 character"),
        ({"value": "hunter2"}, "Extra inputs are not permitted"),
    ],
)
def test_a_secret_is_named_in_exactly_one_way(written: object, message: str):
    """A secret is an environment variable or a file, never both, never none, and never its own value."""
    with pytest.raises(ValidationError) as raised:
        SecretRef.model_validate(written)
    assert message in str(raised.value)


def test_a_secret_says_where_it_is():
    """Messages name the place of a secret."""
    assert [str(SecretRef(env="TOKEN")), str(SecretRef(file="/run/t"))] == ["environment variable TOKEN", "file /run/t"]


class Login(Block):
    """A block with a secret, and with others inside lists and mappings."""

    secret: SecretRef
    name: str = "alice"
    more: tuple[Login, ...] = ()
    by_region: Mapping[str, SecretRef] = {}


def test_the_secrets_of_a_block_are_found_however_deep():
    """Blocks, lists and mappings are searched; a plain value holds none."""
    one, two, three, four = (SecretRef(env=name) for name in ("ONE", "TWO", "THREE", "FOUR"))
    login = Login(secret=one, more=(Login(secret=two, by_region={"eu": three}),))
    assert list(secrets_in(login)) == [one, two, three]
    assert list(secrets_in({"name": "alice", "logins": [login, four]})) == [one, two, three, four]
    assert list(secrets_in([])) == []
