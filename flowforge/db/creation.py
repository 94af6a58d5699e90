"""Whole databases, made and dropped beside the one that a URL names: a fresh one for each demo and each test worker."""

from __future__ import annotations

import asyncpg

from flowforge.db.hosts import connect_to_primary
from flowforge.db.queries import load_queries
from flowforge.errors import ConfigurationError

sql = load_queries("flowforge.db")


async def create_database(url: str, name: str) -> str:
    """Make an empty database of that name on the server of `url`; the answer is its URL.

    Raises ConfigurationError when there is one already, or the user may not make any.
    """
    connection = await connect_to_primary(url)
    try:
        await connection.execute(f"create database {await sql.quoted_identifier.fetchval(connection, name=name)}")
    except asyncpg.DuplicateDatabaseError:
        raise ConfigurationError(f"there is a database {name!r} already", hint="drop it, or choose another name") from None
    except asyncpg.InsufficientPrivilegeError:
        raise ConfigurationError("this database user may not create databases", hint="grant it CREATEDB") from None
    finally:
        await connection.close()
    return database_url(url, name)


async def drop_database(url: str, name: str) -> None:
    """Drop the database of that name, if there is one, and cut whoever is connected to it."""
    connection = await connect_to_primary(url)
    try:
        await connection.execute(f"drop database if exists {await sql.quoted_identifier.fetchval(connection, name=name)} with (force)")
    finally:
        await connection.close()


def database_url(url: str, name: str) -> str:
    """The URL of another database on the same server.

    >>> database_url("postgresql://me@/postgres?host=/run/pg", "trial")
    'postgresql://me@/trial?host=/run/pg'
    """
    scheme, _, rest = url.partition("://")
    place, question, query = rest.partition("?")
    return f"{scheme}://{place.partition('/')[0]}/{name}{question}{query}"
