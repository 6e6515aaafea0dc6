"""Switches: every behavior that a wire contract marks unknown or inferred, as data that a test can turn.

A provider declares its switches in one table; the control API prints that table.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.simulator.store import Store

SwitchValue: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One switch: its default, the values it takes, and the section of the contract that leaves it open.

    Without `choices` it takes any value of the default's own type (numbers not below zero).
    """

    name: str
    default: SwitchValue
    contract: str
    means: str
    choices: tuple[SwitchValue, ...] = ()

    def accepts(self, value: object) -> bool:
        """Tell whether a JSON value may be set; True is no number here, and 1 is no flag."""
        if self.choices:
            return any(type(value) is type(choice) and value == choice for choice in self.choices)
        if isinstance(self.default, bool) or isinstance(value, bool):
            return isinstance(self.default, bool) and isinstance(value, bool)
        if isinstance(self.default, str):
            return isinstance(value, str)
        return isinstance(value, int | float) and value >= 0


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of one provider's switches at the moment of a request, read by type."""

    values: Mapping[str, SwitchValue]

    def text(self, name: str) -> str:
        """Return a switch that holds a word."""
        return str(self.values[name])

    def flag(self, name: str) -> bool:
        """Return a switch that is on or off."""
        return self.values[name] is True

    def number(self, name: str) -> float:
        """Return a switch that holds a number."""
        return float(self.values[name])

    def integer(self, name: str) -> int:
        """Return a switch that holds a whole number."""
        return int(self.values[name])


def settings_of(store: Store, provider: str, switches: Iterable[Switch]) -> Settings:
    """Read a provider's switches from the data, defaults where nothing was set."""
    stored = _stored(store)
    return Settings({switch.name: stored.get(f"{provider}.{switch.name}", switch.default) for switch in switches})


def describe(store: Store, table: Mapping[str, Switch]) -> dict[str, dict[str, Any]]:
    """Return every switch with its present value, for a reader who has only the control API."""
    stored = _stored(store)
    return {
        name: {
            "value": stored.get(name, switch.default),
            "default": switch.default,
            "choices": list(switch.choices) or f"any {type(switch.default).__name__}",
            "contract": switch.contract,
            "means": switch.means,
        }
        for name, switch in table.items()
    }


def turn(store: Store, table: Mapping[str, Switch], wanted: Mapping[str, object]) -> None:
    """Set switches by full name; None sets one back. Raise ValueError for a name or value that is none."""
    for name, value in wanted.items():
        switch = table.get(name)
        if switch is None:
            raise ValueError(f"no switch {name!r}; GET /_sim/switches lists them")
        if value is None:
            store.run("DELETE FROM switches WHERE name = ?", name)
        elif switch.accepts(value):
            store.run("INSERT OR REPLACE INTO switches VALUES (?, ?)", name, json.dumps(value))
        else:
            raise ValueError(f"switch {name!r} does not take {value!r}; it takes {switch.choices or switch.default!r}")


def turn_all_back(store: Store) -> None:
    """Set every switch to its default."""
    store.run("DELETE FROM switches")


def _stored(store: Store) -> dict[str, SwitchValue]:
    return {row["name"]: json.loads(row["value"]) for row in store.run("SELECT name, value FROM switches")}
