"""What of a run's event no model is to see: the values of declared fields, taken out of every text before it leaves.

A field is declared on the event's own type (`Field(json_schema_extra={"x-redact": True})` in the model of `Context[Order]`), which
holds for every call, or named by a call itself (`redact=["data.customer.email"]`). Wherever the value stands in what is sent, in
the prompt, in messages or in a tool's result, there stands `[redacted]` instead.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.client import Chat

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

MARK = "x-redact"
REDACTED = "[redacted]"
WORD_CHARACTERS = 4  # a shorter value is looked for as a word of its own: else "NO" would be taken out of "NOTHING"


class Redaction:
    """Takes these values out of whatever is sent.

    >>> Redaction(["mira@example.org"]).text("Write to mira@example.org.")
    'Write to [redacted].'
    """

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in _forms(value)}
        patterns = [_pattern(form) for form in sorted(forms, key=lambda form: (-len(form), form))]
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    def text(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(REDACTED, text)

    def messages(self, messages: Sequence[Chat]) -> list[Chat]:
        """The messages without these values: in texts, and in the arguments of tool calls."""
        return list(messages) if self._pattern is None else [self._message(message) for message in messages]

    def _message(self, message: Chat) -> Chat:
        cleaned = dict(message)
        content = message.get("content")
        if isinstance(content, str):
            cleaned["content"] = self.text(content)
        elif isinstance(content, list):
            cleaned["content"] = [{**part, "text": self.text(part["text"])} if "text" in part else part for part in content]
        if calls := message.get("tool_calls"):
            cleaned["tool_calls"] = [
                {**call, "function": {**call["function"], "arguments": self.text(call["function"]["arguments"])}} for call in calls
            ]
        return cleaned


NOTHING = Redaction(())


def redaction_in(execution: Execution, paths: Sequence[str] | None) -> Redaction:
    """What is redacted in this run, and in a call that names `paths` too. Raises InvalidInput for a path that leads nowhere."""
    values: list[str] = []
    for event in execution.events:
        values.extend(_marked_values(execution.function.data_type, event.data))
    for place, path in enumerate(_listed(paths)):
        for event in execution.events:
            values.extend(_scalars(_at(event.facts(), path, f"/redact/{place}")))
    return Redaction(values) if values else NOTHING


def _listed(paths: Any) -> Sequence[str]:
    if paths is None:
        return ()
    if isinstance(paths, list | tuple) and all(isinstance(path, str) and path for path in paths):
        return paths
    raise InvalidInput(f"redact is a list of paths into the event, not {paths!r}", pointer="/redact", hint='as in redact=["data.email"]')


def _at(found: Any, path: str, pointer: str) -> Any:
    """What lies at the path; through a list it leads into each item."""
    for part in path.removeprefix("event.").split("."):
        found = _step(found, part, path, pointer)
    return found


def _step(found: Any, part: str, path: str, pointer: str) -> Any:
    if isinstance(found, list):
        return [_step(item, part, path, pointer) for item in found]
    if isinstance(found, Mapping) and part in found:
        return found[part]
    known = [str(name) for name in found] if isinstance(found, Mapping) else []
    nearest = difflib.get_close_matches(part, known, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else "name a field that the event has"
    raise InvalidInput(f"the event has no {path}, so it cannot be kept from the model", pointer=pointer, hint=hint)


def _marked_values(declared: Any, data: Any) -> list[str]:
    if declared is Any:
        return []
    find = _marked_schemas if _is_hashable(declared) else _marked_schemas.__wrapped__
    schemas = find(declared)
    return list(dict.fromkeys(value for schema in schemas for value in _marked(schema, schema, data)))


def _is_hashable(declared: Any) -> bool:
    try:
        hash(declared)
    except TypeError:  # Annotated[…] with something that has no hash
        return False
    return True


@lru_cache(maxsize=256)
def _marked_schemas(declared: Any) -> tuple[Mapping[str, Any], ...]:
    """The JSON Schemas of an event's type, by its aliases and by its fields' names; none when nothing in it is marked."""
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    try:
        adapter = TypeAdapter(declared)
        schemas = [adapter.json_schema(by_alias=by_alias) for by_alias in (True, False)]
    except PydanticUserError:  # it has no schema, so it has no marks
        return ()
    return tuple(schema for schema in schemas if MARK in json.dumps(schema, default=str))


def _marked(schema: Mapping[str, Any], root: Mapping[str, Any], value: Any) -> Iterator[str]:
    if schema.get(MARK) is True:
        yield from _scalars(value)
        return
    if "$ref" in schema:
        yield from _marked(root.get("$defs", {}).get(str(schema["$ref"]).rpartition("/")[2], {}), root, value)
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _marked(choice, root, value)
    if isinstance(value, Mapping):
        rest = schema.get("additionalProperties")
        for name, inner in value.items():
            known = schema.get("properties", {}).get(name, rest)
            if isinstance(known, Mapping):
                yield from _marked(known, root, inner)
    elif isinstance(value, list):
        first = schema.get("prefixItems", ())
        for place, item in enumerate(value):
            known = first[place] if place < len(first) else schema.get("items")
            if isinstance(known, Mapping):
                yield from _marked(known, root, item)


def _scalars(value: Any) -> Iterator[str]:
    """Every text and number in it. True, false and null name nobody."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield json.dumps(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner)


def _forms(value: str) -> Iterator[str]:
    """As it is written, and as it is written inside of JSON and of Python's own notation; a moment also as Python shows it."""
    if value.strip():
        yield value
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
            yield from (str(moment), moment.isoformat())
        yield json.dumps(value)[1:-1]
        yield json.dumps(value, ensure_ascii=False)[1:-1]
        yield repr(value)[1:-1]


def _pattern(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= WORD_CHARACTERS and not form.isdigit() else rf"(?<!\w){escaped}(?!\w)"
