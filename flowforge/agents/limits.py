"""What one run of an agent may take, what it has taken, and the person who is asked for more.

All of it follows from what is recorded: turns and calls are counted as the conversation goes, and what a turn cost and how long the work
up to its answer took is stored with that answer. So a replay counts the same, and comes to the same question at the same place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from flowforge.agents.definition import AgentLimits
from flowforge.board.approve_step import ask_approval
from flowforge.durations import seconds
from flowforge.durations import show as show_duration
from flowforge.errors import LimitReached

if TYPE_CHECKING:
    from flowforge.clock import Clock
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.step_scope import StepScope

TURNS_MAX = 200  # model requests of one run, unless its agent says else
TOOL = "raise_limit"
SHARE = Decimal("0.5")  # of a limit, is what is proposed to be added

Measure = Literal["turns", "tool_calls", "money", "wall_time"]


@dataclass(frozen=True)
class Spent:
    """What a run has taken so far: US dollars, and seconds of work, in which a model or a tool was busy. `unpriced` calls are in no sum."""

    turns: int = 0
    tool_calls: int = 0
    money: Decimal = Decimal(0)
    wall_time: float = 0.0
    unpriced: int = 0

    def and_noted(self, note: Mapping[str, Any]) -> Spent:
        """With what a turn's stored answer says that it took."""
        return replace(
            self,
            money=self.money + Decimal(note.get("cost", "0")),
            wall_time=self.wall_time + note.get("seconds", 0.0),
            unpriced=self.unpriced + note.get("unpriced", 0),
        )

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "money": format(self.money, "f")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Spent:
        return cls(**{**data, "money": Decimal(data["money"])})


@dataclass
class Unnoted:
    """What was taken since the last answer that was stored."""

    clock: Clock
    seconds: float = 0.0
    cost: Decimal = Decimal(0)
    unpriced: int = 0
    _busy: int = 0
    _since: float = 0.0

    @contextmanager
    def working(self) -> Iterator[None]:
        """While a body runs. Several at once take the time of one."""
        if not self._busy:
            self._since = self.clock.monotonic()
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self.seconds += self.clock.monotonic() - self._since

    def paid(self, scope: StepScope) -> None:
        """Take in what the model calls of this attempt cost."""
        for row in scope.used:
            if row.usage.cost is None:
                self.unpriced += 1
            else:
                self.cost += row.usage.cost

    def take(self) -> dict[str, Any]:
        """The note of it, to be stored with an answer."""
        note: dict[str, Any] = {"seconds": round(self.seconds, 3), "cost": format(self.cost, "f")}
        if self.unpriced:
            note["unpriced"] = self.unpriced
        self.seconds, self.cost, self.unpriced = 0.0, Decimal(0), 0
        return note


@dataclass
class Bounds:
    """How far a run may go; a person may have moved them. None: no limit."""

    turns: int | None = TURNS_MAX
    tool_calls: int | None = None
    money: Decimal | None = None
    wall_time: float | None = None
    asks: bool = False

    @classmethod
    def of(cls, limits: AgentLimits) -> Bounds:
        return cls(
            turns=limits.turns if limits.turns is not None else TURNS_MAX,
            tool_calls=limits.tool_calls,
            money=limits.money,
            wall_time=None if limits.wall_time is None else seconds(limits.wall_time),
            asks=limits.on_limit == "ask",
        )

    def money_left(self, spent: Spent) -> Decimal | None:
        """What the next model request may cost at most. Where a person is asked, a request that has begun may go beyond the limit."""
        return None if self.money is None or self.asks else max(self.money - spent.money, Decimal(0))

    def reached(self, spent: Spent, turns: int = 0, calls: int = 0) -> Measure | None:
        """The first limit that leaves no room for so many more turns or calls."""
        if self.turns is not None and spent.turns + turns > self.turns:
            return "turns"
        if self.tool_calls is not None and spent.tool_calls + calls > self.tool_calls:
            return "tool_calls"
        if self.money is not None and spent.money >= self.money:
            return "money"
        if self.wall_time is not None and spent.wall_time >= self.wall_time:
            return "wall_time"
        return None

    def show(self, measure: Measure) -> str:
        """The limit in words."""
        value = getattr(self, measure)
        if measure == "money":
            return f"{format(value.normalize() + 0, 'f')} USD"
        if measure == "wall_time":
            return f"{show_duration(value)} of work"
        return f"{value} {'turn' if measure == 'turns' else 'tool call'}{'' if value == 1 else 's'}"

    def raise_by(self, measure: Measure, more: str) -> None:
        kind: Any = {"money": Decimal, "wall_time": seconds}.get(measure, int)
        setattr(self, measure, getattr(self, measure) + kind(more))

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "money": None if self.money is None else format(self.money, "f")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Bounds:
        return cls(**{**data, "money": None if data["money"] is None else Decimal(data["money"])})


@dataclass
class Meter:
    """Keeps one run within its bounds."""

    execution: Execution
    bounds: Bounds
    spent: Spent = Spent()
    unnoted: Unnoted = field(init=False)

    def __post_init__(self) -> None:
        self.unnoted = Unnoted(self.execution.clock)

    async def make_room(self, *, turns: int = 0, calls: int = 0) -> None:
        """Return when the run may take so much more. Raises LimitReached, after a person was asked where the agent's limits say so."""
        asked = 0
        while (measure := self.bounds.reached(self.spent, turns, calls)) is not None:
            if not self.bounds.asks:
                raise LimitReached(measure, self.bounds.show(measure))
            asked += 1
            await self._ask(measure, f"{self.spent.turns}.{asked}")

    def count(self, *, turns: int = 0, calls: int = 0) -> None:
        self.spent = replace(self.spent, turns=self.spent.turns + turns, tool_calls=self.spent.tool_calls + calls)

    def note(self, note: Mapping[str, Any]) -> None:
        self.spent = self.spent.and_noted(note)

    async def _ask(self, measure: Measure, place: str) -> None:
        allowed = self.bounds.show(measure)
        asked = {"limit": measure, "more": _proposal(self.bounds, measure)}
        decision = await ask_approval(
            self.execution,
            f"{TOOL} {measure}",
            tool=TOOL,
            arguments=asked,
            schema=_schema(asked),
            effect="money" if measure == "money" else "write",
            reversible=False,
            reason=f"this run has reached its limit of {allowed}; approve to let it go on with so much more",
            identity=place,
        )
        if not decision.approved:
            who = "nobody decided in time" if decision.expired else f"{decision.decided_by} did not raise it"
            raise LimitReached(measure, allowed, f"; {who}" + (f": {decision.reason}" if decision.reason else ""))
        self.bounds.raise_by(measure, decision.arguments["more"])


_PATTERNS = {
    "turns": r"^[1-9][0-9]{0,5}$",
    "tool_calls": r"^[1-9][0-9]{0,5}$",
    "money": r"^(?=.*[1-9])[0-9]{1,12}(\.[0-9]{1,12})?$",
    "wall_time": r"^[1-9][0-9]{0,6} ?(s|m|h|d)$",
}


def _proposal(bounds: Bounds, measure: Measure) -> str:
    """Half as much again."""
    value = getattr(bounds, measure)
    if measure == "money":
        return format((value * SHARE).normalize() + 0, "f")
    if measure == "wall_time":
        return f"{max(1, round(value * float(SHARE)))}s"
    return str(max(1, int(value * SHARE)))


def _schema(asked: dict[str, Any]) -> dict[str, Any]:
    """Only how much more is a person's to change."""
    return {
        "type": "object",
        "properties": {
            "limit": {"const": asked["limit"]},
            "more": {"type": "string", "pattern": _PATTERNS[asked["limit"]], "description": "how much is added to the limit"},
        },
        "required": ["limit", "more"],
        "additionalProperties": False,
    }
