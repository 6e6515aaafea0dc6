"""ICEYE: radar pictures, ordered as tasks of the Constellation API (tasking v2, company v1).

`settings` are the blocks that a manifest carries, `schemas` the models of ICEYE's answers; `guard`, `terms`, `rules`
and `contract` are pure; `wire`, `pages` and `products` read what ICEYE answers; `orders` are the calls, `driver` the
record that the rest of the program is handed. Only `orders` needs the HTTP client, and it is imported when a connection
is made: reading manifests stays quick.

At ICEYE an order can be placed and canceled, never changed, and placing it binds the money at once. There is no
idempotency key, so the reference goes into the task's `reference`, behind the user's own text.
"""
