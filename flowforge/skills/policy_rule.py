"""One rule of a policy: which calls it is about, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from flowforge.errors import InvalidInput, RegistrationError
from flowforge.orchestrator.expression import MAX_LENGTH, compiled
from flowforge.skills.requirement import Requirement, Terms
from flowforge.skills.tool import Effect

NAMES = ("args", "tool", "agent", "task", "cost", "taint", "now")
RULES_MAX = 200
REASON_CHARACTERS_MAX = 500

Action = Literal["allow", "require", "deny"]


def _listed(value: Any) -> Any:
    """One word stands for a list of it."""
    return (value,) if isinstance(value, str) else value


def _storable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a character that cannot be stored")
    return text


def _is_expression(text: str) -> str:
    try:
        compiled(_storable(text), NAMES)
    except RegistrationError as error:
        raise ValueError(str(error)) from None
    return text


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one as Europe/Oslo") from None
    return name


Pattern = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_storable)]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=50), BeforeValidator(_listed)]


class Rule(BaseModel):
    """Every condition that a rule names must hold. `*` and `?` in names stand for any characters; of several labels one is enough.

    `when` is an expression (CEL) over `args`, `tool` {name, effect}, `agent` {name}, `task` {key, labels}, `cost` (US dollars so far, or
    null), `taint` {tainted, sources} and `now` {date, time, hour, minute, weekday} in `zone`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Annotated[Action, Field(description="What becomes of the call: it runs, waits for people, or never runs.")]
    tool: Annotated[Patterns | None, Field(description="Names of tools, or patterns.", examples=[["issue_*"]])] = None
    effect: Annotated[tuple[Effect, ...] | None, Field(min_length=1, max_length=4), BeforeValidator(_listed)] = None
    agent: Annotated[Patterns | None, Field(description="Names of agents, or patterns.")] = None
    labels: Annotated[Patterns | None, Field(description="The task has one of these labels.")] = None
    tainted: Annotated[
        bool | None, Field(description="Whether the agent has read untrusted content. An `allow` covers such calls only with `true`.")
    ] = None
    when: Annotated[str | None, Field(max_length=MAX_LENGTH, examples=["args.amount > 100.0"]), AfterValidator(_is_expression)] = None
    zone: Annotated[str | None, Field(max_length=100, examples=["Europe/Oslo"]), AfterValidator(_is_zone)] = None
    reason: Annotated[str | None, Field(max_length=REASON_CHARACTERS_MAX), AfterValidator(_storable)] = None
    require: Terms | None = None
    grantable: Annotated[bool | None, Field(description="Whether people may approve further calls at once; money only with `true`.")] = None

    @model_validator(mode="after")
    def _agrees(self) -> Rule:
        if self.action == "deny" and not self.reason:
            raise ValueError("a rule that denies gives the reason that the agent reads")
        if self.action != "require" and (self.require is not None or self.grantable is not None):
            raise ValueError("require and grantable go with the action require")
        return self

    @property
    def requirement(self) -> Requirement:
        return Requirement() if self.require is None else Requirement.of(self.require)


_RULES: TypeAdapter[tuple[Rule, ...]] = TypeAdapter(Annotated[tuple[Rule, ...], Field(max_length=RULES_MAX)])


def read_rules(rules: Sequence[Mapping[str, Any]] | Any, pointer: str = "/rules") -> tuple[Rule, ...]:
    """Rules from plain data. Raises InvalidInput that points to the first field that does not fit."""
    if not isinstance(rules, list | tuple):
        raise InvalidInput("rules are a list", pointer=pointer)
    try:
        return _RULES.validate_python(tuple(rules))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = "".join(f"/{_escaped(part)}" for part in first["loc"])
        raise InvalidInput(first["msg"].removeprefix("Value error, "), pointer=pointer + place) from None


def write_rules(rules: Sequence[Rule]) -> str:
    """Rules as they are stored: JSON without what says nothing."""
    return json.dumps([plain(rule) for rule in rules], ensure_ascii=False, separators=(",", ":"))


def plain(rule: Rule) -> dict[str, Any]:
    """A rule as JSON data."""
    data: dict[str, Any] = rule.model_dump(mode="json", exclude_defaults=True)
    return data


@lru_cache(maxsize=256)
def stored_rules(text: str) -> tuple[Rule, ...]:
    """Rules as they were stored, read once in a process. Raises InvalidInput for what another version has written."""
    return read_rules(json.loads(text))


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
