"""Fields that code declares as sensitive: exact where they are stored, masked for who may not read them, over every door of the API."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import BaseModel

import flowforge
from flowforge.access.permission import ROLES
from flowforge.errors import RegistrationError
from flowforge.orchestrator.context import Context
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.skills.publish import publish as publish_tools
from flowforge.skills.tool import ToolRegistry

MAIL, CARD, RUN = "mira@example.org", "4000-1234", UUID("01968f3a-c8b1-7c02-a3f0-8241a2f70001")


class Customer(BaseModel):
    name: str
    email: Annotated[str, flowforge.Sensitive()]


class Order(BaseModel):
    customer: Customer


@pytest.fixture
def allowed(monkeypatch):
    """Make everybody who asks a viewer, a member, an approver or an admin."""

    def role(name):
        monkeypatch.setattr("flowforge.api.caller.ALL_PERMISSIONS", ROLES[name])

    return role


@pytest.fixture
async def run(database, tenant_id):
    """A finished run of a function with a marked type and a declared path, which called a tool with a marked parameter."""
    registry, tools = Registry(), ToolRegistry()

    @registry.function(id="order.ship", trigger="order", redact=["data.phone", "data.pin"])
    async def ship(ctx: Context[Order]) -> None: ...

    @tools.tool(effect="money", redact=["card"])
    def charge(card: str, amount: int) -> None: ...

    await publish_functions(database.pool, registry, app="t")
    await publish_tools(database.pool, "t", tools)
    data = json.dumps({"customer": {"name": "Mira", "email": MAIL}, "phone": "+47 123", "pin": 48151, "total": 7})
    run = database.pool.execute
    await run("insert into flowforge.event values ($1, $2, null, 'order', $3, now())", tenant_id, UUID(int=6), data)
    await run(
        "insert into flowforge.run (tenant_id, run_id, function_id, state, event_id, event_name, input, output, received_at, created_at,"
        " started_at, ended_at, end_seq)"
        " values ($1, $2, 'order.ship', 'completed', $3, 'order', $4, $5, now(), now(), now(), now(), 9)",
        tenant_id, RUN, UUID(int=6), data, json.dumps({"sent": f"to {MAIL}", "pins": [48151, 7]}),
    )  # fmt: skip
    await run(
        "insert into flowforge.step (tenant_id, run_id, key, name, kind, state, seq, input, output, started_at, ended_at)"
        " values ($1, $2, 'charge', 'charge', 'tool', 2, 4, $3, $4, now(), now())",
        tenant_id, RUN, json.dumps({"card": CARD, "amount": 7}), json.dumps(f"charged {CARD}"),
    )  # fmt: skip
    frames = (
        (5, "message.delta", {"run": f"run_{RUN.hex}", "step": "x", "attempt": 1, "text": "mira@exam"}),
        (6, "log", {"run": f"run_{RUN.hex}", "text": f"wrote to {MAIL}"}),
        (7, "tool_call.started", {"run": f"run_{RUN.hex}", "tool": "charge", "arguments": json.dumps({"card": "5555-0000", "amount": 7})}),
    )
    for seq, name, frame in frames:
        await run(
            "insert into flowforge.frame (tenant_id, stream_id, seq, name, data) values ($1, $2, $3, $4, $5)",
            tenant_id, RUN, seq, name, json.dumps(frame),
        )  # fmt: skip
    await run(
        "insert into flowforge.approval (tenant_id, approval_id, run_id, step_key, tool, arguments, arguments_hash, effect, reason)"
        " values ($1, $2, $3, 'charge', 'charge', $4, 'h', 'money', $5)",
        tenant_id, UUID(int=8), RUN, json.dumps({"card": CARD, "amount": 7}), f"for {MAIL}",
    )  # fmt: skip


PATHS = (
    "/v1/runs",
    f"/v1/runs/{RUN.hex}",
    f"/v1/runs/{RUN.hex}/steps",
    f"/v1/runs/{RUN.hex}/history",
    f"/v1/runs/{RUN.hex}/stream",
    "/v1/approvals",
    f"/v1/events/evt_{UUID(int=6).hex}",
)
SENSITIVE = (MAIL, CARD, "5555-0000", "+47 123", "48151", "mira@exam")


@pytest.mark.parametrize("path", PATHS)
async def test_who_may_not_read_them_sees_a_mask_and_all_the_rest(api, run, allowed, path):
    allowed("viewer")
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    assert [value for value in SENSITIVE if value in answer.text] == []
    assert "[redacted]" in answer.text

    allowed("admin")
    exact = await api.get(path)
    assert any(value in exact.text for value in SENSITIVE)
    assert "[redacted]" not in exact.text


async def test_what_is_not_declared_is_shown_as_it_is(api, run, allowed):
    allowed("member")
    found = (await api.get(f"/v1/runs/{RUN.hex}")).json()
    assert found["input"] == {"customer": {"name": "Mira", "email": "[redacted]"}, "phone": "[redacted]", "pin": "[redacted]", "total": 7}
    assert found["output"] == {"sent": "to [redacted]", "pins": ["[redacted]", 7]}
    assert (await api.get(f"/v1/runs/{RUN.hex}/history")).json()["event"]["data"]["total"] == 7


async def test_who_decides_sees_exactly_what_is_asked(api, run, allowed):
    allowed("approver")
    assert (await api.get("/v1/approvals")).json()["data"][0]["arguments"] == {"card": CARD, "amount": 7}


async def test_what_is_stored_stays_exact(database, api, run, allowed):
    allowed("viewer")
    await api.get(f"/v1/runs/{RUN.hex}")
    assert MAIL in await database.pool.fetchval("select input from flowforge.run")


@pytest.mark.parametrize("paths", ["data.email", ["email"], ["data."], [1], ["event.data.email"]])
def test_a_path_that_is_none_is_refused_when_the_function_is_registered(paths):
    with pytest.raises(RegistrationError):
        Registry().function(redact=paths)(_handler)


async def _handler(ctx: Context) -> None: ...


def test_a_parameter_that_is_not_there_cannot_be_redacted():
    def charge(card: str) -> None: ...

    with pytest.raises(RegistrationError, match="crad"):
        ToolRegistry().tool(effect="money", redact=["crad"])(charge)
