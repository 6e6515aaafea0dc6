"""Decide, and only decide: desired, observed and records go in, actions and findings come out.

Pure on purpose: no clock, no file, no network, so that every rule about money can be tested as a table, and the plan
that a person reads is the plan that is carried out. `survey` says which orders must be priced first; `make_plan` then
plans; `updates_from` says what a pass has learned that is worth remembering.
"""

from reconciler.plan.planner import Plan, Survey, make_plan, survey
from reconciler.plan.record_updates import updates_from

__all__ = ["Plan", "Survey", "make_plan", "survey", "updates_from"]
