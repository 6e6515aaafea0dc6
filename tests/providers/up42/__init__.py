"""Tests of the UP42 driver."""
