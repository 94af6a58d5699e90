"""Every error is a problem that tells the caller what to do, and nothing of our insides."""

from __future__ import annotations

import logging

import asyncpg
import pytest

from flowforge.api.told_error import problem_of
from flowforge.errors import (
    ConfigurationError,
    Conflict,
    DatabaseTooNew,
    DatabaseUnavailable,
    Gone,
    InvalidInput,
    NotFound,
    NotSerializable,
)

MEMBERS = {"type", "title", "status", "detail", "instance", "errors", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nope", 404),
        ("get", "/v1/runs/", 404),
        ("delete", "/v1/runs", 405),
        ("put", "/events", 405),
        ("get", "/v1/runs?limit=x", 422),
        ("get", "/v1/agents/nobody", 404),
    ],
)
async def test_every_error_has_the_members_of_rfc_9457(api, method, path, status):
    answer = await api.request(method, path)
    problem = answer.json()

    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem.keys() >= MEMBERS
    assert problem["instance"] == path.partition("?")[0]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["type"].startswith("/docs#problem-")


async def test_a_wrong_method_is_told_which_ones_there_are(api):
    assert (await api.delete("/v1/runs")).headers["allow"] == "GET"


async def test_a_request_keeps_the_id_that_it_came_with(api):
    assert (await api.get("/nope", headers={"x-request-id": "trace-17"})).json()["request_id"] == "trace-17"
    assert (await api.get("/nope", headers={"x-request-id": "bad id\t"})).json()["request_id"] != "bad id"


async def test_an_unexpected_error_is_logged_and_not_told(app, api, caplog):
    @app.get("/v1/broken")
    async def broken() -> None:
        raise RuntimeError("secret of the inside")

    with caplog.at_level(logging.ERROR, "flowforge.api"):
        answer = await api.get("/v1/broken")

    assert answer.status_code == 500 and "secret" not in answer.text
    (record,) = caplog.records
    assert record.request_id == answer.json()["request_id"] and "secret of the inside" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        DatabaseUnavailable("cannot reach db.internal:5432"),
        DatabaseTooNew("schema 9"),
        asyncpg.TooManyConnectionsError("53300"),
        asyncpg.DiskFullError("53100"),
        asyncpg.OutOfMemoryError("53200"),
        asyncpg.AdminShutdownError("57P01"),
        asyncpg.CrashShutdownError("57P02"),
        asyncpg.CannotConnectNowError("57P03"),
        asyncpg.QueryCanceledError("57014"),
        asyncpg.ReadOnlySQLTransactionError("25006"),
        asyncpg.ConnectionDoesNotExistError("08003"),
        asyncpg.SerializationError("40001"),
        asyncpg.DeadlockDetectedError("40P01"),
        asyncpg.LockNotAvailableError("55P03"),
        asyncpg.InternalClientError("got result for unknown protocol state 3"),
        asyncpg.InterfaceError("connection is closed"),
        ConnectionRefusedError(111, "refused"),
        TimeoutError(),
    ],
)
def test_what_passes_by_itself_is_503_with_a_time_to_come_back(error):
    problem = problem_of(error)

    assert problem.status == 503 and problem.headers["Retry-After"] == "2"
    assert "internal" not in problem.detail
    assert "is not known" in problem_of(error, writing=True).detail


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("agent", "atlsa", ["atlas"]), 404),
        (InvalidInput("no", pointer="/a"), 422),
        (NotSerializable("$.a", "is a socket"), 422),
        (Conflict("taken", winner={"by": "mira"}), 409),
        (Gone("expired"), 410),
        (ConfigurationError("wrong"), 500),
        (asyncpg.UniqueViolationError("23505"), 409),
        (asyncpg.CharacterNotInRepertoireError("22021"), 422),
        (asyncpg.exceptions._base.DataError("invalid input for query argument $1: connection"), 422),
        (asyncpg.UndefinedTableError("42P01"), 500),
        (asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"), 500),
        (ZeroDivisionError(), 500),
    ],
)
def test_errors_have_their_status(error, status):
    assert problem_of(error).status == status


def test_the_loser_of_a_race_is_told_who_won():
    assert problem_of(Conflict("decided already", winner={"by": "mira"})).more["winner"] == {"by": "mira"}


async def test_an_outage_of_the_database_is_503(database, bell, settings, client_of):
    from flowforge.api.app import create_app
    from flowforge.db.database import Database

    away = Database("postgresql://localhost/away")
    away.pool = asyncpg.create_pool("postgresql://127.0.0.1:1/away", min_size=0)
    await away.pool
    away.engine = away.pool
    async with client_of(create_app(away, settings=settings, bell=bell)) as api:
        assert (await api.get("/v1/runs")).status_code == 503
        assert (await api.post("/events", json={"name": "a", "data": {}}, headers={"idempotency-key": "k"})).status_code == 503
        assert (await api.get("/readyz")).status_code == 503
        assert (await api.get("/healthz")).status_code == 200


async def test_answers_are_not_kept_by_caches_nor_guessed_by_browsers(api):
    headers = (await api.get("/v1/runs")).headers

    assert headers["cache-control"] == "no-store" and headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
