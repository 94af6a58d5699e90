"""What a team is: a lead, members to whom it may give work, and how much of it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flowforge.agents.definition import NAME_PATTERN, Name, Text, escaped
from flowforge.agents.loop_tool import Bounds
from flowforge.errors import InvalidInput

_STANDARD = Bounds()


class TeamLimits(BaseModel):
    """How many cards the lead and those behind it may make; a team may narrow this, and widen it up to the maximum."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    depth: Annotated[int, Field(ge=1, le=8, description="levels of cards below the team's")] = _STANDARD.depth
    cards_by_run: Annotated[int, Field(ge=1, le=200)] = _STANDARD.by_run
    cards_in_tree: Annotated[int, Field(ge=1, le=2_000)] = _STANDARD.in_tree

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.depth, self.cards_by_run, self.cards_in_tree)


class TeamDefinition(BaseModel):
    """A lead and its members, by their names. A card that is given to the team is the lead's, who is told who is in the team and may give
    work to each; `instructions` are added to the lead's own.

    >>> TeamDefinition(name="support", lead="atlas", members=("maya",)).limits.depth
    8
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Text, Field(pattern=NAME_PATTERN, description="lower-case letters, digits and hyphens", examples=["support"])]
    lead: Annotated[Name, Field(description="an agent", examples=["atlas"])]
    members: Annotated[tuple[Name, ...], Field(min_length=1, max_length=50, description="agents", examples=[["maya", "zoe"]])]
    description: Annotated[Text, Field(max_length=1024)] = ""
    instructions: Annotated[Text, Field(max_length=50_000)] = ""
    limits: TeamLimits = TeamLimits()


def read_team(body: dict[str, Any]) -> TeamDefinition:
    """The definition in `body`. Raises InvalidInput with a pointer to the first field that does not fit."""
    try:
        team = TeamDefinition.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        pointer = "".join(f"/{escaped(part)}" for part in first["loc"])
        raise InvalidInput(f"{pointer or 'the body'}: {first['msg'].removeprefix('Value error, ')}", pointer=pointer) from None
    for place, name in enumerate(team.members):
        if name == team.lead:
            raise InvalidInput(f"{name} leads the team and is no member beside that", pointer=f"/members/{place}")
        if name in team.members[:place]:
            raise InvalidInput(f"{name} is named twice", pointer=f"/members/{place}")
    return team
