"""What the program remembers between passes: one record per reference, and a journal that only grows.

A single SQLite file, written by one run at a time (a kernel lock says which) and read by anybody. Losing it never
orders again: references come from Git, and the next pass finds every order by them. What is lost is the journal, and
with it the month's spending. This room knows nothing of plans or providers.
"""
