"""What starts a function: event names, for now. A trigger is a name (`order/created`), a pattern (`order/*`), or a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from flowforge.errors import RegistrationError
from flowforge.orchestrator.match import check_pattern


class AsTriggers(Protocol):
    """What else may stand in `trigger=`: an object that knows which events it stands for (a webhook, a queue)."""

    def as_triggers(self) -> tuple[str, ...]: ...


Trigger = str | AsTriggers | Sequence[str | AsTriggers] | None


def read_triggers(trigger: Trigger) -> tuple[str, ...]:
    """The patterns of a `trigger=` argument. Raises RegistrationError for anything else."""
    if trigger is None:
        return ()
    parts: list[Any] = list(trigger) if isinstance(trigger, list | tuple) else [trigger]
    patterns = [pattern for part in parts for pattern in (part.as_triggers() if hasattr(part, "as_triggers") else (part,))]
    if not all(isinstance(pattern, str) for pattern in patterns):
        raise RegistrationError(f"a trigger must be an event name or a list of them, not {trigger!r}")
    return tuple(dict.fromkeys(check_pattern(pattern) for pattern in patterns))
