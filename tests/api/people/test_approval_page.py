"""The page behind a one-time link: it shows one call, decides by POST alone, once, and for who may."""

from __future__ import annotations

import asyncio
import html
import json
import re

import pytest

from flowforge import ids
from flowforge.access.account import add_account
from flowforge.access.membership import add_member
from flowforge.access.principal import Principal
from flowforge.alerts.approval_news import tell_of_approvals, with_link
from flowforge.alerts.channel import WebhookSettings, create_channel
from flowforge.board.approval import list_approvals
from flowforge.board.approval_link import decide_by_link, make_link
from flowforge.board.approve_step import look
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.waits import PendingWait
from tests.api.people.conftest import PASSWORD, Browser

QUESTION = {
    "tool": "issue_refund",
    "arguments": {"order": "<script>alert(1)</script>", "amount": 420},
    "schema": {"type": "object"},
    "effect": "money",
    "reversible": False,
    "reason": "it is money",
    "said": "trust me & <b>approve</b>",
}


@pytest.fixture
async def ask(database, tenant_id, publish):
    """Let a run ask; returns the approval."""

    async def ask(**more):
        await publish({"order.refund": []})
        run_id = await start_run(database, tenant_id, "order.refund", "{}")
        wait = PendingWait(tenant_id, run_id, "ask", "ask", "approve", None, json.dumps(QUESTION | more), None, None, None, None)
        await look(database, [wait])
        await database.pool.execute("update flowforge.owner set state = 'p', parked_for = 'w' where run_id = $1", run_id)
        return (await list_approvals(database, tenant_id, state="pending")).data[-1]

    return ask


@pytest.fixture
async def members(database, tenant_id, passwords):
    async with database.pool.acquire() as connection:
        for name, role in (("mira", "approver"), ("noor", "member")):
            account = await add_account(connection, f"{name}@example.com", name, await passwords.hash(PASSWORD))
            await add_member(connection, tenant_id, account, name, role)


@pytest.fixture
async def browser(app):
    async with Browser(app) as browser:
        yield browser


async def link(database, tenant_id, approval, *, decides: bool) -> str:
    token = await make_link(database.pool, tenant_id, approval.approval_id, "ops", decides=decides)
    assert token is not None
    return token


async def state_of(database, tenant_id, approval) -> tuple[str, str | None]:
    [found] = [one for one in (await list_approvals(database, tenant_id)).data if one.id == approval.id]
    return found.state, found.decided_by


async def test_a_trusted_channels_link_decides_by_post_once_and_looking_decides_nothing(database, tenant_id, ask, browser):
    approval = await ask()
    token = await link(database, tenant_id, approval, decides=True)
    for _ in range(3):  # as mail scanners do
        shown = await browser.get(f"/approval?token={token}")
        assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert (await browser.head(f"/approval?token={token}")).status_code in (200, 405)
    assert (await state_of(database, tenant_id, approval))[0] == "pending"
    assert "<script>alert" not in shown.text and "<b>approve</b>" not in shown.text
    assert '"amount": 420' in html.unescape(shown.text) and approval.hash in shown.text and "agent&#x27;s own words" in shown.text

    done = await browser.post("/approval", data={"token": token, "decision": "approve"})
    assert done.status_code == 200, done.text
    assert await state_of(database, tenant_id, approval) == ("approved", "link to ops")
    for again in (
        await browser.post("/approval", data={"token": token, "decision": "deny"}),
        await browser.get(f"/approval?token={token}"),
    ):
        assert again.status_code == 410
    stored = await database.pool.fetchval("select string_agg(l::text, '') from flowforge.approval_link l")
    assert token not in stored


async def test_without_trust_the_link_asks_for_a_sign_in_of_somebody_who_may(database, tenant_id, ask, members, app, browser):
    approval = await ask()
    token = await link(database, tenant_id, approval, decides=False)
    away = await browser.get(f"/approval?token={token}")
    assert (away.status_code, away.headers["location"]) == (303, f"/sign-in?next=%2Fapproval%3Ftoken%3D{token}")
    assert (await browser.post("/approval", data={"token": token, "decision": "approve"})).status_code == 403

    async with Browser(app) as noor:
        await noor.sign_in("noor@example.com")
        assert (await noor.get(f"/approval?token={token}")).status_code == 403
        assert (
            await noor.post("/approval", data={"token": token, "decision": "approve", "csrf": noor.headers["x-flowforge-csrf"]})
        ).status_code == 403
    await browser.sign_in("mira@example.com")
    shown = await browser.get(f"/approval?token={token}")
    [csrf] = re.findall(r'name="csrf" value="([^"]+)"', shown.text)
    assert (await browser.post("/approval", data={"token": token, "decision": "deny"})).status_code == 403, "another page could send this"
    assert (await state_of(database, tenant_id, approval))[0] == "pending"
    done = await browser.post("/approval", data={"token": token, "decision": "deny", "csrf": csrf, "reason": "not now"})
    assert done.status_code == 200, done.text
    assert await state_of(database, tenant_id, approval) == ("denied", "mira")


async def test_what_asks_for_certain_people_is_never_decided_by_a_token_alone(database, tenant_id, ask, browser):
    for requirement in ({"count": 2}, {"roles": ["admin"]}, {"people": ["mira"]}, {"not_requester": True}):
        approval = await ask(requirement=requirement)
        token = await link(database, tenant_id, approval, decides=True)
        assert (await browser.get(f"/approval?token={token}")).status_code == 303, requirement
        assert (await browser.post("/approval", data={"token": token, "decision": "approve"})).status_code == 403, requirement
        assert (await state_of(database, tenant_id, approval))[0] == "pending"


async def test_a_link_decides_the_call_that_it_was_sent_about_and_no_other(database, tenant_id, ask, browser):
    approval = await ask()
    token = await link(database, tenant_id, approval, decides=True)
    await database.pool.execute("update flowforge.approval set proposal = '{}', proposal_hash = 'x'")
    assert (await browser.get(f"/approval?token={token}")).status_code == 409
    assert (await browser.post("/approval", data={"token": token, "decision": "approve"})).status_code == 409
    assert (await state_of(database, tenant_id, approval))[0] == "pending"
    await database.pool.execute("update flowforge.approval set proposal = null, proposal_hash = call_hash")
    assert (await browser.post("/approval", data={"token": token, "decision": "approve"})).status_code == 200, "a refusal used it up"


async def test_of_two_who_follow_one_link_at_once_one_uses_it(database, tenant_id, ask):
    people = [Principal(tenant_id, "person", name) for name in ("ann", "bob")]
    for _ in range(10):
        approval = await ask(requirement={"count": 2})
        token = await link(database, tenant_id, approval, decides=False)
        both = (decide_by_link(database, token, who, approved=True) for who in people)
        results = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(one).__name__ for one in results) == ["Approval", "Gone"], results
        assert (await state_of(database, tenant_id, approval))[0] == "pending"


@pytest.mark.parametrize(
    "form",
    [{"decision": "approve"}, {"decision": "perhaps"}, {"token": "none", "decision": "approve"}, {}],
    ids=["no token", "no word", "unknown", "empty"],
)
async def test_a_form_that_says_nothing_decides_nothing(database, tenant_id, ask, browser, form):
    approval = await ask()
    assert (await browser.post("/approval", data=form)).status_code in (410, 422, 415)
    assert (await state_of(database, tenant_id, approval))[0] == "pending"


async def test_a_link_ends_with_its_approval_and_after_a_week(database, tenant_id, ask, browser):
    approval = await ask()
    token = await link(database, tenant_id, approval, decides=True)
    await database.pool.execute("update flowforge.clock set skew = '8 days'")
    assert (await browser.get(f"/approval?token={token}")).status_code == 410


async def test_channels_are_told_once_with_a_link_that_stands_in_no_table(database, tenant_id, ask):
    approval = await ask()
    mira = Principal(tenant_id, "person", "mira")
    for name, settings in (("ops", {"approvals": True, "link_decides": True}), ("other", {})):
        channel = WebhookSettings(url="https://hooks.example.com/x", **settings)
        await create_channel(database, mira, name, channel, channel_id=ids.new_id())
    assert [await tell_of_approvals(database), await tell_of_approvals(database)] == [1, 0]
    [row] = await database.pool.fetch(
        "select d.*, c.settings from flowforge.alert_delivery d join flowforge.alert_channel c on c.name = d.channel"
    )
    assert (row["channel"], row["event"], row["alert_id"]) == ("ops", "approval.requested", approval.approval_id)
    message = json.loads(await with_link(database, row, "https://forge.example/"))
    assert message["data"]["link"].startswith("https://forge.example/approval?token=")
    assert "arguments" not in message["data"] and "said" not in message["data"]
    assert "token=" not in row["payload"]
    await database.pool.execute("update flowforge.approval set state = 'denied'")
    assert await with_link(database, row, "https://forge.example") is None
