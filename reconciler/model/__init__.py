"""The words of the program: orders, accounts, money, windows, phases, outcomes, errors.

Every other room speaks in these types, so this room imports none of them and does no I/O: what stands here can be
reasoned about without a clock, a file or a network. Everything is frozen; pydantic appears only as `Block`, the base of
the provider blocks that a manifest carries.
"""
