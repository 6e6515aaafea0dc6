"""Where the daemon's secrets are kept: in a variable, or in a file that may hold another one tomorrow."""

from __future__ import annotations

import pytest

from reconciler.model.errors import ConfigError
from reconciler.watch.secret import secret_from_file, secret_from_variable


def test_a_variable_holds_it_or_names_its_file(tmp_path):
    """`NAME`, or `NAME_FILE`; what stands around it does not count."""
    (tmp_path / "hook").write_text(" canary-file\n", encoding="utf-8")
    assert secret_from_variable("HOOK", {"HOOK": "canary "}, print)() == "canary"
    assert secret_from_variable("HOOK", {"HOOK_FILE": str(tmp_path / "hook")}, print)() == "canary-file"


def test_a_new_one_counts_at_once(tmp_path):
    """Also where the file is another one by the same name, as Kubernetes changes it."""
    place, told = tmp_path / "hook", []
    (tmp_path / "one").write_text("first", encoding="utf-8")
    (tmp_path / "two").write_text("second", encoding="utf-8")
    place.symlink_to("one")
    secret = secret_from_file(place, "--token-file", told.append)
    assert secret() == "first"
    place.unlink()
    place.symlink_to("two")
    assert (secret(), told) == ("second", [])


def test_while_it_cannot_be_read_the_last_one_counts(tmp_path):
    """That is told once, and again the next time that it happens."""
    place, told = tmp_path / "hook", []
    place.write_text("first", encoding="utf-8")
    secret = secret_from_file(place, "--token-file", told.append)
    place.write_text("", encoding="utf-8")
    assert [secret(), secret()] == ["first", "first"]
    assert told == [
        f"the file {place} is empty: it is to hold a secret; the last secret that it held counts until then"
    ]
    place.write_text("second", encoding="utf-8")
    assert secret() == "second"
    place.unlink()
    assert secret() == "second"
    assert "No such file" in told[1]
    assert len(told) == 2


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "HOOK is not set, nor is HOOK_FILE"),
        ({"HOOK": "a", "HOOK_FILE": "b"}, "HOOK and HOOK_FILE are both set"),
        ({"HOOK": " "}, "HOOK is empty"),
        ({"HOOK": "two\nlines"}, "not one line"),
        ({"HOOK_FILE": "/nowhere/hook"}, "HOOK_FILE: /nowhere/hook cannot be read: No such file"),
    ],
)
def test_what_is_not_there_is_told_at_the_start(variables, message):
    """With the names of the variables, and nothing of what they hold."""
    with pytest.raises(ConfigError, match=message) as raised:
        secret_from_variable("HOOK", variables, print)
    assert "lines" not in str(raised.value)


def test_bytes_that_are_no_text_are_told(tmp_path):
    """A key in binary form, for example."""
    (tmp_path / "hook").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        secret_from_file(tmp_path / "hook", "--token-file", print)
