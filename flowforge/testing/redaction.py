"""A run's history without what must not leave: each value is replaced by the same placeholder wherever it stands, also within prompts.

So a replay of what is left still agrees with itself: the code builds its prompts from a redacted event and finds the redacted
prompts. Hashes of arguments are taken anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.orchestrator.arguments import kept_and_digest
from flowforge.orchestrator.history import RecordedStep, RunHistory, shown_hash
from flowforge.testing.marks import Mark, marks_at, marks_of, secret_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

Schemas = Mapping[str, Mapping[str, Any]]  # by what they describe: "event", a tool's or a step's name

SUBSTRING_CHARACTERS = 4  # a shorter text is replaced only where it is a word of its own
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_DIGITS = re.compile(r"[+()\d\s./-]*\d[+()\d\s./-]*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=$|[T ])")


def redacted(history: RunHistory, paths: Iterable[str] = (), schemas: Schemas | None = None) -> tuple[RunHistory, int]:
    """The history without secrets, without what lies at `paths` and without what schemas mark; and how many values were replaced.

    `schemas`: of the event and of arguments of tools; those of AI steps and approvals are in the record. Raises InvalidInput for a
    path at which nothing lies, and for a value that is too common to be replaced everywhere.
    """
    marks = [mark for path in paths for mark in marks_at(history, path)]
    marks += [mark for schema, value in _described(history, schemas or {}) for mark in marks_of(schema, value)]
    marks += _whole_secrets(mark for value in _parts(history) for mark in secret_marks(value))
    placeholders = _placeholders(marks)
    if not placeholders:
        return history, 0
    replace = _Replacement(placeholders)
    event = history.event.model_copy(update={"id": replace(history.event.id), "data": replace(history.event.data)})
    steps = tuple(_redacted_step(step, replace) for step in history.steps)
    update = {"event": event, "output": replace(history.output), "error": replace(history.error), "steps": steps}
    return history.model_copy(update=update), len(placeholders)


def _parts(history: RunHistory) -> Iterator[Any]:
    yield from (history.event.data, history.output, history.error)
    for step in history.steps:
        yield from (step.input, step.output, step.error, None if step.reply is None else step.reply.text)


def _described(history: RunHistory, schemas: Schemas) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Values with the schemas that describe them."""
    if "event" in schemas:
        yield schemas["event"], history.event.data
    for step in history.steps:
        given = step.input if isinstance(step.input, Mapping) else {}
        if step.kind == "ai" and isinstance(given.get("output"), Mapping):
            yield given["output"], step.output
        elif step.kind == "approve" and isinstance(given.get("schema"), Mapping):
            yield given["schema"], given["arguments"]
            yield given["schema"], (step.output or {}).get("arguments")
        elif step.kind == "tool" and step.name in schemas:
            yield schemas[step.name], given
        elif step.kind == "run" and step.name in schemas:
            yield schemas[step.name], step.output


def _whole_secrets(marks: Iterable[Mark]) -> list[Mark]:
    """Secrets without those that are another one and the full stop behind it, as they stand at the end of a sentence."""
    whole: list[Mark] = []
    for mark in sorted(set(marks), key=lambda mark: (len(str(mark.value)), str(mark.value))):
        text = str(mark.value)
        inner = (str(one.value) for one in whole)
        if not any(text.startswith(one) and not text[len(one)].isalnum() for one in inner if len(one) < len(text)):
            whole.append(mark)
    return whole


def _placeholders(marks: Iterable[Mark]) -> dict[str | int | float, Any]:
    found: dict[str | int | float, Any] = {}
    for mark in marks:
        if mark.value not in found:
            found[mark.value] = _placeholder(mark, len(found) + 1)
    return found


def _placeholder(mark: Mark, n: int) -> Any:
    """Something else of the same shape, so that code which parses it still can: a date stays a date, an address an address."""
    value = mark.value
    if not isinstance(value, str):
        other = 10 ** (len(str(abs(int(value)))) - 1) + n
        return other if isinstance(value, int) else other + 0.5
    if _MAIL.fullmatch(value):
        return f"redacted-{n}@example.com"
    if _DAY.match(value):
        return (date(2000, 1, 1) + timedelta(days=n)).isoformat() + value[10:]
    if _is_uuid(value):
        return str(UUID(int=n))
    if mark.label != "secret" and _DIGITS.fullmatch(value):
        digits = iter(str(n).rjust(sum(one.isdigit() for one in value), "0"))
        return "".join(next(digits) if one.isdigit() else one for one in value)
    label = re.sub(r"[^a-z0-9]+", "-", mark.label.lower()).strip("-") or "value"
    return f"[redacted-{label}-{n}]"


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return len(text) == 36


class _Replacement:
    """Replaces marked values anywhere in JSON: as values, as keys, and inside other texts."""

    def __init__(self, placeholders: Mapping[str | int | float, Any]) -> None:
        self._numbers = {value: other for value, other in placeholders.items() if not isinstance(value, str)}
        self._texts = dict(_spellings(placeholders))
        longest_first = sorted(self._texts, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_bounded, longest_first)))

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._pattern.sub(lambda found: self._texts[found[0]], value)
        if isinstance(value, Mapping):
            return {self(key): self(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self(inner) for inner in value]
        return value if isinstance(value, bool) else self._numbers.get(value, value)


def _spellings(placeholders: Mapping[str | int | float, Any]) -> Iterator[tuple[str, str]]:
    """Each value as text, and as it is spelt inside JSON that stands in a text."""
    for value, other in placeholders.items():
        for spell in _SPELLINGS:
            yield spell(value), spell(other)


def _json_text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text[1:-1] if isinstance(value, str) else text


def _ascii_json_text(value: Any) -> str:
    text = json.dumps(value)
    return text[1:-1] if isinstance(value, str) else text


_SPELLINGS: Sequence[Callable[[Any], str]] = (_ascii_json_text, _json_text, str)


def _bounded(text: str) -> str:
    if len(text) >= SUBSTRING_CHARACTERS and not text.replace(".", "").isdigit():
        return re.escape(text)
    return rf"(?<![\w.]){re.escape(text)}(?!\w|\.\d)"


def _redacted_step(step: RecordedStep, replace: _Replacement) -> RecordedStep:
    given = replace(step.input)
    whole = shown_hash(kept_and_digest(step.input)[1]) == step.hash  # else the record holds less than what was hashed
    update: dict[str, Any] = {name: replace(getattr(step, name)) for name in ("key", "name", "output", "error", "parent")}
    update |= {"input": given, "hash": shown_hash(kept_and_digest(given)[1]) if whole else ""}
    if step.reply is not None:
        said = {"text": replace(step.reply.text), "reasoning": replace(step.reply.reasoning)}
        update["reply"] = step.reply.model_copy(update=said)
    return step.model_copy(update=update)
