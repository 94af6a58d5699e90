"""What of a run's event no model is to see: the values of declared fields, taken out of every text before it leaves.

A field is marked in the event's own type or by its function (`orchestrator/sensitive.py`), which holds for every call, or named by a call
itself (`redact=["data.customer.email"]`). Wherever the value stands in what is sent, in
the prompt, in messages or in a tool's result, there stands `[redacted]` instead.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.client import Chat
from flowforge.orchestrator.sensitive import leaves, marked_parts, parts_at, schemas_of

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

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

    def json(self, value: Any) -> Any:
        """A JSON value without these values: in texts, as numbers, and in the names of fields."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.json(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(inner) for inner in value]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return REDACTED if is_number and self._pattern.fullmatch(json.dumps(value)) else value

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
    schemas = schemas_of(execution.function.data_type)
    for event in execution.events:
        for schema in schemas:
            values.extend(leaf for _, part in marked_parts(schema, event.data) for leaf in leaves(part))
        for path in execution.function.redact:
            values.extend(leaf for part in parts_at({"data": event.data}, path.split(".")) for leaf in leaves(part))
        for place, path in enumerate(_listed(paths)):
            values.extend(leaves(_at(event.facts(), path, f"/redact/{place}")))
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
