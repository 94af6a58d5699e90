"""Registering functions as tools."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from flowforge.errors import InvalidInput, NotFound, RegistrationError
from flowforge.skills.tool import ToolRegistry, make_tool


class Address(BaseModel):
    street: str
    title: str = "Home"


class Speed(Enum):
    SLOW = "slow"
    FAST = "fast"


@dataclass
class Item:
    sku: str
    count: int = 1


class Unserialisable:
    pass


async def issue_refund(order: str, amount: Decimal, on: date | None = None) -> dict[str, str]:
    """Pay a customer back.

    Only for orders of the last year.
    """
    return {"order": order, "amount": str(amount), "on": on.isoformat() if on else "today"}


def test_a_tool_has_its_functions_name_description_and_schema():
    tools = ToolRegistry()

    returned = tools.tool(effect="money", reversible=False, consequence="money leaves the account")(issue_refund)

    tool = tools.find("issue_refund")
    assert returned is issue_refund
    assert (tool.effect, tool.reversible, tool.approval, tool.consequence) == ("money", False, None, "money leaves the account")
    assert tool.description == "Pay a customer back.\n\nOnly for orders of the last year."
    assert tool.schema["type"] == "object"
    assert tool.schema["required"] == ["order", "amount"]
    assert tool.schema["additionalProperties"] is False
    assert tool.schema["properties"]["order"] == {"type": "string"}


async def test_arguments_arrive_as_the_annotated_types():
    seen: dict[str, Any] = {}

    def record(
        address: Address, speed: Speed, items: list[Item], ident: UUID, json: Annotated[int, Field(ge=1, description="how many")] = 3
    ) -> None:
        seen.update(address=address, speed=speed, items=items, ident=ident, json=json)

    tool = make_tool(record, "write")
    ident = "01890000-0000-7000-8000-000000000001"
    await tool.call({"address": {"street": "Karl Johan"}, "speed": "fast", "items": [{"sku": "a"}], "ident": ident})

    assert seen == {"address": Address(street="Karl Johan"), "speed": Speed.FAST, "items": [Item("a")], "ident": UUID(ident), "json": 3}
    assert tool.schema["properties"]["json"]["description"] == "how many"
    assert "title" in tool.schema["$defs"]["Address"]["properties"]  # a field named title is no title


async def test_a_sync_tool_runs_in_a_thread_and_an_async_one_on_the_loop():
    def where() -> int:
        return threading.get_ident()

    async def here() -> int:
        return threading.get_ident()

    assert await make_tool(where, "read").call({}) != threading.get_ident()
    assert await make_tool(here, "read").call({}) == threading.get_ident()


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ({"order": "ORD-1"}, "/amount"),
        ({"order": 7, "amount": "1"}, "/order"),
        ({"order": "ORD-1", "amount": "many"}, "/amount"),
        ({"order": "ORD-1", "amount": "1", "ordr": "x"}, "/ordr"),
    ],
)
async def test_arguments_that_do_not_fit_are_refused_with_a_pointer(arguments: dict[str, Any], pointer: str):
    with pytest.raises(InvalidInput) as caught:
        await make_tool(issue_refund, "money").call(arguments)

    assert caught.value.pointer == pointer


def no_annotation(order) -> None:  # type: ignore[no-untyped-def]
    """."""


def unserialisable(order: str, thing: Unserialisable) -> None:
    """."""


def a_callable(notify: Callable[[int], None]) -> None:
    """."""


def many(*orders: str) -> None:
    """."""


def anything(**orders: str) -> None:
    """."""


def positional(order: str, /) -> None:
    """."""


def unresolved(order: Undefined) -> None:  # type: ignore[name-defined]  # noqa: F821
    """."""


@pytest.mark.parametrize(
    ("function", "culprit"),
    [
        (no_annotation, "'order' has no type annotation"),
        (unserialisable, "'thing' is of type Unserialisable"),
        (a_callable, "'notify' is of type"),
        (many, "'orders' takes any number"),
        (anything, "'orders' takes any keyword"),
        (positional, "'order' is positional-only"),
        (unresolved, "'Undefined' cannot be resolved"),
    ],
)
def test_parameters_that_json_cannot_carry_are_refused_by_name(function: Callable[..., None], culprit: str):
    with pytest.raises(RegistrationError) as caught:
        make_tool(function, "read")

    assert culprit in caught.value.message
    assert function.__name__ in caught.value.message


def test_an_unknown_effect_is_refused():
    tools = ToolRegistry()

    with pytest.raises(RegistrationError, match="effect must be one of read, write, money, outside, not 'reed'"):
        tools.tool(effect="reed")(issue_refund)  # type: ignore[arg-type]


def test_a_bad_name_and_a_taken_name_are_refused():
    tools = ToolRegistry()
    tools.tool(effect="money")(issue_refund)
    tools.tool(effect="money")(issue_refund)  # the same function again, as after a reload

    with pytest.raises(RegistrationError, match="two tools are named 'issue_refund'"):
        tools.tool(effect="read", name="issue_refund")(no_parameters)
    with pytest.raises(RegistrationError, match="cannot be a tool's name"):
        tools.tool(effect="read")(lambda: None)


def no_parameters() -> None:
    pass


def test_an_unknown_tool_is_not_found_with_the_nearest_names():
    tools = ToolRegistry()
    tools.tool(effect="money")(issue_refund)

    with pytest.raises(NotFound, match="did you mean issue_refund"):
        tools.find("isue_refund")
