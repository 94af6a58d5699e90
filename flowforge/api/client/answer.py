"""`Answer`: what every model of an answer is. Its fields are typed; a field that this client does not know yet is left out.

The models themselves are in models.py, which is written from the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import UnionType
from typing import Any, ClassVar, Literal, Self, Union, dataclass_transform, get_args, get_origin, get_type_hints
from uuid import UUID

Reader = Callable[[Any], Any]

_READERS: dict[type, dict[str, Reader]] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Answer:
    """Base of all answers. Two with the same fields are equal; none can be changed.

    It is made by annotations alone, not by `dataclasses`: two hundred classes that write their own methods take a tenth of a second.
    """

    HIDDEN: ClassVar[frozenset[str]] = frozenset()
    """Fields that are shown once and to nobody by accident: they are not in the repr."""
    JSON_NAMES: ClassVar[Mapping[str, str]] = {}
    """Fields that are called otherwise in JSON, because Python has the word for itself."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """An answer out of its JSON. What is missing, as an older server would, is None."""
        return cls(**{name: read(body.get(cls.JSON_NAMES.get(name, name))) for name, read in _readers(cls).items()})

    def as_dict(self) -> dict[str, Any]:
        """It as JSON, by the names that fields have there: times and money are texts again."""
        return {self.JSON_NAMES.get(name, name): plain(value) for name, value in self.__dict__.items()}

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is what the server answered; it cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is what the server answered; it cannot be changed")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))

    def __repr__(self) -> str:
        shown = (f"{name}={'…' if name in self.HIDDEN and value else repr(value)}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({', '.join(shown)})"


def plain(value: Any) -> Any:
    """A value of an answer, or one that is to be sent, as JSON has it. Raises TypeError for what JSON has no way to hold."""
    match value:
        case str() | int() | float() | None:
            return value
        case Answer():
            return value.as_dict()
        case date():  # a datetime is one too
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
        case Mapping():
            return {name: plain(one) for name, one in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [plain(one) for one in value]
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def reader(kind: Any) -> Reader:
    """What makes a value of that type out of JSON. A value that does not fit is left as it came: the server may be newer."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        kinds = [one for one in arguments if one is not type(None)]
        return reader(kinds[0]) if len(kinds) == 1 else _as_it_is
    if origin is list:
        return _list_of(reader(arguments[0]))
    if origin is dict:
        return _values_of(reader(arguments[1]))
    if origin is Literal or not isinstance(kind, type):
        return _as_it_is
    if issubclass(kind, Answer):
        return lambda value: kind.read(value) if isinstance(value, Mapping) else value
    if kind is datetime or kind is date:
        return lambda value: kind.fromisoformat(value) if isinstance(value, str) else value
    if kind is Decimal:
        return lambda value: Decimal(value) if isinstance(value, str | int) else value
    return _as_it_is


def _readers(kind: type[Answer]) -> dict[str, Reader]:
    """How each of the fields of an answer is read; found out once for each class."""
    if kind not in _READERS:
        hints = get_type_hints(kind).items()
        _READERS[kind] = {name: reader(hint) for name, hint in hints if hint is not ClassVar and get_origin(hint) is not ClassVar}
    return _READERS[kind]


def _as_it_is(value: Any) -> Any:
    return value


def _list_of(read: Reader) -> Reader:
    return lambda value: [read(item) for item in value] if isinstance(value, list) else value


def _values_of(read: Reader) -> Reader:
    return lambda value: {name: read(item) for name, item in value.items()} if isinstance(value, Mapping) else value
