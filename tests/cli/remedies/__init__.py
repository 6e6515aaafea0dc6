"""Remedies followed to the letter: situations by theme, and the walk that follows what is printed in each."""
