"""Which frames of a tenant's stream a caller gets: those they ask for, of what they may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowforge.access.principal import Principal
from flowforge.api.problem import refuse
from flowforge.orchestrator.frames import DELTA_FRAMES

KINDS_MAX = 50
RUNS = "runs:read"
# By the family of a frame's name; what is not here is about runs.
PERMISSIONS = {"event": "events:read", "task": "tasks:read", "agent": "agents:read", "approval": "approvals:read"}
NAMES = {
    "event": ("received",),
    "run": ("queued", "started", "resumed", "suspended", "paused", "completed", "failed", "cancelled", "skipped", "progress"),
    "step": ("retrying",),
    "message": ("completed",),
    "tool_call": ("started", "executing", "completed", "failed"),
    "approval": ("requested", "voted", "reminded", "escalated", "decided", "expired"),
    "usage": ("recorded",),
    "budget": ("warning", "exceeded"),
    "skill": ("loaded",),
    "agent": ("status", "delegated", "changed"),
    "task": ("created", "moved", "assigned", "commented", "updated"),
}
ALONE = ("log",)


@dataclass(frozen=True)
class StreamKinds:
    """Names (`run.failed`) and families (`task.*`) that are wanted, none for all, of what these permissions let somebody read."""

    wanted: frozenset[str]
    permissions: frozenset[str]

    @classmethod
    def of(cls, caller: Principal, wanted: Sequence[str]) -> StreamKinds:
        """Raises Refusal: 422 for what is no name of a frame, 403 when the caller may read nothing of what they ask for."""
        if len(wanted) > KINDS_MAX:
            raise refuse("invalid", f"{KINDS_MAX} kinds are the most", parameter="kinds")
        for one in wanted:
            _check(one)
        needed = sorted({_permission(one) for one in wanted or (*NAMES, *ALONE)})
        if not caller.permissions & set(needed):
            raise refuse("forbidden", f"reading this needs the permission {' or '.join(needed)}")
        return cls(frozenset(wanted), frozenset(caller.permissions))

    def hold(self, name: str) -> bool:
        """Whether frames of that name are for this caller."""
        if _permission(name) not in self.permissions:
            return False
        return not self.wanted or name in self.wanted or f"{_family(name)}.*" in self.wanted


def _family(name: str) -> str:
    return name.partition(".")[0]


def _permission(name: str) -> str:
    return PERMISSIONS.get(_family(name), RUNS)


def _check(one: str) -> None:
    family, _, word = one.partition(".")
    if one in ALONE or (family in NAMES and (word == "*" or word in NAMES[family])):
        return
    if one in DELTA_FRAMES or family == "step":
        raise refuse("invalid", f"{one:.100} is told on the streams of runs alone, not on the tenant's", parameter="kinds")
    known = ", ".join([*(f"{name}.*" for name in NAMES), *ALONE])
    raise refuse("invalid", f"{one!r:.100} is no name of a frame and no family of them; there are {known}", parameter="kinds")
