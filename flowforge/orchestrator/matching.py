"""Which functions an event starts, which it does not, and why: decided from the published triggers and the event alone.

The dispatcher asks it to make runs, and whoever looks at an event later asks it again to say why a function did not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from flowforge.errors import ExpressionFailed, RegistrationError
from flowforge.orchestrator.expression import Facts, compiled
from flowforge.orchestrator.match import matches_pattern
from flowforge.orchestrator.trigger import CRON_EVENT

Outcome = Literal["matched", "filtered", "filter_failed"]
STEM = 32  # characters before a pattern's first star by which it is found

Published = Mapping[str, Any]  # a row of a published trigger: function_id, pattern, condition, …


class Decision(NamedTuple):
    """What becomes of an event for one function whose trigger's name it fits. `reason` says why it does not match."""

    function_id: str
    trigger: Published
    outcome: Outcome
    reason: str | None = None


class Listeners:
    """Published triggers, found by name."""

    def __init__(self, triggers: Iterable[Published]) -> None:
        self._named: dict[str, list[Published]] = {}
        self._wild: list[Published] = []
        for trigger in triggers:
            if "*" in trigger["pattern"]:
                self._wild.append(trigger)
            else:
                self._named.setdefault(trigger["pattern"], []).append(trigger)

    def decide(self, name: str, facts_of: Callable[[], Mapping[str, Any]]) -> list[Decision]:
        """One decision for each function that listens to this name: a trigger that matches counts before one that does not.

        `facts_of` gives what filters are asked about; it is called only where one has to be asked.
        """
        facts: Facts | None = None
        found: dict[str, Decision] = {}
        for trigger in self._listening(name):
            function_id = trigger["function_id"]
            known = found.get(function_id)
            if known is not None and known.outcome == "matched":
                continue
            if trigger["condition"] is not None and facts is None:
                facts = Facts(facts_of())
            decision = _decided(trigger, facts)
            if known is not None and decision.outcome != "matched":
                decision = known._replace(reason=f"{known.reason}; {decision.reason}")
            found[function_id] = decision
        return list(found.values())

    def matched(self, name: str, facts_of: Callable[[], Mapping[str, Any]]) -> list[Published]:
        """The triggers that start a run, one for each function."""
        return [decision.trigger for decision in self.decide(name, facts_of) if decision.outcome == "matched"]

    def _listening(self, name: str) -> list[Published]:
        if name.startswith(CRON_EVENT):  # sent to one function, by its name
            return self._named.get(name, [])
        return [*self._named.get(name, ()), *(trigger for trigger in self._wild if matches_pattern(trigger["pattern"], name))]


def stems_of(names: Iterable[str]) -> list[str]:
    """What a pattern must have before its first star to fit one of these names, as far as the index looks.

    >>> stems_of(["ab"])
    ['', 'a', 'ab']
    """
    return sorted({name[:size] for name in set(names) for size in range(min(len(name), STEM) + 1)})


def _decided(trigger: Published, facts: Facts | None) -> Decision:
    function_id, condition = trigger["function_id"], trigger["condition"]
    if condition is None or facts is None:
        return Decision(function_id, trigger, "matched")
    try:
        holds = compiled(condition).holds(facts)
    except ExpressionFailed as error:
        return Decision(function_id, trigger, "filter_failed", f"the filter {condition} failed: {error.reason}")
    except RegistrationError as error:  # published by a version that knew more than this one
        return Decision(function_id, trigger, "filter_failed", f"the filter {condition} cannot be read here: {error.message}")
    return (
        Decision(function_id, trigger, "matched")
        if holds
        else Decision(function_id, trigger, "filtered", f"the filter {condition} is false")
    )
