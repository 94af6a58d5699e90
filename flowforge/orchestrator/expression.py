"""Expressions over events (CEL, the Common Expression Language): filters, keys, priorities.

They are written as text (`event.data.total > 1000`), compiled once, and never call back into Python: a server that holds no user
code evaluates them. What does not fit (a missing field, a comparison of a text with a number) raises ExpressionFailed with the
reason; who filters takes that for "no", and shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flowforge.errors import ExpressionFailed, RegistrationError
from flowforge.orchestrator.match import key_of

if TYPE_CHECKING:
    import cel

MAX_LENGTH = 4096
EVENT = ("event",)
_BOUND = re.compile(r"\.(?:all|exists|exists_one|map|filter)\s*\(\s*(\w+)\s*,")  # what macros name themselves
PAIR = ("event", "async")  # the event that started the run, and the one that has come


class Facts:
    """Facts that several expressions are asked about: converted for all of them at once, which is most of what one costs."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @cached_property
    def converted(self) -> cel.Context:
        """Raises what `Expression.value` turns into ExpressionFailed."""
        context: cel.Context = _cel().Context(variables=dict(self._values))
        return context


class Expression:
    """A compiled expression over the names that it may use.

    >>> Expression("event.data.total > 1000").holds({"event": {"data": {"total": 1500}}})
    True
    """

    def __init__(self, text: str, names: Sequence[str] = EVENT) -> None:
        if not text.strip() or len(text) > MAX_LENGTH:
            raise RegistrationError(f"an expression is a text of 1 to {MAX_LENGTH} characters, not {text!r}"[:300])
        try:
            self._program: cel.Program = _cel().compile(text)
        except ValueError as error:
            raise RegistrationError(f"{text!r} is not a CEL expression: {_first_line(error)}"[:600], hint=_HINT) from None
        unknown = sorted(set(self._program.variables()) - set(names) - set(_BOUND.findall(text)))
        if unknown:
            raise RegistrationError(f"{text!r} names {', '.join(unknown)}; it may name {' and '.join(names)}", hint=_HINT)
        self.text = text

    def value(self, facts: Mapping[str, Any] | Facts) -> Any:
        """Its value over these facts. Raises ExpressionFailed."""
        try:
            return self._program.execute(facts.converted if isinstance(facts, Facts) else dict(facts))
        except (KeyError, TypeError, ValueError, RuntimeError, ArithmeticError, LookupError) as error:
            raise ExpressionFailed(self.text, _reason(error)) from None

    def holds(self, facts: Mapping[str, Any] | Facts) -> bool:
        """Is it true? Raises ExpressionFailed when it has another value than true or false."""
        value = self.value(facts)
        if not isinstance(value, bool):
            raise ExpressionFailed(self.text, f"its value is {value!r}, not true or false"[:200])
        return value

    def key(self, facts: Mapping[str, Any] | Facts) -> str:
        """Its value as text that is equal exactly when the values are. Raises ExpressionFailed."""
        value = self.value(facts)
        try:
            return key_of(value)
        except (TypeError, ValueError):
            raise ExpressionFailed(self.text, f"its value {value!r} cannot be a key"[:200]) from None


@lru_cache(maxsize=4096)
def compiled(text: str, names: Sequence[str] = EVENT) -> Expression:
    """The expression of this text, compiled once in a process. Raises RegistrationError."""
    return Expression(text, names)


@cache
def _cel() -> ModuleType:
    """The library, once an expression needs it: it brings its command line along, a tenth of a second of every start."""
    import cel

    return cel


_HINT = 'for example  event.data.total > 1000 && event.data.currency == "USD"   (https://cel.dev)'


def _first_line(error: BaseException) -> str:
    return str(error).partition(": ")[2].splitlines()[0]


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r}"
    return str(error).partition(". ")[0]
