"""The proof of promise number one by sweeps: every moment of dying, every fault of the wire, and bugs sown on purpose.

`pytest tests/sweeps` runs the short sweep and prints its numbers; `pytest tests/sweeps -m sweep` runs the long one.
`python -m tests.sweeps.again CASE...` runs cases again by the names that a failure prints.
"""
