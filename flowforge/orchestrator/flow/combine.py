"""What does not go together, and why. Everything else does: `tests/engine/test_flow_matrix.py` walks over every pair."""

from __future__ import annotations

from flowforge.errors import RegistrationError
from flowforge.orchestrator.flow.control import FlowControl

REFUSED: dict[frozenset[str], tuple[str, str]] = {
    frozenset({"batch", "debounce"}): (
        "both gather events into one run, and it would be unclear which of them the run gets",
        "use batch= to get all of the events, debounce= to get the last",
    ),
    frozenset({"batch", "singleton"}): (
        "a skipped or cancelled batch would lose all of its events",
        "use concurrency=flowforge.Concurrency(limit=1, key=…): the batches then run one after the other",
    ),
    frozenset({"batch", "cancel_on"}): (
        "a batch has many events, and cancelling it for one of them would lose the others",
        "check inside the function which of ctx.events still stand",
    ),
    frozenset({"debounce", "singleton"}): (
        "a debounced run is one for its key already while it waits, and what comes after it has begun must not be lost",
        "use debounce= with concurrency=flowforge.Concurrency(limit=1, key=…)",
    ),
}


def refuse_impossible(flow: FlowControl) -> None:
    """Raises RegistrationError naming both, for a pair that cannot work."""
    asked = {name for name in ("batch", "debounce", "singleton", "cancel_on") if getattr(flow, name)}
    for pair, (why, instead) in REFUSED.items():
        if pair <= asked:
            one, other = sorted(pair)
            raise RegistrationError(f"{one}= and {other}= do not go together: {why}", hint=instead)
    if flow.batch is not None:
        _refuse_other_keys(flow)


def _refuse_other_keys(flow: FlowControl) -> None:
    """A batch counts under one key: a limit with another one would see only its first event."""
    assert flow.batch is not None
    keyed = {"throttle": flow.throttle and flow.throttle.key}
    keyed |= {f"concurrency[{place}]": limit.key for place, limit in enumerate(flow.concurrency)}
    if isinstance(flow.priority, str):
        keyed["priority"] = flow.priority
    for name, key in keyed.items():
        if key is not None and key != flow.batch.key:
            raise RegistrationError(
                f"batch= and {name}= do not go together with different keys ({flow.batch.key} and {key}):"
                " a batch may hold many values of it",
                hint="give both the same key, or the limit none",
            )
