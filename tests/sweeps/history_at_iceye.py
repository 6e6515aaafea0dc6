"""A random history at ICEYE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.support.project import eur
from tests.support.provider import ICEYE
from tests.sweeps.actions import DEEDS, EDITS, OF_READING, OF_SPENDING, OF_THE_PROVIDER, POLICIES
from tests.sweeps.edited_history import EditedHistory
from tests.sweeps.history import NAME, STRANGERS, happening


class IceyeHistory(EditedHistory):
    """A history at ICEYE."""

    provider = ICEYE
    defaults: ClassVar[Mapping[str, Any]] = {"iceye": {"lookSide": "ANY", "passDirection": "ANY"}}

    @initialize(
        unknown=st.sampled_from(["hold", "retry"]),
        always=st.lists(st.sampled_from(OF_THE_PROVIDER), max_size=3),
        strangers=st.lists(st.sampled_from(STRANGERS), max_size=2),
    )
    def begin(self, unknown: str, always: list[dict[str, Any]], strangers: list[str | None]) -> None:
        self._begin(unknown, always, strangers)

    @happening(name=NAME, change=st.sampled_from(EDITS))
    def edit(self, name: str, change: dict[str, Any]) -> None:
        self._edit(name, change)

    @happening(name=NAME, charge=st.sampled_from([eur("3000.00"), None]))
    def raise_attempt(self, name: str, charge: dict[str, str] | None) -> None:
        self._raise_attempt(name, charge)

    @happening(policy=st.sampled_from(POLICIES))
    def change_policy(self, policy: dict[str, Any]) -> None:
        self._change_policy(policy)

    @happening(fault=st.sampled_from(OF_SPENDING))
    def break_a_write(self, fault: dict[str, Any]) -> None:
        """A refusal is believed even if the request was carried out: that order's price is then in no sum."""
        self.project.fault(**fault)
        self.watch.accountable &= (fault.get("status"), fault.get("commit")) != (401, True)

    @happening(fault=st.sampled_from(OF_READING))
    def break_a_read(self, fault: dict[str, Any]) -> None:
        self.project.fault(**fault)

    @happening(name=NAME, deed=st.sampled_from(DEEDS))
    def act_at_the_console(self, name: str, deed: dict[str, Any]) -> None:
        for order in self._live(name)[-1:]:
            self.project.edit(order["id"], **deed)
            if "delete" in deed:
                self.watch.gone.add(order["id"])
