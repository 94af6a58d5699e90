"""What of a run must not leave: values at marked paths, values that a schema marks, and secrets.

A path begins at `data` (the event's), `output` (the run's) or `steps.NAME.input`, `steps.NAME.output`; any other path is looked for
at every depth, so that `email` means each field of that name. `*` stands for any one name or place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from flowforge.errors import InvalidInput
from flowforge.orchestrator.sensitive import marked_parts
from flowforge.secrets.redact import is_secret_name, secrets_in

if TYPE_CHECKING:
    from flowforge.orchestrator.history import RunHistory

ROOTS = ("data", "output", "steps")
_MAX_DEPTH = 200


class Mark(NamedTuple):
    """A value that is to be replaced wherever it stands, and a word that says what it was."""

    value: str | int | float
    label: str


def marks_at(history: RunHistory, path: str) -> list[Mark]:
    """The values at a path. Raises InvalidInput when nothing lies there."""
    steps: dict[str, Any] = {}
    for step in history.steps:
        for name in {step.name, step.key}:
            steps.setdefault(name, []).append({"input": step.input, "output": step.output})
    whole = {"data": history.event.data, "output": history.output, "steps": steps}
    names = path.split(".")
    if not all(names):
        raise InvalidInput(f"{path!r} is no path", hint="as in  data.customer.email")
    found = list(_walk(whole, names) if names[0] in ROOTS else _anywhere(whole, names, 0))
    marks = [mark for value in found for mark in leaves(value, names[-1], path)]
    if not marks:
        raise InvalidInput(
            f"nothing in this run lies at {path}", hint="a path is like  data.customer.email,  steps.fraud.output.reason  or  email"
        )
    return marks


def marks_of(schema: Mapping[str, Any], value: Any) -> list[Mark]:
    """The values that the schema marks as not to be shown, inside a value of it. True and false name nobody, and stay."""
    return [mark for label, part in marked_parts(schema, value) for mark in leaves(without_booleans(part), label, label)]


def secret_marks(value: Any, name: str = "") -> Iterator[Mark]:
    """What looks like a secret, or stands under a name that says so."""
    if isinstance(value, str):
        if value and is_secret_name(name):
            yield Mark(value, "secret")
        yield from (Mark(secret, "secret") for secret in secrets_in(value))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from secret_marks(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from secret_marks(inner, name)


def leaves(value: Any, label: str, place: str) -> Iterator[Mark]:
    """The texts and numbers in a value. Raises InvalidInput for what is too common to be told apart from other data."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, str(name), f"{place}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, label, place)
    elif isinstance(value, str):
        if value:
            yield Mark(value, label)
    elif value is not None:
        if isinstance(value, bool) or len(str(abs(value))) < 4:
            raise InvalidInput(
                f"{place} holds {value!r}, which cannot be told apart from other data",
                hint="only texts, and numbers of four digits or more, can be redacted everywhere alike",
            )
        yield Mark(value, label)


def _walk(value: Any, names: Sequence[str]) -> Iterator[Any]:
    if not names:
        yield value
        return
    name, rest = names[0], names[1:]
    if isinstance(value, Mapping):
        for key in value if name == "*" else [name] if name in value else []:
            yield from _walk(value[key], rest)
    elif isinstance(value, list):
        if name == "*" or name.isdigit():
            yield from (one for place, inner in enumerate(value) if name in ("*", str(place)) for one in _walk(inner, rest))
        else:
            yield from (one for inner in value for one in _walk(inner, names))  # a field of each


def _anywhere(value: Any, names: Sequence[str], depth: int) -> Iterator[Any]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        yield from _walk(value, names)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _anywhere(one, names, depth + 1)


def without_booleans(value: Any) -> Any:
    """The value with null for true and false, at any depth."""
    if isinstance(value, Mapping):
        return {name: without_booleans(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_booleans(inner) for inner in value]
    return None if isinstance(value, bool) else value
