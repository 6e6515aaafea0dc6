"""Tests of whole passes, against the simulator over real HTTP."""
