"""UP42: pictures of several satellites' operators, ordered as tasking orders of its v2 API (contracts/up42.md).

`settings` are the blocks that a manifest carries, `schemas` the models of UP42's answers; `guard`, `terms`, `rules` and
`forms` are pure; `wire` and `pages` read what UP42 answers; `glossary` knows what can be ordered, `offers` the studies
and quotations; `orders` are the calls, `driver` the record that the rest of the program is handed. Only `orders` and
what it imports need the HTTP client, and they are imported when a connection is made: reading manifests stays quick.

At UP42 placing an order is free; the money is bound when its quotation is accepted. There is no idempotency key, so the
reference goes into the order's `displayName`, behind the user's own text, and into a tag.
"""
