"""Ingress: a trigger that brings its own events in from outside (a webhook, a queue), and how what comes in becomes an event.

`flowforge.webhook(…)` and `flowforge.queue(…)` stand in a function's `trigger=`. Their `as_triggers()` are the event names that the
function listens to; the object itself tells the server, or the worker, how to receive.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

from flowforge.errors import ExpressionFailed, InvalidInput, RegistrationError
from flowforge.orchestrator.event import NewEvent, event_from_outside
from flowforge.orchestrator.expression import Expression, compiled

FACTS = ("body", "headers")
_NAME = re.compile(r"[A-Za-z0-9_.:-]+(?:/[A-Za-z0-9_.:-]+)+")
_LITERAL = re.compile(r"""\s*(['"])((?:(?!\1)[^\\])+)\1\s*""")


@runtime_checkable
class Ingress(Protocol):
    """`identity` names what is received from: two of the same must be declared alike."""

    @property
    def identity(self) -> str: ...
    @property
    def declaration(self) -> object: ...
    def as_triggers(self) -> tuple[str, ...]: ...


def read_ingresses(trigger: object) -> tuple[Ingress, ...]:
    """Those parts of a `trigger=` argument that bring their own events in."""
    parts = trigger if isinstance(trigger, list | tuple) else [trigger]
    return tuple(part for part in parts if isinstance(part, Ingress))


def check_alike(ingress: Ingress, other: Ingress) -> None:
    """Raises RegistrationError when both receive from the same and would make different events of it."""
    if ingress.identity == other.identity and ingress.declaration != other.declaration:
        raise RegistrationError(
            f"{ingress.identity} is declared twice, and differently", hint="declare it once, and give the same object to both functions"
        )


@dataclass(frozen=True)
class Transform:
    """How a body and its headers become an event.

    `event`: an event's name, or a CEL expression over `body` and `headers` that begins with a text (`'stripe/' + body.type`), so that it is
    known what may come of it. `data` and `key`: expressions, or None for what the caller has at hand. Raises RegistrationError.
    """

    event: str
    data: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        for field, text in (("data", self.data), ("id", self.key), ("event", None if self._is_name else self.event)):
            if text is not None:
                _check(field, text)
        if not self._is_name and _LITERAL.match(self.event) is None:
            raise RegistrationError(
                f"event={self.event!r} must begin with a text, so that it is known which events may come of it",
                hint="for example  event=\"'stripe/' + body.type\"",
            )
        try:
            event_from_outside(self.listens.replace("*", "x"), None)
        except InvalidInput as error:
            raise RegistrationError(f"event={self.event!r}: {error.message}") from None

    @cached_property
    def listens(self) -> str:
        """The pattern that every event of it fits."""
        if self._is_name:
            return self.event
        literal = _LITERAL.match(self.event)
        assert literal is not None
        return literal[2] if literal.end() == len(self.event) else f"{literal[2]}*"

    def apply(self, facts: Mapping[str, Any], *, data: Any, key: str | None) -> NewEvent:
        """The event over these facts; `data` and `key` where no expression says otherwise. Raises ExpressionFailed, InvalidInput."""
        name = self.event if self._is_name else compiled(self.event, FACTS).value(facts)
        if not isinstance(name, str) or not name.startswith(self.listens.removesuffix("*")):
            raise ExpressionFailed(self.event, f"its value {name!r} is not an event's name like {self.listens}"[:200])
        if self.data is not None:
            data = compiled(self.data, FACTS).value(facts)
        if self.key is not None:
            key = self._key(facts)
        return event_from_outside(name, data, key=key)

    def _key(self, facts: Mapping[str, Any]) -> str:
        value = compiled(self.key or "", FACTS).value(facts)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ExpressionFailed(self.key or "", f"its value {value!r} is neither a text nor a whole number"[:200])
        return str(value)

    @property
    def _is_name(self) -> bool:
        return _NAME.fullmatch(self.event) is not None and not self.event.startswith(("body.", "headers."))


def key_within(space: str, identity: str) -> str:
    """A delivery's own id as an event's id, apart from those of all other spaces; a digest of one that is too long or odd."""
    whole = f"{space}:{identity}"
    return whole if len(whole) <= 200 and whole.isprintable() else f"{space}:{hashlib.sha256(_bytes(identity)).hexdigest()}"


def _check(field: str, text: str) -> None:
    try:
        Expression(text, FACTS)
    except RegistrationError as error:
        hint = "an event's name with a slash in it (order/created), or " if field == "event" else ""
        raise RegistrationError(
            f"{field}=: {error.message}", hint=f"{hint}an expression over body and headers ({_EXAMPLE[field]})"
        ) from None


_EXAMPLE = {"event": "'stripe/' + body.type", "data": "body.data.object", "id": "body.order_id"}


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
