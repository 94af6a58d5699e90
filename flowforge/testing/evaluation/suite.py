"""A suite: what is asked, of which models, how often, and what the answers are checked by. `suite_file.py` reads one from YAML.

Suite(
    name="fraud",
    function="order.process_order",
    models=["gpt-4o", "claude-sonnet-4.5"],
    cases=[Case(name="cheap order", input={"order_id": "ORD-1", "total": 12}, expect={"risk": "low"})],
    checks=[Check(function=is_polite)],
)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from flowforge.durations import seconds
from flowforge.errors import InvalidInput

DEFAULT_TIMEOUT = "5m"
MAX_REPEATS = 100


class _Part(BaseModel):
    """A part of a suite: an unknown field is refused, so that a misspelled one is not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Exact(_Part):
    """The output, or the field of it at `path` (`risk`, `items.0.name`), is this value."""

    value: Any
    path: str = ""


class Judge(_Part):
    """A model grades the output by a rubric, from 1 to `scale`. It is not told which model it grades."""

    model: str = Field(min_length=1)
    rubric: str = Field(min_length=1)
    scale: int = Field(default=5, ge=2, le=100)


class Check(_Part):
    """One thing that must hold of an output: exactly one of `exact`, `schema`, `function` and `judge`.

    `function`: a plain function (output, case) → bool, a score from 0 to 1, or (score, reason); in a file `checks.py:is_polite`.
    `step`: look at what this step of the run gave instead of at the run's output. `pass_from`: the score that is enough, of a
    function (0.5 unless given) or in the judge's own scale (four fifths of it unless given).
    """

    exact: Exact | None = None
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    function: str | Callable[..., Any] | None = None
    judge: Judge | None = None
    name: str | None = Field(default=None, min_length=1, max_length=100)
    step: str | None = None
    pass_from: float | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Check:
        kinds = [
            kind for kind in ("exact", "schema", "function", "judge") if getattr(self, "schema_" if kind == "schema" else kind) is not None
        ]
        if len(kinds) != 1:
            raise ValueError(f"a check is one of exact, schema, function and judge, not {' and '.join(kinds) or 'none of them'}")
        if self.pass_from is not None:
            lowest, highest = (1, self.judge.scale) if self.judge else (0, 1)
            if kinds[0] not in ("function", "judge"):
                raise ValueError(f"pass_from is for checks that give a score; {kinds[0]} holds or does not")
            if not lowest <= self.pass_from <= highest:
                raise ValueError(f"pass_from must lie between {lowest} and {highest}, not {self.pass_from:g}")
        return self

    @field_validator("schema_")
    @classmethod
    def _is_a_schema(cls, schema: dict[str, Any] | None) -> dict[str, Any] | None:
        if schema is not None:
            _check_schema(schema)
        return schema

    @property
    def title(self) -> str:
        """Its name, or what it is: `risk is "low"`, `is_polite`, `judge gpt-4o`."""
        return self.name or self._what() + (f" of {self.step}" if self.step else "")

    def _what(self) -> str:
        if self.exact is not None:
            return f"exact {self.exact.path}" if self.exact.path else "exact"
        if self.judge is not None:
            return f"judge {self.judge.model}"
        if self.function is None:
            return "schema"
        return self.function.rpartition(":")[2] if isinstance(self.function, str) else getattr(self.function, "__name__", "function")

    @property
    def enough(self) -> float:
        """The least score that passes, in the check's own scale."""
        if self.pass_from is not None:
            return self.pass_from
        return math.ceil(self.judge.scale * 0.8) if self.judge else 0.5


class SentEvent(_Part):
    """An event that is sent as soon as the case's run has started."""

    name: str
    data: dict[str, Any] = {}

    @field_validator("name")
    @classmethod
    def _is_an_events_name(cls, name: str) -> str:
        from flowforge.orchestrator.event import check_event_name

        try:
            check_event_name(name)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return name


class Case(_Part):
    """One question: the run's input, what is expected of its output, and checks of its own beside the suite's.

    `expect` names fields: an object is compared field by field, and what it does not name may be anything.
    """

    name: str = Field(min_length=1, max_length=200)
    input: Any = {}
    expect: Any = None
    checks: tuple[Check, ...] = ()
    events: tuple[SentEvent, ...] = ()

    @property
    def expects(self) -> bool:
        """Whether anything is expected; `null` can be."""
        return "expect" in self.model_fields_set


class Suite(_Part):
    """Cases, and whom to ask: a registered `function`, run for real, or a bare `prompt` with `{{fields}}` of the case's input.

    `models`: every model call of the function is made with each of these instead; without them, with the function's own. `compare`:
    the fields of `expect` that must be equal; all of them unless given, none with an empty list (checks still see all).
    `repeats`: how often each case is asked. `timeout`: how long one run may take. `skip_time`: sleeps and waits with a time-out do
    not wait. Raises pydantic's ValidationError (a ValueError) for what does not fit together.
    """

    name: str = Field(min_length=1, max_length=100)
    function: str | None = None
    prompt: str | None = Field(default=None, min_length=1)
    system: str | None = None
    output: dict[str, Any] | None = None
    settings: dict[str, Any] = {}
    models: tuple[str, ...] = ()
    repeats: int = Field(default=1, ge=1, le=MAX_REPEATS)
    timeout: str | int | float = DEFAULT_TIMEOUT
    skip_time: bool = True
    compare: tuple[str, ...] | None = None
    cases: tuple[Case, ...] = ()
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Suite:
        if (self.function is None) == (self.prompt is None):
            raise ValueError("a suite asks either a function or a prompt" + (", not both" if self.function else ""))
        for field in ("system", "output", "settings"):
            if self.function is not None and getattr(self, field):
                raise ValueError(f"{field} goes with a prompt; a function says that itself")
        if self.prompt is not None and not self.models:
            raise ValueError("a prompt needs models to ask: name them under models")
        return self

    @field_validator("models", mode="after")
    @classmethod
    def _are_different_models(cls, models: tuple[str, ...]) -> tuple[str, ...]:
        twice = next((model for model in models if models.count(model) > 1), None)
        if twice is not None:
            raise ValueError(f"the model {twice!r} stands there twice")
        if any(not model.strip() for model in models):
            raise ValueError("a model needs a name")
        return models

    @field_validator("cases", mode="after")
    @classmethod
    def _have_names_of_their_own(cls, cases: tuple[Case, ...]) -> tuple[Case, ...]:
        names = [case.name for case in cases]
        twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
        if twice is not None:
            raise ValueError(f"two cases have the name {twice!r}")
        return cases

    @field_validator("timeout", mode="after")
    @classmethod
    def _is_a_duration(cls, timeout: str | int | float) -> str | int | float:
        try:
            if seconds(timeout) <= 0:
                raise ValueError("a run needs some time")
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return timeout

    @field_validator("output")
    @classmethod
    def _is_an_output(cls, output: dict[str, Any] | None) -> dict[str, Any] | None:
        if output is not None:
            _check_schema(output)
        return output

    @field_validator("settings")
    @classmethod
    def _are_settings(cls, settings: dict[str, Any]) -> dict[str, Any]:
        from flowforge.orchestrator.models.sampling import refuse_unknown

        try:
            refuse_unknown(settings)
        except InvalidInput as error:
            raise ValueError(f"{error.message}; {error.hint}") from None
        return settings

    def checks_of(self, case: Case) -> tuple[Check, ...]:
        """The suite's checks and the case's own."""
        return (*self.checks, *case.checks)


def _check_schema(schema: dict[str, Any]) -> None:
    from flowforge.orchestrator.models.output import Output

    try:
        Output(schema)
    except InvalidInput as error:
        raise ValueError(error.message.replace("output ", "it ", 1)) from None
