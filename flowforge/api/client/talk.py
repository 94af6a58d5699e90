"""What is said between a client and its server, apart from how it is carried: each call is one generator of acts.

A `Talk` yields what is to be done (send this, open that, wait so long) and is sent what came of it, until it returns its result.
`Items` yield results too, one after the other. drivers.py carries the acts out, with or without asyncio; there is no other
difference between `Client` and `AsyncClient`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """One HTTP request. `read_seconds` is how long the server may be silent; None: as long as the client's `timeout` says."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    read_seconds: float | None = None


@dataclass(frozen=True)
class Send:
    """Send it; the answer is the response, read to its end. httpx.TransportError comes back where it was yielded."""

    request: Request


@dataclass(frozen=True)
class Open:
    """Send it; the answer is the response with its status and headers. It is read by `Next` and ended by `Close`."""

    request: Request


@dataclass(frozen=True)
class Next:
    """The next piece of the body that is open, None at its end."""


@dataclass(frozen=True)
class ReadAll:
    """The open response, read to its end."""


@dataclass(frozen=True)
class Close:
    """Be done with the body that is open, if one is."""


@dataclass(frozen=True)
class Pause:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True)
class Item(Generic[T]):
    """One result among several."""

    value: T


Act = Send | Open | Next | ReadAll | Close | Pause
Talk = Generator[Act, Any, T]
Items = Generator[Act | Item[T], Any, None]


def each(items: Items[T]) -> Callable[[], Talk[T | None]]:
    """A function that gets the next of the items within another talk, None after the last."""

    def following() -> Talk[T | None]:
        try:
            act = items.send(None)
            while not isinstance(act, Item):
                try:
                    answer = yield act
                except Exception as error:  # noqa: BLE001 - it belongs to whoever yielded the act
                    act = items.throw(error)
                else:
                    act = items.send(answer)
        except StopIteration:
            return None
        return act.value

    return following


def first(items: Items[T], wanted: Callable[[T], bool]) -> Talk[T | None]:
    """The first of the items that is wanted; None when they end before. What is open is closed."""
    following = each(items)
    while (item := (yield from following())) is not None:
        if wanted(item):
            break
    items.close()
    yield Close()
    return item
