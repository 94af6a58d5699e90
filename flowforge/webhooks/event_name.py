"""The names of what endpoints can listen to, and the patterns by which they do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from flowforge.errors import InvalidInput

PING = "webhook.ping"  # sent when somebody asks for it, whatever the endpoint listens to
EVENT_NAMES = (
    "agent.status",
    "alert.continues",
    "alert.opened",
    "alert.resolved",
    "approval.decided",
    "approval.escalated",
    "approval.expired",
    "approval.reminded",
    "approval.requested",
    "approval.voted",
    "run.cancelled",
    "run.completed",
    "run.failed",
    "run.skipped",
    "task.assigned",
    "task.commented",
    "task.created",
    "task.moved",
    "task.updated",
    "webhook_endpoint.disabled",
)
FAMILIES = tuple(dict.fromkeys(name.partition(".")[0] + ".*" for name in EVENT_NAMES))
PATTERNS_MAX = len(EVENT_NAMES)


def check_patterns(patterns: Sequence[str]) -> list[str]:
    """The patterns, sorted and each once. Raises InvalidInput that points at the first one that is neither a name, nor a family, nor `*`.

    >>> check_patterns(["run.failed", "task.*", "run.failed"])
    ['run.failed', 'task.*']
    """
    known = ("*", *FAMILIES, *EVENT_NAMES)
    for place, pattern in enumerate(patterns):
        if pattern not in known:
            nearest = difflib.get_close_matches(pattern, known, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else f"known are * and {', '.join((*FAMILIES, *EVENT_NAMES))}"
            raise InvalidInput(f"nothing is called {pattern[:100]!r}", pointer=f"/events/{place}", hint=hint)
    if not patterns:
        raise InvalidInput("an endpoint listens to something", pointer="/events", hint="* is everything")
    return sorted(set(patterns))


def listens(patterns: Sequence[str], name: str) -> bool:
    """Whether one of these patterns covers the name."""
    return not {"*", name, name.partition(".")[0] + ".*"}.isdisjoint(patterns)
