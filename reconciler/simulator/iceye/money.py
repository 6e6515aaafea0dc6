"""Prices, funds and the charge of a cancel, in minor units of the contract's currency."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from reconciler.simulator import orders
from reconciler.simulator.iceye.contracts import PROVIDER
from reconciler.simulator.iceye.errors import insufficient_funds
from reconciler.simulator.iceye.modes import mode
from reconciler.simulator.messages import JsonObject, RequestContext

_MINOR_UNITS = {"JPY": 1, "KRW": 1, "CLP": 1, "ISK": 1, "VND": 1, "BHD": 1000, "KWD": 1000, "JOD": 1000}
_REGION_PERCENT = (100, 110, 120)
_PERCENT = {
    "priority": {"BACKGROUND": 70},
    "exclusivity": {"PUBLIC": 80},
    "sla": {"SLA_3H": 125, "SLA_24H": 95},
    "eula": {"GOVERNMENT": 110, "MULTI": 150},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a price depends on (contracts/iceye.md section 3.5); not on window, angles or products."""

    mode: str
    lat: float
    lon: float
    priority: str
    exclusivity: str
    sla: str
    eula: str


def price(terms: Terms, currency: str) -> int:
    """Price a task: the mode's base times a percentage for each other term, rounded down.

    The numbers are invented; what is documented is which terms they depend on.
    """
    amount = mode(terms.mode).price * _MINOR_UNITS.get(currency, 100)
    for percent in (
        _REGION_PERCENT[(floor(terms.lat / 30) + floor(terms.lon / 60)) % 3],
        _PERCENT["priority"].get(terms.priority, 100),
        _PERCENT["exclusivity"].get(terms.exclusivity, 100),
        _PERCENT["sla"].get(terms.sla, 100),
        _PERCENT["eula"].get(terms.eula, 100),
    ):
        amount = amount * percent // 100
    return amount


def check_funds(call: RequestContext, contract: JsonObject, amount: int) -> None:
    """Raise the create page's 400 where a price exceeds what the contract has left."""
    limit = contract.get("spendLimit")
    if limit is None or not call.settings.flag("fundsEnforced"):
        return
    balance = orders.balance(call.store, PROVIDER, contract["id"], call.now)
    if balance.spent + balance.held + amount > limit:
        raise insufficient_funds()


def cancel_percent(now: datetime, created: datetime, window_start: datetime) -> int | None:
    """Return which part of the price a cancel costs; None in the table's last line, "all other cases".

    Contract section 5. Its bands meet at 72, 48 and 24 hours; each instant is put into the cheaper band,
    except 72 h itself ("more than 72 h" costs nothing).
    """
    ahead = window_start - now
    if ahead > timedelta(hours=72):
        return 0
    if ahead >= timedelta(hours=48):
        return 10
    if ahead >= timedelta(hours=24):
        return 20
    return 100 if window_start - created > timedelta(hours=24) else None


def part_of(amount: int, percent: int) -> int:
    """Return a percentage of an amount, rounded half up."""
    return (amount * percent + 50) // 100
