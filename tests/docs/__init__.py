"""The documents say what the program does: every claim that a test can check is checked."""
