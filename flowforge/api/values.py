"""How ids, money and lists look in JSON: the shapes that all routes share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

PAGE_MAX = 200
PAGE_DEFAULT = 50

Item = TypeVar("Item")

Money = Annotated[
    Decimal,
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str),
    Field(description="US dollars as a decimal string", examples=["0.0421"]),
]

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many to return at most.", examples=[50])]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before this one.")]


class Body(BaseModel):
    """A request's JSON object; a field that is not known is an error, not a surprise."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one."""

    data: list[Item]
    next_cursor: str | None = None
