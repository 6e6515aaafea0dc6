"""How sums of spending are grouped. Light to import: every command starts with it."""

from __future__ import annotations

from enum import StrEnum


class GroupBy(StrEnum):
    """What is added up: a calendar month (UTC), an account, or a label of an order."""

    MONTH = "month"
    ACCOUNT = "account"
    LABEL = "label"
