"""What differs between a recorded run and the code of today, in words and, where texts differ, line by line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowforge import ids
from flowforge.errors import FlowForgeError
from flowforge.orchestrator.codec import arguments_json
from flowforge.orchestrator.endings import FAILURE
from flowforge.orchestrator.history import RecordedStep, RunHistory

SHOWN_CHARACTERS = 300
SHOWN_LINES = 60
SHORT_CHARACTERS = 120  # both on one line are easier to compare than line by line

What = Literal["new step", "step not asked for", "other kind", "other arguments", "other answer", "other end", "reached out"]


@dataclass(frozen=True)
class Drift:
    """One difference: what was recorded and what the code asks now, each None where there is nothing.

    `difference` shows long texts, prompts above all, as lines that went (`-`) and lines that came (`+`).
    """

    what: What
    step: str | None
    recorded: str | None
    now: str | None
    difference: str | None = None

    def __str__(self) -> str:
        where = f" {self.step!r}" if self.step else ""
        if self.difference:
            return f"{self.what}{where}\n" + "\n".join(f"    {line}" for line in self.difference.splitlines())
        return f"{self.what}{where}\n    recorded: {self.recorded or '-'}\n    now:      {self.now or '-'}"


class ReplayDrift(FlowForgeError):
    """The code would not go on with these runs as they were recorded. `reports` holds every difference."""

    def __init__(self, reports: tuple[ReplayReport, ...]) -> None:
        super().__init__(
            "\n".join(str(report) for report in reports),
            hint="give what has changed another step name, or register the function under a new version= and let old runs end first",
        )
        self.reports = reports


@dataclass(frozen=True)
class ReplayReport:
    """How one replay went: the number of recorded steps that were found as recorded, and every difference.

    `path` names the steps that the code asked for, as `kind key`, in the order of the record; `state`, `output` and `error` are how
    it ended this time; `asked` is how many model calls were made again, and answered from the record.
    """

    run: str
    function: str
    found: int
    drifts: tuple[Drift, ...]
    path: list[str] = field(default_factory=list)
    state: str | None = None
    output: Any = None
    error: dict[str, Any] | None = None
    asked: int = 0

    def check(self) -> None:
        """Raises ReplayDrift unless the code does what was recorded."""
        if self.drifts:
            raise ReplayDrift((self,))

    def __str__(self) -> str:
        head = f"{self.function} {ids.label(self.run)}: {self.found} step{'' if self.found == 1 else 's'} as recorded"
        return head + "".join(f"\n  {drift}" for drift in self.drifts)


def recorded_path(history: RunHistory) -> list[str]:
    """The steps that the code asked for, as `kind key`."""
    return [f"{step.kind} {step.key}" for step in asked_steps(history)]


def asked_steps(history: RunHistory) -> list[RecordedStep]:
    """The steps that the code asked for, in the order of the record, a step that is made of others before these.

    Not among them are the engine's own marks, nor how a person settled a call whose worker had died.
    """
    known = {step.key: step for step in history.steps if step.key != FAILURE and not is_settlement(step.kind, step.name)}
    ordered: dict[str, RecordedStep] = {}
    for step in known.values():
        above = [step]
        while (parent := known.get(above[-1].parent or "")) is not None and parent not in above:
            above.append(parent)
        ordered.update((one.key, one) for one in reversed(above) if one.key not in ordered)
    return list(ordered.values())


def is_settlement(kind: str, name: str) -> bool:
    """Did a person say here how a call had ended? A replay knows its result and does not ask."""
    return kind == "approve" and name.startswith("settle ")


def shown_arguments(value: Any) -> str:
    """Arguments as the code gives them, in one line."""
    return cut("without arguments" if value is None else arguments_json(value).decode(errors="replace"))


def shown(value: Any) -> str:
    """Recorded JSON in one line."""
    return cut("without arguments" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def shown_end(state: str, output: Any, error: Mapping[str, Any] | None) -> str:
    if error is not None:
        return cut(f"{state}: {error.get('type')}: {error.get('message')}")
    return cut(f"{state}: {json.dumps(output, ensure_ascii=False)}") if state == "completed" else state


def cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def difference(recorded: Any, now: Any) -> str | None:
    """The lines in which two JSON values differ; None where one short line says it as well."""
    if max(len(json.dumps(recorded)), len(json.dumps(now))) <= SHORT_CHARACTERS:
        return None
    before, after = list(_lines(recorded)), list(_lines(now))
    lines = list(difflib.unified_diff(before, after, "recorded", "now", lineterm="", n=2))
    return "\n".join([*lines[:SHOWN_LINES], "…"] if len(lines) > SHOWN_LINES else lines) or None


def _lines(value: Any) -> Iterator[str]:
    """A request as a person would read it: its settings, then who says what; anything else as indented JSON."""
    if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
        yield from json.dumps(value, indent=2, ensure_ascii=False).splitlines()
        return
    for name, setting in value.items():
        if name != "messages":
            yield f"{name}: {json.dumps(setting, ensure_ascii=False)}"
    for message in value["messages"]:
        content = message.get("content")
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        first, *rest = text.splitlines() or [""]
        yield f"{message.get('role')}: {first}"
        yield from (f"    {line}" for line in rest)
        yield from (
            f"    {name}: {json.dumps(more, ensure_ascii=False)}" for name, more in message.items() if name not in ("role", "content")
        )


__all__ = ["Drift", "ReplayDrift", "ReplayReport", "cut", "difference", "shown", "shown_arguments", "shown_end"]
