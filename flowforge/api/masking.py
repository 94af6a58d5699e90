"""What callers without the permission `data:read_sensitive` are not shown: values of fields that code declares as sensitive.

Stored values stay exact. A run's sensitive values are what lies at its function's declared paths in its input, and what its tool calls
carried in marked parameters; wherever one of them stands in what is shown of that run, there stands `[redacted]` instead.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.orchestrator.frames import DELTA_FRAMES
from flowforge.orchestrator.models.redaction import NOTHING, Redaction
from flowforge.orchestrator.sensitive import MARKS, leaves, marked_parts, parts_at
from flowforge.orchestrator.stream_page import Frame

PERMISSION = "data:read_sensitive"
KNOWN_RUNS = 200  # whose masks a stream of many runs remembers
_MAY_CARRY_ARGUMENTS = ("tool_call.", "approval.", "step.")
_IN_PIECES = "tool_call.args_delta"

Shown = TypeVar("Shown", bound=BaseModel)

sql = load_queries("flowforge.api")


class Masking:
    """What one caller is shown; made for each request.

    >>> masking = await Masking.of(caller, database)                 # doctest: +SKIP
    >>> masking.shown(RunOut.of(run), await masking.of_run(run.run_id))     # doctest: +SKIP
    """

    def __init__(
        self, database: Database, tenant_id: UUID, functions: Mapping[str, list[str]], tools: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.database, self.tenant_id, self.functions, self.tools = database, tenant_id, functions, tools

    @classmethod
    async def of(cls, caller: Principal, database: Database) -> Masking:
        """Nothing is hidden from who has the permission, and nothing is asked of the database for them."""
        if PERMISSION in caller.permissions:
            return cls(database, caller.tenant_id, {}, {})
        marks = [f'%"{mark}"%' for mark in MARKS]
        functions = await sql.functions_with_sensitive_fields.fetch(database.pool)
        tools = await sql.tools_with_sensitive_fields.fetch(database.pool, marks=marks)
        return cls(
            database,
            caller.tenant_id,
            {row["function_id"]: json.loads(row["settings"]).get("redact", []) for row in functions},
            {row["name"]: json.loads(row["parameters"]) for row in tools},
        )

    @property
    def hides(self) -> bool:
        """Whether anything is declared that this caller may not see."""
        return bool(self.functions or self.tools)

    async def of_runs(self, run_ids: Iterable[UUID]) -> dict[UUID, Redaction]:
        """The masks of runs. Runs without sensitive values have one that hides nothing."""
        wanted = list(dict.fromkeys(run_ids))
        found: dict[UUID, list[str]] = {run_id: [] for run_id in wanted}
        if self.hides and wanted:
            if self.functions:
                rows = await sql.inputs_of_runs.fetch(
                    self.database.pool, tenant_id=self.tenant_id, run_ids=wanted, functions=list(self.functions)
                )
                for row in rows:
                    found[row["run_id"]] += self._of_input(row["function_id"], row["input"])
            if self.tools:
                rows = await sql.tool_calls_of_runs.fetch(
                    self.database.pool, tenant_id=self.tenant_id, run_ids=wanted, tools=list(self.tools)
                )
                for row in rows:
                    found[row["run_id"]] += self._of_arguments(row["name"], json.loads(row["input"]))
        return {run_id: Redaction(values) if values else NOTHING for run_id, values in found.items()}

    async def of_run(self, run_id: UUID) -> Redaction:
        """The mask of one run."""
        return (await self.of_runs([run_id]))[run_id]

    def of_event(self, data: Any, functions: Iterable[str]) -> Redaction:
        """The mask of an event, by what the functions that it concerns declare."""
        values = [value for one in functions if one in self.functions for value in self._of_input(one, json.dumps(data))]
        return Redaction(values) if values else NOTHING

    async def frames(self, frames: AsyncIterator[Frame]) -> AsyncIterator[Frame]:
        """The frames of a stream, masked. Pieces of what a run with sensitive values says are left out: half of a value cannot be known
        for one; `message.completed` follows."""
        masks: dict[str, Redaction] = {}
        async with aclosing(frames) as source:  # type: ignore[type-var]  # as read_stream gives it
            async for frame in source:
                run = frame.data.get("run")
                if not self.hides or not isinstance(run, str):
                    yield frame
                    continue
                if run not in masks or frame.name.startswith(_MAY_CARRY_ARGUMENTS):
                    if len(masks) >= KNOWN_RUNS:
                        masks.clear()
                    masks[run] = await self.of_run(_run_id(run))
                if frame.name in DELTA_FRAMES and (masks[run] is not NOTHING or (self.tools and frame.name == _IN_PIECES)):
                    continue
                yield self._masked(frame, masks[run])

    async def texts(self, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What runs are in the middle of saying, without that of runs with sensitive values."""
        if not self.hides:
            return said
        masks = await self.of_runs(_run_id(one["run"]) for one in said)
        return [one for one in said if masks[_run_id(one["run"])] is NOTHING and not (self.tools and one["tool_calls"])]

    def arguments(self, tool: str, arguments: Any) -> Redaction:
        """The mask of one call's arguments."""
        values = self._of_arguments(tool, arguments)
        return Redaction(values) if values else NOTHING

    def _masked(self, frame: Frame, mask: Redaction) -> Frame:
        data: dict[str, Any] = mask.json(frame.data)
        if isinstance(tool := data.get("tool"), str) and tool in self.tools and "arguments" in data:
            arguments = frame.data["arguments"]
            given = _parsed(arguments) if isinstance(arguments, str) else arguments
            data = {**data, "arguments": self.arguments(tool, given).json(data["arguments"])}
        return replace(frame, data=data)

    def _of_input(self, function_id: str, text: str | bytes) -> list[str]:
        data = json.loads(text)
        documents = [{"data": data}]
        if isinstance(data, list):  # a batch's events
            documents += [{"data": item["data"]} for item in data if isinstance(item, Mapping) and "data" in item]
        return [
            leaf
            for path in self.functions[function_id]
            for document in documents
            for part in parts_at(document, path.split("."))
            for leaf in leaves(part)
        ]

    def _of_arguments(self, tool: str, arguments: Any) -> list[str]:
        schema = self.tools.get(tool)
        return [] if schema is None else [leaf for _, part in marked_parts(schema, arguments) for leaf in leaves(part)]


def shown(answer: Shown, mask: Redaction, *fields: str) -> Shown:
    """An answer with these fields masked."""
    if mask is NOTHING:
        return answer
    whole = answer.model_dump()
    return type(answer).model_validate({**whole, **{name: mask.json(whole[name]) for name in fields}})


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # what a model wrote and meant as JSON
        return text


def _run_id(text: str) -> UUID:
    return UUID(text.removeprefix("run_"))
