"""What an agent is: the part that people write, every change of which is a new revision."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

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


class AgentDefinition(BaseModel):
    """A named identity with a model, instructions, skills and tools.

    `approval` overrides for single tools whether a person is asked first; `done_column` is where a finished card goes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)

    name: Annotated[Text, Field(pattern=NAME_PATTERN, description="lower-case letters, digits and hyphens", examples=["atlas"])]
    model: Annotated[Text, Field(max_length=200, pattern=r"^\S+$", description="LiteLLM's name", examples=["claude-sonnet-4.5"])]
    instructions: Annotated[Text, Field(max_length=200_000)] = ""
    skills: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    tools: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    approval: Annotated[dict[Name, bool], Field(max_length=200)] = {}
    done_column: Literal["Review", "Done"] = "Review"


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
    return read_definition(_merge(definition.model_dump(mode="json"), patch))


def _merge(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    merged = dict(target)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def escaped(part: object) -> str:
    """One step of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")
