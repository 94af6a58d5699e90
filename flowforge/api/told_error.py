"""Exceptions as problems: one place that decides what a caller is told about what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from flowforge.api.problem import KIND_OF_STATUS, FieldError, Problem, Refusal, pointer
from flowforge.errors import (
    Conflict,
    DatabaseUnavailable,
    FlowForgeError,
    Gone,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSerializable,
    SealingKeyMissing,
    SignatureRejected,
    SignInRefused,
    TooManyAttempts,
)

RETRY_AFTER_SECONDS = 2
MAX_FIELD_ERRORS = 50


def problem_of(error: BaseException, *, writing: bool = False) -> Problem:
    """The problem that an exception is told as. `writing`: the request may have changed something before it failed."""
    if isinstance(error, Refusal):
        return error.problem
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, DatabaseUnavailable) or _is_unavailable(error):
        return _unavailable(writing)
    if isinstance(error, FlowForgeError):
        return _of_ours(error, writing)
    if _is_of_value(error):
        return Problem("invalid", "a value is not one that the database can hold")
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return Problem("conflict", "somebody else changed the same thing at the same moment; look again, then repeat the request")
    return Problem("internal", "this should not have happened; the log has more under the request_id")


def _of_ours(error: FlowForgeError, writing: bool) -> Problem:
    more: dict[str, Any] = {} if error.hint is None else {"hint": error.hint}
    if isinstance(error, SealingKeyMissing):  # the operator's to mend; until then the state does not allow it
        return Problem("conflict", str(error), more={"winner": None, **more})
    if isinstance(error, NotFound):
        return Problem("not-found", str(error), more={"nearest": list(error.nearest), **more})
    if isinstance(error, SignatureRejected):
        return Problem("unsigned", str(error))
    if isinstance(error, NotAllowed):
        return Problem("forbidden", str(error), more=more)
    if isinstance(error, SignInRefused):
        return Problem("sign-in-refused", str(error))
    if isinstance(error, TooManyAttempts):
        return Problem("too-many", str(error), headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, InvalidInput):
        where = (error.pointer, None) if writing else ("", error.pointer.lstrip("/") or None)  # what only reads has no body
        return Problem("invalid", str(error), (FieldError(where[0], str(error), where[1]),), more)
    if isinstance(error, NotSerializable):
        return Problem("invalid", str(error), (FieldError("", str(error)),), more)
    if isinstance(error, Conflict):
        return Problem("gone" if isinstance(error, Gone) else "conflict", str(error), more={"winner": error.winner, **more})
    return Problem("internal", "this should not have happened; the log has more under the request_id")


def _of_http(error: HTTPException) -> Problem:
    kind = KIND_OF_STATUS.get(error.status_code) or ("internal" if error.status_code >= 500 else "malformed")
    detail = {
        "not-found": "there is nothing at this address; GET /docs lists what there is",
        "method-not-allowed": "this address does not take this method; the Allow header lists those it takes",
    }.get(kind, str(error.detail))
    return replace(Problem(kind, detail, headers=dict(error.headers or {})), status_code=error.status_code)


def _of_validation(error: RequestValidationError) -> Problem:
    found = tuple(_field_error(item, error.body) for item in error.errors()[:MAX_FIELD_ERRORS])
    rest = len(error.errors()) - 1
    first = found[0]
    where = first.pointer or first.parameter or "the body"
    return Problem("invalid", f"{where}: {first.detail}" + (f" (and {rest} more)" if rest else ""), found)


def _field_error(item: Mapping[str, Any], body: Any) -> FieldError:
    where, *rest = item["loc"]
    detail = _SENTENCES.get(item["type"]) or _sentence(item["msg"])
    if where == "body":
        return FieldError(pointer(_places(rest, body, missing=item["type"] == "missing")), detail)
    return FieldError("", detail, ".".join(str(part) for part in rest))


_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "json_invalid": "is not valid JSON",
}


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _places(loc: Sequence[Any], body: Any, *, missing: bool) -> list[str | int]:
    """The parts of pydantic's location that are really in the body; it also names union members, which are not."""
    found: list[str | int] = []
    here = body
    for number, part in enumerate(loc):
        if (isinstance(here, Mapping) and part in here) or (isinstance(here, list) and isinstance(part, int) and part < len(here)):
            found.append(part)
            here = here[part]
        elif missing and number == len(loc) - 1 and isinstance(here, Mapping):
            found.append(part)
    return found


def _unavailable(writing: bool) -> Problem:
    detail = "the database cannot be reached or takes no writes at the moment; nothing accepted is lost"
    if writing:
        detail += "; whether this request was carried out is not known: repeat it with the same Idempotency-Key or event id"
    return Problem("unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


# Reconnect, retry or shed load (RELIABILITY's table): whatever the class, a caller can only come back later.
_LATER_STATES = ("08", "53", "57P", "57014", "25006", "40001", "40P01", "55P03")


def _is_unavailable(error: BaseException) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_LATER_STATES)
    if _is_of_value(error):
        return False
    if isinstance(error, asyncpg.InterfaceError):  # also raised for mistakes in our own calls, which are no outage
        return any(word in str(error) for word in ("connection", "pool", "closed"))
    return isinstance(error, asyncpg.InternalClientError | ConnectionError | TimeoutError)


def _is_of_value(error: BaseException) -> bool:
    """A value that PostgreSQL refused, or that asyncpg could not even encode for it (that one is a ValueError)."""
    return isinstance(error, asyncpg.DataError) or (isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError))
