"""What starts a function: event names, patterns with `*`, filters, schedules, and whatever else says that it is triggers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from flowforge.errors import RegistrationError
from flowforge.orchestrator.expression import compiled
from flowforge.orchestrator.match import check_pattern
from flowforge.orchestrator.schedule import CatchUp, Overlap, Schedule

CRON_EVENT = "flowforge/cron/"  # and the function's id: the event that a schedule sends, to that function alone


@runtime_checkable
class Triggering(Protocol):
    """Anything that can stand in `trigger=`: what it is, as event names or triggers."""

    def as_triggers(self) -> Sequence[Trigger | str]: ...


@dataclass(frozen=True)
class Trigger:
    """One thing that starts a function, as it is published. `source` says where its events come from: event, cron, webhook, ….

    Raises RegistrationError for a pattern that no event's name fits, and for a filter that is no expression.
    """

    pattern: str
    if_: str | None = None
    source: str = "event"
    schedule: Schedule | None = None

    def __post_init__(self) -> None:
        check_pattern(self.pattern)
        if self.if_ is not None:
            compiled(self.if_)

    def __str__(self) -> str:
        what = str(self.schedule) if self.schedule else self.pattern if self.source == "event" else f"{self.source} {self.pattern}"
        return what if self.if_ is None else f"{what} if {self.if_}"

    @property
    def trigger_id(self) -> str:
        """The same for the same trigger, whatever stands before it in the function's list."""
        facts = json.dumps([self.source, self.pattern, self.if_, str(self.schedule) if self.schedule else None])
        return hashlib.sha256(facts.encode(errors="surrogatepass")).hexdigest()[:16]

    def of(self, function_id: str) -> Trigger:
        """This trigger as a function's: a schedule sends its events to that one."""
        return self if self.schedule is None else replace(self, pattern=CRON_EVENT + function_id)

    def as_triggers(self) -> tuple[Trigger, ...]:
        return (self,)


TriggerInput = str | Triggering | Sequence[str | Triggering] | None


def on(event: str, if_: str | None = None) -> Trigger:
    """An event that starts the function, by name or pattern, and the filter that it must pass.

    `if_` is an expression in CEL over `event.data`, `event.name` and `event.id`. What it cannot be asked of (a missing field, a text
    compared with a number) does not match, and `flowforge events show` says so. Raises RegistrationError.

        @flowforge.function(trigger=flowforge.on("order/created", if_="event.data.total > 1000"))
    """
    return Trigger(event, if_)


def cron(schedule: str, *, tz: str = "UTC", catch_up: CatchUp = "one", overlap: Overlap = "allow", max_catch_up: int = 100) -> Trigger:
    """Times that start the function: five fields (or six, with seconds in front) on the clocks of a time zone.

    `catch_up`, for times that went by while no worker ran: `skip` none of them, `one` (the last), or `all` in order, at most
    `max_catch_up`. `overlap`, when the run before still goes on: `allow` both, `skip` this one (a run in state skipped says so), or
    `wait` for its end. Raises RegistrationError for a time that never comes and for an unknown zone.

        @flowforge.function(trigger=flowforge.cron("0 9 * * 1-5", tz="Europe/Oslo", overlap="skip"))
    """
    return Trigger(CRON_EVENT + "*", None, "cron", Schedule(schedule, tz, catch_up, overlap, max_catch_up))


def read_triggers(trigger: TriggerInput) -> tuple[Trigger, ...]:
    """The triggers of a `trigger=` argument, each once. Raises RegistrationError for anything else."""
    if trigger is None:
        return ()
    given: Any = [trigger] if isinstance(trigger, str | Triggering) else trigger
    if not isinstance(given, Sequence) or not all(isinstance(one, str | Triggering) for one in given):
        raise RegistrationError(f"a trigger must be an event name, flowforge.on(…), flowforge.cron(…) or a list of them, not {trigger!r}")
    parts = [part for one in given for part in (one.as_triggers() if isinstance(one, Triggering) else (one,))]
    found = [Trigger(part) if isinstance(part, str) else part for part in parts]
    schedules = [(read.schedule.cron, read.schedule.zone) for read in found if read.schedule]
    if len({*schedules}) < len({read for read in found if read.schedule}):
        raise RegistrationError("two schedules of one function have the same times", hint="keep one of them")
    return tuple(dict.fromkeys(found))
