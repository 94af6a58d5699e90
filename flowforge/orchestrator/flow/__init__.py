"""Flow control: what becomes of an event for a function, and when a run may start.

    event ─► filter ─► idempotency ─► rate ─► debounce | batch ─► singleton ─► run      `intake` decides, at dispatch
    run   ─► ready queue, fair across tenants ─► gate (concurrency, throttle, pause) ─► lease      `admission` decides, at the claim

`control` says what a function may ask for, `read` reads it from the decorator, `combine` knows what does not go together. The
decisions are pure functions over facts that the callers have locked; `gate` is the claimer's transaction around one of them,
`orchestrator/intake.py` the dispatcher's around the other. Expressions that have no value never lose an event: the control that
needed the value is left out for it, and the event's fate says so.
"""
