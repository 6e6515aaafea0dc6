"""How long whole passes take, side by side with octoDNS: `python -m tests.benchmarks`. Measured by hand, never a test.

Scratch folders are made where TMPDIR says; on a file system in memory the state's durable writes would look too cheap.
"""
