"""The cases in a skill's `tests/*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from flowforge.errors import InvalidInput
from flowforge.skills.arguments import check_schema
from flowforge.skills.skill import Skill

CASES_MAX = 100
ANYTHING = {"type": "object"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StandIn(_Part):
    """A tool that answers in place of another: the first answer to the first call, the last one to all that follow."""

    description: str = ""
    parameters: dict[str, Any] = ANYTHING
    effect: Literal["read", "write", "money", "outside"] = "read"
    answers: Annotated[tuple[Any, ...], Field(min_length=1, max_length=100)]

    @field_validator("parameters")
    @classmethod
    def _is_a_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        try:
            check_schema(schema)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return schema


class RecordedTurn(_Part):
    """What the model said in one turn. Each of `calls` is one tool's name with its arguments."""

    text: str = ""
    calls: Annotated[tuple[dict[str, dict[str, Any]], ...], Field(max_length=20)] = ()

    @field_validator("calls")
    @classmethod
    def _one_each(cls, calls: Sequence[dict[str, dict[str, Any]]]) -> Sequence[dict[str, dict[str, Any]]]:
        if any(len(call) != 1 for call in calls):
            raise ValueError("each of the calls is one tool's name with its arguments")
        return calls


class Rubric(_Part):
    """What a model that judges the answer is told; asked only when the skill is tested with a live model."""

    rubric: Annotated[str, Field(min_length=1)]


class Expected(_Part):
    """What must hold. `calls`: these tools, in this order, others may be between. `called_with`: a text in each named argument of a tool.
    `read`: patterns in what the tools gave, with one space for any. `contains`, `lacks`, `matches`, `schema`: of the answer."""

    calls: tuple[str, ...] = ()
    called_with: dict[str, dict[str, str]] = {}
    read: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    judge: Rubric | None = None

    @field_validator("read", "matches")
    @classmethod
    def _are_patterns(cls, patterns: Sequence[str]) -> Sequence[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no pattern: {error}") from None
        return patterns


class SkillCase(_Part):
    """One case: what is asked, what else the agent has, what a model answered to it once, and what must hold of any answer."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    input: Annotated[str, Field(min_length=1)]
    instructions: str = ""
    tools: Annotated[dict[str, StandIn], Field(max_length=50)] = {}
    replies: tuple[RecordedTurn, ...] = ()
    expect: Expected
    needs: Literal["sandbox"] | None = None


class _CaseFile(_Part):
    cases: Annotated[tuple[SkillCase, ...], Field(min_length=1, max_length=CASES_MAX)]


def read_cases(skill: Skill) -> list[SkillCase]:
    """The cases of a skill's tests, file after file. Raises InvalidInput, naming the file and the field, and for a skill without tests."""
    found: list[SkillCase] = []
    for path in sorted(path for path in skill.files if path.startswith("tests/") and path.endswith((".yaml", ".yml"))):
        found += _read(path, skill.files[path])
    if not found:
        raise InvalidInput(f"the skill {skill.name!r} has no tests", hint="put cases into tests/cases.yaml; docs/skills.md shows one")
    names = [case.name for case in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidInput(f"two cases of the skill {skill.name!r} have the name {twice!r}")
    return found


def _read(path: str, data: bytes) -> Sequence[SkillCase]:
    import yaml

    try:
        text = data.decode()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise InvalidInput(f"{path} may not refer to itself")
        given: Mapping[str, Any] = yaml.safe_load(text)
        return _CaseFile.model_validate(given).cases
    except (UnicodeDecodeError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path}: {_sentence(error)}") from None


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"
    return " ".join(str(error).split())[:300]
