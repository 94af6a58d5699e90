"""What the code says about a run's data: the JSON Schemas of its event, of its steps' results and of its tools' arguments."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from flowforge.orchestrator.history import RunHistory
from flowforge.orchestrator.sensitive import leaves, parts_at
from flowforge.skills.tool import TOOLS
from flowforge.testing.record_host import AskedStep, RecordHost, Replaying
from flowforge.testing.replay import Code, code_of

GRACE_SECONDS = 10.0


async def schemas_of(history: RunHistory, *code: Code) -> dict[str, dict[str, Any]]:
    """By what they describe: `event`, the name of a step or of a tool. Found by replaying the run; no body runs.

    Raises NotFound when the code has no such function.
    """
    function, registry = code_of(history, code)
    described = {tool.name: tool.schema for tool in TOOLS}
    listening = _Listening(history, function, registry)
    with suppress(TimeoutError):  # what it came by until then is described
        async with listening.executed(GRACE_SECONDS):
            pass
    for name, codec in listening.codecs.items():
        adapter = getattr(codec, "adapter", None)  # of a declared type; the schemas of AI steps are in the record
        if isinstance(adapter, TypeAdapter) and (schema := _schema(adapter)) is not None:
            described[name] = schema
    if function.data_type is not Any and (schema := _schema(TypeAdapter(function.data_type))) is not None:
        described["event"] = schema
    return described


def declared_paths(history: RunHistory, *code: Code) -> tuple[str, ...]:
    """The paths that the run's function declares as sensitive and at which something lies in this run. Raises NotFound."""
    function, _ = code_of(history, code)
    held = {"data": history.event.data}
    return tuple(path for path in function.redact if any(True for _ in leaves(list(parts_at(held, path.split("."))))))


class _Listening(RecordHost):
    """Hands out what is recorded, and remembers the types."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.codecs: dict[str, Any] = {}

    def answer(self, execution: Replaying, asked: AskedStep, row: Any) -> Any:
        self.codecs[asked.name] = asked.codec
        fits = row is not None and row["kind"] == asked.kind and row["recorded"].state in ("completed", "failed")
        return row if fits else execution.pending()


def _schema(adapter: TypeAdapter[Any]) -> dict[str, Any] | None:
    try:
        return adapter.json_schema()
    except PydanticUserError:
        return None  # a type without a JSON Schema marks nothing
