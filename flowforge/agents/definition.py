"""What an agent is: the part that people write, every change of which is a new revision."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from flowforge.durations import seconds
from flowforge.errors import InvalidInput

NAME_PATTERN = r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain lone surrogates") from None
    return text


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(min_length=1, max_length=64)]
SkillName = Annotated[Text, Field(min_length=1, max_length=64 + 1 + 32, examples=["review", "review@3"])]


def _duration(text: str) -> str:
    try:
        length = seconds(text)
    except InvalidInput as error:
        raise ValueError(error.message) from None
    if length <= 0:
        raise ValueError("must be longer than nothing")
    return text


def _above_nothing(budget: str) -> str:
    if not Decimal(budget.partition("/")[0]):
        raise ValueError("must be more than nothing; to stop an agent, pause it")
    return budget


Span = Annotated[str, AfterValidator(_duration)]
Allowance = Annotated[
    str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,12})?/(day|month|total)$", examples=["5.00/day"]), AfterValidator(_above_nothing)
]


class AgentLimits(BaseModel):
    """What one run of an agent may take; None is no limit. What happens at a limit: the run fails, or a person is asked for more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    turns: Annotated[int | None, Field(ge=1, le=10_000, description="model requests; 200 unless given")] = None
    tool_calls: Annotated[int | None, Field(ge=1, le=100_000)] = None
    money: Annotated[Decimal | None, Field(gt=0, max_digits=24, decimal_places=12, description="US dollars", examples=["5.00"])] = None
    wall_time: Annotated[Span | None, Field(description="of work; waiting does not count", examples=["2h"])] = None
    on_limit: Literal["fail", "ask"] = "fail"


class AgentDefinition(BaseModel):
    """A named identity with a model, instructions, skills and tools: one model of it for code, YAML and the API.

    `description` says to people and to other agents what it is for. `skills` may be pinned (`review@3`). `approval` overrides for single
    tools whether a person is asked first; `done_column` is where a finished card goes. `output` is the JSON Schema that its results
    satisfy. `concurrency` bounds how many of its runs work at once. With `memory` it can keep notes. `delegates_to` names the agents
    that it may give work to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)

    name: Annotated[Text, Field(pattern=NAME_PATTERN, description="lower-case letters, digits and hyphens", examples=["atlas"])]
    model: Annotated[Text, Field(max_length=200, pattern=r"^\S+$", description="LiteLLM's name", examples=["claude-sonnet-4.5"])]
    instructions: Annotated[Text, Field(max_length=200_000)] = ""
    skills: Annotated[tuple[SkillName, ...], Field(max_length=100)] = ()
    tools: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    approval: Annotated[dict[Name, bool], Field(max_length=200)] = {}
    done_column: Annotated[Text, Field(min_length=1, max_length=100)] = "Review"
    description: Annotated[Text, Field(max_length=1024)] = ""
    model_settings: Annotated[Mapping[Name, Any], Field(max_length=50, examples=[{"temperature": 0.2}])] = {}
    fallbacks: Annotated[tuple[Annotated[Text, Field(max_length=200, pattern=r"^\S+$")], ...], Field(max_length=10)] = ()
    output: dict[str, Any] | None = None
    limits: AgentLimits = AgentLimits()
    budget: Allowance | None = None
    concurrency: Annotated[int | None, Field(ge=1, le=10_000)] = None
    memory: bool = False
    delegates_to: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    mcp_servers: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    retries: Annotated[
        int | None, Field(ge=0, le=10, description="how often an answer that does not fit is asked for again; 1 unless given")
    ] = None


def read_definition(body: dict[str, Any]) -> AgentDefinition:
    """The definition in `body`. Raises InvalidInput with a pointer to the first field that does not fit."""
    try:
        return AgentDefinition.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        pointer = "".join(f"/{escaped(part)}" for part in first["loc"])
        raise InvalidInput(f"{pointer or 'the body'}: {first['msg'].removeprefix('Value error, ')}", pointer=pointer) from None


def patched(definition: AgentDefinition, patch: dict[str, Any]) -> AgentDefinition:
    """The definition after a JSON merge patch (RFC 7396): null puts a field back to its default. Raises InvalidInput."""
    return read_definition(merged(definition.model_dump(mode="json"), patch))


def merged(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The object after a JSON merge patch (RFC 7396)."""
    result = dict(target)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def escaped(part: object) -> str:
    """One step of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")
