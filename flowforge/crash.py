"""Named crash points: `FLOWFORGE_CRASH=checkpoint.before_commit:2` kills this process with SIGKILL the second time it
gets there. They exist so that durability is proved by dying at every point, not by hoping. Off, they cost one dict look-up.
A test may `arm` them with another death than the process's own.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

POINTS = frozenset(
    {
        "event.after_insert",
        "queue.stored",
        "dispatch.before_commit",
        "gate.before_commit",
        "gate.after_commit",
        "claim.before_commit",
        "claim.after_commit",
        "cron.fired",
        "body.before",
        "body.after",
        "checkpoint.before_commit",
        "checkpoint.sent_unread",
        "checkpoint.after_commit",
        "timer.fired",
        "approval.asked",
        "model.reserved",
        "model.answered",
        "invoke.child_made",
        "alert.sent",
        "webhook.sent",
        "replay.before_commit",
        "bulk.batch",
        "retention.batch",
        "erasure.batch",
        "run.before_suspend",
        "run.after_suspend",
        "run.before_seal",
        "run.after_seal",
        "audit.appended",
        "audit.merged",
        "answer.unsent",
        "snapshot.before",
        "snapshot.after",
        "messages.taken",
    }
)


def _kill(_point: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_armed: dict[str, int] = {}
_die: Callable[[str], None] = _kill


def arm(spec: str, die: Callable[[str], None] = _kill) -> None:
    """Arm the points of `spec`, as in `body.after:1,run.before_seal:2`; an empty string disarms all of them."""
    global _die
    _armed.clear()
    _die = die
    for part in filter(None, spec.split(",")):
        point, _, nth = part.partition(":")
        if point not in POINTS:
            raise ValueError(f"unknown crash point {point!r}; known: {', '.join(sorted(POINTS))}")
        _armed[point] = int(nth or 1)


def is_armed(point: str) -> bool:
    """Is this process meant to die there, sooner or later?"""
    return point in _armed


def crash_point(point: str) -> None:
    """Die here if this point is armed and its turn has come."""
    if not _armed or point not in _armed:
        return
    _armed[point] -= 1
    if _armed[point] == 0:
        _die(point)


arm(os.environ.get("FLOWFORGE_CRASH", ""))
