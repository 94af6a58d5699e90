"""Somebody whose tenant is suspended: kept out of it, not of the tenants that are not; and the streams of a session end with it."""

from __future__ import annotations

import asyncio

from flowforge.access.session import find_session
from flowforge.api.server import Server
from flowforge.api.sse import Pace
from tests.api.test_streams import follow


async def test_who_looks_at_a_suspended_tenant_can_look_at_another(mira, database):
    made = await mira.act("POST", "/v1/tenants", json={"name": "acme"})
    assert made.status_code == 201, made.text
    await database.pool.execute(
        "insert into flowforge.person (tenant_id, person_id, name, account_id, role)"
        " select t.tenant_id, gen_random_uuid(), 'mira', a.account_id, 'admin' from flowforge.tenant t, flowforge.account a"
        "  where t.name = 'acme'"
    )
    assert (await mira.act("PUT", "/v1/session/tenant", json={"tenant": "acme"})).status_code == 200
    assert (await mira.get("/v1/runs")).status_code == 200
    await database.pool.execute("update flowforge.tenant set state = 'suspended', suspended_at = flowforge.now() where name = 'acme'")
    mira._transport.app.state.suspensions.forget()

    for method, path in (("GET", "/v1/runs"), ("GET", "/v1/me"), ("GET", "/v1/people"), ("POST", "/v1/keys")):
        assert (await mira.request(method, path)).status_code == 403, path
    shown = await mira.get("/v1/session")
    assert (shown.status_code, shown.json()["tenant"]["name"]) == (200, "acme")
    assert (await mira.put("/v1/session/tenant", json={"tenant": "default"}, headers={"x-flowforge-csrf": ""})).status_code == 403

    assert (await mira.act("PUT", "/v1/session/tenant", json={"tenant": "default"})).status_code == 200
    assert (await mira.get("/v1/runs")).status_code == 200


async def test_a_stream_ends_with_its_session_and_is_no_use_of_it(closed, mira, database, fake_run, reader, until, later):
    closed.state.streams.pace = Pace(heartbeat_seconds=0.02)
    cookie = {"cookie": f"__Host-flowforge={mira.session}"}
    async with Server(closed, "127.0.0.1", 0) as server:
        following = asyncio.create_task(follow(server, f"/v1/runs/{fake_run.run_id.hex}/stream", reader, headers=cookie))
        await until(lambda: following.done() or len(reader.frames) == 2)
        await later("11 hours")
        count = len(reader.comments)
        await until(lambda: following.done() or len(reader.comments) > count + 2)
        assert not following.done()

        await later("13 hours")

        async with asyncio.timeout(5):
            await following
    assert await find_session(database, mira.session) is None
