"""How values become JSON text and come back.

A step's value is stored as the exact JSON text and handed out as what that text decodes to, on the first execution and on
every replay alike. A declared return type decides how it is read (`-> Order` comes back as an `Order`); without one, the few
types that people return and JSON lacks (datetime, Decimal, UUID, models, dataclasses …) carry a tag `{"$type": …}`.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints
from uuid import UUID
from weakref import WeakKeyDictionary

from pydantic import BaseModel, PydanticSchemaGenerationError, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_jsonable_python
from pydantic_core import to_json as pydantic_to_json

from flowforge.errors import NotSerializable
from flowforge.secrets.secret_text import SecretText

PLAIN = (type(None), bool, int, float, str, list, dict)
_MAX_DEPTH = 200


_UNREAD: Any = object()


class Encoded(NamedTuple):
    """A value as it is stored; `value` is what the text reads back as, where that is known already."""

    text: str
    tagged: bool
    value: Any = _UNREAD

    def read(self, codec: Codec) -> Any:
        """What the step returns: never the body's own object, always what a replay would return too."""
        known = codec is PLAIN_CODEC and self.value is not _UNREAD
        return self.value if known else codec.decode(self.text, self.tagged)


class _Rich(Exception):
    """The value holds something that JSON has no word for; take the slow road."""


def _refuse(value: object) -> object:
    raise _Rich


_plain_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_refuse)


def encode(value: object) -> Encoded:
    """The value as JSON text. Raises NotSerializable with the path of what JSON cannot hold."""
    try:
        text = _plain_encoder.encode(value)
        if not text.isascii():
            text.encode()
        read = from_json(text)  # quick, and it refuses what is nested too deep, whatever this process's recursion limit is
        if read != value:
            _tag(value, "$", 0)  # refuses keys that are no strings; a tuple that became a list is fine
        return Encoded(text, False, read)
    except _Rich:
        return _encode_rich(value)
    except (ValueError, TypeError, RecursionError, UnicodeEncodeError) as error:
        _tag(value, "$", 0)  # names the path
        raise NotSerializable("$", f"cannot be stored as JSON: {error}") from None


def _encode_rich(value: object) -> Encoded:
    text = json.dumps(_tag(value, "$", 0), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        decode(text, True)
    except Exception as error:  # noqa: BLE001 - a user's class that does not take back what it gave: no replay could read it
        raise NotSerializable("$", f"holds what cannot be read back: {error}") from None
    return Encoded(text, True)


def decode(text: str, tagged: bool = False) -> Any:
    """What `encode` was given, as JSON and the tags tell it."""
    return json.loads(text, object_hook=_untag) if tagged else from_json(text)


def to_json(value: object) -> str:
    """Plain JSON text for events and inputs: models, dates and the like in their usual JSON form, without tags.

    Raises NotSerializable with the path of what JSON cannot hold.
    """
    try:
        return encode(to_jsonable_python(value, inf_nan_mode="constants", bytes_mode="base64")).text
    except PydanticSerializationError as error:
        _tag(value, "$", 0)
        raise NotSerializable("$", f"cannot be stored as JSON: {error}") from None
    except (RecursionError, ValueError) as error:
        raise NotSerializable("$", f"cannot be stored as JSON: {error}") from None


def arguments_json(arguments: object) -> bytes:
    """Arguments of a step as JSON for people and for the hash; what JSON lacks is named by its type only."""
    try:
        return pydantic_to_json(arguments, fallback=_type_name, inf_nan_mode="constants", bytes_mode="base64")
    except (ValueError, RecursionError, TypeError):  # cycles, lone surrogates: still worth a stable word
        return json.dumps(_type_name(arguments)).encode()


def _type_name(value: object) -> str:
    kind = value if isinstance(value, type) or inspect.isroutine(value) else type(value)
    return f"<{getattr(kind, '__module__', '?')}.{getattr(kind, '__qualname__', repr(type(kind)))}>"


class ValueCodec:
    """Stores and reads the values of one declared type."""

    def __init__(self, declared: Any) -> None:
        self.adapter: TypeAdapter[Any] = TypeAdapter(declared)

    def encode(self, value: object) -> Encoded:
        try:
            text = self.adapter.dump_json(value, by_alias=True, warnings=False).decode()
            self.adapter.validate_json(text)
        except (PydanticSerializationError, ValidationError, UnicodeDecodeError, ValueError):
            return encode(value)  # it returned something else than it declares: keep that as it is
        return Encoded(text, False)

    def decode(self, text: str, tagged: bool) -> Any:
        if tagged:
            return decode(text, True)
        try:
            return self.adapter.validate_json(text)
        except ValidationError:
            return decode(text)


class PlainCodec:
    """Stores and reads values without a declared type."""

    encode = staticmethod(encode)
    decode = staticmethod(decode)


PLAIN_CODEC = PlainCodec()
Codec = ValueCodec | PlainCodec


_codecs: WeakKeyDictionary[Callable[..., Any], Codec] = WeakKeyDictionary()  # weak: a closure may hold a whole run


def codec_of(function: Callable[..., Any]) -> Codec:
    """The codec for what `function` returns, by its annotation."""
    if not getattr(function, "__annotations__", True):  # a lambda, most often
        return PLAIN_CODEC
    try:
        known = _codecs.get(function)
        if known is None:
            known = _codecs[function] = _annotated_codec(function)
    except TypeError:  # it cannot be a key: an instance with __call__
        return _annotated_codec(function)
    return known


def _annotated_codec(function: Callable[..., Any]) -> Codec:
    target = function
    while hasattr(target, "func"):  # functools.partial
        target = target.func
    if not hasattr(target, "__annotations__"):
        target = getattr(target, "__call__", target)  # noqa: B004
    try:
        declared = get_type_hints(target).get("return", Any)
    except (NameError, TypeError, AttributeError):
        return PLAIN_CODEC
    return codec_for(declared)


def codec_for(declared: Any) -> Codec:
    """The codec for a declared type; plain JSON types and Any need none."""
    if _is_plain(declared) or declared in (None, object) or isinstance(declared, str):
        return PLAIN_CODEC
    try:
        return ValueCodec(declared)
    except (PydanticSchemaGenerationError, TypeError, NameError):
        return PLAIN_CODEC


def schema_of(declared: Any) -> dict[str, Any] | None:
    """The JSON Schema of a type that says more than that it is JSON; None for one that has none."""
    if _is_plain(declared):
        return None
    try:
        return TypeAdapter(declared).json_schema()
    except (PydanticUserError, TypeError, NameError):
        return None


def _is_plain(declared: Any) -> bool:
    """Does JSON alone give such a value back: `dict`, `list[int]`, `dict[str, Any]` …?"""
    if declared is Any or declared in PLAIN:
        return True
    if get_origin(declared) is dict:
        key, value = get_args(declared)
        return key is str and _is_plain(value)
    return get_origin(declared) is list and _is_plain(get_args(declared)[0])


def validate(text: str, declared: Any) -> Any:
    """JSON text as a value of `declared`. Raises pydantic's ValidationError."""
    return TypeAdapter(declared).validate_json(text)


_SCALARS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", timedelta.total_seconds),
    Decimal: ("decimal", str),
    UUID: ("uuid", str),
    bytes: ("bytes", bytes.hex),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
    "decimal": Decimal,
    "uuid": UUID,
    "bytes": bytes.fromhex,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
}


def _tag(value: Any, path: str, depth: int) -> Any:
    """The value with tags where JSON lacks a word; raises NotSerializable naming the path of what has none."""
    if depth > _MAX_DEPTH:
        raise NotSerializable(path[:200], f"is nested deeper than {_MAX_DEPTH} levels")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotSerializable(path, f"is {value}, which JSON cannot hold")
        return value
    if isinstance(value, str):
        return _checked_text(value, path)
    if isinstance(value, list | tuple):
        return [_tag(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return _tagged_dict(value, path, depth)
    return _tagged_object(value, path, depth)


def _checked_text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotSerializable(path, "holds a lone surrogate, which is no valid Unicode text") from None
    return value


def _tagged_dict(value: dict[Any, Any], path: str, depth: int) -> Any:
    for key in value:
        if not isinstance(key, str):
            raise NotSerializable(path, f"has the key {key!r}, and JSON keys must be strings")
    out = {_checked_text(key, path): _tag(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    return {"$type": "dict", "value": [[key, item] for key, item in out.items()]} if "$type" in out else out


def _tagged_object(value: Any, path: str, depth: int) -> Any:
    for kind, (name, write) in _SCALARS.items():
        if isinstance(value, kind):
            return {"$type": name, "value": write(value)}
    if isinstance(value, set | frozenset):
        items = sorted((_tag(item, f"{path}{{}}", depth + 1) for item in value), key=json.dumps)
        return {"$type": "frozenset" if isinstance(value, frozenset) else "set", "value": items}
    kind = type(value)
    if isinstance(value, BaseModel) or (dataclasses.is_dataclass(value) and "<locals>" not in kind.__qualname__):
        try:
            dumped = TypeAdapter(kind).dump_python(value, mode="json", by_alias=True)
        except (PydanticSerializationError, PydanticSchemaGenerationError) as error:
            raise NotSerializable(path, f"is a {kind.__qualname__} that cannot be stored: {error}") from None
        return {"$type": f"{kind.__module__}:{kind.__qualname__}", "value": _tag(dumped, path, depth + 1)}
    if isinstance(value, SecretText):
        raise NotSerializable(path, f"is the secret {value.name!r}, which is never stored")
    if inspect.isawaitable(value):
        raise NotSerializable(path, f"is a {kind.__name__} that was never awaited")
    raise NotSerializable(path, f"is a {kind.__qualname__}, which JSON cannot hold")


def _untag(found: dict[str, Any]) -> Any:
    name = found.get("$type")
    if not isinstance(name, str) or "value" not in found:
        return found
    if name in _READERS:
        return _READERS[name](found["value"])
    module, _, qualname = name.partition(":")
    kind: Any = importlib.import_module(module)
    for part in qualname.split("."):
        kind = getattr(kind, part)
    return TypeAdapter(kind).validate_python(found["value"])


def well_formed(text: str) -> str:
    """`text` with halves of characters joined, or replaced where the other half is missing: what UTF-8 can hold.

    >>> well_formed("\\ud83d\\ude00") == "\\U0001f600", well_formed("half \\ud83d") == "half \\ufffd"
    (True, True)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
