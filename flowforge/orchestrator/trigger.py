"""What starts a function: event names, for now. A trigger is a name (`order/created`), a pattern (`order/*`), or a list."""

from __future__ import annotations

from collections.abc import Sequence

from flowforge.errors import RegistrationError
from flowforge.orchestrator.match import check_pattern

Trigger = str | Sequence[str] | None


def read_triggers(trigger: Trigger) -> tuple[str, ...]:
    """The patterns of a `trigger=` argument. Raises RegistrationError for anything else."""
    if trigger is None:
        return ()
    patterns = [trigger] if isinstance(trigger, str) else list(trigger)
    if not all(isinstance(pattern, str) for pattern in patterns):
        raise RegistrationError(f"a trigger must be an event name or a list of them, not {trigger!r}")
    return tuple(dict.fromkeys(check_pattern(pattern) for pattern in patterns))
