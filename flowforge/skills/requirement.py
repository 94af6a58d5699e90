"""What an approval requires: how many people, which ones, and what happens while nobody decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from flowforge.access.permission import Role
from flowforge.durations import seconds
from flowforge.errors import InvalidInput

COUNT_MAX = 20
SECONDS_MIN, SECONDS_MAX = 1.0, 366 * 86400.0


def _duration(value: Any) -> Any:
    """In seconds, also of a duration as people write it."""
    try:
        return seconds(value) if isinstance(value, str) else value
    except InvalidInput as error:
        raise ValueError(f"{error.message}; {error.hint}" if error.hint else error.message) from None


def _within(value: float) -> float:
    if not SECONDS_MIN <= value <= SECONDS_MAX:
        raise ValueError("must lie between 1 s and a year")
    return value


Seconds = Annotated[float, BeforeValidator(_duration), AfterValidator(_within)]
PersonName = Annotated[str, Field(min_length=1, max_length=100)]


class Terms(BaseModel):
    """The requirement as a rule writes it; durations as `"30m"`, `"24h"` or seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: Annotated[int, Field(ge=1, le=COUNT_MAX, description="How many different people must approve.")] = 1
    roles: Annotated[tuple[Role, ...], Field(max_length=4, description="Only people of these roles; admins count as approvers.")] = ()
    people: Annotated[tuple[PersonName, ...], Field(max_length=50, description="Only these, by name, or who stands in for them.")] = ()
    not_requester: Annotated[bool, Field(description="Whoever gave the work does not decide about it.")] = False
    expires: Annotated[Seconds | None, Field(description="How long it is open; then it reads as denied.")] = None
    remind_after: Seconds | None = None
    escalate_after: Seconds | None = None
    escalate_to: Annotated[Role | None, Field(description="Whose people may decide too, after `escalate_after`.")] = None

    @model_validator(mode="after")
    def _agrees(self) -> Terms:
        if (self.escalate_after is None) != (self.escalate_to is None):
            raise ValueError("escalate_after and escalate_to come together")
        if self.people and self.count > len(set(self.people)):
            raise ValueError(f"count is {self.count}, but only {len(set(self.people))} people are named")
        if self.escalate_to in ("member", "viewer") or {"member", "viewer"} & set(self.roles):
            raise ValueError("members and viewers decide no approvals: name approver or admin")
        if self.escalate_to is not None and self.people:
            raise ValueError("an escalation adds a role, so it goes with roles, not with people")
        return self


@dataclass(frozen=True)
class Requirement:
    """Who must approve a call before it runs. The default is one person who may decide approvals."""

    count: int = 1
    roles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    not_requester: bool = False
    expires: float | None = None  # seconds, as those below
    remind_after: float | None = None
    escalate_after: float | None = None
    escalate_to: str | None = None

    @classmethod
    def of(cls, terms: Terms) -> Requirement:
        return cls(**terms.model_dump())

    @classmethod
    def from_json(cls, text: str | None) -> Requirement:
        if text is None:
            return cls()
        values = json.loads(text)
        return cls(**{**values, "roles": tuple(values["roles"]), "people": tuple(values["people"])})

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def with_(self, other: Requirement) -> Requirement:
        """What satisfies both: the larger count, the narrower circle, the shorter time.

        >>> Requirement(count=2).with_(Requirement(roles=("admin",))) == Requirement(count=2, roles=("admin",))
        True
        """
        return Requirement(
            count=max(self.count, other.count),
            roles=_narrower(self.roles, other.roles),
            people=_narrower(self.people, other.people),
            not_requester=self.not_requester or other.not_requester,
            expires=_earlier(self.expires, other.expires),
            remind_after=_earlier(self.remind_after, other.remind_after),
            escalate_after=self.escalate_after if self.escalate_to else other.escalate_after,
            escalate_to=self.escalate_to or other.escalate_to,
        )


ONE_PERSON = Requirement()


def read_requirement(terms: Mapping[str, Any]) -> Requirement:
    """A requirement from plain data. Raises InvalidInput that points to the first field that does not fit.

    >>> read_requirement({"count": 2, "expires": "1h"}).expires
    3600.0
    """
    try:
        return Requirement.of(Terms.model_validate(dict(terms)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = "".join(f"/{part}" for part in first["loc"])
        raise InvalidInput(first["msg"].removeprefix("Value error, "), pointer=f"/require{place}") from None


def _narrower(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Those whom both allow; where they have nobody in common, the first one's: an empty circle would mean everybody."""
    if not one or not other:
        return one or other
    return tuple(name for name in one if name in other) or one


def _earlier(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)
