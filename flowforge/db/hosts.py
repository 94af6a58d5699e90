"""The race for a writable primary: all hosts of a URL are tried at once, and the first that takes writes is kept.

Trying them in turn, as drivers do, lets one host that swallows packets eat the whole time-out.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from flowforge.errors import ConfigurationError, DatabaseUnavailable

CONNECT_SECONDS = 2.0
DEFAULT_PORT = 5432
URL_HINT = "as in postgresql://user:password@host:5432/database; % : / ? # @ in a password are written as %25 %3A %2F %3F %23 %40"

# What can go wrong while connecting; InternalClientError is asyncpg's answer to a server that dies between two messages.
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 6000}


@dataclass(frozen=True)
class Host:
    """One place to connect to: a name or address, or the directory of a Unix socket."""

    name: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        if self.name.startswith("/"):
            return self.name
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


async def connect_to_primary(url: str, *, seconds: float = CONNECT_SECONDS, **options: Any) -> asyncpg.Connection:
    """A connection to the first host of `url` that accepts writes; `options` are asyncpg's.

    Raises DatabaseUnavailable, with what each host answered, when none does within `seconds`.
    """
    hosts = hosts_of(url)
    attempts = [asyncio.ensure_future(_connect(url, host, seconds, options)) for host in hosts]
    failures: list[Exception] = []
    try:
        for attempt in asyncio.as_completed(attempts):
            try:
                winner = await attempt
            except FAILURES as failure:
                failures.append(failure)
            else:
                attempts = [other for other in attempts if not _is(other, winner)]
                return winner
    finally:
        await _abandon(attempts)
    raise _unavailable(hosts, [_failure_of(attempt) for attempt in attempts]) from failures[0]


def hosts_of(url: str) -> list[Host]:
    """The hosts of a PostgreSQL URL, in its order. Raises ConfigurationError for an unreadable one.

    >>> [str(host) for host in hosts_of("postgresql://me@db1,db2:5433/app")]
    ['db1:5432', 'db2:5433']
    """
    _, authority, rest = _split(url)
    query = parse_qs(urlsplit(rest).query)
    names = (query.get("host") or [authority.rpartition("@")[2]])[-1]
    ports = (query.get("port") or [""])[-1].split(",")
    found = [_host(name, ports[min(index, len(ports) - 1)]) for index, name in enumerate(names.split(",")) if name]
    return found or [Host("localhost")]


def _split(url: str) -> tuple[str, str, str]:
    """Scheme, user and hosts, and the rest. `urlsplit` refuses an IPv6 address that is not the first host."""
    scheme, _, place = url.partition("://")
    end = next((at for at, letter in enumerate(place) if letter in "/?"), len(place))
    return scheme, place[:end], place[end:]


def _without_hosts(url: str) -> str:
    scheme, authority, rest = _split(url)
    user, at, _ = authority.rpartition("@")
    return f"{scheme}://{user}{at}{rest}"


def _host(text: str, port: str) -> Host:
    """Read `name`, `name:5433`, `[::1]:5433` or `/socket/directory`."""
    name, given = unquote(text), ""
    if not name.startswith("/"):
        head, colon, tail = name.rpartition(":")
        if colon and not tail.endswith("]") and (head.startswith("[") or ":" not in head):
            name, given = head, tail
        name = name.strip("[]")
    try:
        return Host(name, int(given or port or DEFAULT_PORT))
    except ValueError:
        raise ConfigurationError(f"cannot read the port of the database host {text!r}", hint=URL_HINT) from None


async def _connect(url: str, host: Host, seconds: float, options: dict[str, Any]) -> asyncpg.Connection:
    try:
        connection = await asyncpg.connect(
            _without_hosts(url), host=host.name, port=host.port, timeout=seconds, target_session_attrs="read-write", **options
        )
    except ValueError as error:
        raise ConfigurationError(f"the database's URL cannot be read: {error}", hint=URL_HINT) from error
    _keep_alive(connection)
    return connection


def _keep_alive(connection: asyncpg.Connection) -> None:
    """Notice a host that vanished while nothing is asked of it. asyncpg has no option for it, only a transport."""
    transport = getattr(connection, "_transport", None)
    line = transport.get_extra_info("socket") if transport is not None else None
    if line is None or line.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if option := getattr(socket, name, None):
                line.setsockopt(socket.IPPROTO_TCP, option, value)


def _is(attempt: asyncio.Future[asyncpg.Connection], connection: asyncpg.Connection) -> bool:
    return attempt.done() and not attempt.cancelled() and attempt.exception() is None and attempt.result() is connection


async def _abandon(attempts: Sequence[asyncio.Future[asyncpg.Connection]]) -> None:
    """Stop the attempts that lost; one that got through meanwhile is hung up on."""
    for attempt in attempts:
        attempt.cancel()
    for result in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(result, asyncpg.Connection):
            result.terminate()


def _failure_of(attempt: asyncio.Future[asyncpg.Connection]) -> BaseException | None:
    return None if attempt.cancelled() else attempt.exception()


def _unavailable(hosts: Sequence[Host], failures: Sequence[BaseException | None]) -> DatabaseUnavailable:
    reasons = "; ".join(f"{host} {_reason(failure)}" for host, failure in zip(hosts, failures, strict=True))
    hint = next((hint for failure in failures if (hint := _hint(failure))), "is PostgreSQL running, and is DATABASE_URL right?")
    return DatabaseUnavailable(f"PostgreSQL cannot be reached: {reasons}", hint=hint)


def _reason(failure: BaseException | None) -> str:
    match failure:
        case asyncpg.TargetServerAttributeNotMatched():
            return "accepts no writes"
        case TimeoutError():
            return "does not answer"
        case ConnectionRefusedError() | FileNotFoundError():
            return "refuses connections"
        case socket.gaierror():
            return "has no address"
        case _:
            return f"says: {str(failure).strip() or type(failure).__name__}"


def _hint(failure: BaseException | None) -> str | None:
    match failure:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return "check the user and the password in DATABASE_URL"
        case asyncpg.InvalidCatalogNameError():
            return "create that database first, or name another one in DATABASE_URL"
        case asyncpg.TooManyConnectionsError():
            return "raise max_connections, or put a pooler before PostgreSQL and set FLOWFORGE_DATABASE_POOLER=1"
        case asyncpg.PostgresError() if "startup parameter" in str(failure):
            return "this is a pooler: set FLOWFORGE_DATABASE_POOLER=1, and DATABASE_DIRECT_URL to the server behind it"
        case asyncpg.TargetServerAttributeNotMatched():
            return "name the primary in DATABASE_URL, or all hosts of the cluster"
        case _:
            return None
