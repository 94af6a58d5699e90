"""A team under fire: five agents and two people clear a board of forty cards while those who work die.

`cards` says what stands on the board and what has to come of it, `script` what the model says, `ledger` is the world outside, where an
effect can be seen, `people` are two persons over HTTP with sessions of their own, `readers` follow streams and are cut. `processes` are
those that are killed, `trial` holds one board from its first card to its last, and `checker` looks at what is left (invariants I10 to
I13), with `evidence` of what people, the provider, the ledger and the readers have seen for themselves.

    python -m tests.chaos.crew --minutes 10
"""
