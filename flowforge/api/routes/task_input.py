"""What requests about tasks say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from flowforge.api.values import Body
from flowforge.board.assignee import AssigneeName, NamedKind
from flowforge.board.creation import NewTask
from flowforge.errors import InvalidInput, NotFound

NAMES_OF_A_TASK = {
    "board": "/board",
    "column": "/column",
    "agent": "/assignee/agent",
    "user": "/assignee/user",
    "team": "/assignee/team",
    "owner": "/owner",
    "parent": "/parent",
    "dependency": "/depends_on",
}


class AssigneeIn(Body):
    """An agent, a person or a team, by name: a team's card is its lead's; none means nobody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent": "atlas"}, {"user": "mira"}, {"team": "support"}, {"agent": None}]})

    agent: str | None = None
    user: str | None = None
    team: str | None = None
    start: Annotated[
        bool, Field(description="Whether an agent starts as soon as it can. If not, it is parked until the card is moved.")
    ] = True

    def name(self) -> AssigneeName | None:
        named: tuple[tuple[NamedKind, str | None], ...] = (("agent", self.agent), ("user", self.user), ("team", self.team))
        given = [AssigneeName(kind, name) for kind, name in named if name is not None]
        if len(given) > 1:
            raise InvalidInput("a card has one assignee: give an agent, a user or a team, and no two of them")
        return given[0] if given else None


class TaskIn(Body):
    """A task to make. Without a column it goes to the first one; an agent's task starts in Doing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Refund ORD-9218", "description": "The parcel was empty.", "assignee": {"agent": "atlas"}}],
        }
    )

    title: Annotated[str, Field(description="One line, up to 500 characters.")]
    description: Annotated[str, Field(description="Markdown.")] = ""
    column: str | None = None
    assignee: AssigneeIn | None = None
    board: Annotated[str | None, Field(max_length=500, description="By prefix or name; FF unless given.")] = None
    parent: Annotated[str | None, Field(max_length=500, description="The task that it is a part of.")] = None
    depends_on: Annotated[list[str], Field(max_length=1000, default_factory=list, description="Tasks that have to be done first.")]
    priority: str = "none"
    labels: Annotated[list[str], Field(max_length=1000, default_factory=list)]
    due_at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    owner: Annotated[str | None, Field(max_length=500, description="The person who stays responsible.")] = None
    checklist: Annotated[list[str], Field(max_length=1000, default_factory=list, description="What is to be done, item by item.")]

    def read(self) -> NewTask:
        to = None if self.assignee is None else self.assignee.name()
        names = ("title", "description", "column", "board", "parent", "depends_on", "priority", "labels", "due_at", "owner", "checklist")
        return NewTask(assignee=to, **{name: getattr(self, name) for name in names})


class TaskPatch(Body):
    """A JSON merge patch (RFC 7396): what is given replaces, what is left out stays, null takes a field back to what a new task has."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Refund ORD-9218 in full", "priority": "high", "due_at": None}]})

    title: str | None = None
    description: str | None = None
    priority: str | None = None
    labels: Annotated[list[str] | None, Field(max_length=1000)] = None
    due_at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    owner: Annotated[str | None, Field(max_length=500)] = None
    parent: Annotated[str | None, Field(max_length=500)] = None


class ColumnIn(Body):
    """Where the card goes: to the end of that column, or beside a card that stands in it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"column": "Doing"}, {"column": "Doing", "before": "FF-7"}]})

    column: str
    before: Annotated[str | None, Field(max_length=500)] = None
    after: Annotated[str | None, Field(max_length=500)] = None


@contextmanager
def names_of(**pointers: str) -> Iterator[None]:
    """An unknown name that stood in the body is a value that does not fit, not a missing address."""
    try:
        yield
    except NotFound as unknown:
        if unknown.what not in pointers:
            raise
        raise InvalidInput(str(unknown), pointer=pointers[unknown.what]) from None


@contextmanager
def neighbour_of(key: str, beside: dict[str, str | None]) -> Iterator[None]:
    """An unknown card beside which another is to stand is a value that does not fit; the card itself is what the path names."""
    try:
        yield
    except NotFound as unknown:
        field = next((field for field, value in beside.items() if value is not None and value[:80] == unknown.name), None)
        if unknown.what != "task" or field is None or unknown.name == key[:80]:
            raise
        raise InvalidInput(str(unknown), pointer=f"/{field}") from None
