"""Tests of carrying a plan out, against a provider in memory."""
