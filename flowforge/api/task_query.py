"""The parameters of the list of tasks, as a saved filter keeps them: whatever the route declares is what a filter may hold."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import Request
from fastapi.params import Query
from pydantic import TypeAdapter, ValidationError

from flowforge.access.principal import Principal
from flowforge.api.problem import FieldError, Problem, Refusal, refuse
from flowforge.api.routes import tasks
from flowforge.board.saved_filter import ME, resolve_filter
from flowforge.db.database import Database
from flowforge.errors import InvalidInput, NotFound

OF_A_PAGE = frozenset({"limit", "cursor", "filter"})  # of one request, not of what is asked


def read_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the route's parameters that a query stands for. Raises InvalidInput that points into it: an unknown parameter, with the
    nearest, or a value that the parameter would not take.

    >>> read_query({"column": "Doing"})
    {'column': ['Doing']}
    """
    known, values = _parameters(), {}
    for name, value in query.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
            wish = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known)}"
            raise InvalidInput(f"tasks are not listed by {name[:60]!r}{wish}", pointer=_pointer(name))
        try:
            values[name] = _read(known[name], value)
        except ValidationError as error:
            raise InvalidInput(error.errors()[0]["msg"].lower(), pointer=_pointer(name)) from None
        if value is None:
            raise InvalidInput("cannot be null", pointer=_pointer(name), hint="leave it out")
    return values


async def check_query(request: Request, caller: Principal, database: Database, query: Mapping[str, Any]) -> dict[str, Any]:
    """The query, if the list of tasks takes it now: it is asked, for one task. Raises InvalidInput that points into it."""
    values = read_query(query)
    if values.get("assignee") == ME:
        del values["assignee"]
    try:
        await tasks.index(request, caller, database, **values, limit=1)
    except Refusal as refused:
        raise _pointing(refused.problem) from None
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer=_pointer(error.pointer.lstrip("/")), hint=error.hint) from None
    checked: dict[str, Any] = json.loads(json.dumps(dict(query)))
    return checked


async def filtered(request: Request, caller: Principal, database: Database, name: str) -> dict[str, Any]:
    """The values of the route's parameters for a request that names a filter: the filter's, but for those that are given beside it.

    Raises Refusal (422) for an unknown filter, with the nearest names.
    """
    try:
        query = await resolve_filter(database.pool, caller, name)
    except NotFound as unknown:
        raise refuse("invalid", str(unknown), parameter="filter") from None
    given = {one: _given(request, one) for one in _parameters() if one in request.query_params}
    return {**read_query(query), **given}


def _read(known: TypeAdapter[Any], value: Any) -> Any:
    """One value stands for a list of one, as it does in an address."""
    try:
        return known.validate_python(value)
    except ValidationError:
        if not isinstance(value, str) or not value:
            raise
        try:
            return known.validate_python([value])
        except ValidationError:
            pass
        raise


def _given(request: Request, name: str) -> Any:
    """What the request says of a parameter, which the route has checked: all of it where several values may be said, else the last."""
    values = request.query_params.getlist(name)
    try:
        return _parameters()[name].validate_python(values)
    except ValidationError:
        return _parameters()[name].validate_python(values[-1])


@cache
def _parameters() -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(tasks.index, include_extras=True)
    of_query = {
        name: hints[name]
        for name in inspect.signature(tasks.index).parameters
        if get_origin(hints[name]) is Annotated and any(isinstance(one, Query) for one in get_args(hints[name]))
    }
    return {name: TypeAdapter(hint) for name, hint in of_query.items() if name not in OF_A_PAGE}


def _pointing(problem: Problem) -> InvalidInput:
    error: FieldError | None = next(iter(problem.errors), None)
    return InvalidInput(problem.detail, pointer=_pointer("" if error is None else error.parameter or error.pointer.lstrip("/")))


def _pointer(name: str) -> str:
    return "/query/" + name.replace("~", "~0").replace("/", "~1") if name else "/query"
