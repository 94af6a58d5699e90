"""`Noun`: a group of calls, as `client.runs`; and `call` and `listing`, by which one description serves both clients.

    class Runs(Noun[Mode]):
        @call
        def get(self, run_id: str) -> Talk[Run]:
            return self._exchange.ask(Run, "GET", f"/v1/runs/{part(run_id)}")

`Client.runs.get` returns a `Run`, `AsyncClient.runs.get` an awaitable of one, and type checkers know it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload
from urllib.parse import quote

from flowforge.api.client.drivers import Async, Sync
from flowforge.api.client.exchange import Exchange
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET

P = ParamSpec("P")
T = TypeVar("T")
Mode = TypeVar("Mode", Sync, Async)


class Noun(Generic[Mode]):
    """Calls that belong together, over one driver."""

    _driver: Mode

    def __init__(self, driver: Mode, exchange: Exchange) -> None:
        self._driver, self._exchange = driver, exchange


class call(Generic[P, T]):  # noqa: N801 - it is used as a decorator
    """A call with one result."""

    def __init__(self, talk: Callable[Concatenate[Any, P], Talk[T]]) -> None:
        self.talk, self.__doc__ = talk, talk.__doc__

    @overload
    def __get__(self, noun: None, owner: Any = None) -> Self: ...

    @overload
    def __get__(self, noun: Noun[Sync], owner: Any = None) -> Callable[P, T]: ...

    @overload
    def __get__(self, noun: Noun[Async], owner: Any = None) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, noun: Any, owner: Any = None) -> Any:
        if noun is None:
            return self

        @wraps(self.talk)
        def run(*args: P.args, **given: P.kwargs) -> Any:
            return noun._driver.run(self.talk(noun, *args, **given))

        return run


class listing(Generic[P, T]):  # noqa: N801
    """A call with many results, to be iterated over; nothing is sent before."""

    def __init__(self, items: Callable[Concatenate[Any, P], Items[T]]) -> None:
        self.items, self.__doc__ = items, items.__doc__

    @overload
    def __get__(self, noun: None, owner: Any = None) -> Self: ...

    @overload
    def __get__(self, noun: Noun[Sync], owner: Any = None) -> Callable[P, Iterator[T]]: ...

    @overload
    def __get__(self, noun: Noun[Async], owner: Any = None) -> Callable[P, AsyncIterator[T]]: ...

    def __get__(self, noun: Any, owner: Any = None) -> Any:
        if noun is None:
            return self

        @wraps(self.items)
        def run(*args: P.args, **given: P.kwargs) -> Any:
            return noun._driver.items(self.items(noun, *args, **given))

        return run


def part(text: object) -> str:
    """One segment of a path, whatever stands in it."""
    return quote(str(text), safe="") or "%20"


def body_of(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a body that were given; None among them is sent as null."""
    return {name: value for name, value in fields.items() if value is not UNSET}
