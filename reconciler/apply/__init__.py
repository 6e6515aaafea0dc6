"""Carry a plan out: intent, one request, outcome, for one action of one order at a time.

Knows nothing of how the plan was made.
"""

from reconciler.apply.context import ApplyContext
from reconciler.apply.run import apply

__all__ = ["ApplyContext", "apply"]
