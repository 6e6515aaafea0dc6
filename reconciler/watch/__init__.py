"""When the next pass is made, and what people and machines are told in between.

`rhythm` is pure and says when; `loop` makes the passes, one at a time; `source` says of which manifests; `server`,
`figures` and `notify` tell what came of them. None of them decides anything about an order: that is the pass's, which
knows nothing of time.
"""
