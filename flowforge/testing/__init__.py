"""For tests of one's own: an engine without a server, a clock that can be set, models without a network, deaths on purpose.

    plugin.py             the pytest plugin: `forge`, `scripted_model`, `cassette`
    harness.py            `Forge`, what the `forge` fixture gives
    workshop.py           its worker: works when told to, dies when told to
    clock.py              the settable clock, `forge.clock`, which can skip what nobody wants to wait for
    waiting.py            what a run waits for, in words
    vanishing.py          a worker that dies inside the test
    crash_points.py       a worker process that is killed at a named point of the engine
    replay.py             recorded runs against the code of today; drift.py says what differs
    export.py             a run as a test of its own, without what redaction.py and marks.py leave out
    compare.py            the same run with another model
    cassettes.py          model calls recorded once and replayed without a network
    scripted_provider/    a model provider on loopback that follows a script

Importing this imports none of them; names load when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowforge.testing.cassettes import Cassette
    from flowforge.testing.clock import SettableClock
    from flowforge.testing.compare import Comparison, compare_run
    from flowforge.testing.course import Course
    from flowforge.testing.crash_points import Death, die_at
    from flowforge.testing.drift import Drift, ReplayDrift, ReplayReport
    from flowforge.testing.harness import Forge, Sent
    from flowforge.testing.replay import replay_history
    from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, ToolCall
    from flowforge.testing.waiting import Waiting

__all__ = [
    "Asked",
    "Cassette",
    "Comparison",
    "Course",
    "Death",
    "Drift",
    "Forge",
    "ReplayDrift",
    "ReplayReport",
    "Reply",
    "ScriptedProvider",
    "Sent",
    "SettableClock",
    "ToolCall",
    "Waiting",
    "compare_run",
    "die_at",
    "replay_history",
]

_HOMES = {
    "Asked": "scripted_provider",
    "Cassette": "cassettes",
    "Comparison": "compare",
    "Course": "course",
    "Death": "crash_points",
    "Drift": "drift",
    "Forge": "harness",
    "ReplayDrift": "drift",
    "ReplayReport": "drift",
    "Reply": "scripted_provider",
    "ScriptedProvider": "scripted_provider",
    "Sent": "harness",
    "SettableClock": "clock",
    "ToolCall": "scripted_provider",
    "Waiting": "waiting",
    "compare_run": "compare",
    "die_at": "crash_points",
    "replay_history": "replay",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: the plugin is loaded by every pytest run of whoever has FlowForge installed."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
