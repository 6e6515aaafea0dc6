"""Vantor (before: Maxar): optical pictures, ordered as tasking requests of the Hub Tasking API (v2).

`settings` are the blocks that a manifest carries, with the table of paths; `guard`, `terms`, `rules` and `slots` are
pure; `wire` and `pages` read what Vantor answers; `orders` are the calls, `driver` the record that the rest of the
program is handed. Only `orders` needs the HTTP client, and it is imported when a connection is made.

At Vantor a successful POST is the purchase, and a check differs from it by one parameter of the query. There is no
idempotency key, so the reference goes into `request_description`, before the user's own text: whatever is cut off, it
stays. Much of version 2 is documented nowhere; paths can be stated in the account, and answers are read tolerantly.
"""
