"""Tests of Vantor's driver."""
