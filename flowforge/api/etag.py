"""`ETag` and `If-Match`: an agent or a task is changed only as the caller last saw it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Header

from flowforge.api.problem import Refusal, refuse
from flowforge.errors import Conflict

_TAG = re.compile(r'\s*(W/)?"(\d{1,9})"\s*')


def etag(revision: int) -> str:
    """The ETag of a revision: `"3"`."""
    return f'"{revision}"'


async def _if_match(
    if_match: Annotated[
        str | None, Header(description='Change it only while its ETag is this one, as in `"3"`; 412 otherwise.', examples=['"3"'])
    ] = None,
) -> int | None:
    """The revision that the caller wants to change; None when any will do."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = _TAG.fullmatch(if_match)
    if tag is None:
        raise refuse("invalid", 'If-Match takes one ETag as it was given, as in "3"', parameter="If-Match")
    if tag[1]:
        raise _changed()  # a weak tag never matches (RFC 9110, 13.1.1)
    return int(tag[2])


IfMatch = Annotated[int | None, Depends(_if_match)]


@contextmanager
def unchanged_since(revision: int | None) -> Iterator[None]:
    """What a room refuses as a Conflict over its revision is 412 to a caller who sent If-Match."""
    try:
        yield
    except Conflict as error:
        if revision is None or "revision" not in (error.winner or {}):
            raise
        raise _changed(error) from None


def _changed(error: Conflict | None = None) -> Refusal:
    return refuse("changed", error.message if error else "it is not as it was when you read it; read it again", parameter="If-Match")
